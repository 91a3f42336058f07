from odoo import models

from odoo.addons.om_order_exceptions.detection import detector
from odoo.addons.om_order_exceptions.models.detectors.fulfilment import SHORT_LINE


class SaleOrder(models.Model):
    """Orders that a 3PL ships."""

    _inherit = "sale.order"

    @detector("E-STK-PHANTOM", suspect_line=f"company.om_check_phantom AND {SHORT_LINE}")
    def _om_detect_phantom_stock(self):
        """A pick was short, but the book says that there is more: until somebody has counted.

        A 3PL ships in as many parts as it likes, and counts by its 846.
        """
        return [
            finding
            for finding in super()._om_detect_phantom_stock()
            if not finding.line._om_moves_to_come().picking_type_id.warehouse_id.om_edi_partner_id
        ]
