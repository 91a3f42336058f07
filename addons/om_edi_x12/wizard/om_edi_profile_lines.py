from odoo import fields, models

from odoo.addons.om_order_exceptions.models.om_partner_identifier import SCHEMES

from ..models.om_edi_flow import SETS, USUAL_MINUTES


class OmEdiProfileFlow(models.TransientModel):
    """A document that the samples show, or that is usual."""

    _name = "om.edi.profile.flow"
    _description = "Document of a Proposed Trading Partner"

    profile_id = fields.Many2one("om.edi.profile", required=True, ondelete="cascade")
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True)
    set_id = fields.Selection(SETS, "Document", required=True)
    count = fields.Integer("In Samples", readonly=True)
    release = fields.Char("Version", readonly=True)
    acted_on = fields.Boolean("Handled Here", readonly=True)
    activate = fields.Boolean()

    def _flow_values(self):
        self.ensure_one()
        own = self.direction == "out" and self.release and self.release != self.profile_id.version
        return {
            "direction": self.direction,
            "set_id": self.set_id,
            "active": self.activate,
            "due_minutes": USUAL_MINUTES.get((self.direction, self.set_id), 0),
            "version": self.release if own else False,
        }


class OmEdiProfileItem(models.TransientModel):
    """An item of the samples that is unknown here."""

    _name = "om.edi.profile.item"
    _description = "Unknown Item of a Proposed Trading Partner"

    profile_id = fields.Many2one("om.edi.profile", required=True, ondelete="cascade")
    qualifier = fields.Char(readonly=True)
    code = fields.Char("Their Item", readonly=True)
    text = fields.Char("Description", readonly=True)
    count = fields.Integer("Lines", readonly=True)
    product_id = fields.Many2one("product.product", "Our Product")

    def _chosen(self):
        return {"product_id": self.product_id.id}

    def _remember(self, partner):
        """Keep the chosen products as the customer's part numbers."""
        self.env["om.customer.item"].create(
            [
                {
                    "partner_id": partner.partner_id.commercial_partner_id.id,
                    "code": item.code,
                    "product_id": item.product_id.id,
                    "company_id": partner.company_id.id,
                    "learned": True,
                }
                for item in self.filtered("product_id")
            ]
        )


class OmEdiProfileAddress(models.TransientModel):
    """A place of the samples that is unknown here."""

    _name = "om.edi.profile.address"
    _description = "Unknown Address of a Proposed Trading Partner"

    profile_id = fields.Many2one("om.edi.profile", required=True, ondelete="cascade")
    scheme = fields.Selection(SCHEMES, readonly=True)
    code = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    street = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    state = fields.Char(readonly=True)
    postal = fields.Char("ZIP", readonly=True)
    country = fields.Char(readonly=True)
    count = fields.Integer("Documents", readonly=True)
    address_id = fields.Many2one("res.partner", "Our Address")
    create_address = fields.Boolean("Create It", help="Add it as a delivery address of the contact.")

    def _chosen(self):
        return {"address_id": self.address_id.id, "create_address": self.create_address}

    def _remember(self, partner):
        """Keep the codes of chosen addresses; add those that are to be created."""
        for line in self:
            address = line.address_id
            if not address and line.create_address:
                address = line._new_address(partner.partner_id.commercial_partner_id)
            if address:
                self.env["om.partner.identifier"].create(
                    {"partner_id": address.id, "scheme": line.scheme, "code": line.code, "learned": True}
                )

    def _new_address(self, customer):
        country = self.env["res.country"].search([("code", "=", self.country or "")], limit=1)
        country = country or customer.country_id or self.profile_id.company_id.country_id
        state = self.env["res.country.state"].search(
            [("code", "=", self.state or ""), ("country_id", "=", country.id)], limit=1
        )
        # sudo: whoever sets up a trading partner may add the addresses that its documents name
        return (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": self.name or self.code,
                    "type": "delivery",
                    "parent_id": customer.id,
                    "street": self.street,
                    "city": self.city,
                    "zip": self.postal,
                    "state_id": state.id,
                    "country_id": country.id,
                }
            )
            .sudo(False)
        )


class OmEdiProfileUnit(models.TransientModel):
    """A unit code of the samples that is unknown here."""

    _name = "om.edi.profile.unit"
    _description = "Unknown Unit of a Proposed Trading Partner"

    profile_id = fields.Many2one("om.edi.profile", required=True, ondelete="cascade")
    code = fields.Char("Their Unit", readonly=True)
    count = fields.Integer("Lines", readonly=True)
    product_uom_id = fields.Many2one("uom.uom", "Our Unit")

    def _chosen(self):
        return {"product_uom_id": self.product_uom_id.id}
