import json
from collections import defaultdict
from datetime import datetime, time
from functools import partial

import pytz

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools.misc import clean_context

from ..detection import Finding
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

    # ------------------------------------------------------------------------------------ detection

    @api.model
    @tools.ormcache()
    def _om_detector_fields(self):
        """Which detectors read which fields.

        A rule reads the fields that its domain names, and the lines as a whole: an amount of the order
        may change with any of them.

        :return: ``({order field: {exception code}}, {order line field: {exception code}})``
        """
        by_order, by_line = defaultdict(set), defaultdict(set)
        for name in dir(type(self)):
            method = getattr(type(self), name) if name.startswith("_om_detect_") else None
            for field in getattr(method, "_om_order_fields", ()):
                by_order[field].add(method._om_code)
            for field in getattr(method, "_om_line_fields", ()):
                by_line[field].add(method._om_code)
        kinds = self.env["om.exception.type"]
        _detectors, rules = kinds._detection_plan()
        for kind in kinds.sudo().browse(rules):  # sudo: rules hold for everybody's orders
            by_order_field, by_line_field = kind._rule_fields()
            for field in by_order_field:
                by_order[field].add(kind.code)
            for field in by_line_field | by_line.keys():
                by_line[field].add(kind.code)
        return dict(by_order), dict(by_line)

    def _om_check(self, codes=None):
        """Run the detectors on these orders and bring their exceptions in line with the findings.

        :param codes: run only the detectors of these exception codes; all when left out
        :return: the exceptions of what was found, open or waived

        All detectors run on all orders of a company at once, as superuser, in the company's language
        and time zone: what is wrong with an order does not depend on who looks at it, and a waiver of a
        found value does not end because a colleague reads another language.
        """
        pending = self._om_pending_checks()
        for order in self:
            if codes is None:
                pending.pop(order.id, None)
        # sudo: see the docstring
        orders = self.sudo().exists().filtered(lambda order: order.state in ("draft", "sent", "sale"))
        if not orders:
            return self.env["om.exception"]
        exceptions = self.env["om.exception"]
        for company, of_company in orders.grouped("company_id").items():
            context = {
                **clean_context(self.env.context),
                "lang": company.partner_id.lang or "en_US",
                "tz": company.resource_calendar_id.tz or "UTC",
            }
            # defaults that a view put into the context are not meant for exceptions
            of_company = of_company.with_context(context)  # pylint: disable=context-overridden
            found = of_company.with_company(company)._om_detect(codes)
            exceptions += exceptions.browse(found.ids)
        orders._om_confirm_when_clean()
        return exceptions

    def _om_detect(self, codes=None):
        """Run the detectors in this environment: orders of one company, as superuser."""
        kinds = self.env["om.exception.type"]
        detectors, rules = kinds._detection_plan()
        findings = {}
        for method, type_id in detectors.items():
            detect = getattr(self, method, None)
            if detect and (codes is None or detect._om_code in codes):
                findings[type_id] = detect()
        for kind in kinds.browse(rules):
            if codes is None or kind.code in codes:
                findings[kind.id] = self._om_detect_rule(kind)
        return self.env["om.exception"]._sync(findings, checked=self)

    def _om_detect_rule(self, kind):
        """Findings of an administrator's rule. One query."""
        hits = self.search(kind._rule_domain() & fields.Domain("id", "in", self.ids))
        return [Finding(order, found=kind.name, amount=order.amount_total) for order in hits]

    def _om_pending_checks(self):
        """Orders that changed in this transaction: ``{order id: {exception code} or None for all}``."""
        return self.env.cr.precommit.data.setdefault("om_order_exceptions.checks", {})

    def _om_schedule_check(self, codes):
        """Run detectors on these orders once, in one batch, before this transaction commits."""
        if not self or not codes:
            return
        pending = self._om_pending_checks()
        if not pending:
            self.env.cr.precommit.add(partial(self.browse()._om_run_scheduled_checks))
        for order in self:
            pending.setdefault(order.id, set()).update(codes)

    @api.model
    def _om_run_scheduled_checks(self):
        pending = dict(self._om_pending_checks())
        self._om_pending_checks().clear()
        by_codes = defaultdict(list)
        for order_id, codes in pending.items():
            by_codes[frozenset(codes)].append(order_id)
        for codes, order_ids in by_codes.items():
            self.browse(order_ids)._om_check(codes)

    def _om_refuse_derived(self, vals):
        """What is derived from exceptions is written by nobody: a gate would stand open otherwise."""
        if derived := ", ".join(sorted(DERIVED & vals.keys())):
            raise AccessError(self.env._("%s follows from exceptions and can't be written.", derived))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._om_refuse_derived(vals)
        orders = super().create(vals_list)
        by_order, by_line = self._om_detector_fields()
        orders._om_schedule_check(set().union(*by_order.values(), *by_line.values()))
        return orders

    def write(self, vals):
        self._om_refuse_derived(vals)
        result = super().write(vals)
        by_order, _by_line = self._om_detector_fields()
        codes = set().union(*(by_order[name] for name in vals if name in by_order))
        self._om_schedule_check(codes)
        return result

    def action_om_check(self):
        """Look at these orders again now."""
        self.check_access("write")
        self._om_check()
        return True

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
        zone = self.partner_shipping_id.tz or self.company_id.resource_calendar_id.tz or "UTC"
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
