from odoo import api, fields, models

from .om_score_weight import TIERS
from .sale_order_score import SCORE_FIELDS

LATE_PENALTY = ("om_late_penalty", "om_late_penalty_basis")
LATE_PENALTY_BASES = [("once", "once"), ("day", "a day")]


class ResPartner(models.Model):
    """What of a customer counts for the priority of its orders."""

    _inherit = "res.partner"

    om_tier = fields.Selection(
        TIERS, "Customer Tier", company_dependent=True, help="Priority of the customer's orders: A first."
    )
    om_late_penalty = fields.Float(
        "Late Penalty (%)",
        company_dependent=True,
        help="What the customer charges for goods that come late, in percent of their value. "
        "0: as set for the company.",
    )
    om_late_penalty_basis = fields.Selection(
        LATE_PENALTY_BASES,
        "Late Penalty Is Charged",
        company_dependent=True,
        help="Once for what is late, or for each day of delay. Empty: as set for the company.",
    )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "om_tier", *LATE_PENALTY]

    def _om_late_penalty(self, company):
        """What this customer charges ``company`` for late goods: percent of their value, and its basis.

        :return: ``(percent, "once" or "day")``
        """
        customer = self.commercial_partner_id.with_company(company)
        return (
            customer.om_late_penalty or company.om_late_penalty,
            customer.om_late_penalty_basis or company.om_late_penalty_basis,
        )

    def write(self, vals):
        """A new tier or penalty counts at once, for the customer's open orders and no others."""
        result = super().write(vals)
        if {"om_tier", *LATE_PENALTY} & vals.keys():
            # sudo: priorities follow the customer, whoever may read which orders
            orders = self.env["sale.order"].sudo()
            orders = orders.search(
                [
                    ("om_commercial_partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                    ("om_is_open", "=", True),
                ]
            )
            orders._om_recompute(*SCORE_FIELDS)
            cases = orders.env["om.exception"].search(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                    ("order_id", "=", False),
                    ("is_open", "=", True),
                ]
            )
            cases._om_recompute_score()
        return result
