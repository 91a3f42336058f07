from odoo import fields, models

CHECKED_ORDERS = [
    ("off", "No orders"),
    ("received", "Orders from received documents"),
    ("all", "All orders"),
]


class ResCompany(models.Model):
    """What a company lets pass and what not. Where nothing is set, nothing is found."""

    _inherit = "res.company"

    om_address_check = fields.Selection(
        CHECKED_ORDERS,
        "Check Delivery Addresses",
        default="received",
        help="Of which orders with goods the delivery address must be complete (E-SHP-INVALID).",
    )
    om_tax_id_country_ids = fields.Many2many(
        "res.country",
        "om_company_tax_id_country_rel",
        "company_id",
        "country_id",
        string="Tax ID Required",
        help="Companies of these countries need a valid tax ID (E-TAX-ID).",
    )
    om_zero_price_check = fields.Selection(
        CHECKED_ORDERS,
        "Check for Zero Prices",
        default="received",
        help="Of which orders a line without a price, or with a negative one, is found (E-PRC-ZERO).",
    )
    om_floor_check = fields.Boolean(
        "Check the Price Floor", help="Find prices below cost plus the margin beside (E-PRC-ZERO)."
    )
    om_floor_percent = fields.Float(
        "Margin over Cost (%)", help="A price is too low below cost plus so many percent of it."
    )
    om_price_authority = fields.Float(
        "Specialists May Split (%)",
        help="Up to this difference from the pricelist a specialist may meet the customer half way; "
        "beyond it a manager has to.",
    )
    om_min_order_amount = fields.Monetary(
        "Minimum Order", help="Untaxed amount from which an order is welcome (E-MIN). 0: any."
    )
    om_min_line_amount = fields.Monetary("Minimum Line", help="The same for a single line. 0: any.")
    om_small_order_product_id = fields.Many2one(
        "product.product",
        "Small Order Fee",
        domain=[("type", "=", "service")],
        help="Service that is charged on orders below the minimum, at its price.",
    )
    om_max_quantity_factor = fields.Float(
        "Implausible Quantity Factor",
        help="How many times what a customer usually orders of a product is implausible (E-MAX); 5 is a "
        "good start. 0: any quantity is plausible.",
    )
    om_max_quantity_lines = fields.Integer(
        "Order Lines of Experience",
        default=5,
        help="Of how many earlier lines of the customer and product at least we must know to judge.",
    )
    om_soft_duplicate_days = fields.Integer(
        "Look-alike Window (days)",
        help="An order whose lines and dates resemble another of the customer within so many days is "
        "pointed out (E-DUP-SOFT). 0: not looked for.",
    )
    om_action_words = fields.Char(
        "Words That Ask for Something",
        default="call, phone, hold, wait, must, only, before, after, do not, don't, appointment, urgent, "
        "rush, asap, liftgate, pallet, fragile, partial, complete, cancel, replace, label, deliver, ship",
        help="A customer's instruction with one of these words waits until somebody has said what to do "
        "with it (E-INSTR), separated by commas.",
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    om_min_order_amount = fields.Float(
        "Minimum Order",
        company_dependent=True,
        prefetch="om_policy",
        digits="Product Price",
        help="Untaxed, in the company's currency. 0: as set for the company.",
    )
    om_min_line_amount = fields.Float(
        "Minimum Line",
        company_dependent=True,
        prefetch="om_policy",
        digits="Product Price",
        help="Untaxed, in the company's currency. 0: as set for the company.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_address_check = fields.Selection(related="company_id.om_address_check", readonly=False)
    om_tax_id_country_ids = fields.Many2many(related="company_id.om_tax_id_country_ids", readonly=False)
    om_zero_price_check = fields.Selection(related="company_id.om_zero_price_check", readonly=False)
    om_floor_check = fields.Boolean(related="company_id.om_floor_check", readonly=False)
    om_floor_percent = fields.Float(related="company_id.om_floor_percent", readonly=False)
    om_price_authority = fields.Float(related="company_id.om_price_authority", readonly=False)
    om_min_order_amount = fields.Monetary(related="company_id.om_min_order_amount", readonly=False)
    om_min_line_amount = fields.Monetary(related="company_id.om_min_line_amount", readonly=False)
    om_small_order_product_id = fields.Many2one(
        related="company_id.om_small_order_product_id", readonly=False
    )
    om_max_quantity_factor = fields.Float(related="company_id.om_max_quantity_factor", readonly=False)
    om_max_quantity_lines = fields.Integer(related="company_id.om_max_quantity_lines", readonly=False)
    om_soft_duplicate_days = fields.Integer(related="company_id.om_soft_duplicate_days", readonly=False)
    om_action_words = fields.Char(related="company_id.om_action_words", readonly=False)
