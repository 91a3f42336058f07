import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .. import x12
from .ir_sequence import RANGE


class ResCompany(models.Model):
    """The company's range of SSCC numbers (GS1 General Specifications): extension digit, GS1 company prefix,
    serial reference that fills up to 17 digits, check digit.

    Each extension digit of a prefix has its own PostgreSQL sequence, which no rollback turns back: a number
    that was drawn is never drawn again, whatever becomes of its package. Companies that share both share the
    sequence, too.
    """

    _inherit = "res.company"

    om_gs1_prefix = fields.Char(
        "GS1 Company Prefix", help="7 to 10 digits, as GS1 assigned it to the company."
    )
    om_sscc_extension = fields.Char(
        "SSCC Extension Digit",
        default="0",
        size=1,
        help="Each digit is a range of its own: take the next one when a range is used up.",
    )

    @api.constrains("om_gs1_prefix", "om_sscc_extension")
    def _check_om_gs1_prefix(self):
        for company in self:
            if company.om_gs1_prefix and not re.fullmatch(r"\d{7,10}", company.om_gs1_prefix):
                raise ValidationError(self.env._("A GS1 company prefix has 7 to 10 digits."))
            if not re.fullmatch(r"\d", company.om_sscc_extension or ""):
                raise ValidationError(self.env._("The SSCC extension is one digit."))
            if company.om_gs1_prefix:
                company._om_sscc_sequence()  # now, not when two people pack their first cartons at once

    def _om_next_ssccs(self, count):
        """``count`` new SSCCs of this company, never given out before. One query.

        :raise UserError: the company has no GS1 prefix, or its range is used up
        """
        self.ensure_one()
        if not count:
            return []
        if not self.om_gs1_prefix:
            raise UserError(
                self.env._("%s has no GS1 prefix for SSCC numbers: enter it in the EDI settings.", self.name)
            )
        name = f"ir_sequence_{self._om_sscc_sequence().id:03d}"
        serials = self.env.execute_query(SQL("SELECT nextval(%s) FROM generate_series(1, %s)", name, count))
        if serials[-1][0] >= 10 ** (16 - len(self.om_gs1_prefix)):
            raise UserError(
                self.env._(
                    "The SSCC numbers of %(company)s with prefix %(prefix)s and extension digit %(digit)s "
                    "are used up: set another extension digit in the EDI settings.",
                    company=self.name,
                    prefix=self.om_gs1_prefix,
                    digit=self.om_sscc_extension,
                )
            )
        return [x12.sscc(self.om_sscc_extension, self.om_gs1_prefix, serial) for [serial] in serials]

    def _om_sscc_sequence(self):
        """The sequence of this range; a new one begins behind what packages bear already."""
        self.ensure_one()
        head = f"{self.om_sscc_extension}{self.om_gs1_prefix}"
        # sudo: whoever packs takes the next number
        sequences = self.env["ir.sequence"].sudo()
        if sequence := sequences.search([("code", "=", f"{RANGE}{head}")], limit=1):
            return sequence
        [[last]] = self.env.execute_query(
            SQL("SELECT max(name) FROM stock_package WHERE name LIKE %s AND length(name) = 18", f"{head}%")
        )
        return sequences.create(
            {
                "name": f"SSCC {head}",
                "code": f"{RANGE}{head}",
                "company_id": False,
                "number_next": int(last[len(head) : 17]) + 1 if last and last.isdecimal() else 1,
            }
        )
