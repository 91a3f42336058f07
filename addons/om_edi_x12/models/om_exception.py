from odoo import models


class OmException(models.Model):
    _inherit = "om.exception"

    def _close(self, state, **values):
        """What waited for these cases goes on.

        Once somebody has decided about a difference, what is left may be ordered from the warehouse again.
        """
        result = super()._close(state, **values)
        decided = self.filtered(lambda case: case.code == "E-3PL-DIFF")
        pickings = self.env["stock.picking"].browse(
            decided.filtered(lambda case: case.res_model == "stock.picking").mapped("res_id")
        )
        (pickings.exists() | decided.order_id.picking_ids)._om_edi_schedule_order()
        return result
