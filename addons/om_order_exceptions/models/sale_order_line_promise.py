from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.tools import format_date


class SaleOrderLine(models.Model):
    """When a line is needed, when it was promised, and when it will be there."""

    _inherit = "sale.order.line"

    om_line_commitment_date = fields.Datetime(
        "Promised for the Rest",
        copy=False,
        help="Delivery date that was promised for what is left of this line. Empty: the order's.",
    )
    om_promised_date = fields.Datetime(
        "Promised",
        compute="_compute_om_promised_date",
        store=True,
        help="What the customer was told when the order was confirmed, or since by a new delivery date.",
    )
    om_forecast_date = fields.Datetime(
        "Expected",
        copy=False,
        readonly=True,
        help="When the last piece of what is left is there, by planned receipts. Empty: it is there, or no "
        "receipt is planned.",
    )
    om_first_forecast_date = fields.Datetime("Expected at First", copy=False, readonly=True)
    om_substituted_product_id = fields.Many2one(
        "product.product",
        "Ordered Product",
        copy=False,
        readonly=True,
        help="What this substitute stands for.",
    )

    @api.depends(
        "om_line_commitment_date",
        "customer_lead",
        "display_type",
        "order_id.commitment_date",
        "order_id.date_order",
        "order_id.state",
    )
    def _compute_om_promised_date(self):
        # lines with the same promise at once: an assignment costs as much for one as for ten
        promised = self.filtered(lambda line: line.order_id.state == "sale" and not line.display_type)
        (self - promised).om_promised_date = False
        for (order, own, _lead), lines in promised.grouped(
            lambda line: (line.order_id, line.om_line_commitment_date, line.customer_lead)
        ).items():
            lines.om_promised_date = own or order.commitment_date or lines[0]._expected_date()

    # ------------------------------------------------------------------------------- what is needed

    def _om_needed_by(self):
        """When the customer needs the line (naive UTC): the promise, or what was asked for."""
        self.ensure_one()
        order = self.order_id
        if promise := self.om_line_commitment_date or order.commitment_date:
            return promise
        wanted = order.om_requested_date or order.om_requested_ship_date
        return order._om_noon(wanted) if wanted else self._expected_date()

    def _om_in_time(self, needed_by):
        """Function that says whether what comes at a moment is in time.

        Days count, where the goods go: what comes on the day is in time.
        """
        self.ensure_one()
        zone = pytz.timezone(self.order_id._om_zone())
        # the first moment of the next day there, once: the function is asked per receipt
        day = pytz.utc.localize(needed_by).astimezone(zone).date()
        end = zone.localize(datetime.combine(fields.Date.add(day, days=1), time.min))
        end = end.astimezone(pytz.utc).replace(tzinfo=None)
        return lambda moment: moment < end

    def _om_in_product_unit(self, quantity):
        """``quantity`` of this line in the unit of its product."""
        self.ensure_one()
        unit = self.product_id.uom_id
        if self.product_uom_id == unit:
            return quantity
        return self.product_uom_id._compute_quantity(quantity, unit, round=False)

    def _om_in_line_unit(self, quantity):
        """``quantity`` in the unit of the product as one in the unit of this line."""
        self.ensure_one()
        unit = self.product_id.uom_id
        if self.product_uom_id == unit:
            return quantity
        return unit._compute_quantity(quantity, self.product_uom_id, round=False)

    def _om_value_of(self, quantity):
        """What ``quantity`` (in the product's unit) of this line is worth, in the order's currency."""
        self.ensure_one()
        if not self.product_uom_qty:
            return 0.0
        return self.price_subtotal / self.product_uom_qty * self._om_in_line_unit(quantity)

    def _om_is_kit(self):
        """Is the product a kit? Its components are in stock, not itself. Manufacturing knows them."""
        self.ensure_one()
        return "is_kits" in self.product_id._fields and self.product_id.is_kits

    def _om_not_from_stock(self):
        """The lines among these that are bought or made for their order: MTO and dropship.

        Of quotations: a confirmed line's moves say where its goods come from. One query.
        """
        routes = {
            line: line.route_ids or (line.product_id.route_ids | line.product_id.categ_id.total_route_ids)
            for line in self
        }
        rules = self.env["stock.rule"].search(
            [
                ("route_id", "in", self.env["stock.route"].union(*routes.values()).ids),
                ("action", "!=", "push"),
                ("location_dest_id.usage", "=", "customer"),
                "|",
                ("procure_method", "=", "make_to_order"),
                ("location_src_id.usage", "=", "supplier"),
            ]
        )
        own = rules.route_id
        return self.filtered(lambda line: routes[line] & own)

    # ---------------------------------------------------------------------------------- the forecast

    def _om_reforecast(self):
        """Bring the expected dates of these lines up to date.

        :return: ``{line: (date before, date now)}`` of those that changed; before a line was ever expected
            on a day, the date before is empty, and what was at hand or unknown was as promised
        """
        moved = {}
        supplies = self.env["om.availability"]._of_lines(self.filtered(lambda line: line.state == "sale"))
        for line, supply in supplies.items():
            now = False if supply.missing else supply.complete_at or False
            before = line.om_forecast_date
            if before != now:
                known = before or line.om_first_forecast_date and line.om_promised_date
                moved[line] = (known, now)
                line.om_forecast_date = now
                if now and not line.om_first_forecast_date:
                    line.om_first_forecast_date = now
        return moved

    def _om_slip_from(self):
        """What the expected date is held against: the promise, or what was expected at first if later.

        An order that was short from the start is short, its promise has not moved.
        """
        self.ensure_one()
        dates = [date for date in (self.om_promised_date, self.om_first_forecast_date) if date]
        return max(dates, default=False)

    def _om_has_slipped(self):
        """Has the date moved later than was promised, by more than the company tolerates?"""
        self.ensure_one()
        start = self._om_slip_from()
        tolerance = self.company_id.om_promise_tolerance
        return bool(
            self.state == "sale"
            and self.om_forecast_date
            and start
            and self.om_forecast_date > fields.Datetime.add(start, days=tolerance)
        )

    def _om_log_moved_dates(self, moved):
        """Tell on the order which dates moved by more than the tolerance, in one note per order.

        :param moved: ``{line: (date before, date now)}``
        :return: the orders that were told
        """
        notes = {}
        for line, (before, now) in moved.items():
            if not (before and now):
                continue
            if abs((now - before).days) > line.company_id.om_promise_tolerance:
                notes.setdefault(line.order_id, []).append(
                    self.env._(
                        "%(product)s is expected on %(now)s instead of %(before)s.",
                        product=line.product_id.display_name,
                        now=format_date(self.env, line.order_id._om_day_there(now)),
                        before=format_date(self.env, line.order_id._om_day_there(before)),
                    )
                )
        orders = self.env["sale.order"].union(*notes)
        if orders:
            orders._message_log_batch(bodies={order.id: "\n".join(texts) for order, texts in notes.items()})
        return orders

    def _om_is_to_ship(self):
        """Is something of this line still to leave?"""
        self.ensure_one()
        return bool(
            self.product_id.type == "consu"
            and not self.is_downpayment
            and self.product_uom_qty > self.qty_delivered
        )

    def _om_promise_rest(self, moment):
        """Promise what is left of this line for ``moment``; its deliveries take that as their deadline."""
        self.ensure_one()
        self.om_line_commitment_date = moment
        self.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel") and move.location_dest_id.usage == "customer"
        ).date_deadline = moment
