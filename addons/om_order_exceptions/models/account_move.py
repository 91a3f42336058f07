from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

from ..stages import INTERNAL


class AccountMove(models.Model):
    """Invoice gate."""

    _inherit = "account.move"

    def _om_orders(self):
        """Orders that these invoices bill, down payments left out."""
        # sudo: billing people may not read orders
        lines = self.sudo().invoice_line_ids.sale_line_ids
        return lines.filtered(lambda line: not line.is_downpayment or line.product_uom_qty).order_id

    def _om_blocked(self):
        """The invoices among these for which the invoice gate is closed."""
        invoices = self.filtered(lambda move: move.move_type in ("out_invoice", "out_receipt"))
        orders = invoices._om_orders()
        if not orders:
            return self.browse()
        orders._om_settle_checks()
        blocked = self.env["om.exception"]._blocked_orders(orders, "invoice")
        return invoices.filtered(lambda move: move._om_orders() & blocked) if blocked else self.browse()

    def _om_invoice_hold_message(self):
        """Why these invoices can't be posted, for a person."""
        return self._om_orders()._om_held_message("invoice")

    def write(self, vals):
        """Invoice gate: an invoice is not posted by a mere write of its state."""
        if vals.get("state") == "posted" and self.env.context.get("om_posting") is not INTERNAL:
            drafts = self.filtered(lambda move: move.state != "posted")
            if blocked := drafts._om_blocked():
                raise UserError(blocked._om_invoice_hold_message())
        return super().write(vals)

    def _post(self, soft=True):
        """Keep an invoice from being posted while its order's invoice gate is closed.

        Of several invoices the free ones are posted; the others stay drafts, and say why in their log.
        A customer's payment that posts invoices never fails for it: the invoice stays in draft.

        :raise UserError: none of these can be posted for an open exception; the message says which
        """
        waiting = self._om_blocked()
        if waiting and self.env.context.get("om_customer_confirms") is not INTERNAL:
            if waiting == self:
                raise UserError(waiting._om_invoice_hold_message())
            waiting._message_log_batch(
                {move.id: Markup("<p>%s</p>") % move._om_invoice_hold_message() for move in waiting}
            )
        free = (self - waiting).with_context(om_posting=INTERNAL)
        return super(AccountMove, free)._post(soft=soft).with_env(self.env)
