from odoo import api, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _get_rendering_context(self, report, docids, data):
        """Release gate: no picking slip, by no way of printing, for an order that is held."""
        if docids and report.model == "stock.picking":
            self.env["stock.picking"].browse(docids)._om_refuse_print()
        elif docids and report.model == "stock.picking.batch":  # of an addon that may be installed
            self.env[report.model].browse(docids).picking_ids._om_refuse_print()
        return super()._get_rendering_context(report, docids, data)
