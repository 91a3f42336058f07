from collections import defaultdict

import pytz

from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        ship_notices = self.filtered(
            # sudo: warehouse users may not read orders
            lambda picking: (
                picking._is_to_external_location() and picking.sudo().sale_id.om_edi_partner_id._sends("856")
            )
        )
        ship_notices._om_edi_pack()
        result = super()._action_done()
        self.env["om.edi.map.856"]._owe(ship_notices.filtered(lambda picking: picking.state == "done"))
        return result

    def _om_edi_pack(self):
        """Give an SSCC to what is about to be shipped: loose goods go into one pack per delivery.

        Packages with another name than an SSCC keep it; their ship notice then says what is missing.
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
        for company, packs in loose.items():
            ssccs = company._om_next_ssccs(len(packs))
            packages = self.env["stock.package"].create([{"name": sscc} for sscc in ssccs])
            for lines, package in zip(packs, packages, strict=False):
                lines.result_package_id = package

    def _om_edi_local(self, moment):
        """``moment`` (naive UTC) as local time of this transfer's company."""
        self.ensure_one()
        zone = pytz.timezone(self.company_id.resource_calendar_id.tz or "UTC")
        return pytz.utc.localize(moment).astimezone(zone)
