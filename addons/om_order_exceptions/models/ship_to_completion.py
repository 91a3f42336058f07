import json

from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """An address that is known but not complete, where the document knows more."""

    _inherit = "sale.order"

    def _om_complete_ship_to(self):
        """Fill the empty parts of the delivery address from the ship-to as received.

        :raise UserError: the document does not know more, either
        """
        self.ensure_one()
        address = self.partner_shipping_id
        received = json.loads(self.om_ship_to_json or "{}")
        country = self.env["res.country"]
        if code := received.get("country"):
            country = country.search([("code", "=", code)], limit=1)
        in_country = country or address.country_id or self.company_id.country_id
        state = self.env["res.country.state"]
        if code := received.get("state"):
            state = state.search([("code", "=", code), ("country_id", "=", in_country.id)], limit=1)
        known = {
            **{name: received.get(name) for name in ("street", "street2", "city", "zip")},
            "country_id": in_country.id,
            "state_id": state.id,
        }
        vals = {name: value for name, value in known.items() if value and not address[name]}
        if not vals:
            raise UserError(
                self.env._(
                    "The document does not say more about %s. Complete the contact.", address.display_name
                )
            )
        # sudo: a specialist may not change contacts at large, but may complete what a document completes
        address.sudo().write(vals)
