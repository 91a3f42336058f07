from odoo import api, models

from .. import x12
from .om_edi_map_855 import number


class OmEdiMap810(models.AbstractModel):
    """810 Invoice out: what was invoiced, line by line, at the net price per unit."""

    _name = "om.edi.map.810"
    _description = "EDI Map: 810"

    @api.model
    def _owe(self, invoices):
        """Owe the 810s of posted invoices whose orders came from a trading partner that wants them."""
        # sudo: billing people may not read orders
        for invoice in invoices.sudo().filtered(lambda move: move.move_type == "out_invoice"):
            order = invoice.om_edi_order_id
            partner = order.om_edi_partner_id
            if order and partner._sends("810"):
                self.env["om.edi.transaction"]._owe(
                    partner,
                    "810",
                    lambda invoice=invoice, partner=partner: self._build(invoice).segments(
                        partner._version("810")
                    ),
                    invoice.name,
                    order_id=order.id,
                    move_id=invoice.id,
                )

    @api.model
    def _build(self, invoice):
        """The ``x12.Invoice`` of one posted invoice.

        :raise ValueError: it bills orders of several purchase orders
        """
        order = invoice.om_edi_order_id
        if len(invoice.invoice_line_ids.sale_line_ids.order_id) > 1:
            raise ValueError(
                self.env._("%s bills several orders, but an 810 names one purchase order.", invoice.name)
            )
        po = order.om_edi_transaction_id._purchase_order() if order.om_edi_transaction_id else None
        po_lines = {line.number: line for line in po.lines} if po else {}
        lines, charges = [], []
        for line in invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            sale_line = line.sale_line_ids[:1]
            net = line.price_unit * (1 - line.discount / 100)
            if not sale_line.om_po_line and po_lines:
                charges.append(self._charge(line))
                continue
            po_line = po_lines.get(sale_line.om_po_line)
            lines.append(
                x12.InvoiceLine(
                    number=sale_line.om_po_line or str(len(lines) + 1),
                    quantity=number(line.quantity),
                    unit=sale_line.om_po_unit or line.product_uom_id._om_edi_code(),
                    price=number(net),
                    items=po_line.items if po_line else line.product_id._om_edi_items(),
                    description=(po_line.description if po_line else "") or line.product_id.name or "",
                )
            )
        taxes = [("TX", number(invoice.amount_tax), None)] if invoice.amount_tax else []
        return x12.Invoice(
            number=invoice.name,
            date=invoice.invoice_date,
            po_number=order.client_order_ref or order.name,
            po_date=po.date if po else None,
            type="DI",
            currency=invoice.currency_id.name,
            references=[("VN", order.name)],
            parties=self._parties(invoice, order, po),
            terms=x12.Terms(
                type="05" if invoice.invoice_date_due == invoice.invoice_date else "01",
                basis="3",
                net_date=invoice.invoice_date_due,
                days_due=(invoice.invoice_date_due - invoice.invoice_date).days,
            ),
            dates={"011": self._shipped(order)} if self._shipped(order) else {},
            lines=lines,
            charges=charges,
            taxes=taxes,
            total=number(invoice.amount_total),
        )

    @api.model
    def _charge(self, line):
        """A SAC of an invoice line that the customer did not order: freight, a service, a discount."""
        code = "D240" if line.product_id.type == "service" and line.price_subtotal > 0 else "G740"
        return x12.Charge(
            indicator="C" if line.price_subtotal >= 0 else "A",
            code=code if line.price_subtotal >= 0 else "C310",
            amount=number(abs(line.price_subtotal)),
            description=(line.name or "")[:80],
        )

    @api.model
    def _shipped(self, order):
        """Day of the last delivery of ``order``."""
        done = order.picking_ids.filtered(lambda p: p.state == "done" and p._is_to_external_location())
        last = max(done.mapped("date_done"), default=None)
        return done[0]._om_edi_local(last).date() if last else None

    @api.model
    def _parties(self, invoice, order, po):
        """Remit-to, bill-to and ship-to."""
        theirs = [party for party in po.parties if party.entity in ("ST", "BT")] if po else []
        parties = [invoice.company_id.partner_id._om_edi_party("RI"), *theirs]
        if not any(party.entity == "BT" for party in theirs):
            parties.append(invoice.partner_id._om_edi_party("BT"))
        if not any(party.entity == "ST" for party in theirs):
            parties.append(order.partner_shipping_id._om_edi_party("ST"))
        return parties
