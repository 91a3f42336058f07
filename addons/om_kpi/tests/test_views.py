from ast import literal_eval

from lxml import etree

from odoo.tests import tagged

from .common import KpiCommon


@tagged("post_install", "-at_install")
class TestViews(KpiCommon):
    """What the web client asks the server for, on three lines of two months and two customers."""

    def setUp(self):
        super().setUp()
        other = self.env["res.partner"].create({"name": "Cardinal Shops", "is_company": True})
        full = self._promise([(self.product, 30)], end="03-05")
        self._ship(full, "03-04")
        part = self._promise([(self.product, 10)], end="03-06")
        self._ship(part, "03-04", {self.product: 5})
        april = self._promise(
            [(self.product, 10)], end="04-05", partner_id=other.id, partner_shipping_id=other.id
        )
        self._measure("03-31")
        self.mine = [("order_id", "in", (full | part | april).ids)]
        self.lines = self.lines.with_user(self.specialist)
        self.specs = ["due_line_count:sum", "unit_fill_rate:avg", "otif_rate:avg"]

    def _values(self, group):
        return tuple(group[spec] for spec in self.specs)

    def test_pivot(self):
        total, months, customers, cells = self.lines.formatted_read_grouping_sets(
            self.mine,
            [[], ["window_end:month"], ["partner_id"], ["partner_id", "window_end:month"]],
            [*self.specs, "__count"],
        )
        self.assertEqual(self._values(total[0]), (2, 0.875, 0.5))
        self.assertEqual([self._values(group) for group in months], [(2, 0.875, 0.5), (0, False, False)])
        self.assertEqual([self._values(group) for group in customers], [(2, 0.875, 0.5), (0, False, False)])
        self.assertEqual(len(cells), 2)

    def test_graph(self):
        groups = self.lines.formatted_read_group(self.mine, ["window_end:month"], ["otif_rate:avg"])
        self.assertEqual([group["otif_rate:avg"] for group in groups], [0.5, False])

    def test_list(self):
        result = self.lines.web_read_group(
            self.mine, ["partner_id"], aggregates=self.specs, order="otif_rate:avg desc NULLS LAST"
        )
        self.assertEqual(self._values(result["groups"][0]), (2, 0.875, 0.5))
        view = self.env.ref("om_kpi.om_kpi_order_line_view_list")
        spec = {name: {} for name in ("unit_fill_rate", "otif_rate", "outcome", "due_line_count")}
        self.assertEqual(self.lines.get_views([(view.id, "list")])["views"]["list"]["id"], view.id)
        records = self.lines.web_search_read(self.mine, spec, order="window_end")["records"]
        self.assertEqual([record["unit_fill_rate"] for record in records], [1.0, 0.5, 0.0])

    def test_figures_are_offered_as_measures(self):
        for model in (self.lines, self.orders):
            described = model.fields_get(attributes=["aggregator"])
            for name in model._om_rates:
                self.assertEqual(described[name].get("aggregator"), "avg", name)
            for name in model._om_counts:
                self.assertEqual(described[name].get("aggregator"), "sum", name)

    def test_every_filter_and_grouping_works(self):
        """Relative dates are read by the server; a wrong one would show only in use."""
        for name in ("om.kpi.order.line", "om.kpi.order"):
            model = self.env[name].with_user(self.specialist)
            arch = etree.fromstring(model.get_view(view_type="search")["arch"])
            for node in arch.iter("filter"):
                if domain := node.get("domain"):
                    model.search_count(literal_eval(domain))
                elif context := node.get("context"):
                    model.formatted_read_group([], [literal_eval(context)["group_by"]], ["otif_rate:avg"])

    def test_months_of_the_filters(self):
        view = etree.fromstring(self.lines.get_view(view_type="search")["arch"])
        for day, name, expected in (
            ("03-31", "this_month", 2),
            ("04-01", "last_month", 2),
            ("04-30", "this_month", 1),
        ):
            (domain,) = view.xpath(f"//filter[@name='{name}']/@domain")
            with self._on(day):
                self.assertEqual(self.lines.search_count([*self.mine, *literal_eval(domain)]), expected, name)
