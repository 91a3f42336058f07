from odoo import models

from .. import x12

QUALIFIERS = {"gln": "UL", "duns": "1", "duns4": "9", "buyer": "92", "seller": "91"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _om_edi_party(self, entity):
        """This partner as an ``x12.Party`` (N1 loop).

        :param entity: N101, such as ``"ST"``
        """
        self.ensure_one()
        identifier = self.om_identifier_ids.filtered(lambda i: i.scheme in QUALIFIERS)[:1]
        return x12.Party(
            entity=entity,
            name=(self.name or self.commercial_partner_id.name or "")[:60],
            id_qualifier=QUALIFIERS[identifier.scheme] if identifier else "",
            id=identifier.code or "",
            address=[street[:55] for street in (self.street, self.street2) if street],
            city=(self.city or "")[:30] or "",
            state=(self.state_id.code or "")[:2] or "",
            postal=(self.zip or "").replace(" ", "")[:15] or "",
            country=self.country_id.code or "",
        )
