from odoo import models


class SaleOrder(models.Model):
    """What the order itself tells its timeline. Deliveries and invoices tell theirs."""

    _inherit = "sale.order"

    def _om_log_confirmed(self):
        """Log who entered and who confirmed these orders, and whether they went on or are held."""
        events = self.env["om.order.event"]
        # An order is entered when it is created, but that is told with its confirmation: most
        # quotations never become orders, and an order takes one statement for all its first events.
        for order in self.sudo():  # sudo: its creator may be hidden from the one who confirms
            events._log("entered", order, occurred_at=order.create_date, user=order.create_uid)
        events._log("confirmed", self)
        held = self.filtered("om_is_held")
        held._om_log_gate("held")
        (self - held)._om_log_gate("released")

    def _om_log_gate(self, kind):
        """Log that the release gate of these orders has closed (*held*) or opened (*released*)."""
        for order in self:
            # sudo: the timeline tells why, also when the gate is met by who may not read exceptions
            note = order.sudo().om_block_summary if kind == "held" else ""
            self.env["om.order.event"]._log(kind, order, note=note)

    def _om_log_cancelled(self):
        """Log what these orders would still have delivered; the order itself where it has no goods."""
        events = self.env["om.order.event"]
        for order in self.sudo():  # sudo: see _log
            lines = order.order_line.filtered(lambda line: not line.display_type and not line.is_downpayment)
            open_quantities = {line: max(line.product_uom_qty - line.qty_delivered, 0.0) for line in lines}
            if any(open_quantities.values()):
                events._log_lines("cancelled", open_quantities)
            else:
                events._log("cancelled", order)

    def unlink(self):
        """Delete the lines before their orders.

        An event of this transaction points at both. PostgreSQL empties one reference after the other,
        and would miss the line when it looks at the event again after the first.
        """
        self.filtered(lambda order: order.state in ("draft", "cancel")).order_line.unlink()
        return super().unlink()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def write(self, vals):
        """Changes of what was agreed, after confirmation, are facts of the timeline."""
        confirmed = self.filtered(
            lambda line: line.state == "sale" and line.product_uom_id and not line.is_downpayment
        )
        before = {}
        if confirmed and ("product_uom_qty" in vals or "price_unit" in vals):
            before = {line: (line.product_uom_qty, line.price_unit) for line in confirmed}
        result = super().write(vals)
        events = self.env["om.order.event"]
        for line, (quantity, price) in before.items():
            if line.product_uom_id.compare(line.product_uom_qty, quantity):
                note = self.env._("Quantity %(old)g to %(new)g", old=quantity, new=line.product_uom_qty)
                events._log_lines("changed", {line: line.product_uom_qty - quantity}, note=note)
            if line.currency_id.compare_amounts(line.price_unit, price):
                note = self.env._(
                    "%(line)s: price %(old)g to %(new)g",
                    line=line.product_id.display_name,
                    old=price,
                    new=line.price_unit,
                )
                events._log("changed", line.order_id, note=note)
        return result
