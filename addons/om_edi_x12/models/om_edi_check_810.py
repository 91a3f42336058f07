from itertools import accumulate

from odoo import api, models

from .om_edi_owed import Difference

CODE = "E-EDI-INV"
NOISE = 1e-4


class OmEdiMap810(models.AbstractModel):
    """The gate before an invoice (T9.6): it bills what was shipped, at the agreed price, or it is not sent.

    Goods only are held against deliveries. With those before it an invoice may bill all that has left, or
    what had left after one of the deliveries: it need not wait for the next one.
    """

    _inherit = "om.edi.map.810"

    @api.model
    def _differences_of(self, bills, invoice, bill):
        """
        :param bills: ``Bills`` that know this invoice
        :param bill: its ``x12.Invoice``
        :return: list of ``Difference``
        """
        return [
            *self._without_po(invoice),
            *self._wrong_quantities(invoice),
            *self._wrong_prices(invoice),
            *self._wrong_units(bills, invoice),
            *self._wrong_total(invoice, bill),
        ]

    @api.model
    def _without_po(self, invoice):
        if invoice.om_edi_order_id.client_order_ref:
            return []
        found = self.env._("%s names no PO number", invoice.name)
        return [Difference(CODE, "po", found, self.env._("the customer's reference on the order"))]

    @api.model
    def _wrong_quantities(self, invoice):
        differences = []
        for line, shipped in invoice._om_edi_shipments().items():
            billed = invoice._om_edi_billed(line)
            sums = [line.qty_delivered, *accumulate(quantity for _picking, quantity in shipped)]
            if any(abs(billed - quantity) < NOISE for quantity in sums):
                continue
            numbers = {"billed": billed, "shipped": line.qty_delivered, "unit": line.product_uom_id.name}
            differences.append(
                Difference(
                    CODE,
                    f"quantity:{line.id}",
                    self.env._(
                        "%(product)s: %(billed)g %(unit)s billed",
                        product=line.product_id.display_name,
                        **numbers,
                    ),
                    self.env._("%(shipped)g %(unit)s shipped", **numbers),
                    line,
                )
            )
        return differences

    @api.model
    def _wrong_prices(self, invoice):
        differences = []
        digits = self.env["decimal.precision"].precision_get("Product Price")
        for line, entries in invoice._om_billed_lines().items():
            if not line._om_with_agreed_price():
                continue
            agreed = line.om_agreed_price * (1 - line.om_agreed_discount / 100)
            for entry in entries:
                price = entry.product_uom_id._compute_price(
                    entry.price_unit * (1 - entry.discount / 100), line.product_uom_id
                )
                currency = invoice.currency_id
                if currency == line.currency_id and abs(price - agreed) < 0.5 * 10**-digits:
                    continue
                differences.append(
                    Difference(
                        CODE,
                        f"price:{entry.id}",
                        line._om_price_text(price, currency),
                        self.env._("%s agreed", line._om_price_text(agreed, line.currency_id)),
                        line,
                    )
                )
        return differences

    @api.model
    def _wrong_units(self, bills, invoice):
        billed = invoice._om_billed_lines()
        lines = invoice.env["sale.order.line"].union(*billed)
        wrong = (lines & bills.wrong_units) | lines.filtered(
            lambda line: any(entry.product_uom_id != line.product_uom_id for entry in billed[line])
        )
        return [
            Difference(
                CODE,
                f"unit:{line.id}",
                self.env._(
                    "%(product)s in %(unit)s",
                    product=line.product_id.display_name,
                    unit=billed[line].product_uom_id[:1].name,
                ),
                self.env._("ordered in %s", line.om_po_unit or line.product_uom_id.name),
                line,
            )
            for line in wrong
        ]

    @api.model
    def _wrong_total(self, invoice, bill):
        """Lines, charges and taxes against TDS01: a coin per line is rounding."""
        added = sum((line.quantity or 0) * (line.price or 0) for line in bill.lines)
        added += sum((charge.amount or 0) * (1 if charge.indicator == "C" else -1) for charge in bill.charges)
        added += sum(tax.amount or 0 for tax in bill.taxes)
        coins = invoice.currency_id.rounding * (len(bill.lines) + 1)
        if abs(float(added - bill.total)) <= coins:
            return []
        return [
            Difference(
                CODE,
                "total",
                self.env._("total %s", invoice.currency_id.format(float(bill.total))),
                self.env._("%s as lines, charges and taxes add up", invoice.currency_id.format(float(added))),
            )
        ]


class AccountMove(models.Model):
    """What the goods of an invoice's lines are held against."""

    _inherit = "account.move"

    def _om_edi_shipments(self):
        """Deliveries of the goods that this invoice bills: ``{order line: [(picking, quantity)]}``.

        In the sequence in which they left, in the unit of the order line; what came back to be credited
        counts less.
        """
        self.ensure_one()
        lines = self.env["sale.order.line"].union(*self._om_billed_lines())
        shipments = {}
        for line in lines.filtered(lambda line: line.qty_delivered_method == "stock_move"):
            out, back = line._get_outgoing_incoming_moves()
            done = (out | back).filtered(lambda move: move.state == "done")
            shipments[line] = [
                (move.picking_id, line._om_quantity_of(move, move.quantity) * (1 if move in out else -1))
                for move in done.sorted(lambda move: (move.date, move.id))
            ]
        return shipments

    def _om_edi_billed(self, line):
        """What posted invoices up to this one bill of an order line, less credit memos, in its unit."""
        self.ensure_one()
        return line._om_invoiced(
            lambda other: other.state == "posted" and other.id <= self.id, without=self.browse()
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _om_edi_net_price(self):
        """Price per unit after discount, without taxes that it may include."""
        self.ensure_one()
        if self.quantity and any(tax.price_include for tax in self.tax_ids):
            return self.price_subtotal / self.quantity
        return self.price_unit * (1 - self.discount / 100)
