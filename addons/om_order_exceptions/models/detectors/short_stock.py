from odoo import models
from odoo.tools import format_date

from ...detection import Finding, detector

# The line's quantity in the product's unit
QUANTITY = """l.product_uom_qty * CASE WHEN l.product_uom_id = template.uom_id THEN 1 ELSE
    (SELECT unit.factor / own.factor FROM uom_uom unit, uom_uom own
      WHERE unit.id = l.product_uom_id AND own.id = template.uom_id) END"""

# Confirmed: something is not reserved yet, or comes later than it was planned for.
NOT_RESERVED = """EXISTS (SELECT FROM stock_move move WHERE move.sale_line_id = l.id AND (
    move.state IN ('waiting', 'confirmed', 'partially_available')
    OR move.state = 'assigned'
       AND (move.date > move.date_deadline OR move.date::date >= o.om_requested_date)))"""

# Not confirmed: less is free than is ordered.
NOT_FREE = f"(l.warehouse_id IS DISTINCT FROM o.warehouse_id OR COALESCE(stock.free, 0) < {QUANTITY})"

# Which quotations are looked at: what a customer has ordered, and others where the company wants it.
IS_ORDER = "(o.state = 'sale' OR o.om_intake_id IS NOT NULL OR company.om_short_quotations)"

MAY_BE_SHORT = f"""template.is_storable AND l.product_uom_qty > l.qty_delivered
    AND CASE WHEN o.state = 'sale' THEN {NOT_RESERVED} ELSE {NOT_FREE} END"""

# Two lines of one product may each be covered, and not both. Asked once per order, not per line.
TWICE = """o.state <> 'sale' AND (
    SELECT COUNT(x.product_id) > COUNT(DISTINCT x.product_id)
      FROM sale_order_line x WHERE x.order_id = o.id)"""


class SaleOrder(models.Model):
    """Goods that are not there by their date."""

    _inherit = "sale.order"

    @detector(
        "E-STK-SHORT",
        order=(
            "commitment_date",
            "om_requested_date",
            "om_requested_ship_date",
            "partner_shipping_id",
            "picking_policy",
            "warehouse_id",
        ),
        line=("product_id", "product_uom_qty", "product_uom_id", "warehouse_id", "om_line_commitment_date"),
        suspect_order=f"{IS_ORDER} AND {TWICE}",
        suspect_line=f"{IS_ORDER} AND {MAY_BE_SHORT}",
    )
    def _om_detect_short_stock(self):
        """A line that neither stock nor receipts cover by its date.

        Its date is the promise, else what the customer asked for, else order day and lead time. A date
        that leaves less than the lead time, and a promise that has moved since the confirmation, are
        exceptions of their own and no second one here.
        """
        orders = self.filtered(
            lambda order: order.state == "sale" or order.om_intake_id or order.company_id.om_short_quotations
        )
        supplies = self.env["om.availability"]._of_lines(orders.order_line)
        has_type = self.env["om.exception.type"]._id_by_code
        too_early = (
            self.env["sale.order.line"].union(*supplies)._om_inside_lead_time(supplies)
            if has_type("E-DTE-LEAD")
            else {}
        )
        findings = []
        for line, supply in supplies.items():
            short = supply.short_at(line._om_in_time(supply.needed_by))
            # what is bought or made for an order has no moves yet before it is confirmed
            planned = supply.from_stock or line.state == "sale"
            slipped = has_type("E-PROMISE-SLIP") and line._om_has_slipped()
            if short and planned and not slipped and line not in too_early:
                findings.append(line._om_short_finding(supply, short))
        return findings


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_short_finding(self, supply, short):
        self.ensure_one()
        order = self.order_id
        return Finding(
            order,
            found=self._om_supply_text(supply, short),
            expected=self.env._(
                "%(quantity)s by %(date)s",
                quantity=self._om_quantity_text(supply.needed),
                date=format_date(self.env, order._om_day_there(supply.needed_by)),
            ),
            line=self,
            key="short",
            amount=self._om_value_of(short),
            values={"hold_release": bool(order.company_id.om_hold_incomplete and order._om_ships_complete())},
        )

    def _om_supply_text(self, supply, short):
        """What there is in time, and when the rest comes: for people."""
        self.ensure_one()
        covered = self.env._("%s in time", self._om_quantity_text(supply.needed - short))
        if supply.missing:
            return self.env._("%s, no receipt planned for the rest", covered)
        day = format_date(self.env, self.order_id._om_day_there(supply.complete_at))
        return self.env._("%(covered)s, the rest on %(day)s", covered=covered, day=day)
