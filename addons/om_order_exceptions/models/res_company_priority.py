from odoo import fields, models

from .res_partner_priority import LATE_PENALTY, LATE_PENALTY_BASES


class ResCompany(models.Model):
    """What late goods cost where the customer has no terms of its own: for priorities and for proposals."""

    _inherit = "res.company"

    om_late_penalty = fields.Float(
        "Late Penalty (%)",
        help="What customers charge for goods that come late, in percent of their value, where a customer "
        "has no own.",
    )
    om_late_penalty_basis = fields.Selection(
        LATE_PENALTY_BASES,
        "Late Penalty Is Charged",
        default="day",
        required=True,
        help="Once for what is late, or for each day of delay.",
    )

    def write(self, vals):
        """Another penalty is another priority of all open orders."""
        result = super().write(vals)
        if vals.keys() & set(LATE_PENALTY):
            self.env["sale.order"]._om_rescore_all()
        return result
