from odoo import fields, models


class ResCompany(models.Model):
    """Policy of changes on confirmed orders."""

    _inherit = "res.company"

    om_change_four_eyes = fields.Boolean(
        "Four Eyes on Changes", default=True, help="Nobody approves a change that he asked for or made."
    )
    om_change_notify_customer = fields.Boolean(
        "Tell Customers of Changes", help="Mail the customer when a change of the order was applied."
    )
    om_change_portal = fields.Boolean(
        "Changes from the Portal", default=True, help="Customers may ask for changes on their order's page."
    )
    om_change_cutoff_hours = fields.Float(
        "Change Cut-off (hours)",
        help="A change so many hours before the ship cut-off, or later, is late. 0: no cut-off.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    om_change_four_eyes = fields.Boolean(related="company_id.om_change_four_eyes", readonly=False)
    om_change_notify_customer = fields.Boolean(related="company_id.om_change_notify_customer", readonly=False)
    om_change_portal = fields.Boolean(related="company_id.om_change_portal", readonly=False)
    om_change_cutoff_hours = fields.Float(related="company_id.om_change_cutoff_hours", readonly=False)
