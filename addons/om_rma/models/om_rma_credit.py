from collections import defaultdict

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command


class OmRma(models.Model):
    """Credit memos of what came back: one draft per original invoice, for review, then posted."""

    _inherit = "om.rma"

    def _credit_memos(self):
        """Credit memos of these returns that are not cancelled. The caller answers for the rights."""
        return self.line_ids.credit_line_ids.move_id.filtered(lambda move: move.state != "cancel")

    def action_credit(self):
        """Draft the credit memos of what was received and billed, and is not credited yet.

        :raise AccessError: the caller is no returns clerk
        :raise UserError: there is nothing to credit
        """
        if not self.env.su and not self.env.user.has_group("om_rma.group_returns_clerk"):
            raise AccessError(self.env._("Only returns clerks prepare credit memos."))
        self.check_access("write")
        # sudo: clerks prepare drafts out of posted invoices without a right on accounting as a whole;
        # posting them takes that right
        memos = self.filtered("can_credit").line_ids.sudo()._create_credit_memos()
        if not memos:
            raise UserError(
                self.env._(
                    "There is nothing to credit: goods have to be received, and billed by a posted invoice."
                )
            )
        return self.action_view_credit_memos() if len(self) == 1 else True

    def action_post_credit_memos(self):
        """Post the drafted credit memos with the caller's own accounting rights."""
        # sudo: only finds the ids
        drafts = self.sudo()._credit_memos().filtered(lambda move: move.state == "draft").sudo(self.env.su)
        if not drafts:
            raise UserError(self.env._("There is no credit memo in draft."))
        drafts.action_post()
        return True


class OmRmaLine(models.Model):
    _inherit = "om.rma.line"

    def _create_credit_memos(self):
        """Draft one credit memo per original invoice for what these lines have to credit.

        Price, discount, taxes, account, currency and rate are those of the invoice lines, the oldest
        invoice first. Parts of an invoice line add up to it to the cent, also their taxes.

        :return: the new ``account.move``
        """
        parts = defaultdict(list)
        owed = self.order_line_id._om_billed_excess()
        free = {}
        for line in self.filtered("quantity_to_credit"):
            sold = line.order_line_id
            wanted = min(
                line.product_uom_id._compute_quantity(
                    line.quantity_to_credit, sold.product_uom_id, round=False
                ),
                owed[sold.id],
            )
            if sold not in free:
                free[sold] = sold._om_creditable()
            for billed, left in free[sold].items():
                quantity = min(wanted, left)
                if quantity <= 0 or line._is_zero(quantity):
                    continue
                free[sold][billed] -= quantity
                owed[sold.id] -= quantity
                wanted -= quantity
                parts[billed.move_id].append((line, billed, quantity))
        memos = self.env["account.move"].create(
            [self._prepare_credit_memo(invoice, found) for invoice, found in parts.items()]
        )
        for memo in memos:
            memo._om_round_to_invoice()
        return memos

    def _prepare_credit_memo(self, invoice, parts):
        """Values of the credit memo of ``parts`` of ``invoice``.

        :param parts: ``[(RMA line, invoice line, quantity in the order line's unit)]``
        """
        rmas = self.browse().rma_id.concat(*(line.rma_id for line, _billed, _quantity in parts))
        names = ", ".join(dict.fromkeys(rmas.mapped("name")))
        return {
            "move_type": "out_refund",
            "reversed_entry_id": invoice.id,
            "partner_id": invoice.partner_id.id,
            "partner_shipping_id": invoice.partner_shipping_id.id,
            "currency_id": invoice.currency_id.id,
            "journal_id": invoice.journal_id.id,
            "company_id": invoice.company_id.id,
            "fiscal_position_id": invoice.fiscal_position_id.id,
            "invoice_user_id": invoice.invoice_user_id.id,
            "team_id": invoice.team_id.id,
            "invoice_origin": names,
            "invoice_payment_term_id": False,
            "ref": invoice.with_context(lang=invoice.partner_id.lang).env._(
                "Return %(returns)s of %(invoice)s", returns=names, invoice=invoice.name
            ),
            "invoice_line_ids": [
                Command.create(
                    {
                        "om_rma_line_id": line.id,
                        "om_credited_line_id": billed.id,
                        "product_id": billed.product_id.id,
                        "name": billed.name,
                        "quantity": line.order_line_id.product_uom_id._compute_quantity(
                            quantity, billed.product_uom_id, rounding_method="HALF-UP"
                        ),
                        "product_uom_id": billed.product_uom_id.id,
                        "price_unit": billed.price_unit,
                        "discount": billed.discount,
                        "tax_ids": [Command.set(billed.tax_ids.ids)],
                        "account_id": billed.account_id.id,
                        "analytic_distribution": billed.analytic_distribution,
                        "sale_line_ids": [Command.set(billed.sale_line_ids.ids)],
                    }
                )
                for line, billed, quantity in parts
            ],
        }
