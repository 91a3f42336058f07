from collections import defaultdict

import pytz

from odoo import models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        ship_notices = self._om_edi_announced()
        ship_notices._om_edi_pack()
        result = super()._action_done()
        done = ship_notices.filtered(lambda picking: picking.state == "done")
        self.env["om.edi.map.856"]._owe(done)
        # sudo: warehouse users may not read EDI documents
        done.sudo().sale_id._om_edi_kept_back("810")._rebuild()
        return result

    def _om_edi_announced(self):
        """The deliveries among these whose customer wants ship notices."""
        return self.filtered(
            # sudo: warehouse users may not read orders
            lambda picking: (
                picking._is_to_external_location() and picking.sudo().sale_id.om_edi_partner_id._sends("856")
            )
        )

    def _om_edi_pack(self):
        """Give an SSCC to what is about to be shipped; loose goods go into one package per delivery.

        Without numbers to give, the goods leave all the same: their ship notice says what is missing.
        """
        loose = defaultdict(list)
        for picking in self:
            lines = picking.move_line_ids.filtered(
                lambda line: (
                    line.quantity and not line.result_package_id and (line.picked or line.move_id.picked)
                )
            )
            if lines:
                loose[picking.company_id].append(lines)
        for company, pickings in self.grouped("company_id").items():
            packed = pickings.move_line_ids.result_package_id._om_with_containers()
            try:
                packed._om_assign_sscc(company, pickings)
                packages = self.env["stock.package"]._om_new_with_sscc(company, len(loose[company]))
            except UserError:
                continue
            for lines, package in zip(loose[company], packages, strict=True):
                lines.result_package_id = package

    def _om_edi_local(self, moment):
        """``moment`` (naive UTC) as local time of this transfer's company."""
        self.ensure_one()
        zone = pytz.timezone(self.company_id.resource_calendar_id.tz or "UTC")
        return pytz.utc.localize(moment).astimezone(zone)


class StockMove(models.Model):
    _inherit = "stock.move"

    def _om_edi_line(self):
        """The order line that this move delivers; empty for what nobody ordered, and for parts of a kit."""
        self.ensure_one()
        line = self.sale_line_id
        return line if line.product_id == self.product_id else line.browse()
