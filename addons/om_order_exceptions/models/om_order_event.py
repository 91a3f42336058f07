from odoo import api, fields, models
from odoo.exceptions import UserError


class OmOrderEvent(models.Model):
    """One fact in the life of an order: what, when, who, how much.

    Append only: an event is never changed and never deleted, by nobody, the superuser included. A
    correction is another event.
    """

    _name = "om.order.event"
    _description = "Order Event"
    _order = "occurred_at desc, id desc"
    _rec_name = "kind"

    order_id = fields.Many2one("sale.order", index=True, ondelete="set null", readonly=True)
    order_ref = fields.Char("Order Reference", required=True, readonly=True)
    order_line_id = fields.Many2one("sale.order.line", ondelete="set null", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("received", "Received"),
            ("entered", "Entered"),
            ("confirmed", "Confirmed"),
            ("held", "Held"),
            ("released", "Released"),
            ("shipped", "Shipped"),
            ("returned", "Returned"),
            ("invoiced", "Invoiced"),
            ("credited", "Credited"),
            ("cancelled", "Cancelled"),
            ("document_in", "Document Received"),
            ("document_out", "Document Sent"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    occurred_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", "Actor", readonly=True, default=lambda self: self.env.uid)
    quantity = fields.Float(digits="Product Unit", readonly=True)
    note = fields.Char(readonly=True)
    res_model = fields.Char("Source Model", readonly=True)
    res_id = fields.Many2oneReference("Source", model_field="res_model", readonly=True)

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused for everybody: what happened does not change."""
        raise UserError(self.env._("Order events are append only."))

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("Order events are append only."))

    @api.model
    def _log(self, kind, orders, note="", source=None, occurred_at=None, quantities=None):
        """Append one event per order.

        :param kind: one of the kinds of this model
        :param orders: ``sale.order`` recordset
        :param note: text for people, the same for all
        :param source: the document that shows it (a delivery, an invoice, an intake), one record
        :param occurred_at: when it happened (UTC, naive); now when left out
        :param quantities: ``{order id: quantity in the lines' units}``
        """
        # sudo: events are facts about what happened; nobody has the right to write them by hand
        return self.sudo().create(
            [
                {
                    "order_id": order.id,
                    "order_ref": order.name,
                    "company_id": order.company_id.id,
                    "kind": kind,
                    "occurred_at": occurred_at or fields.Datetime.now(),
                    "user_id": self.env.uid,
                    "note": note,
                    "quantity": (quantities or {}).get(order.id, 0.0),
                    "res_model": source._name if source else False,
                    "res_id": source.id if source else False,
                }
                for order in orders
            ]
        )
