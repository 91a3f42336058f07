from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # What an exposure needs of a customer with a long history: few rows, found without reading the rest
    _om_credit_open_idx = models.Index(
        "(partner_id) WHERE (reconciled IS NOT TRUE OR parent_state = 'draft')"
        " AND parent_state IN ('posted', 'draft')"
    )
