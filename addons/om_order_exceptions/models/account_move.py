from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..stages import GATES, INTERNAL

# What is looked at once more before a document is posted
POST_CODES = frozenset(("E-INV-OVER", "E-INV-MISM", "E-CRN-OVER"))


class AccountMove(models.Model):
    """Invoice gate."""

    _inherit = "account.move"

    def _om_orders(self):
        """Orders that these invoices bill, down payments left out."""
        # sudo: billing people may not read orders
        lines = self.sudo().invoice_line_ids.sale_line_ids
        return lines.filtered(lambda line: not line.is_downpayment or line.product_uom_qty).order_id

    def _om_blocking_cases(self):
        """Open exceptions that keep these invoices and credit memos from being posted.

        What blocks an order at the invoice gate blocks all its invoices, but no credit memo; what is
        wrong with one document blocks this document alone.
        """
        invoices = self.filtered(lambda move: move.move_type in ("out_invoice", "out_receipt"))
        orders = invoices._om_orders()
        orders._om_settle_checks()
        of_documents = Domain("res_model", "=", self._name)
        # sudo: a gate is closed for everybody, also for those who may not read exceptions
        return (
            self.env["om.exception"]
            .sudo()
            .search(
                Domain("is_open", "=", True)
                & Domain("blocks", "in", GATES["invoice"])
                & (
                    (of_documents & Domain("res_id", "in", self.ids))
                    | (~of_documents & Domain("order_id", "in", orders.ids))
                )
            )
        )

    def _om_cases_of(self, cases):
        """Those of ``cases`` that block this document."""
        self.ensure_one()
        orders = self._om_orders() if self.move_type in ("out_invoice", "out_receipt") else ()
        return cases.filtered(
            lambda case: case.res_id == self.id if case.res_model == self._name else case.order_id in orders
        )

    def _om_blocked(self):
        """Which of these documents the invoice gate stops: ``{document: exceptions that stop it}``.

        The documents are looked at now: what was edited in the same transaction counts.
        """
        documents = self._om_checkable()
        if not documents:
            return {}
        documents._om_check(POST_CODES)
        cases = documents._om_blocking_cases()
        return {document: of for document in documents if (of := document._om_cases_of(cases))}

    def _om_invoice_hold_message(self, blocked):
        """Why these documents can't be posted, for a person: what, where, and what to do."""
        reasons = "\n".join(
            f"{case.document_ref}: {case.type_id.display_name}: "
            + (
                self.env._("%(found)s (expected: %(expected)s)", found=case.found, expected=case.expected)
                if case.expected
                else case.found or ""
            )
            for move in self
            for case in blocked[move]
        )
        return self.env._(
            "Held by open exceptions:\n%(reasons)s\n"
            "Correct the document or the order, or resolve them in the work queue of Order Management.",
            reasons=reasons,
        )

    def write(self, vals):
        """Invoice gate: an invoice is not posted by a mere write of its state."""
        if vals.get("state") == "posted" and self.env.context.get("om_posting") is not INTERNAL:
            self.filtered(lambda move: move.state != "posted")._om_refuse_blocked()
        return super().write(vals)

    def _om_refuse_blocked(self):
        """
        :raise UserError: one of these bills an order that is blocked; the message says why
        """
        if blocked := self._om_blocked():
            raise UserError(self.browse().union(*blocked)._om_invoice_hold_message(blocked))

    def _post(self, soft=True):
        """Keep an invoice from being posted while its order's invoice gate is closed.

        Of several invoices the free ones are posted; the others stay drafts, and say why in their log.
        A customer's payment that posts invoices never fails for it: the invoice stays in draft.

        :raise UserError: none of these can be posted for an open exception; the message says which
        """
        blocked = self._om_blocked()
        waiting = self.browse().union(*blocked)
        if waiting and self.env.context.get("om_customer_confirms") is not INTERNAL:
            if waiting == self:
                raise UserError(waiting._om_invoice_hold_message(blocked))
            waiting._message_log_batch(
                {move.id: Markup("<p>%s</p>") % move._om_invoice_hold_message(blocked) for move in waiting}
            )
        free = (self - waiting).with_context(om_posting=INTERNAL)
        return super(AccountMove, free)._post(soft=soft).with_env(self.env)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        """Invoice gate: what was billed to nobody is not made a blocked order's invoice afterwards."""
        result = super().write(vals)
        if "sale_line_ids" in vals:
            self.move_id.filtered(lambda move: move.state == "posted")._om_refuse_blocked()
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def write(self, vals):
        """Invoice gate: the same from the order's side."""
        result = super().write(vals)
        if "invoice_lines" in vals:
            self.invoice_lines.move_id.filtered(lambda move: move.state == "posted")._om_refuse_blocked()
        return result
