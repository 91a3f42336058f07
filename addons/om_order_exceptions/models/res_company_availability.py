from odoo import fields, models


class ResCompany(models.Model):
    """What the company wants of the availability of goods, and what it costs not to have them."""

    _inherit = "res.company"

    om_short_quotations = fields.Boolean(
        "Check Quotations for Stock",
        help="Quotations that were written by hand are checked for stock, too. Received orders always are.",
    )
    om_hold_incomplete = fields.Boolean(
        "Hold Incomplete Orders",
        help="A short line holds the whole order before release when the customer wants all at once.",
    )
    om_promise_tolerance = fields.Integer(
        "Promise Tolerance (days)",
        default=0,
        help="By how many days an expected date may move before it is an exception and people are told.",
    )
    om_shipment_cost = fields.Monetary(
        "Cost of a Shipment", help="Freight and handling of one more shipment, for comparing proposals."
    )
    om_min_ship_value = fields.Monetary(
        "Least Value of a Shipment", help="An order is not split below this value. 0: no limit."
    )


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
