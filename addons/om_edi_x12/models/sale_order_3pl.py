from odoo import models

from odoo.addons.om_order_exceptions.detection import detector
from odoo.addons.om_order_exceptions.models.detectors.fulfilment import SHORT_LINE
from odoo.addons.om_order_exceptions.stages import GATES


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

    def _om_edi_book_what_left(self):
        """Book what a 3PL has shipped of these orders while they were held, as far as they are free now."""
        # sudo: who ends a hold need not be allowed to read EDI documents, or to book what has left
        advices = (
            self.env["om.edi.transaction"].sudo().search([("set_id", "=", "945"), ("state", "=", "error")])
        )
        if not advices:
            return
        free = self.filtered(lambda order: order.om_blocked_stage not in GATES["ship"])
        numbers = set(free.sudo().om_edi_transaction_ids.filtered("answer_state").mapped("reference"))
        advices.filtered(lambda advice: advice.reference in numbers).action_retry()
