from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the Company")
    om_short_quotations = fields.Boolean(related="company_id.om_short_quotations", readonly=False)
    om_hold_incomplete = fields.Boolean(related="company_id.om_hold_incomplete", readonly=False)
    om_promise_tolerance = fields.Integer(related="company_id.om_promise_tolerance", readonly=False)
    om_shipment_cost = fields.Monetary(
        related="company_id.om_shipment_cost", readonly=False, currency_field="om_currency_id"
    )
    om_late_penalty = fields.Float(related="company_id.om_late_penalty", readonly=False)
    om_late_penalty_basis = fields.Selection(
        related="company_id.om_late_penalty_basis", readonly=False, required=True
    )
    om_min_ship_value = fields.Monetary(
        related="company_id.om_min_ship_value", readonly=False, currency_field="om_currency_id"
    )
