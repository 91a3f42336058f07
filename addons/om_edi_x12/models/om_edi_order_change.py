from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.models.om_change_request import OPEN_CHANGE_STATES

from .om_edi_order_difference import DATES


class OmEdiPartner(models.Model):
    _inherit = "om.edi.partner"

    change_quantity = fields.Selection(
        [("new", "New Quantity"), ("difference", "Difference")],
        "Quantity of an 860",
        required=True,
        default="new",
        help="What POC03 means where a line is increased (QI) or decreased (QD).",
    )


class OmEdiTransaction(models.Model):
    """An 860 with its change request and its answer, the 865."""

    _inherit = "om.edi.transaction"

    change_id = fields.Many2one(
        "om.change.request", readonly=True, index="btree_not_null", ondelete="set null"
    )
    answers_id = fields.Many2one(
        "om.edi.transaction", readonly=True, index="btree_not_null", ondelete="set null"
    )
    asked = fields.Json(readonly=True, help="Per line of an 860: what the customer wants.")
    change_verdict = fields.Selection(
        [("accepted", "Accepted"), ("refused", "Refused")], "Our Decision", readonly=True
    )

    def _refer_change(self, problems):
        """Keep an 860 that can't be applied, and hold the shipment until somebody has seen it."""
        self.ensure_one()
        text = "; ".join(problems)
        self.write({"state": "error", "findings": text})
        # that its order was missing, if it was
        self.env["om.exception"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("is_open", "=", True)]
        )._close("auto_closed")
        self.env["om.exception"]._raise(
            "E-CHG-EDI",
            [
                Finding(
                    self.order_id,
                    found=f"{self.display_name}: {text}"[:500],
                    expected=self.env._("a change that can be made"),
                    key=self._change_key(),
                    amount=self.order_id.amount_total,
                )
            ],
            intake_id=self.intake_id.id,
        )

    def _change_key(self):
        return f"860 {self.id}"

    def _mended(self):
        result = super()._mended()
        self._end_change_cases()
        changes = self.filtered(lambda transaction: transaction.set_id == "860")
        self.env["om.edi.map.860"]._take_up(changes.order_id)
        return result

    def _end_change_cases(self):
        """Close the exceptions that said that these 860s could not be applied."""
        changes = self.filtered(lambda transaction: transaction.set_id == "860" and transaction.order_id)
        if not changes:
            return
        # sudo: whoever decides on a change may not close exceptions
        self.env["om.exception"].sudo().search(
            [
                ("type_id.code", "=", "E-CHG-EDI"),
                ("res_model", "=", "sale.order"),
                ("res_id", "in", changes.order_id.ids),
                ("key", "in", [transaction._change_key() for transaction in changes]),
                ("is_open", "=", True),
            ]
        )._close("auto_closed")

    def _built_from(self):
        return self.answers_id if self.set_id == "865" else super()._built_from()

    def action_refuse_change(self):
        """Refuse an 860 that can't be applied: the order stays as it is, the customer gets an 865."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("You are not allowed to decide on changes of orders."))
        refused = self.filtered(
            lambda t: (t.set_id, t.direction, t.state) == ("860", "in", "error") and t.order_id
        )
        if not refused:
            raise UserError(self.env._("Only changes that can't be applied are refused here."))
        # sudo: specialists decide, they do not write received documents
        refused = refused.sudo()
        refused.write({"state": "done", "change_verdict": "refused"})
        refused._end_change_cases()
        self.env["om.edi.map.865"]._owe(refused)
        self.env["om.edi.map.860"]._take_up(refused.order_id)
        return True


class OmChangeRequest(models.Model):
    """Change requests that came by 860: decided on like any other, and answered by an 865."""

    _inherit = "om.change.request"

    om_edi_transaction_ids = fields.One2many(
        "om.edi.transaction", "change_id", "EDI Documents", readonly=True
    )

    def _om_edi_go_on(self):
        """Evaluate requests that came by 860, and go as far with them as policy allows.

        One that policy refuses is refused at once. Of one order they are taken one after the other: the
        next one has to wait until the one before it is decided on.
        """
        earlier = self.search(
            [
                ("order_id", "in", self.order_id.ids),
                ("source", "=", "edi"),
                ("state", "in", OPEN_CHANGE_STATES),
            ]
        )
        first = {
            of_order.order_id: of_order.sorted("id")[:1] for of_order in earlier.grouped("order_id").values()
        }
        ready = self.filtered(
            lambda request: (
                request.state in ("draft", "evaluated") and first.get(request.order_id, request) == request
            )
        )
        ready._om_evaluate()
        for request in ready:
            if request.action == "refuse":
                request._om_move("refused", refusal=request._om_refusal_text())
                request._om_change_refused()
                continue
            try:
                with self.env.cr.savepoint():
                    request._om_proceed()
            except UserError as error:
                request.invalidate_recordset()
                request._om_edi_not_applied(error)

    def _om_edi_not_applied(self, error):
        """A person has to see why a change could not be made."""
        self.ensure_one()
        changes = self.om_edi_transaction_ids.filtered(lambda transaction: transaction.set_id == "860")
        self.env["om.exception"]._raise(
            "E-CHG-EDI",
            [
                Finding(
                    self.order_id,
                    found=f"{self.name}: {error}"[:500],
                    expected=self.env._("a change that can be made"),
                    key=changes[:1]._change_key(),
                    amount=abs(self.amount_delta),
                )
            ],
        )

    def _om_change_applied(self):
        result = super()._om_change_applied()
        self._om_edi_decided("accepted")
        return result

    def _om_change_refused(self):
        result = super()._om_change_refused()
        self._om_edi_decided("refused")
        return result

    def action_withdraw(self):
        result = super().action_withdraw()
        self._om_edi_next()
        return result

    def _om_edi_decided(self, verdict):
        """Answer what came by 860, and go on with the changes that waited for this one."""
        # sudo: whoever decides on a change may neither write received documents nor build others
        requests = self.sudo().filtered(lambda request: request.source == "edi")
        changes = requests.om_edi_transaction_ids.filtered(
            lambda transaction: transaction.set_id == "860" and not transaction.change_verdict
        ).sorted("id")
        # the same 860 may have come twice: one answer per request
        first = changes.browse([of_one[:1].id for of_one in changes.grouped("change_id").values()])
        first.write({"change_verdict": verdict})
        if verdict == "accepted":
            for change in first:
                change.order_id.write((change.asked or {}).get(DATES, {}))
        changes._end_change_cases()
        self.env["om.edi.map.865"]._owe(first)
        requests._om_edi_next()

    def _om_edi_next(self):
        # sudo: as in _om_edi_decided; the next change does not depend on who ended this one
        waiting = self.sudo().search(
            [
                ("order_id", "in", self.order_id.ids),
                ("source", "=", "edi"),
                ("state", "=", "draft"),
                ("om_edi_transaction_ids", "!=", False),
            ],
            order="id",
        )
        for of_order in waiting.grouped("order_id").values():
            of_order[:1]._om_edi_go_on()

    def action_om_open_edi(self):
        """Open the EDI documents of this request."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_transaction")
        return {**action, "domain": [("change_id", "=", self.id)], "context": {}}


class OmChangeRequestLine(models.Model):
    """What the 860 said of the line goes with it: later documents name it by its number."""

    _inherit = "om.change.request.line"

    om_po_line = fields.Char("PO Line", readonly=True)
    om_po_values = fields.Json(readonly=True)
    om_unit_id = fields.Many2one("uom.uom", "Unit of the New Line", readonly=True)

    def _om_create_line(self, sequence, unit):
        result = super()._om_create_line(sequence, self.om_unit_id or unit)
        if self.om_po_values:
            self.order_line_id.write(self.om_po_values)
        return result

    def _om_apply_line(self):
        result = super()._om_apply_line()
        if self.om_po_values and self.kind in ("quantity", "price") and self.order_line_id.om_po_line:
            said = {"quantity": "om_po_quantity", "price": "om_po_price"}[self.kind]
            if said in self.om_po_values:
                self.order_line_id[said] = self.om_po_values[said]
        return result
