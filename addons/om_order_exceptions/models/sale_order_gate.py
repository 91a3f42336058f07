from odoo import models
from odoo.exceptions import UserError

from ..stages import GATES, INTERNAL


class SaleOrder(models.Model):
    """The gates of an order: confirm and release. Ship and invoice stand on moves and invoices."""

    _inherit = "sale.order"

    def action_confirm(self):
        """Confirm the orders that nothing blocks; park the others.

        Orders with an exception that blocks *confirm* stay as they are and wait in the queue, the
        others of the same batch are confirmed. A customer's own confirmation (signature, payment)
        always confirms: its order is then held at release.

        :return: what stock Odoo returns; when orders were parked, the action that shows why
        """
        quotations = self.filtered(lambda order: order.state in ("draft", "sent"))
        if self.env.context.get("om_checked") is not INTERNAL:
            self._om_check()
        if self.env.context.get("om_customer_confirms") is INTERNAL:
            parked = self.browse()
        else:
            parked = quotations.filtered(lambda order: order.om_blocked_stage in GATES["confirm"])
        # The check itself confirms an order that asked for it as soon as it is clean.
        clean = self - parked - quotations.filtered(lambda order: order.state == "sale")
        confirming = clean.with_context(om_confirming=INTERNAL)
        result = super(SaleOrder, confirming).action_confirm() if clean else True
        if not parked:
            return result
        return parked._om_parked_action()

    def write(self, vals):
        """Confirm gate: a quotation does not become an order by a mere write of its state.

        :raise UserError: something blocks one of the quotations; the message says what
        """
        if vals.get("state") != "sale" or self.env.context.get("om_confirming") is INTERNAL:
            return super().write(vals)
        quotations = self.filtered(lambda order: order.state != "sale")
        result = super().write(vals)
        # looked at as they are now: the cause may have come with the same write
        quotations._om_check()
        if parked := self.env["om.exception"]._blocked_orders(quotations, "confirm"):
            raise UserError(parked._om_held_message("confirm"))
        return result

    def _om_settle_checks(self):
        """Run the checks that wait for the end of this transaction, where one of these orders has any."""
        if self._om_pending_checks().keys() & {(self._name, order_id) for order_id in self.ids}:
            self._om_run_scheduled_checks()

    def _om_parked_action(self):
        """Action that shows why these orders were not confirmed."""
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {
            **action,
            "name": self.env._("Not confirmed: resolve these first"),
            "domain": [("order_id", "in", self.ids), ("is_open", "=", True)],
            "context": {"create": False},
        }

    def _action_confirm(self):
        result = super()._action_confirm()
        self._om_log_confirmed()
        return result

    def _validate_order(self):  # pylint: disable=useless-parent-delegation
        """A customer's signature or payment never fails at our gate: hold at release instead."""
        return super(SaleOrder, self.with_context(om_customer_confirms=INTERNAL))._validate_order()

    def _action_cancel(self):
        result = super()._action_cancel()
        self._om_log_cancelled()
        # sudo: whoever may cancel the order ends its exceptions
        self.sudo().om_exception_ids.filtered("is_open")._close("auto_closed")
        return result

    def action_draft(self):
        """A cancelled order that is taken up again is looked at again."""
        result = super().action_draft()
        self._om_schedule_check()
        return result

    def _om_confirm_when_clean(self):
        """Confirm the orders among these that wait only for a clean check."""
        ready = self.filtered(
            lambda order: (
                order.om_auto_confirm
                and order.state in ("draft", "sent")
                and order.om_blocked_stage not in GATES["confirm"]
                and order.order_line
            )
        )
        if ready:
            ready.with_context(om_checked=INTERNAL).action_confirm()

    def _om_gates_changed(self, held_before):
        """Act on a release gate that has closed or opened: hold or release what is confirmed.

        Called whenever exceptions begin or end. What is reserved for an order that is held now is
        given back; what was held and is free now is reserved again.

        :param held_before: the orders among these that were held before the change
        """
        held = self.filtered("om_is_held")
        for newly, kind in ((held - held_before, "held"), (held_before - held, "released")):
            if not newly:
                continue
            # sudo: who raises or resolves an exception need not be allowed to move stock
            moves = newly.sudo().order_line.move_ids.filtered(
                lambda move: (
                    not (move.picked and move.quantity)
                    and move.state not in ("done", "cancel")
                    and move.location_id.usage != "customer"
                )
            )
            # ticked off while nothing could be reserved: that would keep it from being reserved now
            moves.filtered("picked").picked = False
            if kind == "held":
                moves.filtered(lambda m: m.state in ("assigned", "partially_available"))._do_unreserve()
            else:
                moves.filtered(lambda m: m.state in ("confirmed", "partially_available"))._action_assign()
            newly._om_log_gate(kind)

    def _om_held_message(self, gate="ship"):
        """Why these orders may not pass ``gate``, for a person: order by order, and what to do."""
        # sudo: the reason is shown to whoever meets the gate; it carries no figures of other documents
        exceptions = self.sudo().om_exception_ids.filtered(lambda e: e.is_open and e.blocks in GATES[gate])
        reasons = "\n".join(
            f"{order.name}: " + ", ".join(of_order.mapped("type_id.display_name"))
            for order, of_order in exceptions.grouped("order_id").items()
        )
        return self.env._(
            "Held by open exceptions:\n%(reasons)s\nResolve them in the work queue of Order Management.",
            reasons=reasons,
        )
