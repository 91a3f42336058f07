from odoo import fields, models
from odoo.tools import format_date

from ...detection import Finding, detector
from .short_stock import MAY_BE_SHORT, TWICE

HAS_DATE = "COALESCE(o.commitment_date, o.om_requested_date, o.om_requested_ship_date) IS NOT NULL"
# A lead time is named somewhere; where none is, no date can be too early for it.
HAS_LEAD = """(l.customer_lead > 0 OR company.security_lead > 0 OR o.om_lane_id IS NOT NULL
    OR EXISTS (SELECT FROM om_lead_time entry WHERE entry.company_id = o.company_id))"""


class SaleOrder(models.Model):
    """Dates that leave less than the lead time."""

    _inherit = "sale.order"

    @detector(
        "E-DTE-LEAD",
        order=(
            "commitment_date",
            "om_requested_date",
            "om_requested_ship_date",
            "partner_shipping_id",
            "warehouse_id",
        ),
        line=("product_id", "product_uom_qty", "product_uom_id", "warehouse_id", "customer_lead"),
        suspect_order=f"{HAS_DATE} AND {TWICE}",
        suspect_line=f"{HAS_DATE} AND {HAS_LEAD} AND {MAY_BE_SHORT}",
    )
    def _om_detect_lead_time(self):
        """A date that was asked for before the lead time is over, of goods that are not there by then.

        Lead time counts from the day of the order, transit of the lane comes on top of it. The earliest
        day is one on which the ship-to receives goods.
        """
        dated = self.filtered(lambda o: o.commitment_date or o.om_requested_date or o.om_requested_ship_date)
        supplies = self.env["om.availability"]._of_lines(dated.order_line)
        earliest = self.env["sale.order.line"].union(*supplies)._om_inside_lead_time(supplies)
        return [
            Finding(
                line.order_id,
                found=format_date(self.env, line.order_id._om_day_there(supplies[line].needed_by)),
                expected=self.env._("%s or later", format_date(self.env, day)),
                line=line,
                key="lead",
                amount=line.price_total,
            )
            for line, day in earliest.items()
        ]


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_inside_lead_time(self, supplies):
        """The lines among these whose date comes before their lead time is over, and that are short by then.

        :param supplies: ``{line: Supply}`` of these lines
        :return: ``{line: earliest feasible day}``
        """
        days = self.env["om.lead.time"]._of_lines(self)
        result = {}
        for line in self:
            order = line.order_id
            asked = order.commitment_date or order.om_requested_date or order.om_requested_ship_date
            supply = supplies[line]
            if not asked or not (days[line] or order.om_lane_id) or not supply.needed:
                continue
            if not supply.short_at(line._om_in_time(supply.needed_by)) and (
                supply.from_stock or line.state == "sale"
            ):
                continue
            earliest = line._om_earliest_day(days[line])
            if order._om_day_there(supply.needed_by) < earliest:
                result[line] = earliest
        return result

    def _om_earliest_day(self, lead_days):
        """First day on which goods can be with the customer, ``lead_days`` after the order."""
        self.ensure_one()
        order = self.order_id
        start = order.date_order if order.state == "sale" else fields.Datetime.now()
        day = order._om_day_there(fields.Datetime.add(start, days=lead_days))
        if lane := order.om_lane_id:
            carrier = lane.calendar_id or order.warehouse_id._om_shipping_calendar()
            day = carrier._om_working_day_after(day, lane.transit_days)
        receiving = order.partner_shipping_id.with_company(order.company_id).om_receiving_calendar_id
        return receiving._om_working_day_after(day)
