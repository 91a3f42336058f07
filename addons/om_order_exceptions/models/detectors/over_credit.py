from collections import defaultdict

from odoo import fields, models

from ...detection import Finding, detector


class AccountMove(models.Model):
    """Credit memos, with those before them, are for no more than was invoiced (gap G13).

    They are held against the total of the invoice that they reverse, its amount for each product, and
    what was invoiced of each order line, in this order; the first that is exceeded is the exception.
    Before a memo come those that are posted, and drafts that are older: of several drafts the first one
    has the right to what is left.
    """

    _inherit = "account.move"

    @detector(
        "E-CRN-OVER",
        fields=("state", "invoice_line_ids", "line_ids", "reversed_entry_id"),
        suspect_order="""
            m.state = 'draft' AND m.move_type = 'out_refund' AND (
                m.reversed_entry_id IS NOT NULL OR EXISTS (
                    SELECT FROM account_move_line line
                      JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = line.id
                     WHERE line.move_id = m.id
                )
            )
        """,
    )
    def _om_detect_over_credited(self):
        """A credit memo, with those before it, is for more than was invoiced (gap G13)."""
        found = (
            memo._om_over_credit_of_invoice()
            or memo._om_over_credit_of_product()
            or memo._om_over_credit_of_order_line()
            for memo in self
        )
        return [finding for finding in found if finding]

    # --------------------------------------------------------------------------- against the invoice

    def _om_over_credit_of_invoice(self):
        invoice = self._om_credited_invoice()
        before = self._om_credits_before(invoice.reversal_move_ids)
        credited = sum(memo._om_amount_in(invoice) for memo in before)
        return self._om_over_credit(
            invoice.currency_id,
            billed=invoice.amount_total,
            before=credited,
            asked=self._om_amount_in(invoice) if invoice else 0.0,
            slack=self._om_credit_slack(before, invoice.currency_id),
            what=invoice.name,
        )

    def _om_over_credit_of_product(self):
        invoice = self._om_credited_invoice()
        currency = invoice.currency_id
        before = self._om_credits_before(invoice.reversal_move_ids)
        # sums of products in several currencies can't be held against each other
        before = before.filtered(lambda memo: memo.currency_id == currency)
        if self.currency_id != currency:
            return None
        billed, credited, asked = (
            moves._om_amounts_by_product() for moves in (invoice, before, self.browse(self.id))
        )
        slack = self._om_credit_slack(before, currency)
        for product, amount in asked.items():
            if billed.get(product, 0.0) > 0 and (
                finding := self._om_over_credit(
                    currency,
                    billed=billed[product],
                    before=credited.get(product, 0.0),
                    asked=amount,
                    slack=slack,
                    what=f"{invoice.name}, {product.display_name}",
                    key=f"product {product.id}",
                )
            ):
                return finding
        return None

    def _om_amounts_by_product(self):
        """``{product: amount without taxes}`` of these documents, in their currency."""
        amounts = defaultdict(float)
        for line in self.invoice_line_ids:
            if product := line._om_credited_product():
                amounts[product] += line.price_subtotal
        return amounts

    def _om_credited_invoice(self):
        """The customer invoice that this credit memo reverses."""
        return self.reversed_entry_id.filtered(lambda move: move.move_type == "out_invoice")

    def _om_amount_in(self, invoice):
        """Total of this credit memo, positive, in the currency and at the rate of ``invoice``."""
        self.ensure_one()
        if self.currency_id == invoice.currency_id:
            return self.amount_total
        return abs(self.amount_total_signed) * invoice.invoice_currency_rate

    # ------------------------------------------------------------------------ against the order line

    def _om_over_credit_of_order_line(self):
        for line in self.invoice_line_ids.sale_line_ids:
            if line.is_downpayment or line.product_uom_qty < 0:
                continue
            finding = self._om_over_credited_quantity(line) or self._om_over_credited_amount(line)
            if finding:
                return finding
        return None

    def _om_over_credited_quantity(self, line):
        if self._om_credit_granted():
            return None  # an amount was granted, not a quantity
        billed, before, asked = (
            line._om_in_unit_of_order(entries & line.invoice_lines) for entries in self._om_entries_of(line)
        )
        if line.product_uom_id.compare(before + asked, billed) <= 0:
            return None
        numbers = {"asked": asked, "before": before, "billed": billed, "unit": line.product_uom_id.name}
        return Finding(
            self,
            found=self.env._("%(asked)g %(unit)s credited, %(before)g before", **numbers),
            expected=self.env._(
                "%(what)s: %(billed)g %(unit)s invoiced", what=line._om_credit_text(), **numbers
            ),
            key=f"line {line.id}",
            line=line,
            amount=(before + asked - billed) * line.price_reduce_taxinc,
            values={"order_id": line.order_id.id},
        )

    def _om_over_credited_amount(self, line):
        currency = line.currency_id
        billed, before, asked = (
            sum(
                entry.currency_id._convert(
                    entry.price_subtotal, currency, entry.company_id, entry.move_id.invoice_date or today
                )
                * (line._om_share_of(entry) if line in entry.sale_line_ids else 1.0)
                for entry in entries
            )
            for today in (fields.Date.context_today(self),)
            for entries in self._om_entries_of(line)
        )
        if billed < 0:
            return None
        earlier = self._om_entries_of(line)[1].move_id
        return self._om_over_credit(
            currency,
            billed=billed,
            before=before,
            asked=asked,
            slack=self._om_credit_slack(earlier, currency),
            what=line._om_credit_text(),
            key=f"line {line.id}",
            line=line,
        )

    def _om_entries_of(self, line):
        """What was posted as invoiced of an order line, credited before, and is credited here."""
        entries = line._om_credit_entries()
        before = self._om_credits_before(entries.move_id)
        return (
            entries.filtered(lambda e: e.move_id.move_type == "out_invoice" and e.parent_state == "posted"),
            entries.filtered(lambda e: e.move_id in before),
            entries.filtered(lambda e: e.move_id == self),
        )

    # ------------------------------------------------------------------------------------- in common

    def _om_credits_before(self, moves):
        """Credit memos among ``moves`` that count before this one."""
        return moves.filtered(
            lambda move: (
                move != self
                and move.move_type == "out_refund"
                and (move.state == "posted" or (move.state == "draft" and move.id < self.id))
            )
        )

    def _om_credit_granted(self):
        """By how much this credit memo may exceed what was invoiced: what another addon has granted."""
        return 0.0

    def _om_credit_slack(self, before, currency):
        """Each memo rounds its taxes for itself: so many smallest coins are no over-credit."""
        return sum(currency.rounding + memo._om_credit_granted() for memo in before | self)

    def _om_over_credit(self, currency, billed, before, asked, slack, what, key="", line=None):
        """The finding that more is credited than was billed, or ``None``."""
        if not currency or currency.compare_amounts(before + asked, billed + slack) <= 0:
            return None
        order = line.order_id if line else self._om_orders()[:1]
        return Finding(
            self,
            found=self.env._(
                "%(asked)s credited, %(before)s before",
                asked=currency.format(asked),
                before=currency.format(before),
            ),
            expected=self.env._(
                "%(billed)s invoiced with %(what)s", billed=currency.format(billed), what=what
            ),
            key=key,
            line=line,
            amount=before + asked - billed,
            values={"order_id": order.id},
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _om_credited_product(self):
        """Product that this line bills or credits; an addon knows it of lines that name none."""
        return self.product_id


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_credit_entries(self):
        """Lines of invoices and credit memos that count for what is billed of this order line."""
        return self.invoice_lines

    def _om_credit_text(self):
        self.ensure_one()
        return f"{self.order_id.name}, {self.product_id.display_name or self.name}"
