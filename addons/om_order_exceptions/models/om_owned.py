from odoo import fields, models


class OmOwned(models.AbstractModel):
    """A record of one company that somebody looks after: an incident, a problem."""

    _name = "om.owned"
    _description = "Looked After by Somebody"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        required=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
