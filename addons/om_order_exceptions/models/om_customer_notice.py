from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import SQL

# Facts that customers are told of, when they want to be.
KINDS = ("confirmed", "shipped", "delivered")
# What waited longer than this is no news any more; it is in the portal.
STALE_DAYS = 3


class OmCustomerNotice(models.Model):
    """What a customer is to be told of one order, until it is told, or is no news any more.

    Policy, for customers that asked for it:

    * at most one message a day and customer, in which all its orders' news stand together;
    * none outside the company's hours, told by the customer's clock;
    * none about an order on which an exception is open that customers are not told of (legal hold,
      denied party): such news wait, and are dropped when they are old.

    Notices follow from the timeline by a scheduled job; a fact becomes one notice, however often the
    job runs.
    """

    _name = "om.customer.notice"
    _description = "Customer Notice"
    _order = "id desc"
    _rec_name = "order_id"

    event_id = fields.Many2one("om.order.event", "Fact", readonly=True, required=True, ondelete="restrict")
    kind = fields.Selection(related="event_id.kind")
    occurred_at = fields.Datetime(related="event_id.occurred_at")
    order_id = fields.Many2one("sale.order", readonly=True, required=True, ondelete="cascade", index=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, required=True)
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("dropped", "Dropped")],
        default="waiting",
        readonly=True,
        required=True,
    )
    sent_at = fields.Datetime(readonly=True)
    mail_id = fields.Many2one("mail.mail", "Message", readonly=True, ondelete="set null")
    reason = fields.Char(readonly=True, help="Why it was dropped.")

    _event_unique = models.UniqueIndex("(event_id)", "This fact has a notice already.")
    _waiting_idx = models.Index("(company_id, partner_id) WHERE state = 'waiting'")
    _sent_idx = models.Index("(partner_id, sent_at) WHERE state = 'sent'")

    @api.model
    def _cron_notify(self):
        """Queue what is new, then send each customer what may be sent now."""
        self._queue()
        self._send_due()

    @api.model
    def _queue(self):
        """Queue the facts of the last days that customers asked for and have no notice yet."""
        self.env["om.order.event"].flush_model()
        self.env["res.partner"].flush_model()
        self.flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO om_customer_notice
                       (event_id, order_id, partner_id, company_id, state, create_date)
                SELECT DISTINCT ON (event.order_id, event.kind, event.res_model, event.res_id)
                       event.id, event.order_id, o.om_commercial_partner_id, event.company_id,
                       'waiting', %(now)s
                  FROM om_order_event event
                  JOIN sale_order o ON o.id = event.order_id
                  JOIN res_partner partner ON partner.id = o.om_commercial_partner_id
                 WHERE event.recorded_at > %(since)s
                   AND event.kind IN %(kinds)s
                   AND event.quantity >= 0
                   AND (partner.om_order_notices ->> event.company_id::text)::boolean
                   AND NOT EXISTS (
                        SELECT FROM om_customer_notice known
                          JOIN om_order_event told ON told.id = known.event_id
                         WHERE known.order_id = event.order_id
                           AND told.kind = event.kind
                           AND told.res_id IS NOT DISTINCT FROM event.res_id)
                 ORDER BY event.order_id, event.kind, event.res_model, event.res_id, event.id
                    ON CONFLICT (event_id) DO NOTHING
                """,
                now=now,
                since=now - timedelta(days=STALE_DAYS),
                kinds=KINDS,
            )
        )
        self.invalidate_model()

    @api.model
    def _send_due(self):
        """Send the notices that wait and may be sent now: one message per customer and company."""
        waiting = self.search([("state", "=", "waiting")], order="id")
        waiting._drop_stale()
        waiting = waiting.filtered(lambda notice: notice.state == "waiting") - waiting._silenced()
        by_customer = defaultdict(self.browse)
        for notice in waiting:
            by_customer[notice.company_id, notice.partner_id] += notice
        last = dict(
            self._read_group(
                [("state", "=", "sent"), ("partner_id", "in", waiting.partner_id.ids)],
                ["partner_id"],
                ["sent_at:max"],
            )
        )
        for (company, partner), notices in by_customer.items():
            if self._may_write(company, partner, last.get(partner)):
                notices._send(company, partner)
                last[partner] = fields.Datetime.now()

    def _drop_stale(self):
        limit = fields.Datetime.now() - timedelta(days=STALE_DAYS)
        self.filtered(lambda notice: notice.create_date < limit).write(
            {"state": "dropped", "reason": self.env._("No news any more")}
        )

    def _silenced(self):
        """Notices about orders on which something is open that customers are not told of."""
        exceptions = self.env["om.exception"]._read_group(
            [
                ("order_id", "in", self.order_id.ids),
                ("is_open", "=", True),
                ("type_id.customer_not_told", "=", True),
            ],
            ["order_id"],
        )
        orders = {order.id for [order] in exceptions}
        return self.filtered(lambda notice: notice.order_id.id in orders)

    @api.model
    def _may_write(self, company, partner, last_sent):
        """Tell whether a customer may get a message now, by the customer's own clock."""
        zone = pytz.timezone(partner.tz or company.resource_calendar_id.tz or "UTC")
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        hour = now.hour + now.minute / 60
        if not company.om_notice_from <= hour < company.om_notice_to:
            return False
        midnight = (
            zone.localize(datetime.combine(now.date(), time())).astimezone(pytz.utc).replace(tzinfo=None)
        )
        return not last_sent or last_sent < midnight

    def _send(self, company, partner):
        """One message about all these notices, in the customer's language.

        It is written to the contacts who ordered, and to the company's own address where these have none.
        """
        to = self.order_id.partner_id.filtered("email") or partner.filtered("email")
        if not to:
            self.write({"state": "dropped", "reason": self.env._("No address")})
            return
        template = self.env.ref("om_order_exceptions.mail_template_customer_notice")
        news = [
            (order, notices.sorted(lambda notice: notice.occurred_at))
            for order, notices in self.grouped("order_id").items()
        ]
        mail = (
            template.with_company(company)
            .with_context(om_news=news)
            .send_mail(partner.id, email_values={"recipient_ids": [(6, 0, to.ids)], "email_to": False})
        )
        self.write({"state": "sent", "sent_at": fields.Datetime.now(), "mail_id": mail})


class OmExceptionType(models.Model):
    _inherit = "om.exception.type"

    customer_not_told = fields.Boolean(
        "Customer Is Not Told",
        help="While such an exception is open, the customer gets no notice about the order: "
        "legal hold, denied party.",
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    om_order_notices = fields.Boolean(
        "Order Updates by Email",
        company_dependent=True,
        prefetch="om_policy",
        help="Tell this customer when orders are confirmed, shipped and delivered: "
        "at most one message a day, none at night.",
    )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "om_order_notices"]


class ResCompany(models.Model):
    _inherit = "res.company"

    om_notice_from = fields.Float("Notices From", default=8.0, help="By the customer's clock.")
    om_notice_to = fields.Float("Notices Until", default=20.0, help="By the customer's clock.")


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_notice_from = fields.Float(related="company_id.om_notice_from", readonly=False)
    om_notice_to = fields.Float(related="company_id.om_notice_to", readonly=False)
