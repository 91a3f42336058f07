from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    om_order_desk_user_id = fields.Many2one(
        "res.users",
        "Order Desk",
        help="Owner of exceptions that have no other owner.",
        domain=[("share", "=", False)],
    )
    om_price_tolerance = fields.Float(
        "Price Tolerance (%)",
        default=0.5,
        help="How far the price of an order line may be from the pricelist, in percent of it.",
    )
    om_duplicate_po_days = fields.Integer(
        "Duplicate PO Window (days)",
        default=365,
        help="A customer's PO number counts as a duplicate when it came within so many days before.",
    )
    om_minute_cost = fields.Float(
        "Cost of a Minute",
        default=1.0,
        help="What a minute of work costs, in company currency: weighs minutes against money when the "
        "cheapest cure of an order is chosen.",
    )
    om_queue_mail_hour = fields.Float(
        "Morning Mail",
        default=7.0,
        help="Time of day, where the user is, from which each owner gets the day's queue by mail.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_order_desk_user_id = fields.Many2one(related="company_id.om_order_desk_user_id", readonly=False)
    om_price_tolerance = fields.Float(related="company_id.om_price_tolerance", readonly=False)
    om_duplicate_po_days = fields.Integer(related="company_id.om_duplicate_po_days", readonly=False)
    om_minute_cost = fields.Float(related="company_id.om_minute_cost", readonly=False)
    om_queue_mail_hour = fields.Float(related="company_id.om_queue_mail_hour", readonly=False)
