from odoo import models


class OmExceptionResolve(models.TransientModel):
    _inherit = "om.exception.resolve"

    def _om_fix_set_unit(self):
        """The chosen unit is remembered for this customer's unit code and product."""
        chosen = [
            (order.om_edi_partner_id, line.om_po_unit, line.om_po_pack, line.om_po_product_id)
            for line in self.exception_ids.order_line_id
            if self.remember and (order := line.order_id).om_edi_partner_id
        ]
        result = super()._om_fix_set_unit()
        for partner, code, pack, product in dict.fromkeys(chosen):
            self.env["om.edi.unit"]._learn(partner, code, pack, product, self.product_uom_id)
        return result

    def _om_fix_map_item(self):
        """What this customer means by its unit is known, also of an item that was not."""
        lines = self.exception_ids.order_line_id
        result = super()._om_fix_map_item()
        units = self.env["om.edi.unit"]
        for line in lines.exists().filtered(lambda line: line.om_unresolved == "unit"):
            partner, product = line.order_id.om_edi_partner_id, line.om_po_product_id
            unit, _certain = units._pick(units._of(partner), line.om_po_unit, line.om_po_pack, product)
            if unit:
                line._om_resolve(product, unit)
        return result
