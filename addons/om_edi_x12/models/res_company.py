import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import x12


class ResCompany(models.Model):
    _inherit = "res.company"

    om_gs1_prefix = fields.Char(
        "GS1 Company Prefix", help="7 to 10 digits, as GS1 assigned it to the company."
    )
    om_sscc_extension = fields.Char("SSCC Extension Digit", default="0", size=1)

    @api.constrains("om_gs1_prefix", "om_sscc_extension")
    def _check_om_gs1_prefix(self):
        for company in self:
            if company.om_gs1_prefix and not re.fullmatch(r"\d{7,10}", company.om_gs1_prefix):
                raise ValidationError(self.env._("A GS1 company prefix has 7 to 10 digits."))
            if not re.fullmatch(r"\d", company.om_sscc_extension or ""):
                raise ValidationError(self.env._("The SSCC extension is one digit."))

    def _om_next_ssccs(self, count):
        """New SSCC-18s of this company, never given out before; empty without a GS1 prefix.

        Structure (GS1 General Specifications): extension digit, company prefix, serial reference filling
        up to 17 digits, check digit.
        """
        self.ensure_one()
        if not self.om_gs1_prefix:
            return []
        # sudo: whoever packs takes the next number; one sequence per company
        sequences = self.env["ir.sequence"].sudo().with_company(self)
        sequence = sequences.search([("code", "=", "om.sscc"), ("company_id", "=", self.id)], limit=1)
        if not sequence:
            sequence = sequences.create(
                {
                    "name": f"SSCC {self.name}",
                    "code": "om.sscc",
                    "company_id": self.id,
                    "implementation": "standard",
                }
            )
        return [
            x12.sscc(self.om_sscc_extension, self.om_gs1_prefix, int(sequence.next_by_id()))
            for _ in range(count)
        ]
