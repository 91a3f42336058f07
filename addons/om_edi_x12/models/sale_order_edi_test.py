from odoo import models

from odoo.addons.om_order_exceptions.detection import Finding, detector


class SaleOrder(models.Model):
    """Test orders (ISA15 = T) are answered, and not shipped by accident."""

    _inherit = "sale.order"

    @detector("E-EDI-TEST", order=("om_edi_is_test",), suspect_order="o.om_edi_is_test")
    def _om_detect_edi_test(self):
        """A test order is held at release: nothing is reserved, picked or ordered from a 3PL for it."""
        return [
            Finding(
                order,
                found=self.env._("a test order of %s (ISA15 T)", order.sudo().om_edi_partner_id.name),
                expected=self.env._("an order in earnest"),
                key="test",
            )
            # sudo: whoever has orders checked need not be allowed to read trading partners
            for order in self._om_still_open().filtered("om_edi_is_test")
        ]
