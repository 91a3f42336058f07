from contextlib import contextmanager

from freezegun import freeze_time

from odoo.fields import Command

from odoo.addons.om_order_exceptions.tests.common import OrderManagementCommon


class KpiCommon(OrderManagementCommon):
    """Builders of orders with a delivery window and of deliveries on given days (UTC, year 2026)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "UTC"
        cls.store.tz = False
        # what leaves too early is measured here, not held
        cls.env.ref("om_order_exceptions.type_shp_early").blocks = False
        cls.lines = cls.env["om.kpi.order.line"]
        cls.orders = cls.env["om.kpi.order"]

    @contextmanager
    def _on(self, day, hour="12:00"):
        """It is this day, such as ``03-31``."""
        with freeze_time(f"2026-{day} {hour}"):
            yield

    def _promise(self, lines, confirmed="03-01", start=None, end="03-05", **values):
        """A confirmed order, to be delivered from ``start`` to ``end``."""
        with self._on(confirmed):
            order = self._order(
                lines,
                om_deliver_not_before=start and f"2026-{start}",
                commitment_date=f"2026-{end} 12:00:00",
                **values,
            )
            order.action_confirm()
            self.env.cr.flush()
        self.assertEqual(order.state, "sale")
        return order

    def _ship(self, order, day, quantities=None, hour="12:00"):
        """Deliver on a day: all that is open, or ``{product: quantity}`` and the rest on a backorder."""
        with self._on(day, hour):
            picking = self._deliver(order, quantities)
            self.env.cr.flush()
        self.assertEqual(picking.state, "done")
        return picking

    def _cancel_balance(self, order):
        """Cancel what is still to be delivered, as the warehouse does."""
        order.sudo().picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        ).action_cancel()
        self.env.cr.flush()

    def _return(self, picking, product, quantity):
        """Take goods back, by Odoo's own return."""
        wizard = self.env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=picking.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.filtered(lambda line: line.product_id == product).quantity = quantity
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.quantity = quantity
        back.move_ids.picked = True
        back.button_validate()
        self.assertEqual(back.state, "done")

    def _measure(self, day="03-31", hour="12:00"):
        """Run the job, as it would run on this day."""
        with self._on(day, hour):
            self.env.cr.flush()
            queue = self.env["om.kpi.dirty"]
            queue._mark_windows_ended()
            while order_ids := queue._claim(500):
                self.lines._refresh(order_ids)

    def _fact(self, order, product=None):
        facts = self.lines.search([("order_id", "in", order.ids)])
        return facts.filtered(lambda fact: fact.product_id == product) if product else facts

    def _figures(self, model, names, domain=()):
        """Totals of figures, as the web client asks for them: ``{name: value}``."""
        specs = [f"{name}:{model._fields[name].aggregator}" for name in names]
        (total,) = model.formatted_read_group(list(domain), [], specs)
        return {name: total[spec] for name, spec in zip(names, specs, strict=True)}


# Dataset D1: order -> (confirmed, window start, window end, lines); a line is (ordered, cancelled by the
# customer in time, [(quantity, day of delivery)]). Eight orders, 14 lines, 876 units net.
D1 = {
    "O1": ("03-01", "03-03", "03-05", [(100, 0, [(100, "03-04")]), (50, 0, [(50, "03-04")])]),
    "O2": ("03-01", "03-05", "03-06", [(200, 0, [(160, "03-06"), (40, "03-12")]), (30, 0, [(30, "03-06")])]),
    "O3": ("03-01", "03-08", "03-10", [(60, 0, [(60, "03-11")])]),
    "O4": ("02-01", "03-10", "03-12", [(24, 0, [(24, "03-09")]), (36, 0, [(36, "03-09")])]),
    "O5": ("03-01", "03-12", "03-13", [(80, 0, [(80, "03-13")])]),
    "O6": ("03-01", "03-15", "03-17", [(40, 0, [(40, "03-16")]), (40, 0, []), (20, 0, [(20, "03-16")])]),
    "O7": ("03-01", "03-18", "03-20", [(120, 24, [(96, "03-19")])]),
    "O8": ("03-01", "03-22", "03-24", [(10, 0, [(10, "03-23")]), (90, 0, [(100, "03-23")])]),
}


class DatasetCommon(KpiCommon):
    """D1 as real orders, deliveries, a wrong article, a cancelled balance, and returns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # O4 leaves before its window opens
        cls.env.ref("om_order_exceptions.type_shp_early").active = False
        cls.skus = [cls._new_product(f"Article {n}", f"D1-{n}", 10.0, stock=1000.0) for n in range(3)]

    def _build(self):
        """Let March 2026 happen; ``{name: order}``."""
        built = {}
        for name, (confirmed, start, end, lines) in D1.items():
            order = built[name] = self._promise(
                [(self.skus[n], line[0]) for n, line in enumerate(lines)], confirmed, start, end
            )
            for line, (ordered, cancelled, _shipments) in zip(order.order_line, lines, strict=True):
                if cancelled:
                    line.write(
                        {"product_uom_qty": ordered - cancelled, "om_customer_cancelled_qty": cancelled}
                    )
            by_day = {}
            for n, (_ordered, _cancelled, shipments) in enumerate(lines):
                for quantity, day in shipments:
                    by_day.setdefault(day, {})[self.skus[n]] = quantity
            if name == "O6":
                self._add_wrong_article(order)
            pickings = [self._ship(order, day, quantities) for day, quantities in sorted(by_day.items())]
            self._cancel_balance(order)
            for returned, quantity, product in (("O5", 8, self.skus[0]), ("O8", 10, self.skus[1])):
                if name == returned:
                    self._return(pickings[0], product, quantity)
        return built

    def _add_wrong_article(self, order):
        """The warehouse packs 40 kettles instead of what the second line asks for."""
        picking = order.sudo().picking_ids
        picking.move_ids = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "product_uom_qty": 40,
                    "product_uom": self.product.uom_id.id,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                }
            )
        ]
