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
        return lines.filtered(lambda line: not line.is_downpayment).order_id

    def _post(self, soft=True):
        """Keep an invoice from being posted while its order's invoice gate is closed.

        A customer's payment that posts invoices never fails for it: the invoice stays in draft.

        :raise UserError: an order of one of the invoices is blocked; the message says why
        """
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        exceptions = self.env["om.exception"]
        blocked = (
            exceptions._blocked_orders(orders, "invoice") if (orders := invoices._om_orders()) else orders
        )
        if blocked and self.env.context.get("om_customer_confirms") is not INTERNAL:
            raise UserError(blocked._om_held_message("invoice"))
        waiting = (
            invoices.filtered(lambda move: move._om_orders() & blocked) if blocked else invoices.browse()
        )
        return super(AccountMove, self - waiting)._post(soft=soft)
