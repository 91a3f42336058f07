from datetime import datetime, timedelta

import pytz

from odoo import fields, models


class StockWarehouse(models.Model):
    """When goods leave: on the warehouse's working days, with the pickup of the carrier."""

    _inherit = "stock.warehouse"

    om_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Days",
        check_company=True,
        help="Days on which the warehouse ships, with its holidays and in its time zone. "
        "Empty: the company's working hours, in the time zone of the warehouse's address.",
    )
    om_pickup_time = fields.Float(
        "Pickup",
        default=15.0,
        help="Time of day, where the warehouse is, at which the carrier takes the goods.",
    )

    _om_pickup_in_day = models.Constraint(
        "CHECK (om_pickup_time >= 0 AND om_pickup_time < 24)", "The pickup is a time of day."
    )

    def write(self, vals):
        result = super().write(vals)
        if {"om_calendar_id", "om_pickup_time", "partner_id"} & vals.keys():
            self.env["om.ship.lane"]._times_changed()
        return result

    def _om_shipping_calendar(self):
        """Calendar of the days on which the warehouse ships."""
        return self.om_calendar_id or self.company_id.resource_calendar_id

    def _om_zone(self):
        """Time zone in which the warehouse lives."""
        return pytz.timezone(
            self.om_calendar_id.tz or self.partner_id.tz or self.company_id.resource_calendar_id.tz or "UTC"
        )

    def _om_pickup_on(self, day, pickup_time=None):
        """The moment of the pickup on ``day``, as naive UTC.

        The clock on the warehouse's wall counts: 15:00 stays 15:00 on both sides of a change to
        summer time.
        """
        minutes = round((self.om_pickup_time if pickup_time is None else pickup_time) * 60)
        wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
        return self._om_zone().localize(wall).astimezone(pytz.utc).replace(tzinfo=None)
