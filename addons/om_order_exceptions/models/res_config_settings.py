from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_order_desk_user_id = fields.Many2one(related="company_id.om_order_desk_user_id", readonly=False)
    om_price_tolerance = fields.Float(related="company_id.om_price_tolerance", readonly=False)
    om_duplicate_po_days = fields.Integer(related="company_id.om_duplicate_po_days", readonly=False)
    om_minute_cost = fields.Float(related="company_id.om_minute_cost", readonly=False)
    om_queue_mail_hour = fields.Float(related="company_id.om_queue_mail_hour", readonly=False)
