from odoo import api, fields, models


class OmEdiUnit(models.Model):
    """What a trading partner means by a unit code, such as ``CA`` with 12 in the pack: one of our units.

    The row that says most decides: with product and pack, with the product, with the pack, then the code
    alone. Where no row fits, the unit of the customer's part number and the document codes of our units do.
    """

    _name = "om.edi.unit"
    _description = "EDI Unit of a Trading Partner"
    _order = "edi_partner_id, code, product_id, pack"
    _rec_name = "code"
    _check_company_auto = True

    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="edi_partner_id.company_id", store=True, index=True)
    code = fields.Char("Their Unit", required=True, help="X12 element 355, such as CA.")
    pack = fields.Integer("Pack Of", help="Only where the document says so many in the pack (PO401). 0: any.")
    product_id = fields.Many2one(
        "product.product", "Only for Product", index="btree_not_null", ondelete="cascade", check_company=True
    )
    product_uom_id = fields.Many2one("uom.uom", "Our Unit", required=True, ondelete="restrict")
    learned = fields.Boolean(readonly=True, help="Learned from a fix action of a specialist.")

    _unique_code = models.UniqueIndex(
        "(edi_partner_id, UPPER(code), COALESCE(pack, 0), COALESCE(product_id, 0))",
        "This unit of the trading partner is there already.",
    )

    @api.model
    def _of(self, partner):
        """All rows of a partner, to ask :meth:`_pick` with. One query."""
        return {
            (row.code.upper(), row.pack, row.product_id.id): row.product_uom_id
            for row in self.search([("edi_partner_id", "=", partner.id)])
        }

    @api.model
    def _pick(self, rows, code, pack, product):
        """Our unit for a code of the partner, and how much the row says.

        :param rows: what :meth:`_of` gave
        :return: ``(uom.uom, is it said of this very product)``; an empty unit where no row fits, or where
            it does not convert to the unit in which the product is sold
        """
        for of_product in (product.id, False):
            for of_pack in (pack or 0, 0):
                unit = rows.get(((code or "").upper(), of_pack, of_product))
                if unit and unit._has_common_reference(product.uom_id):
                    return unit, bool(of_product)
        return self.env["uom.uom"], False

    @api.model
    def _learn(self, partner, code, pack, product, unit):
        """Remember what a specialist said that a code means for a product."""
        known, of_product = self._pick(self._of(partner), code, pack, product)
        if code and not (known == unit and of_product):
            self.search(
                [
                    ("edi_partner_id", "=", partner.id),
                    ("code", "=ilike", code),
                    ("pack", "=", pack or 0),
                    ("product_id", "=", product.id),
                ]
            ).unlink()
            self.create(
                {
                    "edi_partner_id": partner.id,
                    "code": code,
                    "pack": pack or 0,
                    "product_id": product.id,
                    "product_uom_id": unit.id,
                    "learned": True,
                }
            )
