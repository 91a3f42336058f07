from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

from ..stages import INTERNAL


class OmChangeRequest(models.Model):
    """How a request becomes true: all of it or nothing."""

    _inherit = "om.change.request"

    def _om_proceed(self):
        """Go on with evaluated requests as far as policy allows: apply, or wait for whom it names.

        :return: ``True``, or the action that shows the requests which wait for somebody
        :raise UserError: the policy refuses one of them
        """
        fresh = self.browse()
        for request in self:
            if request.state == "draft":
                request._om_evaluate()
            elif not request._om_is_fresh():
                request._om_evaluate(stale=True)
                continue
            fresh |= request
        if refused := fresh.filtered(lambda request: request.action == "refuse"):
            raise UserError(refused._om_refusal_text())
        unapproved = fresh.filtered(lambda request: request.needs_approval and not request.approved_by_id)
        (unapproved - unapproved.filtered(lambda request: request.state == "approval"))._om_move("approval")
        asked = (fresh - unapproved).filtered(
            lambda request: request.action == "request" and request.warehouse_answer != "stopped"
        )
        if newly := asked.filtered(lambda request: request.state != "warehouse"):
            newly._om_move("warehouse")
            newly._om_ask_warehouse()
            newly._om_change_asked()
        (fresh - unapproved - asked)._om_apply()
        waiting = self.filtered(lambda request: request.state != "applied")
        return waiting._om_waiting_action() if waiting else True

    def _om_refusal_text(self):
        """Why policy refuses these requests, and what to do instead."""
        return "\n".join(
            self.env._(
                "%(order)s: the goods are %(stage)s. Take them back by a return instead.",
                order=request.order_id.name,
                stage=dict(request._fields["stage"]._description_selection(self.env))[request.stage].lower(),
            )
            if request.stage in ("shipped", "delivered")
            else self.env._(
                "%(order)s: this change is refused by the change policy.", order=request.order_id.name
            )
            for request in self
        )

    def _om_waiting_action(self):
        """Action that shows requests which are not applied yet."""
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_change_request")
        if len(self) == 1:
            return {**action, "res_id": self.id, "views": [(False, "form")], "context": {}}
        return {**action, "domain": [("id", "in", self.ids)], "context": {}}

    # ------------------------------------------------------------------------------------------- apply

    def _om_apply(self):
        """Change the orders. A request that fails leaves its order untouched, and fails as a whole.

        Of several the others go on: the one that failed says why in its messages, and waits.
        """
        if not self:
            return
        changed = self.browse()
        for request in self:
            if request.order_id in changed.order_id and not request._om_is_fresh():
                # the one before it in this batch has changed its order
                request._om_evaluate(stale=True)
                continue
            try:
                with self.env.cr.savepoint():
                    request._om_apply_one()
            except UserError as error:
                if len(self) == 1:
                    raise
                # sudo: the note is the system's
                request.sudo().message_post(body=self.env._("Could not be applied: %s", error))
                continue
            changed |= request
        changed._om_move("applied", applied_by_id=self.env.uid, applied_at=fields.Datetime.now())
        changed.order_id.filtered(lambda order: order.state == "sale")._om_check()
        for request in changed.filtered("approved_by_id"):
            request.line_ids.filtered(lambda line: line.kind == "price").order_line_id._om_price_approved(
                request.approved_by_id, self.env._("Approved with %s", request.name)
            )
        changed._om_notify()
        changed._om_change_applied()

    def _om_apply_one(self):
        self.ensure_one()
        # sudo: the request was decided on by whom policy names; stock and order lines follow it.
        # clean_context: defaults of the request's form are not meant for transfers
        context = clean_context(self.env.context)
        request = self.sudo().with_context(  # pylint: disable=context-overridden
            {**context, "om_change": INTERNAL, "om_transition": INTERNAL}
        )
        request.order_id.lock_for_update()
        put_back = request.env["stock.picking"]
        on_table = 0.0
        for line in request.line_ids:
            pickings, loose = line._om_apply_line()
            put_back |= pickings
            on_table += loose
        request._om_log()
        if put_back or on_table:
            request.write({"put_back_ids": [fields.Command.set(put_back.ids)], "put_back_state": "open"})
            request._om_put_back_task()

    def _om_log(self):
        """One event per request, with before and after; the lines tell their quantities themselves."""
        self.ensure_one()
        changes = "; ".join(f"{line.before} → {line.after}" for line in self.line_ids)
        self.env["om.order.event"]._log("changed", self.order_id, note=f"{self.name}: {changes}", source=self)

    def _om_put_back_task(self):
        """Tell the warehouse what to put back: goods do not walk."""
        self.ensure_one()
        order = self.order_id
        responsible = (
            self.put_back_ids.user_id[:1]
            or order.picking_ids.user_id[:1]
            or order.company_id.om_order_desk_user_id
            or self.env.user
        )
        self.activity_schedule(
            "om_order_exceptions.activity_put_back",
            summary=self.env._("Put back: %s", order.name),
            note=", ".join(line.before for line in self.line_ids if line.before),
            user_id=responsible.id,
        )

    def _om_ask_warehouse(self):
        """Ask the warehouse whether it can still stop."""
        for request in self.sudo():  # sudo: whoever asks for the change need not write activities of others
            order = request.order_id
            responsible = (
                order.picking_ids.user_id[:1] or order.company_id.om_order_desk_user_id or self.env.user
            )
            request.activity_schedule(
                "om_order_exceptions.activity_ask_warehouse",
                summary=self.env._("Can this still be stopped? %s", order.name),
                user_id=responsible.id,
            )


class OmChangeRequestLine(models.Model):
    """How one change is made."""

    _inherit = "om.change.request.line"

    def _om_apply_line(self):
        """Make this change.

        :return: ``(transfers that put goods back, quantity that is picked but lies where no transfer
            has moved it)``
        """
        self.ensure_one()
        return getattr(self, f"_om_apply_{self.kind}")()

    def _om_apply_quantity(self):
        return self.order_line_id._om_set_quantity(self.quantity)

    def _om_apply_price(self):
        self.order_line_id.write(
            {
                "price_unit": self.price_unit,
                "discount": self.discount,
                "om_agreed_price": self.price_unit,
                "om_agreed_discount": self.discount,
            }
        )
        return self._om_nothing_back()

    def _om_apply_date(self):
        self.request_id.order_id.commitment_date = self.date
        return self._om_nothing_back()

    def _om_apply_ship_to(self):
        order = self.request_id.order_id
        # the addresses of the transfers follow here: no reminder to do it by hand
        order.with_context(mail_activity_automation_skip=True).partner_shipping_id = self.partner_shipping_id
        transfers = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        transfers.partner_id = self.partner_shipping_id
        transfers.move_ids.filtered("partner_id").partner_id = self.partner_shipping_id
        return self._om_nothing_back()

    def _om_apply_substitute(self):
        old = self.order_line_id
        back = old._om_set_quantity(old.qty_delivered)
        self._om_create_line(old.sequence, old.product_uom_id)
        return back

    def _om_apply_add_line(self):
        self._om_create_line(self.request_id.order_id.order_line[-1:].sequence + 1, self.product_id.uom_id)
        return self._om_nothing_back()

    def _om_apply_cancel_line(self):
        return self.order_line_id._om_set_quantity(self.order_line_id.qty_delivered)

    def _om_apply_cancel_order(self):
        order = self.request_id.order_id
        lines = order.order_line._om_of_goods()
        if not any(lines.mapped("qty_delivered")):
            back = lines._om_staged()
            order._action_cancel()
            pickings, loose = self._om_nothing_back()
            for line, (progress, on_table) in back.items():
                pickings |= line._om_put_back(progress, progress.staged)
                loose += on_table
            return pickings, loose
        pickings, loose = self._om_nothing_back()
        for line in lines.filtered(lambda line: line.product_uom_qty > line.qty_delivered):
            transfers, on_table = line._om_set_quantity(line.qty_delivered)
            pickings |= transfers
            loose += on_table
        return pickings, loose

    def _om_create_line(self, sequence, unit):
        product = self.product_id
        if not unit._has_common_reference(product.uom_id):
            unit = product.uom_id
        self.order_line_id = self.env["sale.order.line"].create(
            {
                "order_id": self.request_id.order_id.id,
                "product_id": product.id,
                "product_uom_id": unit.id,
                "product_uom_qty": self.quantity,
                "price_unit": self.price_unit,
                # a technical price that differs marks the price as given: later quantities keep it
                "technical_price_unit": 0.0,
                "discount": self.discount,
                "sequence": sequence,
            }
        )

    def _om_nothing_back(self):
        # sudo: joined with the transfers that other kinds of lines make as superuser
        return self.env["stock.picking"].sudo(), 0.0
