from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..detection import Finding

CODE = "E-LATE-RISK"
HISTORY_DAYS = 180
PERCENTILE = 0.9


class SaleOrder(models.Model):
    """Predicted lateness: an order that waits longer in a stage than this customer's orders usually do.

    The warning comes before the promise is missed; a promise that is missed is another exception's
    business. Compared are durations that the timeline tells, in one statement for all orders of all
    companies, by a scheduled job: nothing of this is paid by a click.
    """

    _inherit = "sale.order"

    @api.model
    def _om_late_risks(self):
        """Orders that have waited longer than nine of ten of their customer's orders in that stage.

        :return: rows ``(order id, stage, waiting since, usual hours, number of orders compared)``
        """
        for model in ("om.order.event", "sale.order", "res.company"):
            self.env[model].flush_model()
        now = fields.Datetime.now()
        return self.env.execute_query(
            SQL(
                """
                WITH reached AS (
                    SELECT e.order_id,
                           min(e.occurred_at) FILTER (WHERE e.kind = 'confirmed') AS confirmed,
                           min(e.occurred_at) FILTER (WHERE e.kind = 'released') AS first_released,
                           max(e.occurred_at) FILTER (WHERE e.kind = 'released') AS released,
                           max(e.occurred_at) FILTER (WHERE e.kind = 'held') AS held,
                           min(e.occurred_at) FILTER (WHERE e.kind = 'shipped') AS shipped,
                           min(e.occurred_at) FILTER (WHERE e.kind = 'delivered') AS delivered
                      FROM om_order_event e
                     WHERE e.order_id IS NOT NULL
                       AND e.kind IN ('confirmed', 'released', 'held', 'shipped', 'delivered')
                       AND e.occurred_at BETWEEN %(since)s AND %(now)s
                     GROUP BY e.order_id
                ), wait AS (
                    SELECT o.id, o.company_id, o.om_commercial_partner_id AS partner_id, o.state,
                           o.commitment_date, stage.name, stage.began, stage.ended
                      FROM reached
                      JOIN sale_order o ON o.id = reached.order_id
                     CROSS JOIN LATERAL (VALUES
                           ('release', CASE WHEN held > released THEN held ELSE confirmed END,
                            CASE WHEN released >= COALESCE(held, released) THEN first_released END),
                           ('shipment', released, shipped),
                           ('delivery', shipped, delivered)
                     ) AS stage (name, began, ended)
                     WHERE stage.began IS NOT NULL
                ), usual AS (
                    SELECT company_id, partner_id, name, count(*) AS sample,
                           percentile_cont(%(percentile)s) WITHIN GROUP (
                               ORDER BY EXTRACT(epoch FROM ended - began)) AS seconds
                      FROM wait
                     WHERE ended >= began
                     GROUP BY company_id, partner_id, name
                )
                SELECT wait.id, wait.name, wait.began, usual.seconds / 3600, usual.sample
                  FROM wait
                  JOIN usual USING (company_id, partner_id, name)
                  JOIN res_company company ON company.id = wait.company_id
                 WHERE wait.ended IS NULL
                   AND wait.state = 'sale'
                   AND company.om_late_risk_history > 0
                   AND usual.sample >= company.om_late_risk_history
                   AND EXTRACT(epoch FROM %(now)s - wait.began) > usual.seconds
                   AND (wait.commitment_date IS NULL OR wait.commitment_date > %(now)s)
                   AND NOT EXISTS (
                        SELECT FROM wait later
                         WHERE later.id = wait.id AND later.began > wait.began AND later.name <> wait.name)
                 ORDER BY wait.id
                """,
                since=fields.Datetime.subtract(now, days=HISTORY_DAYS),
                now=now,
                percentile=PERCENTILE,
            )
        )

    @api.model
    def _om_cron_late_risk(self):
        """Warn of orders that begin to run late, and end warnings of those that go on."""
        type_id = self.env["om.exception.type"]._id_by_code(CODE)
        if not type_id:
            return
        rows = {row[0]: row[1:] for row in self._om_late_risks()}
        known = self.env["om.exception"].search(
            [("type_id", "=", type_id), ("state", "in", ("open", "in_progress", "waiting", "waived"))]
        )
        by_company = defaultdict(self.browse)
        for order in self.browse(rows) | known.order_id:
            by_company[order.company_id] += order
        for company, orders in by_company.items():
            # as detectors do: the company's language and time zone, whoever looks
            orders = orders.with_context(
                lang=company.partner_id.lang or "en_US", tz=company.resource_calendar_id.tz or "UTC"
            )
            findings = [order._om_late_finding(*rows[order.id]) for order in orders if order.id in rows]
            orders.env["om.exception"]._sync({type_id: findings}, checked=orders)

    def _om_late_finding(self, stage, since, usual, sample):
        since = format_datetime(self.env, since, dt_format="short")
        found = {
            "release": self.env._("Waits for release since %s", since),
            "shipment": self.env._("Waits for shipment since %s", since),
            "delivery": self.env._("Under way since %s", since),
        }[stage]
        return Finding(
            self,
            found=found,
            expected=self.env._(
                "Nine of ten orders of this customer took up to %(hours).1f h (%(sample)s compared)",
                hours=usual,
                sample=sample,
            ),
            key=stage,
            amount=self.amount_total,
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    om_late_risk_history = fields.Integer(
        "Orders Compared for Early Warnings",
        default=10,
        help="A customer's orders are warned of when at least so many earlier ones tell what is usual. "
        "0 switches early warnings off.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_late_risk_history = fields.Integer(related="company_id.om_late_risk_history", readonly=False)
