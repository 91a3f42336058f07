from odoo.tests import tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestReport(ReturnsCommon):
    def test_authorisation_names_number_goods_and_address(self):
        order = self._delivered([(self.product, 10)], client_order_ref="PO-77")
        rma = self._rma({order.order_line: 4}, note="<p>Use pallets</p>")
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.clerk)
            ._render_qweb_html("om_rma.report_rma", rma.ids)
        )
        text = html.decode()
        for part in (
            rma.name,
            "Kettle",
            "PO-77",
            "4.00",
            "Use pallets",
            "Bluebird Stores",
            "No longer needed",
        ):
            self.assertIn(part, text)
