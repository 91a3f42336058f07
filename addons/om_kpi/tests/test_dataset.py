from odoo.tests import tagged

from .common import DatasetCommon


@tagged("post_install", "-at_install")
class TestDataset(DatasetCommon):
    """The published formulas on a month of eight orders, against figures computed apart from Odoo."""

    def setUp(self):
        super().setUp()
        self.built = self._build()
        self._measure()
        self.mine = [("order_id", "in", [order.id for order in self.built.values()])]

    def _assert_figures(self, model, expected):
        found = self._figures(model, list(expected), self.mine)
        self.assertEqual({name: round(value, 4) for name, value in found.items()}, expected)

    def test_figures_of_lines(self):
        self._assert_figures(
            self.lines,
            {
                "due_qty": 876,
                "due_line_count": 14,
                "otif_line_count": 9,
                "fill_first_qty": 796,
                "fill_final_qty": 836,
                "unit_fill_first_rate": 0.9087,
                "unit_fill_rate": 0.9543,
                "line_fill_rate": 0.8571,
                "otif_rate": 0.6429,
                "backorder_rate": 0.0714,
                "unit_backorder_rate": 0.0457,
                "on_time_rate": round(11 / 14, 4),  # early is on time, but outside the window
                "in_full_rate": round(13 / 14, 4),
            },
        )

    def test_figures_of_orders(self):
        self._assert_figures(
            self.orders,
            {
                "due_order_count": 8,
                "order_fill_rate": 0.75,
                "otif_rate": 0.5,
                "on_time_rate": 0.625,
                "backorder_rate": 0.125,
            },
        )

    def test_first_delivery_makes_on_time_look_better_than_it_is(self):
        """Odoo knows the first delivery only (G4): seven of eight orders, where four were served."""
        late = [
            name
            for name, order in self.built.items()
            if order.effective_date.date() > order.commitment_date.date()
        ]
        self.assertEqual(late, ["O3"])
        self._assert_figures(self.orders, {"first_on_time_rate": 0.875, "otif_rate": 0.5})

    def test_outcomes(self):
        outcomes = {
            name: self._fact(order).sorted("order_line_id").mapped("outcome")
            for name, order in self.built.items()
        }
        self.assertEqual(
            outcomes,
            {
                "O1": ["otif", "otif"],
                "O2": ["late", "otif"],
                "O3": ["late"],
                "O4": ["early", "early"],
                "O5": ["otif"],
                "O6": ["otif", "short", "otif"],
                "O7": ["otif"],
                "O8": ["otif", "otif"],
            },
        )

    def test_a_cell_of_the_pivot_opens_the_lines_that_make_it(self):
        sets = self.lines.formatted_read_grouping_sets(
            self.mine, [[], ["order_id"]], ["due_qty:sum", "fill_final_qty:sum", "unit_fill_rate:avg"]
        )
        self.assertEqual([len(groups) for groups in sets], [1, 8])
        for group in sets[1]:
            lines = self.lines.search([*self.mine, *group["__extra_domain"]])
            self.assertEqual(sum(lines.mapped("due_qty")), group["due_qty:sum"])
            self.assertEqual(
                sum(lines.mapped("fill_final_qty")) / group["due_qty:sum"], group["unit_fill_rate:avg"]
            )

    def test_rebuilding_gives_what_was_measured_step_by_step(self):
        columns = [name for name, field in self.lines._fields.items() if field.store and name != "id"]
        before = self.lines.search(self.mine, order="order_line_id").read(columns)
        self.env.cr.execute("DELETE FROM om_kpi_order_line")
        self.lines.invalidate_model()
        self.env["om.kpi.dirty"]._mark_all()
        self._measure()
        after = self.lines.search(self.mine, order="order_line_id").read(columns)
        for facts in (before, after):
            for fact in facts:
                del fact["id"]
        self.assertEqual(len(before), 14)
        self.assertEqual(before, after)
