from collections import defaultdict

from odoo import fields, models
from odoo.tools import format_date, format_datetime

from ...detection import Finding, detector

# A line of goods of a confirmed order of which less left than was ordered, after something happened to it
SHORT_LINE = """
    o.state = 'sale' AND l.qty_delivered_method = 'stock_move' AND l.product_uom_qty > l.qty_delivered
    AND EXISTS (
        SELECT FROM stock_move move WHERE move.sale_line_id = l.id AND move.state IN ('done', 'cancel')
    )
"""
# delivery_status is empty where an order has no goods to deliver
UNDELIVERED = "o.state = 'sale' AND o.delivery_status IN ('pending', 'started', 'partial')"


class SaleOrder(models.Model):
    """Deliveries: is what was ordered on its way, all of it, no more, in time, and found in stock?"""

    _inherit = "sale.order"

    @detector("E-SHP-SHORT", line=("product_uom_qty", "om_rest_agreed"), suspect_line=SHORT_LINE)
    def _om_detect_short_shipment(self):
        """Less was shipped than ordered: the rest is on backorder (warns), or nothing more is planned.

        What the customer sent back was shipped all the same.
        """
        findings = []
        for line, shipped, missing in self._om_short_lines():
            if line.product_uom_id.compare(missing, line.om_rest_agreed) <= 0:
                continue
            to_come = line._om_moves_to_come()
            backorders = to_come.picking_id.filtered("backorder_id")
            quantities = {
                "shipped": shipped,
                "ordered": line.product_uom_qty,
                "unit": line.product_uom_id.name,
            }
            if not to_come:
                found = self.env._(
                    "%(shipped)g of %(ordered)g %(unit)s shipped, nothing more planned", **quantities
                )
            elif shipped and backorders:
                found = self.env._(
                    "%(shipped)g of %(ordered)g %(unit)s shipped, rest on backorder %(backorders)s",
                    backorders=", ".join(backorders.mapped("name")),
                    **quantities,
                )
            else:
                continue
            findings.append(
                Finding(
                    line.order_id,
                    found=found,
                    expected=self.env._("%(ordered)g %(unit)s shipped", **quantities),
                    line=line,
                    amount=missing * line.price_total / line.product_uom_qty,
                    severity="3" if to_come else None,
                )
            )
        return findings

    def _om_short_lines(self):
        """``[(line, quantity shipped, quantity missing)]`` of the lines of goods with something missing."""
        lines = self.order_line.filtered(
            lambda line: (
                line.qty_delivered_method == "stock_move" and line.product_uom_qty > 0 and line.move_ids
            )
        )
        return [
            (line, shipped, line.product_uom_qty - shipped)
            for line, shipped in lines._om_shipped().items()
            if line.product_uom_id.compare(line.product_uom_qty, shipped) > 0
        ]

    @detector(
        "E-SHP-OVER",
        line=("product_uom_qty",),
        suspect_line="""
            o.state = 'sale' AND l.qty_delivered_method = 'stock_move' AND l.qty_delivered > l.product_uom_qty
        """,
    )
    def _om_detect_over_shipment(self):
        """More was shipped than ordered, beyond what the company allows."""
        findings = []
        for order in self.filtered(lambda order: order.state == "sale"):
            allowed = 1 + order.company_id.om_over_ship_percent / 100
            for line in order.order_line:
                over = line.qty_delivered - line.product_uom_qty * allowed
                if line.qty_delivered_method != "stock_move" or line.product_uom_id.compare(over, 0) <= 0:
                    continue
                unit = line.product_uom_id.name
                findings.append(
                    Finding(
                        order,
                        found=self.env._(
                            "%(shipped)g %(unit)s shipped", shipped=line.qty_delivered, unit=unit
                        ),
                        expected=self.env._("%(ordered)g %(unit)s", ordered=line.product_uom_qty, unit=unit),
                        line=line,
                        amount=(line.qty_delivered - line.product_uom_qty) * line.price_reduce_taxinc,
                    )
                )
        return findings

    @detector(
        "E-SHP-LATE",
        order=("commitment_date", "om_requested_date", "om_requested_ship_date", "om_lane_id", "state"),
        suspect_order=f"o.om_ship_cutoff < clock.now AND {UNDELIVERED}",
    )
    def _om_detect_late_shipment(self):
        """The last pickup that keeps the promise has left, the goods have not.

        An order without a promise, a requested date or a lead time is never late; one that was promised
        for a day before it was confirmed has a wrong date (E-DTE-PAST) until it gets a new one.
        """
        now = fields.Datetime.now()
        findings = []
        for order in self:
            promised = order.commitment_date or order.om_requested_date or order.om_requested_ship_date
            if not (promised or any(order.order_line.mapped("customer_lead"))):
                continue
            if order.commitment_date and order.commitment_date < order.date_order:
                continue
            late = order.order_line.filtered(lambda line: line._om_moves_to_come())
            if not late or not order.om_ship_cutoff or order.om_ship_cutoff >= now:
                continue
            zone = order.warehouse_id._om_shipping_calendar().tz or "UTC"
            cutoff = format_datetime(self.env, order.om_ship_cutoff, tz=zone, dt_format="short")
            findings.append(
                Finding(
                    order,
                    found=self.env._("Not shipped: %s", ", ".join(late.product_id.mapped("display_name"))),
                    expected=self.env._("shipped by %s, warehouse time", cutoff),
                    amount=sum(
                        max(line.product_uom_qty - line.qty_delivered, 0) * line.price_reduce_taxinc
                        for line in late
                    ),
                )
            )
        return findings

    @detector(
        "E-SHP-EARLY",
        order=("om_deliver_not_before", "om_lane_id", "state"),
        suspect_order=f"o.om_deliver_not_before > clock.now::date AND {UNDELIVERED}",
    )
    def _om_detect_early_shipment(self):
        """Shipped today, the goods would arrive before the customer takes them in."""
        findings = []
        today = self._om_today()
        for order in self.filtered(lambda o: o.om_deliver_not_before and o.delivery_status != "full"):
            lane = order.om_lane_id
            calendar = lane.calendar_id or order.warehouse_id._om_shipping_calendar()
            first = calendar._om_working_day_before(order.om_deliver_not_before, lane.transit_days)
            if today[order] < first:
                findings.append(
                    Finding(
                        order,
                        found=self.env._(
                            "Would arrive before %s", format_date(self.env, order.om_deliver_not_before)
                        ),
                        expected=self.env._("shipped on %s or later", format_date(self.env, first)),
                        amount=order.amount_total,
                    )
                )
        return findings

    @detector("E-STK-PHANTOM", suspect_line=f"company.om_check_phantom AND {SHORT_LINE}")
    def _om_detect_phantom_stock(self):
        """A pick was short, but the book says that there is more: until somebody has counted."""
        short = [
            (line, missing, picked)
            for line, _shipped, missing in self.filtered("company_id.om_check_phantom")._om_short_lines()
            if (picked := line._om_moves_to_come().picking_id.backorder_id.filtered("date_done"))
        ]
        if not short:
            return []
        products = self.env["product.product"].union(*(line.product_id for line, _missing, _picked in short))
        counted = self._om_last_counts(products)
        on_book = self._om_on_book(products)
        findings = []
        for line, missing, picked in short:
            warehouse = line.order_id.warehouse_id
            unit = line.product_id.uom_id
            book = on_book[line.product_id, warehouse] + sum(
                move.product_uom._compute_quantity(move.quantity, unit) for move in line._om_moves_to_come()
            )
            last_count = counted.get((line.product_id, warehouse))
            if book <= 0 or (last_count and last_count >= max(picked.mapped("date_done"))):
                continue
            findings.append(
                Finding(
                    line.order_id,
                    found=self.env._(
                        "%(missing)g %(unit)s not found", missing=missing, unit=line.product_uom_id.name
                    ),
                    expected=self.env._("%(book)g %(unit)s on the book", book=book, unit=unit.name),
                    line=line,
                    amount=missing * line.price_reduce_taxinc,
                )
            )
        return findings

    def _om_on_book(self, products):
        """Free stock by the book: ``{(product, warehouse): quantity}``. One query."""
        free = defaultdict(float)
        for product, location, quantity, reserved in self.env["stock.quant"]._read_group(
            [("product_id", "in", products.ids), ("location_id.usage", "=", "internal")],
            ["product_id", "location_id"],
            ["quantity:sum", "reserved_quantity:sum"],
        ):
            free[product, location.warehouse_id] += quantity - reserved
        return free

    def _om_last_counts(self, products):
        """When stock was counted last: ``{(product, warehouse): time}``. One query."""
        counts = {}
        for product, source, target, date in self.env["stock.move.line"]._read_group(
            [
                ("product_id", "in", products.ids),
                ("state", "=", "done"),
                ("move_id.is_inventory", "=", True),
                ("company_id", "in", self.company_id.ids),
            ],
            ["product_id", "location_id", "location_dest_id"],
            ["date:max"],
        ):
            slot = (product, source.warehouse_id or target.warehouse_id)
            counts[slot] = max(date, counts.get(slot, date))
        return counts

    @detector(
        "E-LBL",
        suspect_order=f"company.om_label_packages AND {UNDELIVERED}",
    )
    def _om_detect_package_label(self):
        """Goods that are packed to leave without a label that a customer's dock can read."""
        findings = []
        for picking, (loose, wrong) in self._om_without_label().items():
            faults = [text for _package, text in wrong]
            if loose:
                faults.insert(
                    0, self.env._("not packed: %s", ", ".join(loose.product_id.mapped("display_name")))
                )
            findings.append(
                Finding(
                    picking.sale_id,
                    found=f"{picking.name}: {'; '.join(faults)}",
                    expected=self.env._("an SSCC of its own on each package"),
                    key=str(picking.id),
                    amount=picking.sale_id.amount_total,
                )
            )
        return findings

    def _om_without_label(self):
        """Open deliveries of these orders with what in them has no SSCC of its own. One query for the twins.

        :return: ``{stock.picking: (picked stock.move.line outside of packages, [(stock.package, fault)])}``
        """
        pickings = self.filtered("company_id.om_label_packages").picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel") and picking._is_to_external_location()
        )
        lines = pickings.move_line_ids.filtered(lambda line: line.picked and line.quantity)
        packages = lines.result_package_id
        numbers = [package._om_sscc() for package in packages]
        twins = self.env["stock.package"].search(
            [
                ("name", "in", [number for number in numbers if number]),
                ("id", "not in", packages.ids),
                ("create_date", ">", "-12m"),  # GS1: a number rests for 12 months
            ]
        )
        used = set(twins.mapped("name")) | {number for number in numbers if numbers.count(number) > 1}
        without = {}
        for picking, of_picking in lines.grouped("picking_id").items():
            loose = of_picking.filtered(lambda line: not line.result_package_id)
            wrong = []
            for package in of_picking.result_package_id:
                if not package._om_sscc():
                    wrong.append((package, self.env._("%s is no SSCC", package.name)))
                elif package._om_sscc() in used:
                    wrong.append((package, self.env._("%s is on another package, too", package.name)))
            if loose or wrong:
                without[picking] = (loose, wrong)
        return without
