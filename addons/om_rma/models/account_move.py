from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..serialize import serialize

GOODWILL = frozenset(("om_goodwill_amount", "om_goodwill_reason"))


class AccountMove(models.Model):
    """Credit memos: at the invoice's rate, to the cent, and never for more than was invoiced."""

    _inherit = "account.move"

    om_goodwill_amount = fields.Monetary(
        "Goodwill",
        copy=False,
        tracking=True,
        help="By how much this credit memo may exceed what is left of the invoice, taxes included.",
    )
    om_goodwill_reason = fields.Char("Goodwill Reason", copy=False, tracking=True)
    # sudo: whoever may read the document sees how many returns it has; opening them takes their rights
    om_rma_ids = fields.Many2many(
        "om.rma", compute="_compute_om_rma_ids", compute_sudo=True, string="Return Authorisations"
    )
    om_rma_count = fields.Integer(compute="_compute_om_rma_ids", compute_sudo=True)

    @api.depends("invoice_line_ids.om_rma_line_id")
    def _compute_om_rma_ids(self):
        for move in self:
            move.om_rma_ids = move.invoice_line_ids.om_rma_line_id.rma_id
            move.om_rma_count = len(move.om_rma_ids)

    @api.depends("reversed_entry_id", "move_type")
    def _compute_invoice_currency_rate(self):
        """A credit memo takes the rate of the invoice that it reverses (company setting)."""
        result = super()._compute_invoice_currency_rate()
        for move in self:
            origin = move.reversed_entry_id
            if (
                move.move_type == "out_refund"
                and origin.invoice_currency_rate
                and origin.currency_id == move.currency_id
                and move.company_id.om_credit_original_rate
            ):
                move.invoice_currency_rate = origin.invoice_currency_rate
        return result

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._om_check_goodwill(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._om_check_goodwill(vals)
        result = super().write(vals)
        if "om_goodwill_amount" in vals:
            self._om_schedule_check({"E-CRN-OVER"})
        return result

    def _om_credit_granted(self):
        """Goodwill is no over-credit."""
        return super()._om_credit_granted() + self.om_goodwill_amount

    def _om_check_goodwill(self, vals):
        if any(vals.get(name) for name in GOODWILL) and not (
            self.env.su or self.env.user.has_group("om_rma.group_returns_manager")
        ):
            raise AccessError(self.env._("Only returns managers grant goodwill."))

    def action_om_view_rmas(self):
        """Open the returns that this credit memo settles."""
        self.ensure_one()
        return self.env["om.rma"]._records_action(self.om_rma_ids, self.env._("Returns of %s", self.name))

    def _post(self, soft=True):
        """Post credit memos one transaction at a time; apply those of returns to their invoice.

        That they are for no more than was invoiced is the invoice gate's business (E-CRN-OVER).

        :raise UserError: goodwill without a reason
        """
        # sudo: credit memos that this user may not see have taken their part all the same
        memos = self.filtered(lambda move: move.move_type == "out_refund").sudo()
        for memo in memos:
            if memo.om_goodwill_amount and not (memo.om_goodwill_reason or "").strip():
                raise UserError(self.env._("%s: goodwill needs a reason.", memo.display_name))
        serialize(memos._om_credited_invoice())
        serialize(memos.invoice_line_ids.sale_line_ids)
        posted = super()._post(soft=soft)
        posted.filtered("om_rma_ids")._om_apply_to_invoice()
        return posted

    # ----------------------------------------------------------------- to the cent of the invoice

    def _om_round_to_invoice(self):
        """Make partial credits of an invoice add up to it: amount and each tax.

        This memo's amount is round(all that is credited to date) - what was credited before. So three
        single returns of an invoice of 3 @ 33.33 with 7.25 % tax (7.25) give 2.42, 2.41 and 2.42.
        """
        self.ensure_one()
        invoice, currency = self.reversed_entry_id, self.currency_id
        siblings = invoice.reversal_move_ids.filtered(lambda move: move.state != "cancel")
        credits = siblings.invoice_line_ids.filtered("om_credited_line_id")
        to_date, credited = defaultdict(float), defaultdict(float)
        for credit in credits:
            credited[credit.om_credited_line_id] += credit.price_subtotal
            if credit.om_rma_line_id:  # a rounding line has an amount, but no quantity
                to_date[credit.om_credited_line_id] += credit.quantity
        amounts, taxes = invoice._om_amounts_of(to_date)
        roundings = [
            Command.create(
                {
                    "om_credited_line_id": billed.id,
                    "name": self.env._("Rounding"),
                    "quantity": 1.0,
                    "price_unit": amounts[billed] - credited[billed],
                    "tax_ids": [Command.clear()],
                    "account_id": billed.account_id.id,
                }
            )
            for billed in self.invoice_line_ids.om_credited_line_id
            if not currency.is_zero(amounts[billed] - credited[billed])
        ]
        if roundings:
            self.write({"invoice_line_ids": roundings})
        before = defaultdict(float)
        for tax_line in (credits.move_id - self).line_ids.filtered("tax_line_id"):
            before[tax_line.tax_line_id] += tax_line.amount_currency
        corrections = []
        for tax, tax_lines in self.line_ids.filtered("tax_line_id").grouped("tax_line_id").items():
            difference = taxes[tax] - before[tax] - sum(tax_lines.mapped("amount_currency"))
            if not currency.is_zero(difference):
                largest = max(tax_lines, key=lambda line: abs(line.amount_currency))
                corrections.append(
                    Command.update(largest.id, {"amount_currency": largest.amount_currency + difference})
                )
        if corrections:
            self.write({"line_ids": corrections})

    def _om_amounts_of(self, quantities):
        """What ``quantities`` of this invoice's lines amount to, rounded as the invoice is.

        :param quantities: ``{invoice line: quantity}``
        :return: ``({invoice line: amount without tax}, {tax: amount})``, document currency, positive
        """
        self.ensure_one()
        engine = self.env["account.tax"]
        base_lines = [
            engine._prepare_base_line_for_taxes_computation(
                line, quantity=quantity, rate=self.invoice_currency_rate, sign=1
            )
            for line, quantity in quantities.items()
        ]
        engine._add_tax_details_in_base_lines(base_lines, self.company_id)
        engine._round_base_lines_tax_details(base_lines, self.company_id)
        amounts, taxes = {}, defaultdict(float)
        for base_line in base_lines:
            details = base_line["tax_details"]
            amounts[base_line["record"]] = (
                details["total_excluded_currency"] + details["delta_total_excluded_currency"]
            )
            for tax_data in details["taxes_data"]:
                taxes[tax_data["tax"]] += tax_data["tax_amount_currency"]
        return amounts, taxes

    def _om_apply_to_invoice(self):
        """Settle the open part of the original invoice with its credit memo."""
        for memo in self:
            open_items = (memo | memo.reversed_entry_id).line_ids.filtered(
                lambda line: line.account_type == "asset_receivable" and not line.reconciled
            )
            for items in open_items.grouped("account_id").values():
                if len(items.move_id) > 1:
                    items.reconcile()
