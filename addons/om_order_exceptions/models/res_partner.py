import re

from odoo import fields, models


def normalize_reference(text):
    """Return a document or partner code for comparison.

    Upper case, letters and digits only, no leading zeros: ``"po-0077 "`` and ``"PO 0077"`` give
    ``"PO0077"``, ``"000123"`` gives ``"123"``. Empty text gives ``""``.
    """
    return re.sub(r"[\W_]+", "", text or "").upper().lstrip("0")


class ResPartner(models.Model):
    _inherit = "res.partner"

    om_identifier_ids = fields.One2many(
        "om.partner.identifier", "partner_id", "Identifiers", help="GLN, DUNS, store numbers …"
    )
    om_customer_item_ids = fields.One2many(
        "om.customer.item", "partner_id", "Part Numbers", help="The customer's own part numbers."
    )
    om_price_tolerance = fields.Float(
        "Price Tolerance (%)",
        company_dependent=True,
        prefetch="om_policy",
        help="How far a customer's price may be from ours, in percent of ours, before the order is held.",
    )
