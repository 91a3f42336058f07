from odoo import api, fields, models

from odoo.addons.om_order_exceptions.detection import Finding

from .. import x12
from .om_edi_traced import Traced

# OTI01, element 110: its second letter says what the receiver did with the whole, an item or a group
ACCEPTED = "A"
# TED01, element 647, in words; others are shown as they are
ERRORS = {
    "006": "duplicate",
    "007": "missing data",
    "008": "out of range",
    "009": "invalid date",
    "010": "total out of balance",
    "011": "not matching",
    "012": "invalid combination",
    "024": "other reason",
    "H": "missing or invalid unit of measure",
    "P": "missing or invalid quantity",
    "Q": "missing or invalid item",
    "MA": "missing or invalid store number",
    "MB": "missing or invalid purchase order number",
    "MC": "missing or invalid bill of lading number",
    "MD": "missing or invalid invoice date",
    "MG": "missing or invalid UPC",
    "MI": "missing or invalid SCAC",
    "MJ": "missing or invalid terms",
    "MN": "missing or invalid unit cost",
}
NOTE_WIDTH, TEXT_WIDTH = 80, 60
# What is not answered by an 824: the answer to an answer
ANSWERS = ("824", "997", "999", "TA1")
# OTI02, element 128, of documents that name a purchase order
ORDER_NUMBERS = ("850", "860")


class OmEdiMap824(models.AbstractModel):
    """824 Application Advice, both ways: a business word on a document that was valid X12.

    In: our document was refused, or accepted with errors, by the partner's system; an exception says what
    is wrong where in it. Out: a received document could not be acted on. Its 997 stays as it is: syntax and
    content are two things.
    """

    _name = "om.edi.map.824"
    _inherit = "om.edi.map"
    _description = "EDI Map: 824"

    _om_trace_in = (
        Traced("BGN02", "reference"),
        Traced("OTI03", "answers_id"),
        Traced("TED02", "answers_id.findings"),
    )
    _om_trace_out = (
        Traced("OTI03", "answers_id.reference"),
        Traced("OTI09", "answers_id.control_number"),
        Traced("OTI10", "answers_id.set_id"),
        Traced("TED02", "answers_id.findings"),
    )

    # ------------------------------------------------------------------------------------------ in

    @api.model
    def _map_in(self, transactions):
        """Raise what the partner's system says against documents of ours."""
        # sudo: a partner's verdict is noted whoever's job reads it
        self, transactions = self.sudo(), transactions.sudo()
        advices = {}
        every = transactions._parsed_all()
        for transaction in transactions.sorted("id"):
            advice = x12.ApplicationAdvice.parse(every[transaction])
            transaction.reference = advice.number or False
            if problems := [finding.message for finding in advice.findings if finding.severity == "error"]:
                transaction._fail("; ".join(problems))
            else:
                advices[transaction] = advice
        sent = self._sent(transactions.edi_partner_id, advices.values())
        for transaction, advice in advices.items():
            ours = [self._ours(sent, judged) for judged in advice.documents]
            known = self.env["om.edi.transaction"].union(*ours)
            transaction.write({"answers_id": known[:1].id, "order_id": known.order_id[:1].id})
            missing = [
                judged.number or judged.set_control or "?"
                for judged, document in zip(advice.documents, ours, strict=True)
                if not document
            ]
            for judged, document in zip(advice.documents, ours, strict=True):
                if document and not judged.verdict.endswith(ACCEPTED):
                    self._note(transaction, advice, judged, document)
            if missing:
                transaction._fail(
                    self.env._("It is about documents that we have not sent: %s", ", ".join(missing))
                )
            else:
                transaction.write({"state": "done", "findings": False})

    @api.model
    def _sent(self, partner, advices):
        """Documents of ours that may be meant. One query."""
        judged = [judged for advice in advices for judged in advice.documents]
        return self.env["om.edi.transaction"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("direction", "=", "out"),
                ("set_id", "not in", ANSWERS),
                "|",
                ("reference", "in", [each.number for each in judged if each.number]),
                (
                    "group_id.control_number",
                    "in",
                    [each.group_control for each in judged if each.group_control],
                ),
            ],
            order="id desc",
        )

    @api.model
    def _ours(self, sent, judged):
        """The document of ours that is judged: by its control numbers, or else the last one of its number."""
        of_set = sent.filtered(lambda t: not judged.set_id or t.set_id == judged.set_id)
        if judged.group_control and judged.set_control.isdecimal():
            found = of_set.filtered(
                lambda t: (
                    t.group_id.control_number == judged.group_control
                    and int(t.control_number or 0) == int(judged.set_control)
                )
            )
            if found:
                return found[:1]
        return of_set.filtered(lambda t: t.reference == judged.number)[:1]

    def _said(self, judged, document):
        """What is said against one document of ours, as a sentence."""
        said = "; ".join(self._words(error, document) for error in judged.errors)
        refused = not judged.verdict.endswith("E")
        return self.env._(
            "%(document)s %(word)s: %(said)s",
            document=document.display_name,
            word=self.env._("refused") if refused else self.env._("accepted with errors"),
            said=said or self.env._("no reason given"),
        )

    def _note(self, transaction, advice, judged, document):
        """Raise what is said against one document of ours."""
        text = self._said(judged, document)
        document.findings = text
        of_invoice = document.set_id == "810" and document.move_id
        self.env["om.exception"]._raise(
            "E-INV-REJ" if of_invoice else "E-EDI-REFUSED",
            [
                Finding(
                    document.move_id if of_invoice else document,
                    found=text[:500],
                    expected=self.env._("accepted by the partner's system"),
                    key=self._case_key(advice, document),
                    amount=document.move_id.amount_total or document.order_id.amount_total,
                    severity="3" if judged.verdict.endswith("E") else None,
                    values={"order_id": document.order_id.id},
                )
            ],
            intake_id=transaction.intake_id.id,
        )

    @api.model
    def _case_key(self, advice, document):
        return f"824 {advice.number} {document.id}"

    @api.model
    def _words(self, error, document):
        """One TED in words, with the segment of ours that it points at."""
        reason = error.text or ERRORS.get(error.code, self.env._("error %s", error.code))
        parts = [reason]
        if error.segment_id:
            place = error.segment_id
            if error.element:
                place += f"{error.element:02d}"
            parts.append(self.env._("at %s", place))
            # TED04 counts from ST, which is not kept
            position = (error.segment or 0) - 2
            segments = document.segments or []
            if 0 <= position < len(segments) and segments[position][0] == error.segment_id:
                parts.append("*".join(map(str, segments[position])))
        if error.value:
            parts.append(f"“{error.value}”")
        if error.expected:
            parts.append(self.env._("expected “%s”", error.expected))
        return ", ".join([*parts, *error.notes])

    # ----------------------------------------------------------------------------------------- out

    @api.model
    def _owe(self, received):
        """Owe advices on these received documents, as they stand now, where the partner wants them.

        One that was refused and was acted on later is accepted by another advice.
        """
        # sudo: whoever has a document tried again may not read EDI documents
        received = received.sudo().filtered(
            lambda t: t.direction == "in" and t.set_id not in ANSWERS and t.edi_partner_id._sends("824")
        )
        if not received:
            return
        transactions = self.env["om.edi.transaction"].sudo()  # sudo: as above
        before = transactions.search([("answers_id", "in", received.ids), ("set_id", "=", "824")], order="id")
        said = {advice.answers_id: advice.change_verdict for advice in before}
        for document in received:
            verdict = "refused" if document.state == "error" else "accepted"
            # nobody is told that all is well who was not told otherwise
            if said.get(document, "accepted") == verdict:
                continue
            partner = document.edi_partner_id
            transactions._owe(
                partner,
                "824",
                lambda document=document, partner=partner: self._build(document).segments(
                    partner._version("824")
                ),
                document.reference or document.control_number,
                order_id=document.order_id.id,
                answers_id=document.id,
                change_verdict=verdict,
            )

    @api.model
    def _build(self, document):
        """The ``x12.ApplicationAdvice`` on one received document, as it stands now."""
        document = document.sudo()  # sudo: as the document that is judged
        refused = document.state == "error"
        errors = []
        if refused:
            first, *more = _pieces(document.findings or "?")
            errors.append(x12.ApplicationError("024", first, notes=more))
        number = document.reference or document.control_number
        return x12.ApplicationAdvice(
            purpose="11",
            number=str(document.id),
            date=fields.Date.context_today(self),
            documents=[
                x12.JudgedDocument(
                    "TR" if refused else "TA",
                    "PO" if document.set_id in ORDER_NUMBERS and document.reference else "TN",
                    number[:30],
                    group_control=document.group_id.control_number,
                    set_control=document.control_number,
                    set_id=document.set_id,
                    errors=errors,
                )
            ],
        )


def _pieces(text):
    """``text`` as TED02 and as many notes as it needs."""
    words, pieces, width = text.split(), [""], TEXT_WIDTH
    for word in words:
        word = word[:TEXT_WIDTH]
        if pieces[-1] and len(pieces[-1]) + 1 + len(word) > width:
            pieces.append("")
            width = NOTE_WIDTH
        pieces[-1] = f"{pieces[-1]} {word}".strip()
    return pieces


class OmEdiTransaction(models.Model):
    _inherit = "om.edi.transaction"

    def _fail(self, message):
        result = super()._fail(message)
        if not self.env.context.get("om_edi_waits"):
            self.env["om.edi.map.824"]._owe(self)
        return result

    def _refer_change(self, problems):
        result = super()._refer_change(problems)
        if not self.env.context.get("om_edi_waits"):
            self.env["om.edi.map.824"]._owe(self)
        return result

    def _mended(self):
        result = super()._mended()
        self.env["om.edi.map.824"]._owe(self)
        return result

    def _built_from(self):
        return self.answers_id if self.set_id == "824" else super()._built_from()
