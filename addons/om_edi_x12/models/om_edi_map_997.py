import base64

from odoo import api, models

from odoo.addons.om_order_exceptions.detection import Finding

from .. import x12
from ..x12.tables import labels
from .om_edi_acknowledgment import ANSWERS
from .om_edi_traced import Traced


class OmEdiMap997(models.AbstractModel):
    """997 Functional Acknowledgment and TA1 Interchange Acknowledgment, both ways."""

    _name = "om.edi.map.997"
    _inherit = "om.edi.map"
    _description = "EDI Map: 997"

    _om_trace_in = (Traced("AK102", "reference"),)
    _om_trace_in_lines = ("AK2", (Traced("AK202", "control_number"), Traced("AK501", "ack_state")))

    @api.model
    def _trace_records(self, document, lines):
        """The documents of ours that are judged."""
        ack = x12.read_acknowledgment(document._parsed())
        groups = self._sent_groups(document.edi_partner_id, [ack])
        group = groups.get((ack.functional_id, _int(ack.control_number)), self.env["om.edi.group"])
        sent = {(t.set_id, _int(t.control_number)): t for t in group.transaction_ids}
        nothing = self.env["om.edi.transaction"]
        return [sent.get((line[0][1], _int([*line[0], "", ""][2])), nothing) for line in lines]

    @api.model
    def _trace_no_record(self):
        return self.env._("(we never sent it)")

    @api.model
    def _acknowledge(self, partner, group_end, intake):
        """Owe the 997 of a received group."""
        return self.env["om.edi.transaction"]._owe(
            partner,
            "997",
            x12.acknowledge(group_end),
            self._reference(group_end),
            intake_id=intake.id,
            # in the release in which the group came, or the nearest one of which we have the tables
            version=x12.schema.nearest_release(group_end.group.version) or partner.version,
        )

    @api.model
    def _acknowledge_interchange(self, partner, interchange_end, intake):
        """Owe the TA1 of a received interchange."""
        return self.env["om.edi.transaction"]._owe(
            partner,
            "TA1",
            [x12.ta1(interchange_end)],
            self._reference(interchange_end),
            intake_id=intake.id,
        )

    @api.model
    def _reference(self, end):
        """What an answer answers: functional group and number, or the interchange's number."""
        if isinstance(end, x12.GroupEnd):
            return f"{end.group.functional_id} {end.group.control_number}"
        return f"ISA {end.interchange.isa.control_number}"

    # ------------------------------------------------------------------------------------ received

    @api.model
    def _map_in(self, transactions):
        """Note the partner's verdicts on what we sent: group by group, set by set.

        An answer to what was never sent is kept in error, with a case.
        """
        acks = {
            transaction: x12.read_acknowledgment(parsed)
            for transaction, parsed in transactions._parsed_all().items()
        }
        groups = self._sent_groups(transactions.edi_partner_id, acks.values())
        verdicts = {}
        for transaction, ack in acks.items():
            name = f"{ack.functional_id} {ack.control_number}"
            transaction.reference = name
            group = groups.get((ack.functional_id, _int(ack.control_number)))
            if not group:
                transaction._fail(self.env._("It acknowledges group %s, which we never sent.", name))
                continue
            group.state = ack.status if ack.status in ("A", "E", "P", "R") else "R"
            if unknown := self._judge(group, ack, verdicts):
                text = self.env._("It acknowledges %s, which we never sent.", ", ".join(unknown))
                transaction._fail(text)
        self.env["om.edi.transaction"]._note_verdicts(verdicts)
        transactions.filtered(lambda t: t.state == "pending").write({"state": "done"})

    @api.model
    def _sent_groups(self, partner, acks):
        """``{(GS01, GS06): group}`` that we sent, of those that ``acks`` name; the latest of each number."""
        groups = self.env["om.edi.group"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("direction", "=", "out"),
                ("functional_id", "in", [ack.functional_id for ack in acks]),
                ("control_number", "in", [_int(ack.control_number) for ack in acks]),
            ],
            order="id",
        )
        groups.transaction_ids.mapped("control_number")  # read together
        return {(group.functional_id, group.control_number): group for group in groups}

    @api.model
    def _judge(self, group, ack, verdicts):
        """Add what ``ack`` says to the sets of ``group`` to ``verdicts``.

        A group that is rejected is rejected with all its sets, also with those that were right by
        themselves. A set that is not mentioned is accepted only with the whole group; else nothing is
        known of it, and its clock runs on.

        :return: names of the sets that we never sent
        """
        if any(verdict.errors for verdict in ack.sets):
            x12.match(ack, base64.b64decode(group.interchange_id.payload or b""))
        sent = {(t.set_id, _int(t.control_number)): t for t in group.transaction_ids}
        named = {(verdict.set_id, _int(verdict.control_number)): verdict for verdict in ack.sets}
        group_reasons = _reasons(ack.codes, "716")
        for key, transaction in sent.items():
            verdict = named.get(key)
            status = verdict.status if verdict else ""
            if not status and (ack.status in ("A", "R") or not ack.sets and ack.status != "P"):
                status = ack.status
            if ack.status == "R":
                status = "R"
            if status:
                errors = verdict.errors if verdict else []
                # 5 says that there are errors, which stand there themselves
                codes = [code for code in verdict.codes if code != "5" or not errors] if verdict else []
                reasons = [*_reasons(codes, "718"), *group_reasons]
                verdicts[transaction] = (status if status in ("A", "E") else "R", errors, reasons)
        return [f"{set_id} {number:04d}" for set_id, number in named if (set_id, number) not in sent]

    @api.model
    def _read_ta1(self, partner, ack, received):
        """Note the partner's verdict on an interchange that we sent.

        :param received: the ``om.edi.interchange`` in which the TA1 came
        """
        interchange = self.env["om.edi.interchange"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("direction", "=", "out"),
                ("control_number", "=", ack.control_number),
            ],
            limit=1,
        )
        if not interchange:
            self._raise_unknown_ta1(partner, ack, received)
        elif ack.status == "R":
            text = self.env._("Rejected by the partner's TA1, code %s.", ack.note)
            interchange.message = text
            refused = interchange.transaction_ids.filtered(lambda t: t.set_id not in ANSWERS)
            self.env["om.edi.transaction"]._note_verdicts({t: ("R", [], [text]) for t in refused})

    @api.model
    def _raise_unknown_ta1(self, partner, ack, received):
        self.env["om.exception"]._raise(
            "E-EDI-MAP",
            [
                Finding(
                    received,
                    found=self.env._(
                        "A TA1 answers interchange %s, which we never sent.", f"{ack.control_number:09d}"
                    ),
                    expected=self.env._("an answer to what was sent"),
                    key=f"TA1 {ack.control_number}",
                )
            ],
            intake_id=received.intake_id.id,
            partner_id=partner.partner_id.commercial_partner_id.id,
        )


def _int(text):
    """A control number as the integer that it is; 0 when it is none."""
    return int(text) if (text or "").isdecimal() and len(text) < 10 else 0


def _reasons(codes, element):
    """The sentences of the codes of AK5 (element 718) or AK9 (716)."""
    known = labels.CODES.get(element, {})
    return [f"{code}: {known[code]}." if code in known else code for code in codes]
