from collections import defaultdict

from odoo import fields, models

from ..detection import Finding, detector
from ..stages import INTERNAL
from .om_change_policy import CHANGE_STAGES, STRICTNESS
from .om_change_request_line import ON_A_LINE

RANK = {stage: rank for rank, (stage, _label) in enumerate(CHANGE_STAGES)}
OF_THE_ORDER = ("date", "ship_to", "cancel_order")
CANCELLATIONS = ("cancel_order", "cancel_line")
UNDECIDED = ("evaluated", "approval", "warehouse")


class OmChangeRequest(models.Model):
    """What a change would do: found out for any number of requests with a constant number of queries."""

    _inherit = "om.change.request"

    def _om_evaluate(self, stale=False):
        """Store before, after and impact of the requests; they wait for a decision then.

        :param stale: they are evaluated again because their orders have moved on
        """
        # sudo: what a change would do to stock and invoices does not depend on who asks
        requests = self.sudo().with_context(om_transition=INTERNAL)
        progress = requests.order_id.order_line._om_progress()
        free = requests._om_free_stock()
        documents = requests.order_id._om_sent_documents()
        past_cutoff = requests.order_id._om_past_cutoff()
        credit = requests._om_credit_impact()
        for request in requests:
            for line in request.line_ids:
                line.write(line._om_evaluation(progress, free))
            request.write(
                {
                    **request._om_sum_up(past_cutoff),
                    "state": "evaluated",
                    "evaluated_at": fields.Datetime.now(),
                    "is_stale": stale,
                    "snapshot": request._om_snapshot(progress),
                    "sent_documents": documents.get(request.order_id, []),
                    "credit_impact": credit.get(request, False),
                    "approved_by_id": False,
                    "approved_at": False,
                    "warehouse_answer": False,
                }
            )
        self._om_check()

    def _om_snapshot(self, progress):
        """What the evaluation rests on: when this differs later, the order has moved on."""
        self.ensure_one()
        order = self.order_id
        touched = self.line_ids.order_line_id
        if any(line.kind in OF_THE_ORDER for line in self.line_ids):
            touched = order.order_line
        return {
            "state": order.state,
            "date": fields.Datetime.to_string(order.commitment_date) or "",
            "ship_to": order.partner_shipping_id.id,
            "amount": round(order.amount_untaxed, 6),
            "lines": {
                str(line.id): [
                    line.product_id.id,
                    line.price_unit,
                    line.discount,
                    # what is only reserved may come and go: nobody has done anything yet
                    *progress[line]._replace(reserved=0.0),
                ]
                for line in touched.sorted("id")
            },
        }

    def _om_is_fresh(self):
        """Is the order still as it was evaluated?"""
        self.ensure_one()
        request = self.sudo()  # sudo: as at the evaluation
        progress = request.order_id.order_line._om_progress()
        return request.snapshot == request._om_snapshot(progress)

    def _om_sum_up(self, past_cutoff):
        """Values of a request from those of its lines: the strictest action, the furthest stage."""
        self.ensure_one()
        stages = self.line_ids.mapped("stage")
        stage = max(stages, key=RANK.__getitem__, default="open")
        late_kinds = self.line_ids.filtered(lambda line: line.kind != "price")
        return {
            "stage": stage,
            "action": max(self.line_ids.mapped("action"), key=STRICTNESS.__getitem__, default="allow"),
            "needs_approval": any(self.line_ids.mapped("needs_approval"))
            or bool(late_kinds and self.order_id in past_cutoff),
            "is_late": bool(late_kinds)
            and (
                self.order_id in past_cutoff or any(RANK[line.stage] >= RANK["picked"] for line in late_kinds)
            ),
            "amount_before": self.order_id.amount_untaxed,
            "amount_delta": sum(self.line_ids.mapped("amount_delta")),
        }

    def _om_free_stock(self):
        """``{(warehouse, product): free quantity}`` of what the requests ask more of. One query."""
        wanted = self.line_ids.filtered(lambda line: line.kind in ("quantity", "substitute", "add_line"))
        pairs = defaultdict(lambda: self.env["product.product"])
        for line in wanted:
            product = line.product_id or line.order_line_id.product_id
            if product.is_storable:
                pairs[line.order_id.warehouse_id] |= product
        free = {}
        for warehouse, products in pairs.items():
            groups = self.env["stock.quant"]._read_group(
                [
                    ("product_id", "in", products.ids),
                    ("location_id", "child_of", warehouse.lot_stock_id.ids),
                ],
                ["product_id"],
                ["quantity:sum", "reserved_quantity:sum"],
            )
            free.update({(warehouse, product): 0.0 for product in products})
            free.update({(warehouse, product): on_hand - taken for product, on_hand, taken in groups})
        return free

    # ------------------------------------------------------------------------------------------- cases

    @detector("E-CHG-LATE", fields=("state", "is_late", "action"))
    def _om_detect_late_change(self):
        """A change that came after picking began, or after the cut-off, and waits for a decision."""
        return [
            Finding(
                request,
                found=f"{request._om_text_of_kinds()}: {request._om_text_of_stage()}",
                expected=self.env._("before picking and cut-off"),
                amount=abs(request.amount_delta),
            )
            for request in self
            if request.is_late and request.state in UNDECIDED and request.action != "refuse"
        ]

    @detector("E-CXL-PICK", fields=("state", "stage", "put_back_state"))
    def _om_detect_cancel_after_pick(self):
        """A cancellation of goods that are picked: waits for a decision, or for the goods to come back."""
        return [
            Finding(
                request,
                found=self.env._("cancelled, goods are: %s", request._om_text_of_stage()),
                expected=self.env._("goods stopped and put back"),
                amount=abs(request.amount_delta),
            )
            for request in self
            if (request.state in UNDECIDED or request.put_back_state == "open")
            and any(
                RANK["picked"] <= RANK[line.stage] <= RANK["sent"]
                for line in request.line_ids
                if line.kind in CANCELLATIONS and line.stage
            )
        ]

    def _om_text_of_kinds(self):
        kinds = dict(self.line_ids._fields["kind"]._description_selection(self.env))
        return ", ".join(sorted({kinds[line.kind] for line in self.line_ids}))

    def _om_text_of_stage(self):
        return dict(self._fields["stage"]._description_selection(self.env)).get(self.stage, "")

    def _om_put_back_done(self):
        """The goods of these requests are back."""
        # sudo: whoever validates the transfer ends the task
        self.sudo().with_context(om_transition=INTERNAL).write({"put_back_state": "done"})
        self.sudo().activity_feedback(["om_order_exceptions.activity_put_back"])
        self._om_check()


class OmChangeRequestLine(models.Model):
    _inherit = "om.change.request.line"

    def _om_evaluation(self, progress, free):
        """Values that evaluation stores on this change."""
        self.ensure_one()
        order = self.request_id.order_id
        lines = order.order_line if self.kind in OF_THE_ORDER else self.order_line_id
        of_lines = [progress[line] for line in (lines._om_of_goods() if self.kind in OF_THE_ORDER else lines)]
        kind = self._om_policy_kind()
        if order.state != "sale" or (self.kind in ON_A_LINE and not of_lines):
            # the order or its line is gone since
            return {"stage": "open", "action": "refuse", "needs_approval": False, "amount_delta": 0.0}
        stages = self._om_touched(kind, of_lines, order, progress)
        action, needs_approval = self.env["om.change.policy"]._decide(order.company_id, kind, stages)
        after = self._om_amount_after()
        before = sum(line.price_subtotal for line in lines) if self.kind != "add_line" else 0.0
        if self.kind in ("date", "ship_to"):
            before = after = 0.0
        values = {
            "before_quantity": sum(lines.mapped("product_uom_qty")),
            "before_price": self.order_line_id.price_unit,
            "before_discount": self.order_line_id.discount,
            "before_date": order.commitment_date or order.expected_date if self.kind == "date" else False,
            "before_shipping_id": order.partner_shipping_id.id,
            "short_qty": self._om_short(free),
            "amount_delta": after - before,
            "stage": max(stages, key=RANK.__getitem__, default="open"),
            "action": action,
            "needs_approval": needs_approval,
        }
        for name in ("reserved", "picked", "packed", "shipped", "invoiced"):
            values[f"{name}_qty"] = sum(getattr(part, name) for part in of_lines)
        return values

    def _om_touched(self, kind, of_lines, order, progress):
        """Stages of the goods that a change of ``kind`` touches."""
        if kind == "quantity_down":
            return of_lines[0].reduced_to(self.quantity)
        if kind == "quantity_up":
            return {of_lines[0].least()}
        if kind == "price":
            return {"invoiced"} if of_lines[0].invoiced else {of_lines[0].furthest()}
        if kind == "add_line":
            return {
                max(
                    (progress[line].least() for line in order.order_line),
                    key=RANK.__getitem__,
                    default="open",
                )
            }
        if kind in (*CANCELLATIONS, "substitute"):
            # goods that have left are not cancelled: the rest is, where there is one
            rest = [part for part in of_lines if part.ordered > part.shipped]
            stages = {part.left if part.shipped else "open" for part in of_lines}
            if rest:
                stages = set().union(*(part.reduced_to(part.shipped) for part in rest))
            deposits = order.order_line.filtered("is_downpayment") if kind == "cancel_order" else []
            if any(progress[line].invoiced for line in deposits):
                stages.add("invoiced")
            return stages or {"open"}
        # part of the order may have left: what counts is the rest
        rest = [part for part in of_lines if part.ordered > part.shipped] or of_lines
        return set().union(*(part.remaining() for part in rest)) or {"open"}

    def _om_amount_after(self):
        """Untaxed amount of the lines after the change, taxed as they are now."""
        now = self.order_line_id
        after = self.quantity * self.price_unit * (1 - self.discount / 100)
        if self.kind == "add_line":
            return after
        if self.kind in ("cancel_line", "cancel_order"):
            lines = now or self.request_id.order_id.order_line
            return sum(
                line.price_subtotal * line.qty_delivered / line.product_uom_qty
                for line in lines
                if line.product_uom_qty
            )
        gross = now.product_uom_qty * now.price_unit * (1 - now.discount / 100)
        # taxes that are in the price are in the same part of the new one
        untaxed = now.price_subtotal / gross if gross else 1.0
        if self.kind == "substitute":
            kept = (
                now.price_subtotal * now.qty_delivered / now.product_uom_qty if now.product_uom_qty else 0.0
            )
            return kept + after * untaxed
        if self.kind == "price":
            after = now.product_uom_qty * self.price_unit * (1 - self.discount / 100)
        elif self.kind == "quantity":
            after = self.quantity * now.price_unit * (1 - now.discount / 100)
        return after * untaxed

    def _om_short(self, free):
        """How much of what is asked for more is not free in stock, in the line's unit."""
        product = self.product_id or self.order_line_id.product_id
        key = (self.request_id.order_id.warehouse_id, product)
        if key not in free or self.kind not in ("quantity", "substitute", "add_line"):
            return 0.0
        unit = self.order_line_id.product_uom_id or product.uom_id
        already = self.order_line_id.product_uom_qty if self.kind == "quantity" else 0.0
        more = unit._compute_quantity(self.quantity - already, product.uom_id, raise_if_failure=False)
        return max(
            0.0, product.uom_id._compute_quantity(more - max(free[key], 0.0), unit, raise_if_failure=False)
        )
