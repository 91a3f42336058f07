import re

from odoo import models

from ...detection import Finding, detector

# A carrier of freight delivers to no letter box. For both PostgreSQL and Python.
PO_BOX = (
    r"(p[^a-z0-9]*o[^a-z0-9]*box|post[a-z]*[^a-z0-9]+office[^a-z0-9]+box"
    r"|postfach|apartado|casilla|bo.te postale)"
)


class SaleOrder(models.Model):
    """Can a carrier find the place?"""

    _inherit = "sale.order"

    @detector(
        "E-SHP-INVALID",
        order=("partner_shipping_id", "om_intake_id", "om_ship_to_code", "om_ship_to_scheme"),
        line=("product_id",),
        suspect_order=f"""
            (company.om_address_check = 'all'
             OR company.om_address_check = 'received' AND o.om_intake_id IS NOT NULL)
            AND (COALESCE(shipping.street, '') = '' OR COALESCE(shipping.city, '') = ''
                 OR COALESCE(shipping.zip, '') = '' OR shipping.country_id IS NULL
                 OR shipping.state_id IS NULL
                 OR CONCAT_WS(' ', shipping.street, shipping.street2) ~* '{PO_BOX}')""",
    )
    def _om_detect_undeliverable_address(self):
        """The delivery address lacks what its country requires, or is a PO box.

        An address without a country is held to be in the company's. A ship-to that is unknown is
        E-SHP-UNK's, as long as it is unknown. One query.
        """
        orders = self._om_still_open().filtered(lambda order: order._om_goods_need_an_address())
        named = {
            order: (order.partner_id.commercial_partner_id.id, order.om_ship_to_scheme, order.om_ship_to_code)
            for order in orders
            if order.om_ship_to_code
        }
        known = self.env["om.partner.identifier"]._resolve(named.values())
        findings = []
        for order in orders:
            address = order.partner_shipping_id
            problems = address._om_delivery_problems(order.company_id)
            if problems and (order not in named or named[order] in known):
                findings.append(
                    Finding(
                        order,
                        found=f"{address.display_name}: {', '.join(problems)}".replace("\n", ", "),
                        expected=self.env._("an address that a carrier can deliver to"),
                        key="address",
                        amount=order.amount_total,
                    )
                )
        return findings

    def _om_goods_need_an_address(self):
        """Does the company want the address of this order checked?"""
        self.ensure_one()
        policy = self.company_id.om_address_check
        if policy == "received":
            return bool(self.om_intake_id)
        return policy == "all" and any(line.product_id.type == "consu" for line in self.order_line)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _om_delivery_problems(self, company):
        """What a carrier would miss in this address, for people; empty when it can be delivered to."""
        self.ensure_one()
        country = self.country_id or company.country_id
        missing = [
            (not (self.street or self.street2), self.env._("no street")),
            (not self.city, self.env._("no city")),
            (not self.zip and (country.zip_required or not country), self.env._("no ZIP")),
            (not self.state_id and country.state_required, self.env._("no state")),
        ]
        problems = [text for is_missing, text in missing if is_missing]
        if re.search(PO_BOX, f"{self.street or ''} {self.street2 or ''}", re.IGNORECASE):
            problems.append(self.env._("a PO box takes no freight"))
        return problems
