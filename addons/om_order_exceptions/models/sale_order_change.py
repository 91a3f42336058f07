from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..stages import INTERNAL
from .om_change_request import OPEN_CHANGE_STATES


class SaleOrder(models.Model):
    """Changes and cancellations of confirmed orders."""

    _inherit = "sale.order"

    om_change_ids = fields.One2many("om.change.request", "order_id", "Change Requests", readonly=True)
    om_change_count = fields.Integer(
        "Change Request Count",
        compute="_compute_om_change_count",
        compute_sudo=True,
        groups="base.group_user",
    )
    om_open_change_count = fields.Integer(
        "Open Change Requests",
        compute="_compute_om_change_count",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("om_change_ids.state")
    def _compute_om_change_count(self):
        counts = {}
        for order, state, count in self.env["om.change.request"]._read_group(
            [("order_id", "in", self.ids)], ["order_id", "state"], ["__count"]
        ):
            every, still_open = counts.get(order.id, (0, 0))
            counts[order.id] = (every + count, still_open + count * (state in OPEN_CHANGE_STATES))
        for order in self:
            order.om_change_count, order.om_open_change_count = counts.get(order.id, (0, 0))

    # ------------------------------------------------------------------------------------ cancellation

    def _action_cancel(self):
        """Cancel; where more than a reservation has been made, by the stage matrix.

        Every way to a cancellation meets this: button, mass action, a declined quotation, EDI. Nothing
        is refused or asked for a quotation, or for an order on which nobody has worked yet.

        :return: ``True``, or the action that shows what waits for a manager or the warehouse
        :raise UserError: an order has left the house in full
        """
        if self.env.context.get("om_change") is INTERNAL:
            cancelling = self.with_context(om_cancelling=INTERNAL)
            return super(SaleOrder, cancelling)._action_cancel()
        confirmed = self.filtered(lambda order: order.state == "sale")
        begun = confirmed._om_needs_cancellation_request() if confirmed else confirmed
        free = (self - begun).with_context(om_cancelling=INTERNAL)
        result = super(SaleOrder, free)._action_cancel() if free or not self else True
        return begun._om_request_cancellation() if begun else result

    def write(self, vals):
        """An order on which work has begun ends by a cancellation, not by a write of its state (G8).

        Neither as cancelled, nor as a quotation that may then be cancelled or deleted.

        :raise UserError: one of the orders can't be cancelled without a word; the message says which
        """
        if vals.get("state", "sale") != "sale" and self.env.context.get("om_cancelling") is not INTERNAL:
            confirmed = self.filtered(lambda order: order.state == "sale")
            if begun := confirmed._om_needs_cancellation_request():
                raise UserError(
                    self.env._(
                        "Work on %s has begun. Use Cancel, which asks whom it concerns; what was shipped is"
                        " taken back with a return.",
                        ", ".join(begun.mapped("name")),
                    )
                )
        return super().write(vals)

    def _om_needs_cancellation_request(self):
        """Orders of these that are not simply cancelled: work has begun, or policy says so."""
        progress = self.order_line._om_progress()
        policy = self.env["om.change.policy"]
        return self.filtered(
            lambda order: (
                any(progress[line].begun for line in order.order_line)
                or policy._decide(order.company_id, "cancel_order", {"open"}) != ("allow", False)
            )
        )

    def _om_request_cancellation(self):
        """Ask for the cancellation of these orders, and go as far with it as policy allows."""
        # sudo: whoever may cancel the order may ask for it; asked_by_id stays the user
        requests = self.env["om.change.request"].sudo()
        open_requests = requests.search(
            [
                ("order_id", "in", self.ids),
                ("state", "in", OPEN_CHANGE_STATES),
                ("line_ids.kind", "=", "cancel_order"),
            ]
        )
        requests = open_requests + requests._om_request(
            self - open_requests.order_id,
            {order.id: [{"kind": "cancel_order"}] for order in self},
        )
        requests.filtered(lambda request: request.state == "draft")._om_evaluate()
        return requests._om_proceed()

    # ------------------------------------------------------------------------------------------- hooks

    def _om_sent_documents(self):
        """What the customer or the warehouse was sent: ``{order: [[document, stage]]}``. One query.

        Read from the timeline; an addon adds where its documents stand.
        """
        documents = {}
        events = self.env["om.order.event"].search(
            [("order_id", "in", self.ids), ("kind", "=", "document_out")], order="id"
        )
        for event in events:
            documents.setdefault(event.order_id, []).append([event.note or event.kind, ""])
        return documents

    def _om_past_cutoff(self):
        """Orders of these for which a change comes later than the company's cut-off before shipment."""
        now = fields.Datetime.now()
        late = self.browse()
        for order in self:
            hours = order.company_id.om_change_cutoff_hours
            if not hours:
                continue
            planned = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
            cutoff = order.om_ship_cutoff or min(planned.mapped("scheduled_date"), default=False)
            if planned and cutoff and cutoff - timedelta(hours=hours) < now:
                late |= order
        return late

    def _om_return_action(self):
        """Action that starts a return of what was shipped: Odoo's own wizard, or that of an addon."""
        self.ensure_one()
        shipped = self.picking_ids.filtered(lambda p: p.state == "done" and p._is_to_external_location())
        if not shipped:
            raise UserError(self.env._("Nothing of %s was shipped.", self.name))
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.act_stock_return_picking")
        return {**action, "context": {"active_model": "stock.picking", "active_id": shipped[-1:].id}}

    # ----------------------------------------------------------------------------------------- actions

    def action_om_change(self):
        """Open a new change request for this order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change %s", self.name),
            "res_model": "om.change.request",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_order_id": self.id},
        }

    def action_om_open_changes(self):
        """Open the change requests of this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_change_request")
        return {
            **action,
            "domain": [("order_id", "=", self.id)],
            "context": {"default_order_id": self.id},
        }
