from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _om_edi_items(self):
        """Identifiers of this product for documents: ``{qualifier of X12 element 235: identifier}``."""
        self.ensure_one()
        items = {}
        if self.barcode and self.barcode.isdecimal():
            qualifier = {12: "UP", 13: "EN", 14: "UK"}.get(len(self.barcode))
            if qualifier:
                items[qualifier] = self.barcode
        if self.default_code:
            items["VN"] = self.default_code
        return items or {"VN": self.name[:40]}


class UomUom(models.Model):
    _inherit = "uom.uom"

    def _om_pack_of(self, pack, product):
        """The one of these units that holds so many of the unit in which ``product`` is sold, or none."""
        fitting = self.filtered(
            lambda unit: (
                pack
                and unit._has_common_reference(product.uom_id)
                and unit._compute_quantity(1, product.uom_id, round=False) == pack
            )
        )
        return fitting if len(fitting) == 1 else self.browse()

    def _om_edi_code(self):
        """X12 unit of measure (element 355): the first of the unit's document codes, else ``EA``."""
        return (self.om_codes or "EA").split()[0]
