from odoo import fields, models


class ResCompany(models.Model):
    """Limits of the checks of deliveries and invoices. What nobody has set is not checked."""

    _inherit = "res.company"

    om_over_ship_percent = fields.Float(
        "Over-shipment Allowed (%)",
        help="How much more than ordered may be shipped without the customer's consent, in percent.",
    )
    om_check_phantom = fields.Boolean(
        "Short Picks Mean Missing Goods",
        help="A delivery that is short although stock is on the book asks for a count.",
    )
    om_label_packages = fields.Boolean(
        "SSCC on each Package",
        help="Deliveries leave in packages whose names are valid serial shipping container codes.",
    )
    om_invoice_late_days = fields.Integer(
        "Days until Invoiced", help="Shipped goods are invoiced within so many days. 0: not checked."
    )
    om_short_pay_percent = fields.Float(
        "Short Payment (%)",
        help="A customer who pays an invoice but for so many percent has deducted something. 0: not checked.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_over_ship_percent = fields.Float(related="company_id.om_over_ship_percent", readonly=False)
    om_check_phantom = fields.Boolean(related="company_id.om_check_phantom", readonly=False)
    om_label_packages = fields.Boolean(related="company_id.om_label_packages", readonly=False)
    om_invoice_late_days = fields.Integer(related="company_id.om_invoice_late_days", readonly=False)
    om_short_pay_percent = fields.Float(related="company_id.om_short_pay_percent", readonly=False)
