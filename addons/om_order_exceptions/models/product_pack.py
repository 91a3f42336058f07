from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    om_pack_uom_id = fields.Many2one(
        "uom.uom",
        "Sold in Multiples Of",
        index="btree_not_null",
        help="Packaging that is not broken: orders of part of it are found (E-UOM-PACK).",
    )


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    om_is_contract = fields.Boolean(
        "Agreed Prices",
        help="Prices agreed with the customer. When the price of a product has ended, orders of it wait "
        "(E-PRC-EXPIRED) instead of being sold at the list price.",
    )
