from odoo import fields, models


class SaleOrder(models.Model):
    """Who does what next for an order. Neither is ever empty while the order is open."""

    _inherit = "sale.order"

    om_next_action = fields.Char("Next Action", compute="_compute_om_next_action", compute_sudo=True)
    om_owner_id = fields.Many2one(
        "res.users",
        "Owner",
        compute="_compute_om_next_action",
        compute_sudo=True,
        help="Of the most pressing exception; else the salesperson, else the order desk.",
    )

    def _compute_om_next_action(self):
        """Constant number of queries: the most pressing exception of each order, and its deliveries."""
        first = {}
        for exception in self.env["om.exception"].search(
            [("order_id", "in", self.ids), ("is_open", "=", True)], order="score desc, sla_deadline, id"
        ):
            # what blocks comes before what warns, whatever their scores
            known = first.get(exception.order_id.id)
            if not known or (exception.blocks and not known.blocks):
                first[exception.order_id.id] = exception
        short = self._om_short_moves()
        for order in self:
            exception = first.get(order.id)
            if not order.om_is_open and not exception:
                order.om_next_action = False
                order.om_owner_id = False
                continue
            order.om_owner_id = exception.user_id if exception else order._om_desk()
            order.om_next_action = exception.next_action if exception else order._om_step(short.get(order))

    def _om_desk(self):
        """Who looks after this order while no exception is open; never nobody."""
        for user in (self.user_id, self.company_id.om_order_desk_user_id):
            if user.active and not user.share:
                return user
        return self.env.ref("base.user_admin")

    def _om_short_moves(self):
        """``{order: stock moves that wait for goods}``. Constant number of queries."""
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id.order_id", "in", self.filtered(lambda o: o.state == "sale").ids),
                ("state", "in", ("confirmed", "partially_available")),
                ("location_id.usage", "=", "internal"),
            ]
        )
        return moves.grouped(lambda move: move.sale_line_id.order_id)

    def _om_step(self, short):
        """The next step of this order where no exception is open."""
        if self.state == "draft":
            return self.env._("Send or confirm the quotation")
        if self.state == "sent":
            return self.env._("Follow up the quotation")
        is_shipped = self._om_is_shipped()
        if self.delivery_status and not is_shipped:
            return self.env._("Wait for stock") if short else self.env._("Pick and ship")
        if self.invoice_status == "to invoice":
            return self.env._("Invoice")
        if is_shipped and self.delivery_status != "full":
            return self.env._("Receive the return")
        return self.env._("Follow up the delivery")
