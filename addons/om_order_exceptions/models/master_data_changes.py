from odoo import models
from odoo.fields import Domain

# Fields of a contact, and the exceptions that may come or go with a change of them: of the orders that
# are shipped there, and of all orders of the customer.
OF_ADDRESS = {"E-SHP-INVALID": ("street", "street2", "city", "zip", "state_id", "country_id")}
OF_CUSTOMER = {
    "E-TAX-ID": ("vat", "country_id", "is_company"),
    "E-TRM": ("property_payment_term_id",),
    "E-MIN": ("om_min_order_amount", "om_min_line_amount"),
}
# So many open orders are looked at with the change, the newest; the re-scan finds the others.
AT_ONCE = 1000


def _codes(changes, vals):
    return {code for code, names in changes.items() if any(name in vals for name in names)}


class ResPartner(models.Model):
    """A contact that changes has the open orders looked at again for which it counts."""

    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if codes := _codes(OF_ADDRESS, vals):
            self._om_check_orders(codes, Domain("partner_shipping_id", "in", self.ids))
        if codes := _codes(OF_CUSTOMER, vals):
            of_customer = Domain("commercial_partner_id", "in", self.commercial_partner_id.ids)
            self._om_check_orders(codes, Domain("partner_id", "any", of_customer))
        return result

    def _om_check_orders(self, codes, domain):
        # sudo: who keeps contacts need not be allowed to read orders
        orders = self.env["sale.order"].sudo()
        orders.search(domain & orders._om_open_domain(), order="id desc", limit=AT_ONCE)._om_schedule_check(
            codes
        )
