import pytz

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    om_edi_transaction_id = fields.Many2one(
        "om.edi.transaction", "850", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    om_edi_partner_id = fields.Many2one(
        "om.edi.partner",
        "Trading Partner",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    om_edi_is_test = fields.Boolean(
        "EDI Test", readonly=True, copy=False, help="Came in a test interchange (ISA15): nothing in earnest."
    )
    om_edi_transaction_ids = fields.One2many("om.edi.transaction", "order_id", "EDI Documents", readonly=True)
    om_edi_transaction_count = fields.Integer(
        compute="_compute_om_edi_transaction_count",
        compute_sudo=True,  # accounting and warehouse open orders, too
    )

    @api.depends("om_edi_transaction_ids")
    def _compute_om_edi_transaction_count(self):
        counts = dict(
            self.env["om.edi.transaction"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.om_edi_transaction_count = counts.get(order, 0)

    def _action_confirm(self):
        result = super()._action_confirm()
        self.env["om.edi.map.855"]._owe(self)
        return result

    def _action_cancel(self):
        answer = self.filtered(lambda order: order.state != "cancel")
        result = super()._action_cancel()
        # a cancellation may have to wait for a manager or the warehouse first
        self.env["om.edi.map.855"]._owe(answer.filtered(lambda order: order.state == "cancel"))
        return result

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        # never missing: Odoo sorts by the grouping keys
        values["om_edi_order_id"] = self.id if self.om_edi_partner_id else False
        return values

    def _get_invoice_grouping_keys(self):
        """Orders of trading partners are billed one by one: an 810 names one purchase order."""
        return [*super()._get_invoice_grouping_keys(), "om_edi_order_id"]

    def _om_edi_kept_back(self, set_id):
        """Documents of this kind of these orders that were owed and could not be sent."""
        return self.om_edi_transaction_ids.filtered(
            lambda t: (t.direction, t.set_id, t.state) == ("out", set_id, "error")
        )

    def _om_edi_local_date(self):
        """Today where this order's company is."""
        self.ensure_one()
        zone = pytz.timezone(self.company_id.resource_calendar_id.tz or "UTC")
        return pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()

    def action_om_open_edi(self):
        """Open the EDI documents of this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_transaction")
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}
