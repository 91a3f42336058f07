from functools import partial

from odoo import api, fields, models

from .. import x12
from .om_edi_map_855 import number
from .om_edi_owed import Owed
from .om_edi_traced import Traced

FREIGHT, SERVICE, DISCOUNT = "D240", "G740", "C310"
# REF in the header of an 810: twelve at most, one is the order's
MOST_DELIVERIES = 11


class OmEdiMap810(models.AbstractModel):
    """810 Invoice out: what was invoiced, line by line, at the net price per unit."""

    _name = "om.edi.map.810"
    _inherit = "om.edi.map"
    _description = "EDI Map: 810"

    _om_trace_out = (
        Traced("BIG01", "move_id.invoice_date"),
        Traced("BIG02", "move_id.name"),
        Traced("BIG04", "order_id.client_order_ref"),
        Traced("CUR02", "move_id.currency_id"),
        Traced("REF02", "order_id.name", ("VN",)),
        Traced("ITD03", "move_id.invoice_payment_term_id.discount_percentage"),
        Traced("ITD06", "move_id.invoice_date_due"),
        Traced("DTM02", "order_id.picking_ids.date_done", ("011",)),
        Traced("TDS01", "move_id.amount_total", anywhere=True),
        Traced("TXI02", "move_id.amount_tax", ("TX",), anywhere=True),
        Traced("CAD04", "order_id.picking_ids.om_carrier_scac", anywhere=True),
    )
    _om_trace_out_lines = (
        "IT1",
        (
            Traced("IT102", "invoice_lines.quantity"),
            Traced("IT103", "om_po_unit"),
            Traced("IT104", "invoice_lines.price_unit"),
        ),
    )

    @api.model
    def _owe(self, moves):
        """Owe the 810s of posted invoices whose orders came from a trading partner that wants them."""
        # sudo: billing people may not read orders
        moves = moves.sudo().filtered(lambda move: move.om_edi_order_id.om_edi_partner_id)
        self._owe_credits(moves.filtered(lambda move: move.move_type == "out_refund"))
        invoices = moves.filtered(
            lambda move: (
                move.move_type == "out_invoice" and move.om_edi_order_id.om_edi_partner_id._sends("810")
            )
        )
        bills = Bills(invoices)
        self.env["om.edi.transaction"]._owe_all(
            "810",
            [
                Owed(
                    invoice.om_edi_order_id.om_edi_partner_id,
                    invoice.name,
                    partial(bills.invoice, invoice),
                    {"order_id": invoice.om_edi_order_id.id, "move_id": invoice.id},
                    partial(self._differences_of, bills, invoice),
                )
                for invoice in invoices
            ],
        )

    @api.model
    def _owe_credits(self, credits):
        """Owe what tells trading partners of their posted credit memos. Nothing does yet.

        An addon that sends an 812, or an 810 of type CR, extends this and ends in
        ``om.edi.transaction._owe_all``.

        :param credits: ``account.move`` of type ``out_refund`` of trading partners, as superuser
        """

    @api.model
    def _build(self, invoice):
        """The ``x12.Invoice`` of one posted invoice.

        :raise ValueError: it bills orders of several purchase orders
        """
        invoice = invoice.sudo()  # sudo: as above
        return Bills(invoice).invoice(invoice)

    @api.model
    def _differences(self, invoice, bill):
        """What an invoice would say wrong: a list of ``Difference``."""
        invoice = invoice.sudo()  # sudo: as above
        return self._differences_of(Bills(invoice), invoice, bill)


class Bills:
    """810s of any number of posted invoices, with what they need read at once."""

    def __init__(self, invoices):
        self.env = invoices.env
        transactions = invoices.om_edi_order_id.om_edi_transaction_id
        self.purchase_orders = transactions._purchase_orders()
        self.ordered_lines = transactions._ordered_lines(self.purchase_orders)
        lines = invoices.invoice_line_ids.sale_line_ids
        self.wrong_units = lines._om_edi_wrong_units()
        # into the cache for all: the invoices are held against their lines one by one
        lines.move_ids.picking_id.mapped("date_done")
        lines.invoice_lines.move_id.mapped("state")
        invoices.invoice_line_ids.tax_ids.mapped("price_include")

    def invoice(self, invoice):
        """The ``x12.Invoice`` of one posted invoice."""
        order = invoice.om_edi_order_id
        if len(invoice.invoice_line_ids.sale_line_ids.order_id) > 1:
            raise ValueError(
                self.env._("%s bills several orders, but an 810 names one purchase order.", invoice.name)
            )
        po = self.purchase_orders.get(order.om_edi_transaction_id)
        po_lines = self.ordered_lines.get(order.om_edi_transaction_id, {})
        lines, charges = [], []
        for line in invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            if po and not line.sale_line_ids[:1].om_po_line and not self.is_goods(line):
                charges.append(self.charge(line))
            else:
                lines.append(self.line(line, po_lines))
        deliveries = self.deliveries(invoice)
        return x12.Invoice(
            number=invoice.name,
            date=invoice.invoice_date,
            po_number=order.client_order_ref or order.name,
            po_date=po.date if po else None,
            type="DI",
            currency=invoice.currency_id.name,
            references=[
                x12.Reference("VN", order.name),
                *(x12.Reference("BM", delivery._om_bol()) for delivery in deliveries[:MOST_DELIVERIES]),
            ],
            parties=self.parties(invoice, order, po),
            terms=self.terms(invoice),
            dates=self.dates(deliveries),
            lines=lines,
            charges=charges,
            taxes=[x12.Tax("TX", number(invoice.amount_tax))] if invoice.amount_tax else [],
            total=number(invoice.amount_total),
            carrier=self.carrier(deliveries),
        )

    def is_goods(self, line):
        """Does this invoice line bill goods, not freight, a service or a discount?"""
        return line.product_id.type == "consu" and line.price_subtotal >= 0

    def line(self, line, po_lines):
        """One ``x12.InvoiceLine``: the customer's identifiers; our own of a substitute."""
        sale_line = line.sale_line_ids[:1]
        po_line = None if sale_line.om_substituted_product_id else po_lines.get(sale_line.om_po_line)
        return x12.InvoiceLine(
            number=sale_line.om_po_line or "",
            quantity=number(line.quantity),
            unit=sale_line._om_edi_unit() if sale_line else line.product_uom_id._om_edi_code(),
            price=number(line._om_edi_net_price()),
            items=po_line.items if po_line else line.product_id._om_edi_items(),
            description=(po_line.description if po_line else "") or line.product_id.name or "",
        )

    def charge(self, line):
        """A SAC of an invoice line that the customer did not order: freight, a service, a discount."""
        if line.price_subtotal < 0:
            indicator, code = "A", DISCOUNT
        else:
            is_freight = any(sale_line._is_delivery() for sale_line in line.sale_line_ids)
            indicator, code = "C", FREIGHT if is_freight else SERVICE
        return x12.Charge(
            indicator=indicator,
            code=code,
            amount=number(abs(line.price_subtotal)),
            description=(line.name or "")[:80],
        )

    def terms(self, invoice):
        """ITD: when the invoice is due, and what is taken off when it is paid early."""
        day, due = invoice.invoice_date, invoice.invoice_date_due
        terms = x12.Terms(
            type="05" if due == day else "01", basis="3", net_date=due, days_due=(due - day).days
        )
        agreed = invoice.invoice_payment_term_id
        if agreed.early_discount:
            terms.type = "08"
            terms.discount_percent = number(agreed.discount_percentage)
            terms.discount_days = agreed.discount_days
            terms.discount_date = fields.Date.add(day, days=agreed.discount_days)
            amount = invoice.amount_total * agreed.discount_percentage / 100
            terms.discount_amount = number(invoice.currency_id.round(amount))
        return terms

    def deliveries(self, invoice):
        """The deliveries that this invoice bills: those of its lines' goods that no invoice before billed."""
        pickings = invoice.env["stock.picking"]
        for sale_line, shipped in invoice._om_edi_shipments().items():
            here = sale_line._om_in_unit_of_order(invoice._om_billed_lines()[sale_line])
            before = invoice._om_edi_billed(sale_line) - here
            end = 0.0
            for picking, quantity in shipped:
                start, end = end, end + quantity
                if quantity > 0 and start < before + here - 1e-6 and end > before + 1e-6:
                    pickings |= picking
        return pickings

    def dates(self, deliveries):
        """DTM 011: day of the last delivery that is billed."""
        if not deliveries:
            return {}
        last = max(deliveries, key=lambda delivery: delivery.date_done)
        return {"011": last._om_edi_local(last.date_done).date()}

    def carrier(self, deliveries):
        """CAD: who carried what is billed, where it was one."""
        carriers = set(deliveries.mapped("om_carrier_scac"))
        return (
            x12.Carrier(scac=carriers.pop(), mode=deliveries.sale_id.om_edi_partner_id.carrier_mode or "")
            if (len(carriers) == 1 and all(carriers))
            else None
        )

    def parties(self, invoice, order, po):
        """Remit-to, bill-to and ship-to."""
        theirs = [party for party in po.parties if party.entity in ("ST", "BT")] if po else []
        parties = [invoice.company_id.partner_id._om_edi_party("RE"), *theirs]
        if not any(party.entity == "BT" for party in theirs):
            parties.append(invoice.partner_id._om_edi_party("BT"))
        if not any(party.entity == "ST" for party in theirs):
            parties.append(order.partner_shipping_id._om_edi_party("ST"))
        return parties
