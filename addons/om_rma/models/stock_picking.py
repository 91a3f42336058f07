from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # sudo: whoever may read the document sees how many returns it has; opening them takes their rights
    om_rma_ids = fields.Many2many(
        "om.rma", compute="_compute_om_rma_ids", compute_sudo=True, string="Return Authorisations"
    )
    om_rma_count = fields.Integer(compute="_compute_om_rma_ids", compute_sudo=True)

    @api.depends("move_ids.om_rma_line_id.rma_id")
    def _compute_om_rma_ids(self):
        for picking in self:
            picking.om_rma_ids = picking.move_ids.om_rma_line_id.rma_id
            picking.om_rma_count = len(picking.om_rma_ids)

    def action_om_view_rmas(self):
        """Open the returns that this transfer serves."""
        self.ensure_one()
        return self.env["om.rma"]._records_action(self.om_rma_ids, self.env._("Returns of %s", self.name))
