from odoo import api, fields, models


class ResPartner(models.Model):
    """How a customer wants to be delivered. Per company; contacts follow their company."""

    _inherit = "res.partner"

    om_ship_complete = fields.Boolean(
        "Ship Complete", company_dependent=True, help="All goods of an order leave at once."
    )
    om_max_shipments = fields.Integer(
        "Shipments per Order",
        company_dependent=True,
        prefetch="om_policy",
        help="No order is split into more. 0: any number.",
    )
    om_min_ship_value = fields.Float(
        "Least Value of a Shipment",
        company_dependent=True,
        prefetch="om_policy",
        help="In the company's currency. No order is split below this value. 0: as set for the company.",
    )
    om_substitution = fields.Selection(
        [("no", "Never"), ("ask", "Ask each time"), ("yes", "Allowed")],
        "Substitutes",
        company_dependent=True,
        prefetch="om_policy",
        help="May another product be delivered instead of the one that was ordered? Empty: ask each time.",
    )
    om_receiving_calendar_id = fields.Many2one(
        "resource.calendar",
        "Receiving Hours",
        company_dependent=True,
        prefetch="om_policy",
        help="Days on which goods are received here. Empty: every day.",
    )

    @api.model
    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "om_ship_complete",
            "om_max_shipments",
            "om_min_ship_value",
            "om_substitution",
        ]

    def _om_takes_substitutes(self):
        """What this customer says to substitutes: ``no``, ``ask`` or ``yes``."""
        self.ensure_one()
        return self.commercial_partner_id.om_substitution or "ask"
