from collections import defaultdict

from odoo import models

BILLED = {"out_invoice": "invoiced", "out_refund": "credited"}


class AccountMove(models.Model):
    """What invoices tell the timeline of their orders."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._om_log_billed()
        return posted

    def button_draft(self):
        """An invoice that is taken back bills nothing: its quantities are taken back, too."""
        posted = self.filtered(lambda move: move.state == "posted")
        result = super().button_draft()
        posted._om_log_billed(taken_back=True)
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        for invoice in self.filtered(lambda m: m.move_type == "out_invoice" and m.payment_state == "paid"):
            self.env["om.order.event"]._log("paid", invoice._om_orders(), note=invoice.name, source=invoice)
        return result

    def _om_log_billed(self, taken_back=False):
        """Log per order line what these invoices and credit memos bill, down payments left out."""
        for move in self.filtered(lambda move: move.move_type in BILLED):
            quantities = defaultdict(float)
            # sudo: billing people may not read orders
            for line in move.sudo().invoice_line_ids.filtered("product_uom_id"):
                sold = line.sale_line_ids.filtered(
                    lambda sold: sold.product_uom_id and not sold.is_downpayment
                )
                for order_line in sold:
                    quantities[order_line] += line.product_uom_id._compute_quantity(
                        -line.quantity if taken_back else line.quantity,
                        order_line.product_uom_id,
                        round=False,
                    )
            note = self.env._("%s taken back", move.name) if taken_back else move.name
            self.env["om.order.event"]._log_lines(BILLED[move.move_type], quantities, note=note, source=move)
