from odoo import api, fields, models
from odoo.fields import Command

from ..x12.tables import labels

SETS = [(set_id, f"{set_id} {text.capitalize()}") for set_id, text in labels.SETS.items()]

# Which documents a new trading partner exchanges with us, by its role, as far as something here acts on them.
USUAL = {
    "customer": {"in": ("850", "860", "820", "824", "997"), "out": ("997", "855", "865", "856", "810")},
    "warehouse": {"in": ("945", "944", "846", "997"), "out": ("997", "940", "943")},
}
# Minutes after which a document is late: the hour for the 997 of a group and for the ship notice of a truck
# that has left, a day for the others.
USUAL_MINUTES = {
    ("out", "997"): 60,
    ("out", "855"): 1440,
    ("out", "865"): 1440,
    ("out", "856"): 60,
    ("out", "810"): 1440,
    ("in", "997"): 1440,
    ("in", "945"): 1440,
    ("in", "944"): 1440,
}


class OmEdiFlow(models.Model):
    """One kind of document that goes one way between a trading partner and us.

    A document that is received is acted on, and one that is owed is sent, only where its flow is active:
    ask with ``partner._receives("860")`` and ``partner._sends("856")``. A new trading partner gets the flows
    that are usual for its role.
    """

    _name = "om.edi.flow"
    _description = "EDI Document Flow"
    _order = "edi_partner_id, direction, set_id"

    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="edi_partner_id.company_id", store=True, index=True)
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, default="out")
    set_id = fields.Selection(SETS, "Document", required=True)
    active = fields.Boolean(default=True)
    acted_on = fields.Boolean(
        "Handled Here", compute="_compute_acted_on", help="Something here acts on it, or builds it."
    )
    due_minutes = fields.Integer(
        "Due (Minutes)",
        help="Sent: how soon we owe the document. Received: how soon the partner owes it to us. 0: no clock.",
    )
    version = fields.Selection(
        [("004010", "004010"), ("005010", "005010")],
        help="Version in which this document is sent; empty: the partner's.",
    )

    _unique_set = models.UniqueIndex(
        "(edi_partner_id, direction, set_id)", "This document goes this way already: change its line."
    )
    _due_not_negative = models.Constraint(
        "CHECK (due_minutes >= 0)", "A document can't be due before it is owed."
    )

    @api.depends("set_id", "direction")
    def _compute_acted_on(self):
        for flow in self:
            flow.acted_on = bool(flow.set_id) and self._acts_on(flow.direction, flow.set_id)

    @api.depends("set_id", "direction")
    def _compute_display_name(self):
        ways = dict(self._fields["direction"]._description_selection(self.env))
        for flow in self:
            flow.display_name = f"{flow.set_id} {ways.get(flow.direction, '')}".strip()

    @api.model
    def _acts_on(self, direction, set_id):
        """Is there something here that acts on a received document, or builds one to send?"""
        if direction == "in":
            return self.env["om.edi.transaction"]._handler(set_id) is not None
        return f"om.edi.map.{set_id}" in self.env

    @api.model
    def _usual_values(self, role):
        """Values of the flows of a new trading partner of this role."""
        return [
            {
                "direction": direction,
                "set_id": set_id,
                "due_minutes": USUAL_MINUTES.get((direction, set_id), 0),
            }
            for direction, set_ids in USUAL.get(role, {}).items()
            for set_id in set_ids
            if self._acts_on(direction, set_id)
        ]


class OmEdiPartner(models.Model):
    _inherit = "om.edi.partner"

    role = fields.Selection(
        [("customer", "Customer"), ("warehouse", "Warehouse (3PL)")],
        required=True,
        default="customer",
        help="Decides which documents a new trading partner exchanges with us.",
    )
    flow_ids = fields.One2many("om.edi.flow", "edi_partner_id", "Documents", context={"active_test": False})

    @api.onchange("role")
    def _onchange_role(self):
        if not self._origin:
            usual = self.env["om.edi.flow"]._usual_values(self.role)
            self.flow_ids = [Command.clear(), *map(Command.create, usual)]

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        flows = self.env["om.edi.flow"]
        flows.create(
            [
                {"edi_partner_id": partner.id, **vals}
                for partner, given in zip(partners, vals_list, strict=True)
                if not given.get("flow_ids")
                for vals in flows._usual_values(partner.role)
            ]
        )
        return partners

    def copy_data(self, default=None):
        copies = super().copy_data(default)
        for partner, vals in zip(self, copies, strict=True):
            vals.setdefault(
                "flow_ids",
                [Command.create(flow.copy_data({"edi_partner_id": False})[0]) for flow in partner.flow_ids],
            )
        return copies

    def _flow(self, direction, set_id):
        """The active flow of a kind of document with this partner, or none."""
        return self.flow_ids.filtered(
            lambda flow: flow.active and (flow.direction, flow.set_id) == (direction, set_id)
        )

    def _sends(self, set_id):
        """The active flow in which we send such documents to this partner, or none."""
        return self._flow("out", set_id)

    def _receives(self, set_id):
        """The active flow in which this partner sends us such documents, or none."""
        return self._flow("in", set_id)

    def _version(self, set_id):
        """The release in which we send a kind of document to this partner, such as ``"004010"``."""
        return self._sends(set_id).version or self.version
