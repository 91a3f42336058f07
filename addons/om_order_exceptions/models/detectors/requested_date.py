import pytz

from odoo import models
from odoo.tools import format_date

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Dates that the customer asked for."""

    _inherit = "sale.order"

    @detector(
        "E-DTE-PAST",
        order=(
            "commitment_date",
            "om_requested_date",
            "om_requested_ship_date",
            "om_cancel_after",
            "partner_shipping_id",
        ),
        line=("product_uom_qty",),  # more of a delivered order is something to deliver again
        # days of a time zone begin up to fourteen hours earlier than in UTC
        suspect_order="""
            o.om_cancel_after <= clock.now + interval '1 day'
            OR o.state <> 'sale' AND LEAST(o.commitment_date, o.om_requested_date, o.om_requested_ship_date)
                                     <= clock.now + interval '1 day'
            OR o.state = 'sale' AND LEAST(o.commitment_date, o.om_requested_date, o.om_requested_ship_date)
                                    <= o.date_order + interval '2 days'
        """,
    )
    def _om_detect_past_date(self):
        """A promised or requested date in the past, or a cancel-after date that has gone by (G11).

        The date that counts is the promise; where there is none, what the customer asked for. Days
        change where the goods go (time zone of the ship-to). What is delivered is not looked at.

        The promise of a confirmed order is held against the day of its confirmation: an order that is
        merely late has to leave, not to wait.
        """
        findings = []
        today = self._om_today()
        for order in self.filtered(lambda o: o.delivery_status != "full"):
            day = today[order]
            promise = order._om_promised_day()
            earliest = order._om_day_there(order.date_order) if order.state == "sale" else day
            if promise and promise < earliest:
                findings.append(
                    Finding(
                        order,
                        found=format_date(self.env, promise),
                        expected=self.env._("%s or later", format_date(self.env, earliest)),
                        key="past",
                        amount=order.amount_total,
                    )
                )
            if order.om_cancel_after and order.om_cancel_after < day:
                findings.append(
                    Finding(
                        order,
                        found=self.env._("cancel after %s", format_date(self.env, order.om_cancel_after)),
                        expected=self.env._("%s or later", format_date(self.env, day)),
                        key="cancel",
                        amount=order.amount_total,
                    )
                )
        return findings

    def _om_promised_day(self):
        """Day of delivery that counts, as a date where the goods go; ``False`` when none is named."""
        self.ensure_one()
        if self.commitment_date:
            return self._om_day_there(self.commitment_date)
        return self.om_requested_date or self.om_requested_ship_date

    def _om_day_there(self, moment):
        """Day on which ``moment`` (naive UTC) falls where the goods go."""
        zone = self.partner_shipping_id.tz or self.company_id.resource_calendar_id.tz or "UTC"
        return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).date()
