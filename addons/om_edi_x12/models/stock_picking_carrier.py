from odoo import api, fields, models


class StockPicking(models.Model):
    """Who carries a delivery, and under which numbers: for the ship notice and the labels."""

    _inherit = "stock.picking"

    om_edi_partner_id = fields.Many2one(related="sale_id.om_edi_partner_id", string="Trading Partner")
    om_edi_is_test = fields.Boolean(related="sale_id.om_edi_is_test")
    # by the trading partner's routing guide, until the 3PL or somebody here says who took the goods
    om_carrier_scac = fields.Char(compute="_compute_om_carrier_scac", store=True, readonly=False)

    @api.depends("sale_id")
    def _compute_om_carrier_scac(self):
        # sudo: warehouse users may not read orders
        for picking, theirs in zip(self, self.sudo(), strict=True):
            guide = theirs.sale_id.om_edi_partner_id.scac
            picking.om_carrier_scac = picking.om_carrier_scac or guide or False

    def _om_bol(self):
        """Number of the bill of lading; else the transfer's own."""
        self.ensure_one()
        return self.om_bill_of_lading or self.name.replace("/", "-")

    def _om_pro(self):
        """The carrier's own number, typed in or from a shipping connector; ``""`` where there is none."""
        self.ensure_one()
        tracked = self.carrier_tracking_ref if "carrier_tracking_ref" in self._fields else ""
        return self.om_tracking_ref or (tracked or "").split(",")[0]
