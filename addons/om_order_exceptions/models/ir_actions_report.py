from odoo import api, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _get_rendering_context(self, report, docids, data):
        """Release gate: no picking slip, by no way of printing, for an order that is held."""
        if report.model == "stock.picking" and docids:
            self.env["stock.picking"].browse(docids)._om_refuse_print()
        return super()._get_rendering_context(report, docids, data)
