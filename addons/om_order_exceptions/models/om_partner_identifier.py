from odoo import api, fields, models

from .res_partner import normalize_reference

SCHEMES = [
    ("gln", "GLN"),
    ("duns", "DUNS"),
    ("duns4", "DUNS+4"),
    ("buyer", "Assigned by buyer"),
    ("seller", "Assigned by seller"),
    ("scac", "SCAC"),
    ("text", "Name and address"),
]


class OmPartnerIdentifier(models.Model):
    """A code by which documents name a partner or an address: GLN, DUNS, store number …

    Codes are looked up within one customer (commercial partner): store 0042 of one retailer is not
    store 0042 of another. Codes compare without case, blanks, punctuation and leading zeros.
    """

    _name = "om.partner.identifier"
    _description = "Partner Identifier"
    _order = "commercial_partner_id, scheme, code"
    _rec_names_search = ["code"]

    partner_id = fields.Many2one(
        "res.partner", "Partner or Address", required=True, ondelete="cascade", index=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, string="Customer"
    )
    scheme = fields.Selection(SCHEMES, required=True, default="buyer")
    code = fields.Char(required=True)
    code_key = fields.Char(compute="_compute_code_key", store=True, index=True)
    company_id = fields.Many2one(related="partner_id.company_id", store=True)
    learned = fields.Boolean(readonly=True, help="Learned from a fix action of a specialist.")

    _unique_code = models.UniqueIndex(
        "(commercial_partner_id, scheme, code_key)", "This customer has this code already."
    )

    @api.depends("code")
    def _compute_code_key(self):
        for identifier in self:
            identifier.code_key = normalize_reference(identifier.code)

    @api.depends("scheme", "code")
    def _compute_display_name(self):
        labels = dict(SCHEMES)
        for identifier in self:
            identifier.display_name = f"{labels.get(identifier.scheme, '')} {identifier.code or ''}".strip()

    @api.model
    def _resolve(self, wanted):
        """Find the partners that documents name by code. One query.

        :param wanted: iterable of ``(commercial partner id, scheme, code)``
        :return: ``{(commercial partner id, scheme, code): res.partner}`` of those found
        """
        wanted = {(partner, scheme, code) for partner, scheme, code in wanted if partner and code}
        if not wanted:
            return {}
        found = {
            (
                identifier.commercial_partner_id.id,
                identifier.scheme,
                identifier.code_key,
            ): identifier.partner_id
            for identifier in self.search(
                [
                    ("commercial_partner_id", "in", list({partner for partner, _s, _c in wanted})),
                    ("code_key", "in", list({normalize_reference(code) for _p, _s, code in wanted})),
                ]
            )
        }
        return {
            key: found[key[0], key[1], normalize_reference(key[2])]
            for key in wanted
            if (key[0], key[1], normalize_reference(key[2])) in found
        }
