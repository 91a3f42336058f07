from datetime import timedelta

import pytz

from odoo import api, fields, models


class SaleOrder(models.Model):
    """Ship cut-off: the last pickup with which an order still keeps its date.

    ::

        required day     promise, else requested delivery, else order date and lead time; where the goods go
          - transit      working days of the lane
          = ship day     a working day of the warehouse
          at pickup      time of the lane or the warehouse, on the clock of the warehouse
    """

    _inherit = "sale.order"

    om_lane_id = fields.Many2one(
        "om.ship.lane",
        "Shipping Lane",
        compute="_compute_om_lane_id",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        domain="[('warehouse_id', '=', warehouse_id)]",
        help="Transit time and pickup. Choose another one to ship with another service.",
    )
    om_ship_cutoff = fields.Datetime(
        "Ship Cut-off",
        compute="_compute_om_ship_cutoff",
        store=True,
        copy=False,
        help="The goods have to leave with this pickup to arrive on the required day.",
    )

    @api.depends("warehouse_id", "partner_shipping_id")
    def _compute_om_lane_id(self):
        lanes = self.env["om.ship.lane"]
        for order in self:
            order.om_lane_id = lanes._find(order.warehouse_id._origin, order.partner_shipping_id)

    @api.depends(
        "commitment_date",
        "om_requested_date",
        "om_requested_ship_date",
        "state",
        "date_order",
        "order_line.customer_lead",
        "warehouse_id",
        "partner_shipping_id",
        "om_lane_id",
    )
    def _compute_om_ship_cutoff(self):
        for order in self:
            day = order._om_ship_day()
            warehouse = order.warehouse_id
            order.om_ship_cutoff = (
                warehouse._om_pickup_on(day, order.om_lane_id.pickup_time or None)
                if day and warehouse
                else False
            )

    def _om_required_day(self):
        """The day on which the goods have to arrive, where they go; ``None`` while nothing is promised."""
        self.ensure_one()
        moment = self.commitment_date
        if not moment:
            if self.om_requested_date:
                return self.om_requested_date
            if self.state != "sale" or not self.date_order:
                return None
            moment = self.date_order + timedelta(days=max(self.order_line.mapped("customer_lead"), default=0))
        zone = self.partner_shipping_id.tz or self.company_id.resource_calendar_id.tz or "UTC"
        return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).date()

    def _om_ship_day(self):
        """The last day on which the goods may leave the warehouse; ``None`` while nothing is promised."""
        self.ensure_one()
        asked = not self.commitment_date and self.om_requested_ship_date
        day = asked or self._om_required_day()
        if not day:
            return None
        calendar = self.warehouse_id._om_shipping_calendar()
        if asked:
            return calendar._om_working_day_before(day)
        if self.om_lane_id:
            transit = self.om_lane_id.calendar_id or calendar
            day = transit._om_working_day_before(day, self.om_lane_id.transit_days)
        return calendar._om_working_day_before(day)
