from odoo import api, fields, models
from odoo.tools import format_amount, format_datetime

from ..stages import STAGES

# Until somebody with the rights for an action has seen the case.
HANDOVER_MINUTES = 30


class SaleOrder(models.Model):
    """Why an order is not shipping, and the cheapest way to get it shipped.

    The answer is worked out when it is looked at, for any number of orders with a constant number of
    queries, and is shown at the top of the order (``static/src/shipping_answer``).
    """

    _inherit = "sale.order"

    om_answer = fields.Json("Why It Is Not Shipping", compute="_compute_om_answer", compute_sudo=True)

    @api.depends_context("uid", "lang", "tz")
    def _compute_om_answer(self):
        exceptions = self.env["om.exception"].search(
            [("order_id", "in", self.ids), ("is_open", "=", True)], order="score desc, sla_deadline, id"
        )
        # read together, not order by order
        exceptions.order_line_id.mapped("price_total")
        exceptions.order_line_id.product_id.mapped("display_name")
        exceptions.type_id.fix_ids.mapped("group_id.name")
        by_order, short = exceptions.grouped("order_id"), self._om_short_moves()
        for order in self:
            found = by_order.get(order._origin, exceptions.browse())  # also while a form is edited
            order.om_answer = order._om_answer(found, short.get(order)) if order.ids else False

    def _om_answer(self, exceptions, short):
        """The answer for one order as plain values; ``False`` where there is nothing to say."""
        if self.state == "cancel" or not (self.om_is_open or exceptions):
            return False
        blocking = exceptions.filtered("blocks")
        cures = self._om_cures(blocking)
        return {
            "title": self._om_answer_title(blocking, short),
            "can_cure": self.env.user.has_group("om_order_exceptions.group_specialist"),
            "tone": "warning" if blocking else "info",
            "stages": self._om_answer_stages(exceptions),
            "cures": [self._om_answer_cure(*cure) for cure in cures],
            "reasons": self._om_answer_reasons(short),
            "outlook": self._om_answer_outlook(sum(minutes for _fix, _cases, minutes, *_rest in cures)),
            "missed": bool(self.om_ship_cutoff and self.om_ship_cutoff <= fields.Datetime.now()),
        }

    def _om_answer_title(self, blocking, short):
        if blocking:
            stage = dict(self._fields["om_blocked_stage"]._description_selection(self.env))[
                self.om_blocked_stage
            ]
            if self.om_is_held:
                return self.env._("Held, not released for delivery")
            return self.env._("Blocked at %(stage)s", stage=stage)
        return self._om_step(short)

    def _om_answer_stages(self, exceptions):
        """Open exceptions by the stage that they block, warnings last."""
        stages = []
        labels = dict(self._fields["om_blocked_stage"]._description_selection(self.env))
        for stage in (*(stage for stage, _label in STAGES), False):
            if cases := exceptions.filtered(lambda e, stage=stage: e.blocks == stage):
                stages.append(
                    {
                        "label": labels.get(stage) or self.env._("Warns"),
                        "exceptions": [self._om_answer_exception(case) for case in cases],
                    }
                )
        return stages

    def _om_answer_exception(self, case):
        return {
            "id": case.id,
            "name": case.type_id.name,
            "code": case.code,
            "line": case.order_line_id.product_id.display_name or case.line_ref or "",
            "found": case.found or "",
            "expected": case.expected or "",
            "owner": case.user_id.name,
            "waiting": case.state == "waiting",
            "due": format_datetime(self.env, case.sla_deadline, dt_format="EEE d MMM HH:mm"),
            "late": case.is_late,
            "amount": format_amount(self.env, case.amount, case.currency_id) if case.amount else "",
        }

    # ----------------------------------------------------------------------------------------- cures

    def _om_cures(self, blocking):
        """The least expensive actions that together cure all that blocks, in the order to take them.

        An action cures the cases of its types, so the least is: for each type its cheapest action of
        those that can cure them as things stand.

        :return: ``[(fix, exceptions, minutes, money, may the user do it)]``
        """
        stages = [stage for stage, _label in STAGES]
        cures = []
        for kind, cases in blocking.grouped("type_id").items():
            options = [self._om_cost(fix, cases) for fix in kind.fix_ids._applicable(cases)]
            if options:
                _price, fix, *cost = min(options, key=lambda option: (option[0], option[1].sequence))
            else:
                fix, cost = self.env["om.exception.fix"], [0, 0.0, True]
            cures.append((stages.index(cases[0].blocks), kind.sequence, kind.code, (fix, cases, *cost)))
        return [cure for *_place, cure in sorted(cures, key=lambda cure: cure[:3])]

    def _om_cost(self, fix, cases):
        """``(price for comparison, fix, minutes, money, may the user do it)`` of one action."""
        money = self._om_money(fix, cases)
        allowed = not fix.group_id or fix.group_id in self.env.user.all_group_ids
        minutes = fix.minutes * len(cases) + (0 if allowed else HANDOVER_MINUTES)
        rate = self.currency_rate or 1.0
        price = money / rate + minutes * self.company_id.om_minute_cost
        return price, fix, minutes, money, allowed

    def _om_money(self, fix, cases):
        """What we give up with one action, in the order's currency."""
        if fix.cost == "risk":
            return sum(max(case.amount, 0.0) for case in cases)
        if fix.cost == "line":
            return sum(self._om_line_value(case.order_line_id) for case in cases)
        if fix.cost == "order":
            return self.amount_total
        rate = self.currency_rate or 1.0
        if fix.cost == "shipment":
            return self.company_id.om_shipment_cost * rate
        if fix.cost == "proposal":
            proposals = cases.proposal_ids.filtered(lambda proposal: proposal.state == "proposed")
            best = proposals.grouped("exception_id").values()
            return sum(min(ways.mapped("cost")) for ways in best) * rate
        return 0.0

    def _om_line_value(self, line):
        """Value of a line; of one that could not be resolved, what the customer's document says."""
        return line.price_total or line.om_po_price * line.om_po_quantity

    def _om_answer_cure(self, fix, cases, minutes, money, allowed):
        return {
            "fix_id": fix.id,
            "ids": cases.ids,
            "label": fix.name or self.env._("Follow the procedure"),
            "what": cases.type_id.name,
            "count": len(cases),
            "minutes": minutes,
            "money": format_amount(self.env, money, self.currency_id) if money else "",
            "who": "" if allowed else fix.group_id.name,
        }

    # --------------------------------------------------------------------------- what else keeps it

    def _om_answer_reasons(self, short):
        """Why it is not shipping beside exceptions, one sentence each."""
        reasons = []
        if self.state in ("draft", "sent"):
            reasons.append(self.env._("It is a quotation: not confirmed yet."))
        # what is held is not reserved, whether there is stock or not
        for move in (not self.om_is_held and short) or ():
            reasons.append(
                self.env._(
                    "Waiting for stock: %(missing)s of %(wanted)s %(unit)s %(product)s.",
                    missing=self._om_quantity(move.product_uom_qty - move.quantity),
                    wanted=self._om_quantity(move.product_uom_qty),
                    unit=move.product_uom.name,
                    product=move.product_id.display_name,
                )
            )
        is_shipped = self._om_is_shipped()
        if self.delivery_status == "partial" and not is_shipped:
            reasons.append(self.env._("Shipped in part; the rest is open."))
        ready = self.picking_ids.filtered(lambda p: p.state == "assigned")
        if ready and not self.om_is_held and not is_shipped:
            reasons.append(self.env._("Ready to pick: %s.", ", ".join(ready.mapped("name"))))
        return reasons

    @api.model
    def _om_quantity(self, quantity):
        return f"{quantity:g}"

    def _om_answer_outlook(self, minutes):
        """Does it make the ship cut-off when it is cured now?"""
        if not self.om_ship_cutoff or self._om_is_shipped():
            return ""
        now = fields.Datetime.now()
        zone = self.warehouse_id._om_zone().zone
        when = format_datetime(self.env, self.om_ship_cutoff, tz=zone, dt_format="EEE d MMM HH:mm")
        if self.om_ship_cutoff <= now:
            return self.env._("Misses its date: the pickup of %(when)s, warehouse time, has gone.", when=when)
        if fields.Datetime.add(now, minutes=minutes) > self.om_ship_cutoff:
            return self.env._("Will miss the pickup of %(when)s, warehouse time.", when=when)
        return self.env._("Makes the pickup of %(when)s, warehouse time.", when=when)
