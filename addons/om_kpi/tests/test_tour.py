from odoo.tests import HttpCase, tagged

from .common import KpiCommon


@tagged("post_install", "-at_install")
class TestTour(KpiCommon, HttpCase):
    def test_service_level_from_pivot_to_order(self):
        """A specialist reads the pivot, the graph and the list in a browser and opens an order."""
        other = self.env["res.partner"].create({"name": "Cardinal Shops", "is_company": True})
        self._ship(self._promise([(self.product, 30)], end="03-05"), "03-04")
        self._ship(self._promise([(self.product, 10)], end="03-06"), "03-04", {self.product: 5})
        self._promise([(self.product, 10)], end="04-05", partner_id=other.id, partner_shipping_id=other.id)
        self._measure("03-31")
        action = self.env.ref("om_kpi.action_om_kpi_order_line")
        action.context = {}  # its filters depend on today
        self.start_tour("/odoo/service-level", "om_kpi_service_level", login=self.specialist.login)
