from odoo import models


class SaleOrderLine(models.Model):
    """In which unit a line stands in documents."""

    _inherit = "sale.order.line"

    def _om_edi_unit(self):
        """X12 unit (element 355) of this line: as the customer ordered it; a substitute's own."""
        self.ensure_one()
        if self.om_po_unit and not self.om_substituted_product_id:
            return self.om_po_unit
        return self.product_uom_id._om_edi_code()

    def _om_edi_wrong_units(self):
        """Lines of these that are not in the unit any more in which the customer ordered them.

        A code that none of our units has was mapped to the line's unit by a person, and is right. Two
        queries, one for our units and one for what a trading partner means by its codes.
        """
        ordered = self.filtered(lambda line: line.om_po_unit and not line.om_substituted_product_id)
        units = self.env["uom.uom"]._om_by_code(set(ordered.mapped("om_po_unit")))
        theirs = self.env["om.edi.unit"]
        rows = {partner: theirs._of(partner) for partner in ordered.order_id.om_edi_partner_id}
        wrong = self.browse()
        for line in ordered:
            of_partner = rows.get(line.order_id.om_edi_partner_id, {})
            unit, _of_product = theirs._pick(of_partner, line.om_po_unit, line.om_po_pack, line.product_id)
            meant = unit or units[line.om_po_unit]
            if meant and line.product_uom_id not in meant:
                wrong |= line
        return wrong
