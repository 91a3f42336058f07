import json
from collections import defaultdict
from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..stages import GATES, STAGES
from .om_partner_identifier import SCHEMES
from .res_partner import normalize_reference

DERIVED = frozenset(("om_blocked_stage", "om_open_exception_count"))


class SaleOrder(models.Model):
    _inherit = "sale.order"

    om_intake_id = fields.Many2one(
        "om.intake", "Received Document", readonly=True, copy=False, index="btree_not_null"
    )
    om_received_at = fields.Datetime(
        "Received", related="om_intake_id.received_at", store=True, help="When the customer's document came."
    )
    om_auto_confirm = fields.Boolean(
        "Confirm when Clean",
        copy=False,
        help="Confirm without a touch as soon as nothing blocks the order.",
    )
    om_requested_date = fields.Date(
        "Requested Delivery",
        copy=False,
        help="Day on which the customer wants the goods, in the ship-to's time zone.",
    )
    om_requested_ship_date = fields.Date("Requested Shipment", copy=False)
    om_cancel_after = fields.Date("Cancel After", copy=False)
    om_customer_note = fields.Text("Customer's Instructions", copy=False)
    om_po_key = fields.Char(compute="_compute_om_po_key", store=True)
    om_commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, string="Customer Company"
    )
    om_ship_to_scheme = fields.Selection(SCHEMES, "Ship-to Code Type", readonly=True, copy=False)
    om_ship_to_code = fields.Char(
        "Ship-to Code", readonly=True, copy=False, help="How the customer's document names the ship-to."
    )
    om_ship_to_json = fields.Text(readonly=True, copy=False, help="Ship-to as received, as a JSON object.")
    om_ship_to_text = fields.Text("Ship-to as Received", compute="_compute_om_ship_to_text")

    om_exception_ids = fields.One2many("om.exception", "order_id", "Exceptions", readonly=True)
    om_open_exception_ids = fields.One2many(
        "om.exception", "order_id", "Open Exceptions", domain=[("is_open", "=", True)], readonly=True
    )
    om_open_exception_count = fields.Integer(
        "Open Exception Count", compute="_compute_om_blocked_stage", store=True, aggregator="sum"
    )
    om_blocked_stage = fields.Selection(
        STAGES,
        "Blocked At",
        compute="_compute_om_blocked_stage",
        store=True,
        index="btree_not_null",
        help="First stage that an open exception blocks.",
    )
    om_block_summary = fields.Char(
        "Blocked By",
        compute="_compute_om_block_summary",
        compute_sudo=True,
        groups="base.group_user",
        help="What is open, most severe first.",
    )
    om_is_held = fields.Boolean("Held", compute="_compute_om_is_held", help="Not released for delivery.")
    om_event_ids = fields.One2many("om.order.event", "order_id", "Events", readonly=True)

    _om_po_key_idx = models.Index("(om_commercial_partner_id, om_po_key) WHERE om_po_key IS NOT NULL")

    @api.depends("client_order_ref")
    def _compute_om_po_key(self):
        for order in self:
            order.om_po_key = normalize_reference(order.client_order_ref) or False

    @api.depends("om_ship_to_json")
    def _compute_om_ship_to_text(self):
        for order in self:
            received = json.loads(order.om_ship_to_json or "{}")
            parts = (
                received.get(key) for key in ("name", "street", "street2", "city", "state", "zip", "country")
            )
            order.om_ship_to_text = ", ".join(part for part in parts if part)

    @api.depends("om_exception_ids.is_open", "om_exception_ids.blocks")
    def _compute_om_blocked_stage(self):
        rank = {stage: position for position, (stage, _label) in enumerate(STAGES)}
        stages = defaultdict(list)
        for order, blocks, count in self.env["om.exception"]._read_group(
            [("order_id", "in", self.ids), ("is_open", "=", True)], ["order_id", "blocks"], ["__count"]
        ):
            stages[order.id].append((blocks, count))
        for order in self:
            found = stages.get(order.id, ())
            order.om_open_exception_count = sum(count for _stage, count in found)
            order.om_blocked_stage = min((s for s, _count in found if s), key=rank.__getitem__, default=False)

    @api.depends("om_open_exception_ids.type_id", "om_open_exception_ids.severity")
    def _compute_om_block_summary(self):
        for order in self:
            kinds = order.om_open_exception_ids.filtered("blocks").sorted("severity").type_id
            order.om_block_summary = ", ".join(kinds.mapped("name"))

    @api.depends("om_blocked_stage", "state")
    def _compute_om_is_held(self):
        for order in self:
            order.om_is_held = order.state == "sale" and order.om_blocked_stage in GATES["release"]

    # ------------------------------------------------------------------------------- CRUD guards

    def _om_refuse_derived(self, vals):
        """What is derived from exceptions is written by nobody: a gate would stand open otherwise."""
        if derived := ", ".join(sorted(DERIVED & vals.keys())):
            raise AccessError(self.env._("%s follows from exceptions and can't be written.", derived))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._om_refuse_derived(vals)
        # a new order has no exceptions: said at once, it need not be looked up
        orders = super().create([{**vals, **dict.fromkeys(DERIVED, False)} for vals in vals_list])
        for name in DERIVED:
            self.env.remove_to_compute(self._fields[name], orders)
        return orders

    def write(self, vals):
        self._om_refuse_derived(vals)
        return super().write(vals)

    # ------------------------------------------------------------------------------------- actions

    def action_om_open_exceptions(self):
        """Open the exceptions of this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {
            **action,
            "domain": [("order_id", "=", self.id)],
            "context": {"search_default_open": 1, "create": False},
        }

    def action_om_open_events(self):
        """Open the timeline of this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_order_event")
        return {**action, "domain": [("order_id", "=", self.id)]}

    def _om_today(self):
        """``{order: today where the goods go}``: time zone of the ship-to, else the company, else UTC."""
        now = pytz.utc.localize(fields.Datetime.now())
        zones = {
            order: order.partner_shipping_id.tz or order.company_id.resource_calendar_id.tz or "UTC"
            for order in self
        }
        dates = {zone: now.astimezone(pytz.timezone(zone)).date() for zone in set(zones.values())}
        return {order: dates[zone] for order, zone in zones.items()}

    def _om_noon(self, day):
        """Noon of ``day`` where the goods go, as naive UTC: a day that no time zone turns into another."""
        self.ensure_one()
        return self._om_noon_at(day, self.partner_shipping_id, self.company_id)

    @api.model
    def _om_noon_at(self, day, ship_to, company):
        """The same for an order that is still to come."""
        zone = ship_to.tz or company.resource_calendar_id.tz or "UTC"
        noon = pytz.timezone(zone).localize(datetime.combine(day, time(12)))
        return noon.astimezone(pytz.utc).replace(tzinfo=None)

    def _om_learn_ship_to(self, address):
        """Ship this order to ``address`` and remember the code by which its document names it."""
        self.ensure_one()
        self.partner_shipping_id = address
        if self.om_ship_to_code and not self._om_known_ship_to():
            self.env["om.partner.identifier"].create(
                {
                    "partner_id": address.id,
                    "scheme": self.om_ship_to_scheme,
                    "code": self.om_ship_to_code,
                    "learned": True,
                }
            )

    def _om_known_ship_to(self):
        """The customer's address that the code in the document names; empty where it is unknown."""
        self.ensure_one()
        named = (self.partner_id.commercial_partner_id.id, self.om_ship_to_scheme, self.om_ship_to_code)
        return self.env["om.partner.identifier"]._resolve({named}).get(named, self.env["res.partner"])

    def _om_create_ship_to(self):
        """Create a delivery address of the customer from the ship-to as received.

        :return: the new ``res.partner``
        """
        self.ensure_one()
        received = json.loads(self.om_ship_to_json or "{}")
        country = self.env["res.country"].search([("code", "=", received.get("country") or "US")], limit=1)
        state = self.env["res.country.state"].search(
            [("code", "=", received.get("state")), ("country_id", "=", country.id)], limit=1
        )
        # sudo: a specialist may not create contacts at large, but may add an address that a customer's
        # document names to that customer
        return (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "type": "delivery",
                    "parent_id": self.partner_id.commercial_partner_id.id,
                    "name": received.get("name") or self.om_ship_to_code,
                    "street": received.get("street"),
                    "street2": received.get("street2"),
                    "city": received.get("city"),
                    "zip": received.get("zip"),
                    "country_id": country.id,
                    "state_id": state.id,
                }
            )
        )
