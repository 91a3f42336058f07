from odoo import api, fields, models


class OmEdiPartner(models.Model):
    """How a partner names things: part numbers, delivery addresses, units; and how exact it has to be.

    Part numbers, codes of addresses and the price tolerance are the customer's, for every channel; they
    are shown here and kept there. Fix actions learn them.
    """

    _inherit = "om.edi.partner"

    unit_ids = fields.One2many("om.edi.unit", "edi_partner_id", "Units", copy=True)
    item_count = fields.Integer("Part Numbers", compute="_compute_reference_counts")
    address_count = fields.Integer("Address Codes", compute="_compute_reference_counts")
    price_tolerance = fields.Float(
        "Price Tolerance (%)",
        compute="_compute_price_tolerance",
        help="The customer's, or else the company's: how far its prices may be from ours.",
    )
    date_tolerance_days = fields.Integer(
        "Date Tolerance (Days)",
        help="A promise so many days before or after the requested date is answered as if it were that date.",
    )

    _tolerance_not_negative = models.Constraint(
        "CHECK (date_tolerance_days >= 0)", "A tolerance is not negative."
    )

    def _compute_reference_counts(self):
        customers = self.partner_id.commercial_partner_id
        items = self.env["om.customer.item"]._read_group(
            [("partner_id", "in", customers.ids), ("company_id", "in", [*self.company_id.ids, False])],
            ["partner_id", "company_id"],
            ["__count"],
        )
        addresses = dict(
            self.env["om.partner.identifier"]._read_group(
                [("commercial_partner_id", "in", customers.ids)], ["commercial_partner_id"], ["__count"]
            )
        )
        for partner in self:
            customer = partner.partner_id.commercial_partner_id
            partner.item_count = sum(
                count
                for owner, company, count in items
                if owner == customer and (not company or company == partner.company_id)
            )
            partner.address_count = addresses.get(customer, 0)

    @api.depends("partner_id.om_price_tolerance", "company_id.om_price_tolerance")
    def _compute_price_tolerance(self):
        for partner in self:
            customer = partner.partner_id.commercial_partner_id.with_company(partner.company_id)
            partner.price_tolerance = customer.om_price_tolerance or partner.company_id.om_price_tolerance

    def _tolerates_date(self, requested, promised):
        """Is a promised day near enough to the requested one to be answered as accepted?"""
        self.ensure_one()
        return abs((promised - requested).days) <= self.date_tolerance_days

    def _reference_action(self, xmlid, domain, context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {**action, "domain": domain, "context": context}

    def action_open_items(self):
        """Open the customer's part numbers."""
        customer = self.partner_id.commercial_partner_id.id
        return self._reference_action(
            "om_order_exceptions.action_om_customer_item",
            [("partner_id", "=", customer)],
            {"default_partner_id": customer},
        )

    def action_open_addresses(self):
        """Open the codes by which documents name the customer and its addresses."""
        customer = self.partner_id.commercial_partner_id.id
        return self._reference_action(
            "om_order_exceptions.action_om_partner_identifier",
            [("commercial_partner_id", "=", customer)],
            {"default_partner_id": customer},
        )
