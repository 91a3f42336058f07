from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.om_order_exceptions.detection import Finding

WINDOW = timedelta(days=90)
LEAST_DAYS = 10
LEAST_HOURS = 24
FACTOR = 1.5


class OmEdiInterchange(models.Model):
    _inherit = "om.edi.interchange"

    _heard_idx = models.Index("(edi_partner_id, occurred_at) WHERE direction = 'in'")


class OmEdiPartner(models.Model):
    """When a partner was last heard, and whether that is longer ago than its rhythm explains.

    The rhythm is read from the last 90 days: of each day on which something came, the longest silence that
    ended on it; of these, what 95 of 100 do not exceed. A partner is silent after one and a half times that,
    and never before a day. Weekends are in the rhythm, and bursts of files within a day do not shorten it.
    """

    _inherit = "om.edi.partner"

    last_heard_at = fields.Datetime("Last Heard", compute="_compute_rhythm")
    usual_silence = fields.Float(
        "Usual Silence (Hours)", compute="_compute_rhythm", help="0: too little has come yet to know."
    )
    is_silent = fields.Boolean("Silent", readonly=True, help="Longer than usual nothing has come.")

    def _compute_rhythm(self):
        rhythm = self._rhythm()
        for partner in self:
            last, hours = rhythm.get(partner._origin.id, (False, 0.0))
            partner.last_heard_at, partner.usual_silence = last, hours

    def _rhythm(self):
        """``{partner id: (last heard, usual silence in hours or 0)}`` by one query."""
        self.env["om.edi.interchange"].flush_model(["edi_partner_id", "direction", "occurred_at"])
        rows = self.env.execute_query(
            SQL(
                """WITH heard AS (
                       SELECT edi_partner_id, occurred_at,
                              occurred_at - lag(occurred_at)
                                  OVER (PARTITION BY edi_partner_id ORDER BY occurred_at) AS gap
                         FROM om_edi_interchange
                        WHERE direction = 'in' AND edi_partner_id = ANY(%s) AND occurred_at > %s
                   ), daily AS (
                       SELECT edi_partner_id, max(occurred_at) AS last, max(gap) AS gap
                         FROM heard GROUP BY edi_partner_id, occurred_at::date
                   )
                   SELECT edi_partner_id, max(last), count(gap),
                          EXTRACT(epoch FROM percentile_cont(0.95) WITHIN GROUP (ORDER BY gap)) / 3600
                     FROM daily GROUP BY edi_partner_id""",
                self._origin.ids,
                fields.Datetime.now() - WINDOW,
            )
        )
        return {
            id_: (last, float(hours or 0.0) if days >= LEAST_DAYS else 0.0) for id_, last, days, hours in rows
        }

    @api.model
    def _cron_silent(self):
        """Open a case for each partner that is silent, and close those of partners that are heard again."""
        partners = self.search([("active", "=", True)])
        now = fields.Datetime.now()
        findings, silent = [], self.browse()
        for id_, (last, hours) in partners._rhythm().items():
            partner = self.browse(id_)
            limit = max(hours * FACTOR, LEAST_HOURS)
            if hours and now - last > timedelta(hours=limit):
                silent |= partner
                findings.append(partner._silence(last, hours))
        silent.filtered(lambda partner: not partner.is_silent).is_silent = True
        (partners - silent).filtered("is_silent").is_silent = False
        if type_id := self.env["om.exception.type"]._id_by_code("E-EDI-SILENT"):
            self.env["om.exception"]._sync({type_id: findings}, checked=partners)

    def _silence(self, last, hours):
        local = fields.Datetime.context_timestamp(self, last)
        return Finding(
            self,
            found=self.env._(
                "%(partner)s: nothing since %(last)s", partner=self.name, last=f"{local:%Y-%m-%d %H:%M %Z}"
            ),
            expected=self.env._("something within %s hours, as usual", round(hours)),
            key="silent",
        )
