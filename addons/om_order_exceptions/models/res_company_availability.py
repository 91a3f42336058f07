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
