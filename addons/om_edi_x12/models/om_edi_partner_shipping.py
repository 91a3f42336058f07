import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OmEdiPartner(models.Model):
    """How ship notices of a trading partner are structured, and who carries the goods."""

    _inherit = "om.edi.partner"

    asn_structure = fields.Selection(
        [
            ("0001", "Pick and pack: order, pack, item"),
            ("0002", "Standard: order, item, pack"),
            ("0004", "No packs: order, item"),
        ],
        "Ship Notice Structure",
        required=True,
        default="0001",
        help="Hierarchy of the 856 (BSN05). In the standard structure each pack holds one item.",
    )
    asn_tare = fields.Boolean(
        "Pallets in Ship Notice",
        help="Packages that stand in another one are announced below it: tare level.",
    )
    scac = fields.Char("Carrier (SCAC)", help="Carrier by the partner's routing guide, such as UPSN.")
    carrier_mode = fields.Selection(
        [
            ("M", "Motor"),
            ("U", "Parcel"),
            ("A", "Air"),
            ("R", "Rail"),
            ("S", "Ocean"),
            ("H", "Customer pickup"),
        ],
        "Mode",
        help="Mode of transport (TD504).",
    )

    @api.constrains("scac")
    def _check_scac(self):
        for partner in self:
            if partner.scac and not re.fullmatch(r"[A-Z]{2,4}", partner.scac):
                raise ValidationError(self.env._("A SCAC has 2 to 4 capital letters: %s", partner.scac))
