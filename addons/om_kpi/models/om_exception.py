from odoo import api, models


class OmException(models.Model):
    _inherit = "om.exception"

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        self.env["om.kpi.dirty"]._mark(lines=exceptions.order_line_id.ids)
        return exceptions
