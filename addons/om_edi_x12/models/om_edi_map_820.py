from odoo import api, models
from odoo.fields import Command

from .. import x12
from .om_edi_traced import Traced

# RMR01, element 128: an invoice, or a credit note of ours
CREDITS = ("CM", "CL", "CR")


class OmEdiMap820(models.AbstractModel):
    """820 Remittance Advice in: a remittance that accounting can register. Nothing is posted."""

    _name = "om.edi.map.820"
    _inherit = "om.edi.map"
    _description = "EDI Map: 820"

    _om_trace_in = (
        Traced("TRN02", "remittance_ids.name"),
        Traced("BPR02", "remittance_ids.amount"),
        Traced("BPR16", "remittance_ids.date"),
        Traced("CUR02", "remittance_ids.currency_id"),
    )
    _om_trace_in_lines = (
        "RMR",
        (
            Traced("RMR02", "number"),
            Traced("RMR02", "move_id"),
            Traced("RMR04", "paid"),
            Traced("RMR06", "discount"),
            Traced("ADX01", "deducted"),
            Traced("ADX02", "reasons"),
        ),
    )

    @api.model
    def _trace_records(self, document, lines):
        found = document.remittance_ids[:1].line_ids.sorted("id")
        return [found[position : position + 1] for position in range(len(lines))]

    @api.model
    def _trace_no_record(self):
        return self.env._("(it repeats a remittance that came before)")

    @api.model
    def _map_in(self, transactions):
        """Hold the remittances of one trading partner against its invoices."""
        # sudo: what a customer pays is noted whoever's job reads it
        self, transactions = self.sudo(), transactions.sudo()
        partner = transactions.edi_partner_id
        documents = {}
        every = transactions._parsed_all()
        for transaction in transactions.sorted("id"):
            document = x12.Remittance.parse(every[transaction])
            transaction.reference = document.trace or transaction.control_number
            if reason := self._no_remittance(document):
                transaction._fail(reason)
            else:
                documents[transaction] = document
        invoices = self._invoices(partner, documents.values())
        known = {
            remittance.name: remittance
            for remittance in self.env["om.edi.remittance"].search(
                [
                    ("edi_partner_id", "=", partner.id),
                    ("name", "in", [document.trace for document in documents.values() if document.trace]),
                ]
            )
        }
        values = {}
        for transaction, document in documents.items():
            if document.trace in known:
                text = self.env._("Trace number %s came before. Nothing was done again.", document.trace)
                transaction.write({"state": "done", "findings": text})
                continue
            if document.trace:
                known[document.trace] = transaction
            values[transaction] = self._values(transaction, document, invoices)
            transaction.write({"state": "done", "findings": False})
        self.env["om.edi.remittance"].create(list(values.values()))._raise_differences()

    @api.model
    def _no_remittance(self, document):
        """Why an 820 is nothing to register, for a person; empty when it is."""
        if problems := [finding.message for finding in document.findings if finding.severity == "error"]:
            return "; ".join(problems)
        if document.credit_or_debit != "C":
            return self.env._(
                "BPR03 says %s: this is no payment to us. Handle it by hand.", document.credit_or_debit or "?"
            )
        if document.currency and not self._currency(document.currency):
            return self.env._("CUR02 says %s: this currency is not active here.", document.currency)
        return ""

    @api.model
    def _currency(self, code):
        return self.env["res.currency"].search([("name", "=", code)], limit=1)

    @api.model
    def _invoices(self, partner, documents):
        """``{number: account.move}`` of all invoices that are named. One query."""
        numbers = {line.number for document in documents for line in document.lines if line.number}
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", partner.company_id.id),
                ("commercial_partner_id", "=", partner.partner_id.commercial_partner_id.id),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
                "|",
                ("name", "in", list(numbers)),
                ("payment_reference", "in", list(numbers)),
            ],
            order="id",
        )
        found = {}
        for move in moves:
            for number in {move.name, move.payment_reference} - {False}:
                found[number] = found.get(number, move.browse()) | move
        return found

    @api.model
    def _values(self, transaction, document, invoices):
        """Values of an ``om.edi.remittance``."""
        company = transaction.company_id
        currency = self._currency(document.currency) if document.currency else company.currency_id
        lines = [self._line_values(line, currency, invoices) for line in document.lines]
        amount = float(document.amount or 0)
        explained = sum(line["paid"] for line in lines)
        explained += sum(float(adjustment.amount or 0) for adjustment in document.adjustments)
        return {
            "name": transaction.reference,
            "transaction_id": transaction.id,
            "edi_partner_id": transaction.edi_partner_id.id,
            "partner_id": transaction.edi_partner_id.partner_id.id,
            "company_id": company.id,
            "date": document.date,
            "currency_id": currency.id,
            "amount": amount,
            "unexplained": currency.round(amount - explained),
            "line_ids": [Command.create(line) for line in lines],
        }

    @api.model
    def _line_values(self, line, currency, invoices):
        move = invoices.get(line.number, self.env["account.move"])
        paid = float(line.paid or 0)
        if line.qualifier in CREDITS:
            paid = -abs(paid)
        several, open_amount = len(move) > 1, 0.0
        if several or move and move.currency_id != currency:
            state, move = "ambiguous" if several else "unknown", move.browse()
        elif not move:
            state = "unknown"
        else:
            sign = -1 if move.move_type == "out_refund" else 1
            open_amount = sign * move.amount_residual
            compared = currency.compare_amounts(paid, open_amount)
            if currency.is_zero(open_amount):
                state = "settled"
            else:
                state = {0: "exact", -1: "short", 1: "over"}[compared]
        return {
            "number": line.number,
            "move_id": move.id,
            "paid": paid,
            "discount": float(line.discount or 0),
            "deducted": sum(float(adjustment.amount or 0) for adjustment in line.adjustments),
            "reasons": ", ".join(filter(None, (adjustment.reason for adjustment in line.adjustments))),
            "open_amount": open_amount,
            "state": state,
        }
