from odoo import models

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Where the goods go."""

    _inherit = "sale.order"

    @detector(
        "E-SHP-UNK",
        order=("partner_id", "partner_shipping_id", "om_ship_to_code", "om_ship_to_scheme"),
        suspect_order="o.om_ship_to_code IS NOT NULL",
    )
    def _om_detect_unknown_ship_to(self):
        """A ship-to code in the customer's document that names none of the customer's addresses."""
        named = self.filtered("om_ship_to_code")
        identifiers = self.env["om.partner.identifier"]

        def key(order):
            return (order.partner_id.commercial_partner_id.id, order.om_ship_to_scheme, order.om_ship_to_code)

        known = identifiers._resolve(map(key, named))
        return [
            Finding(
                order,
                found=f"{order._om_ship_to_name()}: {order.om_ship_to_text}",
                expected=self.env._(
                    "a delivery address of %s with this code", order.partner_id.commercial_partner_id.name
                ),
                key=order.om_ship_to_code,
                # two documents may write one address in two ways
                cause=f"{order.partner_id.commercial_partner_id.id} | {order.om_ship_to_code}",
                amount=order.amount_total,
            )
            for order in named
            if key(order) not in known
        ]

    def _om_ship_to_name(self):
        """The code by which the document names the ship-to, with its kind."""
        labels = dict(self._fields["om_ship_to_scheme"]._description_selection(self.env))
        return f"{labels.get(self.om_ship_to_scheme, '')} {self.om_ship_to_code}".strip()
