from collections import defaultdict

from odoo import api, fields, models

# what is asked of a unit that a document names, read with it
UNIT_FIELDS = (
    "om_codes",
    "name",
    "active",
    "sequence",
    "factor",
    "relative_factor",
    "relative_uom_id",
    "parent_path",
)


class UomUom(models.Model):
    _inherit = "uom.uom"

    om_codes = fields.Char(
        "Document Codes",
        help="Codes of this unit in documents (X12 element 355, UN/ECE), separated by blanks: EA PC. "
        "Several units may share a code, such as CA for cases of 6 and 12: the product's packagings decide.",
    )

    @api.model
    def _om_by_code(self, codes):
        """Units that documents name by code. One query.

        :return: ``defaultdict`` ``{code: uom.uom}``: several where a code is shared, none where unknown
        """
        found = defaultdict(self.browse)
        wanted = {(code or "").upper() for code in codes} - {""}
        if wanted:
            for unit in self.search_fetch([("om_codes", "!=", False)], UNIT_FIELDS):
                for code in wanted.intersection(unit.om_codes.upper().split()):
                    found[code] |= unit
        for code in codes:  # as the document spells it
            if code and code.upper() in found:
                found[code] = found[code.upper()]
        return found

    def _om_for_product(self, product):
        """The one of these units that is meant for ``product``; empty when none or several fit.

        The product's own unit comes first, then its packagings, then what converts to its unit.
        """
        if product.uom_id in self:
            return product.uom_id
        packagings = self & product.uom_ids
        if packagings:
            return packagings if len(packagings) == 1 else self.browse()
        convertible = self.filtered(lambda unit: unit._has_common_reference(product.uom_id))
        return convertible if len(convertible) == 1 else self.browse()
