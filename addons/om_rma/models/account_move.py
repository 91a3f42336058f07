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
        """Refuse credit memos of more than was invoiced; apply those of returns to their invoice.

        :raise UserError: E-CRN-OVER, with what was invoiced, credited and asked
        """
        refunds = self.filtered(lambda move: move.move_type == "out_refund")
        if refunds:
            # sudo: credit memos that this user may not see have taken their part all the same
            refunds.sudo()._om_check_credit()
        posted = super()._post(soft=soft)
        posted.filtered("om_rma_ids")._om_apply_to_invoice()
        return posted

    # --------------------------------------------------------------------------- over-credit guard

    def _om_check_credit(self):
        """Credit memos about to be posted, with those posted before, exceed neither

        * the total of the invoice that they reverse, nor its amount for a product,
        * the quantity and the amount that were invoiced of an order line.

        Goodwill that a returns manager has granted comes on top of the amounts; quantities of such a
        memo are free.
        """
        invoices = self.reversed_entry_id.filtered(lambda move: move.move_type == "out_invoice")
        sold = self.invoice_line_ids.sale_line_ids.filtered(
            lambda line: not line.is_downpayment and line.product_uom_qty >= 0
        )
        serialize(invoices)
        serialize(sold)
        for move in self:
            if move.om_goodwill_amount and not (move.om_goodwill_reason or "").strip():
                raise UserError(self.env._("%s: goodwill needs a reason.", move.display_name))
        for invoice in invoices:
            self._om_check_invoice(invoice)
        for line in sold:
            self._om_check_order_line(line)

    def _om_check_invoice(self, invoice):
        currency = invoice.currency_id
        memos = invoice.reversal_move_ids.filtered(
            lambda move: move.move_type == "out_refund" and (move.state == "posted" or move in self)
        )
        # Each memo rounds its taxes for itself: so many smallest coins are no over-credit.
        allowed = currency.rounding * len(memos) + sum(memo.om_goodwill_amount for memo in memos)
        before = sum(memo._om_amount_in(invoice) for memo in memos - self)
        asked = sum(memo._om_amount_in(invoice) for memo in memos & self)
        if currency.compare_amounts(before + asked, invoice.amount_total + allowed) > 0:
            self._om_refuse_credit(invoice.name, currency, invoice.amount_total, before, asked)
        billed, credited = defaultdict(float), defaultdict(float)
        for line in invoice.invoice_line_ids:
            billed[line.product_id] += line.price_subtotal
        for line in memos.filtered(lambda memo: memo.currency_id == currency).invoice_line_ids:
            credited[line.product_id or line.om_credited_line_id.product_id] += line.price_subtotal
        for product, amount in billed.items():
            if product and amount > 0 and currency.compare_amounts(credited[product], amount + allowed) > 0:
                self._om_refuse_credit(
                    f"{invoice.name}, {product.display_name}", currency, amount, 0.0, credited[product]
                )

    def _om_check_order_line(self, line):
        billed = billed_amount = before = before_amount = asked = asked_amount = allowed = 0.0
        currency = line.currency_id
        for entry in line.invoice_lines | line.invoice_lines.om_credit_line_ids:
            move = entry.move_id
            if move.state != "posted" and move not in self:
                continue
            # Rounding lines of our credit memos name the invoice line, but no order line: no quantity.
            quantity = line._om_in_unit(entry) if line in entry.sale_line_ids else 0.0
            amount = move.currency_id._convert(
                entry.price_subtotal, currency, move.company_id, move.invoice_date or fields.Date.today()
            )
            if move.move_type == "out_invoice":
                billed += quantity
                billed_amount += amount
            elif move.move_type == "out_refund":
                allowed += move.om_goodwill_amount + currency.rounding
                if move in self:
                    asked += quantity
                    asked_amount += amount
                else:
                    before += quantity
                    before_amount += amount
        what = f"{line.order_id.name}, {line.product_id.display_name or line.name}"
        granted = any(
            entry.move_id.om_goodwill_amount for entry in line.invoice_lines if entry.move_id in self
        )
        if not granted and line.product_uom_id.compare(before + asked, billed) > 0:
            raise UserError(
                self.env._(
                    "E-CRN-OVER %(what)s: %(billed)g %(unit)s invoiced, %(before)g credited already, "
                    "%(asked)g asked for. A credit memo can't be for more than was invoiced.",
                    what=what,
                    billed=billed,
                    unit=line.product_uom_id.name,
                    before=before,
                    asked=asked,
                )
            )
        if (
            billed_amount >= 0
            and currency.compare_amounts(before_amount + asked_amount, billed_amount + allowed) > 0
        ):
            self._om_refuse_credit(what, currency, billed_amount, before_amount, asked_amount)

    def _om_refuse_credit(self, what, currency, billed, before, asked):
        raise UserError(
            self.env._(
                "E-CRN-OVER %(what)s: %(billed)s invoiced, %(before)s credited already, %(asked)s asked for. "
                "A credit memo can't be for more than was invoiced, unless a returns manager grants the "
                "difference as goodwill.",
                what=what,
                billed=currency.format(billed),
                before=currency.format(before),
                asked=currency.format(asked),
            )
        )

    def _om_amount_in(self, invoice):
        """Total of this credit memo, positive, in the currency and at the rate of ``invoice``."""
        self.ensure_one()
        if self.currency_id == invoice.currency_id:
            return self.amount_total
        return abs(self.amount_total_signed) * invoice.invoice_currency_rate

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
