"""Random lives of orders, and what must hold after every step of them.

A life is drawn from a seed as plain data (which step, on which order, with which numbers), so that it
can be run again and made shorter: the failure tells the seed and the shortest life that was found.

    OM_PROPERTY_SEED=17 ./om test addons/om_order_exceptions/tests/test_properties.py     one life again
    OM_PROPERTY_SECONDS=600 ./om test ...                                                   for longer
"""

import logging
import os
import random
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import accumulate

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..stages import GATES, STAGES
from .test_events import EventsCommon

_logger = logging.getLogger(__name__)

SECONDS = float(os.environ.get("OM_PROPERTY_SECONDS", 25))
SHRINK_SECONDS = 20
STEPS = 16
ORDERS = 2
# How often a step is taken where it makes sense: most lives get to a delivery and an invoice.
WEIGHTS = {
    "create": 6,
    "change_quantity": 2,
    "change_price": 2,
    "change_date": 2,
    "change_product": 1,
    "confirm": 6,
    "customer_confirms": 2,
    "waive": 4,
    "cure": 4,
    "ship": 8,
    "correct": 1,
    "give_back": 3,
    "cancel": 1,
    "take_up_again": 3,
    "invoice": 6,
    "take_invoice_back": 1,
    "credit": 2,
}
# Refusals that people meet, too; the step then did nothing.
REFUSALS = (UserError, ValidationError)


class BrokenError(AssertionError):
    """An invariant that does not hold."""


@tagged("post_install", "-at_install")
class TestProperties(EventsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.product + cls.other_product + cls._new_product("Mixer", "MIX-1", 60.0, stock=12.0)

    def test_invariants_hold_in_random_lives_of_orders(self):
        self.done = Counter()
        started = time.monotonic()
        seed = int(os.environ.get("OM_PROPERTY_SEED", 0))
        while True:
            life = self._draw(random.Random(seed))
            failure = self._live(life)
            if failure:
                told, failure = self._shorten(life, failure)
                steps = "\n".join(f"    {step}" for step in told)
                self.fail(f"{failure}\nOM_PROPERTY_SEED={seed}, shortest life found:\n{steps}")
            seed += 1
            if "OM_PROPERTY_SEED" in os.environ or time.monotonic() - started > SECONDS:
                break
        _logger.info("%s lives, steps done: %s", seed, dict(self.done))

    # ------------------------------------------------------------------------------------- lives

    def _draw(self, rng):
        """A life as numbers from 0 to 1: what they mean depends on what is possible at that step."""
        return [(rng.random(), rng.random(), rng.random()) for _step in range(STEPS)]

    def _live(self, life):
        """Run a life and undo it; what broke, or nothing."""
        self.orders = self.env["sale.order"]
        self.history, self.told = {}, []
        try:
            with mute_logger("odoo.models.unlink"), self.env.cr.savepoint():
                for numbers in life:
                    self._step(*numbers)
                raise ZeroDivisionError  # undo
        except ZeroDivisionError:
            return None
        except BrokenError as broken:
            return str(broken)

    def _shorten(self, life, failure):
        """Leave out steps as long as the life still breaks."""
        started = time.monotonic()
        position, told = len(life) - 1, self.told
        while position >= 0 and time.monotonic() - started < SHRINK_SECONDS:
            shorter = life[:position] + life[position + 1 :]
            if found := self._live(shorter):
                life, failure, told = shorter, found, self.told
            position -= 1
        return told, failure

    def _possible(self):
        """Which steps make sense now: ``(weight, name, order)``."""
        steps = [("create", self.orders.browse())] if len(self.orders) < ORDERS else []
        for order in self.orders.sudo():
            names = ["change_quantity", "change_price", "change_date", "change_product", "cancel"]
            pickings, invoices = order.picking_ids, order.invoice_ids.filtered(lambda i: i.state == "posted")
            names += ["confirm", "customer_confirms"] if order.state in ("draft", "sent") else []
            names += ["waive", "cure"] if order.om_open_exception_count else []
            names += ["ship"] if pickings.filtered(lambda p: p.state not in ("done", "cancel")) else []
            names += ["correct", "give_back"] if pickings.filtered(lambda p: p.state == "done") else []
            names += ["take_up_again"] if order.state == "cancel" else []
            names += ["invoice"] if order.invoice_status == "to invoice" else []
            names += ["take_invoice_back", "credit"] if invoices else []
            steps += [(name, order.sudo(False)) for name in names]
        return [(WEIGHTS[name], name, order) for name, order in steps]

    def _step(self, which, one, two):
        possible = self._possible()
        weights = list(accumulate(weight for weight, _name, _order in possible))
        _weight, name, order = possible[bisect_right(weights, which * weights[-1])]
        self.told.append(f"{name} {order.name or ''} {one:.3f} {two:.3f}")
        if name == "create":
            order = self._do_create(one, two)
            self.orders += order
        else:
            shipped, blocked = self._shipped(order), order.om_blocked_stage
            try:
                with self.env.cr.savepoint():
                    getattr(self, f"_do_{name}")(order, one, two)
                self.done[name] += 1
            except REFUSALS as refusal:
                self.env.invalidate_all()
                self.told[-1] += f" refused: {str(refusal).splitlines()[0]}"
            if blocked in GATES["ship"] and self._shipped(order) > shipped:
                raise BrokenError(f"{order.name} shipped while it was blocked at {blocked}")
        self.env.cr.flush()
        for each in self.orders:  # what is done to one order may concern another
            self._check(each)

    def _check(self, order):
        if message := self._broken(order):
            raise BrokenError(f"{order.name}: {message}")

    # ------------------------------------------------------------------------------------- steps

    def _do_create(self, one, two):
        lines = [
            (self.products[index], 1 + int(one * 10), *([] if two < 0.7 else [1.0 + int(one * 200)]))
            for index in range(1 + int(two * 2.99))
        ]
        return self._order(
            lines,
            client_order_ref=f"PO-{int(one * 4)}" if two > 0.5 else False,
            om_cancel_after=self._day(one) if two > 0.8 else False,
        )

    def _day(self, one):
        return date.today() + timedelta(days=int((one - 0.3) * 60))

    def _line(self, order, one):
        lines = order.order_line.filtered("product_id")
        return lines[int(one * len(lines)) % len(lines)] if lines else lines

    def _do_change_quantity(self, order, one, two):
        self._line(order, one).product_uom_qty = int(two * 12)

    def _do_change_price(self, order, one, two):
        line = self._line(order, one)
        line.price_unit = line.product_id.list_price * (1 if two < 0.5 else two)

    def _do_change_date(self, order, one, two):
        order.om_cancel_after = self._day(one) if two > 0.3 else False

    def _do_change_product(self, order, one, two):
        line = self._line(order, one)
        if line.product_updatable:
            line.product_id = self.products[int(two * 2.99)]

    def _do_confirm(self, order, one, two):
        order.action_confirm()

    def _do_customer_confirms(self, order, one, two):
        if order.state in ("draft", "sent"):
            order.sudo()._validate_order()

    def _do_waive(self, order, one, two):
        exceptions = self._open(order).filtered(lambda e: e.type_id.waivable)
        if exceptions:
            exceptions[int(one * len(exceptions))].sudo(False).with_user(self.manager)._waive("as agreed")

    def _do_cure(self, order, one, two):
        order.write({"om_cancel_after": False, "client_order_ref": f"PO-cured-{order.id}"})
        for line in order.order_line.filtered("product_id"):
            line.price_unit = line.product_id.list_price * line.product_uom_id.factor

    def _do_ship(self, order, one, two):
        pickings = order.sudo().picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        picking = pickings.filtered(lambda p: p.picking_type_code == "outgoing")[:1]
        for move in picking.move_ids.filtered(lambda move: move.state != "cancel"):
            share = 1.0 if two > 0.5 else one
            move.quantity = int(move.product_uom_qty * share)
            move.picked = bool(move.quantity)
        if picking:
            picking.with_context(skip_backorder=True).button_validate()

    def _do_correct(self, order, one, two):
        parts = order.sudo().picking_ids.move_ids.filtered(lambda m: m.state == "done").move_line_ids
        if parts:
            part = parts[int(one * len(parts))]
            part.quantity = int(two * 8)

    def _do_give_back(self, order, one, two):
        picking = order.sudo().picking_ids.filtered(
            lambda p: p.state == "done" and p.picking_type_code == "outgoing"
        )[:1]
        if picking:
            self._return(picking, 1)

    def _do_cancel(self, order, one, two):
        order.action_cancel()

    def _do_take_up_again(self, order, one, two):
        if order.state == "cancel":
            order.action_draft()

    def _do_invoice(self, order, one, two):
        order.sudo()._create_invoices().action_post()

    def _do_take_invoice_back(self, order, one, two):
        order.sudo().invoice_ids.filtered(lambda invoice: invoice.state == "posted")[:1].button_draft()

    def _do_credit(self, order, one, two):
        invoice = order.sudo().invoice_ids.filtered(
            lambda m: m.state == "posted" and m.move_type == "out_invoice"
        )[:1]
        invoice._reverse_moves().action_post()

    # -------------------------------------------------------------------------------- invariants

    def _broken(self, order):
        """What does not hold for an order, in words; nothing when all is well."""
        self.env.invalidate_all()
        order = order.sudo()
        for check in (
            self._broken_exceptions,
            self._broken_detection,
            self._broken_events,
            self._broken_quantities,
        ):
            if message := check(order):
                return message
        return ""

    def _broken_exceptions(self, order):
        known = order.om_exception_ids.filtered(lambda e: e.is_open or e.state == "waived")
        keys = [(e.type_id.id, e.res_model, e.res_id, e.key) for e in known]
        if len(keys) != len(set(keys)):
            return "two open exceptions with one key"
        rank = [stage for stage, _label in STAGES]
        blocks = [e.blocks for e in self._open(order) if e.blocks]
        if order.om_blocked_stage != min(blocks, key=rank.index, default=False):
            return f"blocked at {order.om_blocked_stage}, its exceptions block {blocks}"
        if order.state == "cancel" and self._open(order):
            return "cancelled with open exceptions"
        gates = [event.kind for event in self._events(order) if event.kind in ("held", "released")]
        if order.state == "sale" and gates[-1:] != ["held" if order.om_is_held else "released"]:
            return f"held is {order.om_is_held}, the timeline says {gates[-1:]}"
        return ""

    def _broken_detection(self, order):
        """What stands there is what a detection from scratch finds."""
        if order.state == "cancel":
            return ""
        stored = self._open_keys(order)
        order._om_check()
        fresh = self._open_keys(order)
        if stored != fresh:
            return f"open {sorted(stored)}, a fresh check finds {sorted(fresh)}"
        return ""

    def _open_keys(self, order):
        self.env.invalidate_all()
        return {(e.code, e.key, e.found) for e in self._open(order)}

    def _broken_events(self, order):
        """Nothing is changed, and what came first stands first."""
        events = self._events(order)
        rows = events.read(
            ["order_line_id", "kind", "occurred_at", "user_id", "quantity", "note", "res_id"], load=None
        )
        before = self.history.get(order.id, [])
        self.history[order.id] = rows
        if rows[: len(before)] != before:
            return "an event was changed"
        kinds = events.mapped("kind")
        for later in ("held", "released", "shipped"):
            if later in kinds and "confirmed" not in kinds[: kinds.index(later)]:
                return f"{later} before confirmed: {kinds}"
        for later in ("delivered", "returned"):
            if later in kinds and "shipped" not in kinds[: kinds.index(later)]:
                return f"{later} before shipped: {kinds}"
        return ""

    def _broken_quantities(self, order):
        """The timeline tells of every order line what its moves and invoice lines say."""
        told = defaultdict(float)
        for event in self._events(order):
            told[event.kind, event.order_line_id] += event.quantity
        for line in order.order_line.filtered("product_id"):
            true = self._true_quantities(line)
            for kind, quantity in true.items():
                if abs(told[kind, line] - quantity) > 1e-6:
                    return f"{line.product_id.name}: {told[kind, line]} {kind} told, {quantity} true"
        return ""

    def _true_quantities(self, line):
        moves = line.move_ids.filtered(lambda move: move.product_id == line.product_id)
        done = moves.filtered(lambda move: move.state == "done")
        live = moves.filtered(lambda m: m.state != "cancel" and m.location_id.usage == "internal")
        billed = line.invoice_lines.filtered(lambda part: part.parent_state == "posted")
        return {
            "shipped": sum(
                done.filtered(lambda m: m.location_dest_id.usage == "customer").mapped("quantity")
            ),
            "returned": sum(done.filtered(lambda m: m.location_id.usage == "customer").mapped("quantity")),
            "allocated": sum(live.move_line_ids.mapped("quantity")),
            "invoiced": sum(billed.filtered(lambda p: p.move_type == "out_invoice").mapped("quantity")),
            "credited": sum(billed.filtered(lambda p: p.move_type == "out_refund").mapped("quantity")),
        }

    def _shipped(self, order):
        moves = order.sudo().order_line.move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
        )
        return sum(moves.mapped("quantity"))
