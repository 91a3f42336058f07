from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_duration, formatLang

# What a customer may see: what we did for the order, never why it waited.
CUSTOMER_KINDS = (
    "received",
    "confirmed",
    "shipped",
    "in_transit",
    "delivered",
    "invoiced",
    "paid",
    "returned",
    "credited",
    "cancelled",
)
CUSTOMER_NOTES = ("shipped", "invoiced", "credited")  # numbers of documents that the customer gets
STAGES = ("entered", "confirmed", "released", "allocated", "shipped", "delivered", "invoiced", "paid")


class SaleOrder(models.Model):
    """The timeline as people read it: facts that belong together are one step."""

    _inherit = "sale.order"

    om_timeline = fields.Json(
        "Timeline",
        compute="_compute_om_timeline",
        groups="sales_team.group_sale_salesman,om_order_exceptions.group_auditor",
    )

    @api.depends("om_event_ids")
    @api.depends_context("lang", "uid")
    def _compute_om_timeline(self):
        for order in self:
            steps = order._om_steps(order.om_event_ids)
            order.om_timeline = {"stages": order._om_stage_progress(), "steps": steps}

    def _om_steps(self, events):
        """Steps of this order's timeline, the first one first.

        :return: dictionaries of plain values: ``kind title at actor quantity lines note lasted source``
        """
        self.ensure_one()
        labels = dict(self.env["om.order.event"]._fields["kind"]._description_selection(self.env))
        groups = defaultdict(list)  # of records that keep what is fetched along with them
        for event in events.sorted(lambda event: (event.occurred_at, event.id)):
            groups[event.occurred_at, event.kind, event.res_model, event.res_id, event.note].append(event)
        steps = []
        for facts in groups.values():
            first = facts[0]
            quantities = defaultdict(float)
            for fact in facts:
                if fact.quantity:
                    quantities[fact.order_line_id or fact] += fact.quantity
            # what was counted twice within one second is one fact: allocated and given back
            quantities = {line: quantity for line, quantity in quantities.items() if quantity}
            title = labels[first.kind]
            if first.kind == "allocated" and sum(quantities.values()) < 0:
                title = self.env._("Deallocated")
                quantities = {line: -quantity for line, quantity in quantities.items()}
            steps.append(
                {
                    "id": first.id,
                    "kind": first.kind,
                    "title": title,
                    "at": fields.Datetime.to_string(first.occurred_at),
                    "actor": first.user_id.sudo().name or "",  # sudo: of a colleague in another company
                    "note": first.note or "",
                    "lasted": "",
                    "source": [first.res_model, first.res_id] if first.res_id else False,
                    **self._om_quantity_texts(quantities),
                }
            )
        self._om_tell_holds(steps)
        return steps

    def _om_quantity_texts(self, quantities):
        """Words for what lines a step is about: their total, and each of them."""
        lines = [(line, quantity) for line, quantity in quantities.items() if line._name == "sale.order.line"]
        units = {line.product_uom_id for line, _quantity in lines}
        texts = []
        for line, quantity in lines:
            name = line.product_id.display_name or line.name
            texts.append(
                {
                    "id": line.id,
                    "name": name,
                    "quantity": f"{self._om_number(quantity)} {line.product_uom_id.name or ''}".strip(),
                }
            )
        total = sum(quantities.values())
        if not quantities:
            summary = ""
        elif len(units) == 1:
            summary = f"{self._om_number(total)} {next(iter(units)).name or ''}".strip()
        elif units:
            summary = self.env._("%s lines", len(lines))
        else:
            summary = self._om_number(total)
        return {"quantity": summary, "lines": texts if len(texts) > 1 else []}

    def _om_number(self, quantity):
        """``quantity`` as people write it here, without decimals that say nothing."""
        text = formatLang(self.env, quantity, dp="Product Unit")
        point = self.env["res.lang"]._get_data(code=self.env.lang or "en_US").decimal_point or "."
        return text.rstrip("0").rstrip(point) if point in text else text

    def _om_tell_holds(self, steps):
        """Add to each hold how long it lasted, or has lasted so far."""
        now = fields.Datetime.now()
        for position, step in enumerate(steps):
            if step["kind"] != "held":
                continue
            end = next((s["at"] for s in steps[position:] if s["kind"] in ("released", "cancelled")), None)
            seconds = (
                (fields.Datetime.to_datetime(end) or now) - fields.Datetime.to_datetime(step["at"])
            ).total_seconds()
            step["lasted"] = format_duration(seconds / 3600)
            step["open"] = not end

    def _om_stage_progress(self):
        """How far the order has come: ``kind title share`` (0 to 1) of each stage."""
        self.ensure_one()
        labels = dict(self.env["om.order.event"]._fields["kind"]._description_selection(self.env))
        ordered = sum(
            line.product_uom_qty
            for line in self.order_line
            if not line.display_type and not line.is_downpayment
        )
        told, kinds = defaultdict(float), set()
        for event in self.om_event_ids:
            told[event.kind] += event.quantity
            kinds.add(event.kind)
        stages = []
        for kind in STAGES:
            if kind in ("allocated", "shipped", "delivered", "invoiced") and ordered:
                share = min(max(told[kind] / ordered, 0.0), 1.0)
            elif kind == "released":
                share = float("released" in kinds and not self.om_is_held)
            else:
                share = float(kind in kinds)
            stages.append({"kind": kind, "title": labels[kind], "share": round(share, 4)})
        return stages

    def _om_customer_steps(self):
        """Steps that the customer of this order may see, the first one first.

        Corrections are netted: a customer sees what left the house, not how it was counted. No name of
        a colleague, no reason of a hold, no internal note.
        """
        self.ensure_one()
        events = self.om_event_ids.filtered(lambda event: event.kind in CUSTOMER_KINDS).sorted("id")
        groups = defaultdict(list)
        for event in events:
            alone = not event.order_line_id and event.id
            groups[event.kind, event.res_model, event.res_id, alone].append(event)
        steps = []
        for facts in groups.values():
            first = facts[0]
            quantities = defaultdict(float)
            of_lines = [fact for fact in facts if fact.order_line_id]
            for fact in of_lines:
                quantities[fact.order_line_id] += fact.quantity
            quantities = {line: quantity for line, quantity in quantities.items() if quantity}
            if of_lines and not quantities:
                continue
            steps.append(
                {
                    "kind": first.kind,
                    "title": self._om_customer_title(first.kind),
                    "at": first.occurred_at,
                    "note": first.note if first.kind in CUSTOMER_NOTES else "",
                    **self._om_quantity_texts(quantities),
                }
            )
        return sorted(steps, key=lambda step: step["at"])

    def _om_customer_title(self, kind):
        return {
            "received": self.env._("Order received"),
            "confirmed": self.env._("Order confirmed"),
            "shipped": self.env._("Shipped"),
            "in_transit": self.env._("On the way"),
            "delivered": self.env._("Delivered"),
            "invoiced": self.env._("Invoiced"),
            "paid": self.env._("Paid"),
            "returned": self.env._("Return received"),
            "credited": self.env._("Credited"),
            "cancelled": self.env._("Cancelled"),
        }[kind]
