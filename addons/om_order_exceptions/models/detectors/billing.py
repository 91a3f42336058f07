from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date

from ...detection import Finding, detector

# Lines of the draft with the order lines that they bill, down payments left out
BILLED = """
    SELECT FROM account_move_line line
      JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = line.id
      JOIN sale_order_line l ON l.id = link.order_line_id AND l.is_downpayment IS NOT TRUE
      JOIN product_product product ON product.id = l.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE line.move_id = m.id"""
DRAFT_INVOICE = "m.state = 'draft' AND m.move_type IN ('out_invoice', 'out_receipt')"


def _taxes_of(table, record, row):
    return (
        f"(SELECT array_agg(account_tax_id ORDER BY account_tax_id) FROM {table} WHERE {record} = {row}.id)"
    )


TAXES_DIFFER = (
    _taxes_of("account_move_line_account_tax_rel", "account_move_line_id", "line")
    + " IS DISTINCT FROM "
    + _taxes_of("account_tax_sale_order_line_rel", "sale_order_line_id", "l")
)


class AccountMove(models.Model):
    """Invoices: do they bill what was delivered, at the agreed price, and are they paid in full?"""

    _inherit = "account.move"

    @detector(
        "E-INV-OVER",
        fields=("state", "invoice_line_ids", "line_ids"),
        suspect_order=f"""
            {DRAFT_INVOICE} AND EXISTS ({BILLED} AND l.qty_invoiced > CASE template.invoice_policy
                WHEN 'delivery' THEN l.qty_delivered ELSE GREATEST(l.product_uom_qty, l.qty_delivered) END)
        """,
    )
    def _om_detect_over_invoiced(self):
        """More is invoiced than was delivered; or than ordered, where orders are billed (gap G12).

        Of several drafts the first one has the right to what is left.
        """
        findings = []
        for move in self:
            for line, entries in move._om_billed_lines().items():
                here = line._om_in_unit_of_order(entries)
                excess = move._om_over_invoiced(line)
                if here <= 0 or line.product_uom_id.compare(excess, 0) <= 0:
                    continue
                due = line._om_due()
                unit = line.product_uom_id.name
                numbers = {"due": due, "unit": unit, "before": due + excess - here}
                if line.product_id.invoice_policy == "delivery":
                    what = self.env._("%(due)g %(unit)s delivered, %(before)g invoiced already", **numbers)
                else:
                    what = self.env._("%(due)g %(unit)s ordered, %(before)g invoiced already", **numbers)
                findings.append(
                    Finding(
                        move,
                        found=self.env._(
                            "%(product)s: %(here)g %(unit)s invoiced",
                            product=line.product_id.display_name,
                            here=here,
                            unit=unit,
                        ),
                        expected=what,
                        line=line,
                        amount=excess * line.price_reduce_taxinc,
                        values={"order_id": line.order_id.id},
                    )
                )
        return findings

    def _om_over_invoiced(self, line):
        """By how much this document, with those before it, bills more of an order line than is due."""
        self.ensure_one()
        before = line._om_invoiced(
            lambda other: (
                other.state == "posted"
                or (other.state == "draft" and other.move_type == "out_invoice" and other.id < self.id)
            ),
            without=self,
        )
        return before + line._om_in_unit_of_order(self._om_billed_lines()[line]) - line._om_due()

    @detector(
        "E-INV-MISM",
        fields=("state", "invoice_line_ids", "line_ids", "currency_id"),
        suspect_order=f"""
            {DRAFT_INVOICE} AND EXISTS ({BILLED} AND (
                line.price_unit <> l.price_unit OR line.discount <> l.discount
                OR line.product_uom_id <> l.product_uom_id OR m.currency_id <> l.currency_id OR {TAXES_DIFFER}
            ))
        """,
    )
    def _om_detect_invoice_mismatch(self):
        """Price, discount, taxes or currency of an invoice line are not those that the order agreed."""
        findings = []
        for move in self:
            for line, entries in move._om_billed_lines().items():
                price = line.price_unit * (1 - line.discount / 100)
                for entry in entries:
                    billed = entry.product_uom_id._compute_price(
                        entry.price_unit * (1 - entry.discount / 100), line.product_uom_id
                    )
                    same_currency = move.currency_id == line.currency_id
                    difference = line.currency_id.round((billed - price) * line._om_in_unit_of_order(entry))
                    if same_currency and not difference and entry.tax_ids == line.tax_ids:
                        continue
                    taxes = entry.tax_ids != line.tax_ids
                    findings.append(
                        Finding(
                            move,
                            found=line._om_price_text(
                                billed, move.currency_id, entry.tax_ids if taxes else None
                            ),
                            expected=line._om_price_text(
                                price, line.currency_id, line.tax_ids if taxes else None
                            ),
                            key=str(entry.id),
                            line=line,
                            amount=abs(difference) if same_currency else entry.price_total,
                            values={"order_id": line.order_id.id},
                        )
                    )
        return findings

    @detector(
        "E-DED",
        fields=("state",),
        suspect_order="""
            m.state = 'posted' AND m.move_type = 'out_invoice' AND m.payment_state = 'partial'
            AND company.om_short_pay_percent > 0
            AND m.amount_residual <= m.amount_total * company.om_short_pay_percent / 100
        """,
    )
    def _om_detect_short_payment(self):
        """The customer has paid an invoice but for a little: a deduction, to be credited or collected."""
        findings = []
        for move in self:
            items = move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
            matched = items.matched_credit_ids.credit_move_id.move_id
            if not matched.filtered(lambda entry: entry.move_type != "out_refund"):
                continue
            paid = move.amount_total - move.amount_residual
            findings.append(
                Finding(
                    move,
                    found=self.env._(
                        "%(left)s not paid of %(total)s",
                        left=move.currency_id.format(move.amount_residual),
                        total=move.currency_id.format(move.amount_total),
                    ),
                    expected=self.env._(
                        "paid in full; %(paid)s came by %(payments)s",
                        paid=move.currency_id.format(paid),
                        payments=", ".join(matched.mapped("name")),
                    ),
                    amount=move.amount_residual,
                    values={"order_id": move._om_orders()[:1].id},
                )
            )
        return findings

    def _om_billed_lines(self):
        """``{order line: its lines on this invoice}``, down payments left out."""
        self.ensure_one()
        billed = {}
        for entry in self.invoice_line_ids:
            for line in entry.sale_line_ids:
                if not line.is_downpayment and line.product_id:
                    billed[line] = billed.get(line, self.env["account.move.line"]) | entry
        return billed


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_due(self):
        """Quantity that may be invoiced: delivered, or ordered where orders are billed."""
        self.ensure_one()
        if self.product_id.invoice_policy == "delivery":
            return self.qty_delivered
        return max(self.product_uom_qty, self.qty_delivered)

    def _om_in_unit_of_order(self, entries):
        """Quantity that invoice lines bill of this order line, in its unit."""
        self.ensure_one()
        return sum(
            entry.product_uom_id._compute_quantity(entry.quantity, self.product_uom_id, round=False)
            * self._om_share_of(entry)
            for entry in entries
        )

    def _om_share_of(self, entry):
        """Part of an invoice line that bills this order line: where it bills several, as much as is due."""
        lines = entry.sale_line_ids
        if len(lines) == 1:
            return 1.0
        due = {
            line: line.product_uom_id._compute_quantity(line._om_due(), entry.product_uom_id, round=False)
            for line in lines
        }
        total = sum(due.values())
        return due[self] / total if total > 0 else 1 / len(lines)

    def _om_invoiced(self, counts, without):
        """Quantity that invoices, less credit memos, bill of this line, in its unit.

        :param counts: function that says of an ``account.move`` whether it counts
        :param without: invoices that are left out
        """
        self.ensure_one()
        entries = self.invoice_lines.filtered(
            lambda entry: entry.move_id not in without and counts(entry.move_id)
        )
        return sum(self._om_in_unit_of_order(entry) * -entry.move_id.direction_sign for entry in entries)

    def _om_price_text(self, price, currency, taxes=None):
        """A price of this line for people; with taxes where these are named."""
        self.ensure_one()
        text = self.env._(
            "%(product)s: %(price)s per %(unit)s",
            product=self.product_id.display_name,
            price=currency.format(price),
            unit=self.product_uom_id.name,
        )
        if taxes is None:
            return text
        return f"{text}, {', '.join(taxes.mapped('name')) or self.env._('no tax')}"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @detector(
        "E-INV-LATE",
        suspect_order="""
            company.om_invoice_late_days > 0 AND o.state = 'sale' AND o.invoice_status = 'to invoice'
        """,
    )
    def _om_detect_late_invoice(self):
        """Goods have left more days ago than the company allows, and are not invoiced."""
        findings = []
        now = fields.Datetime.now()
        moves_of = self.order_line.move_ids.grouped("sale_line_id")
        for order in self.filtered(lambda order: order.state == "sale"):
            days = order.company_id.om_invoice_late_days
            lines = order.order_line.filtered(lambda line: line.qty_to_invoice > 0)
            shipped = [
                move.date
                for line in lines
                for move in moves_of.get(line, ())
                if move.state == "done" and move.location_dest_usage in ("customer", "transit")
            ]
            if not days or not shipped or min(shipped) >= now - timedelta(days=days):
                continue
            findings.append(
                Finding(
                    order,
                    found=self.env._(
                        "Shipped since %(date)s, not invoiced: %(products)s",
                        date=format_date(self.env, fields.Datetime.context_timestamp(self, min(shipped))),
                        products=", ".join(lines.product_id.mapped("display_name")),
                    ),
                    expected=self.env._("invoiced within %s days", days),
                    amount=sum(lines.mapped("untaxed_amount_to_invoice")),
                )
            )
        return findings

    def _create_invoices(self, grouped=False, final=False, date=None):
        invoices = super()._create_invoices(grouped=grouped, final=final, date=date)
        self._om_schedule_check({"E-INV-LATE"})
        return invoices
