from collections import defaultdict
from dataclasses import replace

SHOWN_FINDINGS = 10


# Where the business number stands in documents that are refused before anybody maps them
NUMBERS = {"BEG": 3, "BCH": 3, "W06": 2, "BGN": 2}
MOST_NAMED = 100


def _number_of(event):
    """The number by which people know a document, such as the purchase order's; ``False`` without one."""
    for tag, *elements in event.segments[1:2]:
        if len(elements) >= NUMBERS.get(tag, 99):
            return _storable(elements[NUMBERS[tag] - 1])
    return False


def _storable(value):
    """What a document says, as the database can hold it: no NUL in texts, no number out of range."""
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return min(value, 2**31 - 1) if isinstance(value, int) else value


class Reader:
    """Turns the events of one file into interchange, group and transaction rows."""

    def __init__(self, intake, answered):
        """``answered``: how often each reference was answered when the file was read before."""
        self.intake = intake
        self.answered = answered
        self.env = intake.env
        self.problems = []
        self.problem_count = 0
        self.partner = self.interchange = self.group = None
        self.acknowledgments = self.env["om.edi.transaction"]  # of the groups of this interchange
        self.refusal = self.refusal_note = ""
        self.rows = []
        self.numbers = defaultdict(list)  # {(partner, ISA, or GS with functional id): control numbers}
        self.unknown_senders = {}

    def take(self, event):
        """Act on one event of ``x12.read``."""
        getattr(self, f"_on_{type(event).__name__}")(event)

    def _tell(self, *messages):
        """Note what is wrong; only the first few are kept."""
        self.problems += map(_storable, messages[: SHOWN_FINDINGS - len(self.problems)])
        self.problem_count += len(messages)

    @staticmethod
    def _errors(event):
        return [_storable(finding.message) for finding in event.findings if finding.severity == "error"]

    def _on_InterchangeStart(self, event):
        env, intake, isa = self.env, self.intake, event.isa
        self.partner = env["om.edi.partner"]._find(isa, intake.company_id)
        self.refusal, self.refusal_note = self._refusal(isa)
        if self.partner and (not self.refusal or self.refusal_note):
            self.numbers[self.partner, "ISA"].append(isa.control_number)
        self.acknowledgments = env["om.edi.transaction"]
        delimiters = event.delimiters
        marks = (delimiters.element, delimiters.component, delimiters.terminator, delimiters.repetition)
        vals = {
            "direction": "in",
            "company_id": intake.company_id.id,
            "edi_partner_id": self.partner.id,
            "intake_id": intake.id,
            "control_number": isa.control_number,
            "is_number_used": self.partner.check_control_numbers,
            "version": isa.version,
            "usage": isa.usage if isa.usage in ("P", "T", "I") else False,
            "delimiters": " ".join((mark or b"").hex() for mark in marks),
            "state": "rejected" if self.refusal else "received",
            "message": self.refusal,
        }
        self.interchange = env["om.edi.interchange"].create(_storable(vals))
        if self.refusal:
            self._tell(self.refusal)

    def _refusal(self, isa):
        """Why nothing of this interchange may be acted on.

        :return: ``(text for a person, TA105 for the sender)``; empty when all is well. Without a TA105 the
            sender is not answered: it is not the one that we trade with.
        """
        env, intake = self.env, self.intake
        name = f"{isa.sender_qualifier}/{isa.sender_id}"
        if not self.partner:
            text = env._(
                "X12 from %(sender)s to %(receiver)s",
                sender=name,
                receiver=f"{isa.receiver_qualifier}/{isa.receiver_id}",
            )
            self.unknown_senders[_storable(f"{name} {isa.control}")] = _storable(text)
            return (
                env._(
                    "Interchange %(number)s: no trading partner sends from %(sender)s (ISA05/ISA06) to "
                    "%(receiver)s (ISA07/ISA08). Create the trading partner, or tell the sender, then try "
                    "again.",
                    number=isa.control,
                    sender=name,
                    receiver=f"{isa.receiver_qualifier}/{isa.receiver_id}",
                ),
                "",
            )
        mailbox = intake.edi_mailbox_id
        if mailbox and not self.partner._comes_by(mailbox):
            return (
                env._(
                    "Interchange %(number)s: %(sender)s (ISA05/ISA06) is %(partner)s, whose files do not "
                    "come by the mailbox %(mailbox)s. Ask whoever put it there.",
                    number=isa.control,
                    sender=name,
                    partner=self.partner.name,
                    mailbox=mailbox.name,
                ),
                "",
            )
        if text := self.partner._refuses_usage(isa):
            return text, "020"
        if text := self._used_before(isa):
            return text, "025"
        return "", ""

    def _used_before(self, isa):
        """Says where the control number came before, in this file or another; empty when it did not."""
        if not self.partner.check_control_numbers:
            return ""
        before = self.env["om.edi.interchange"].search(
            [
                ("edi_partner_id", "=", self.partner.id),
                ("direction", "=", "in"),
                ("control_number", "=", isa.control_number),
                ("state", "=", "received"),
            ],
            limit=1,
        )
        if not before:
            return ""
        if before.intake_id == self.intake:
            return self.env._(
                "Interchange %(number)s: this control number (ISA13) stands twice in the file. Ask the "
                "sender which of the two counts.",
                number=isa.control,
            )
        return self.env._(
            "Interchange %(number)s: %(partner)s used this control number (ISA13) before, in %(intake)s, "
            "with other content. Ask the sender for a new number, or which of the two counts.",
            number=isa.control,
            partner=self.partner.name,
            intake=before.intake_id.name,
        )

    def _on_GroupStart(self, event):
        if self.partner and (not self.refusal or self.refusal_note):
            self.numbers[self.partner, f"GS {event.functional_id}"].append(event.control_number)
        vals = {
            "interchange_id": self.interchange.id,
            "functional_id": event.functional_id or "?",
            "control_number": event.control_number,
            "version": event.version,
        }
        self.group = self.env["om.edi.group"].create(_storable(vals))

    def _on_Transaction(self, event):
        state = "pending" if event.status in ("A", "E") and not self.refusal else "rejected"
        nobody_acts = ""
        if state == "pending":
            nobody_acts = self._nobody_acts(event.set_id)
            state = "error" if nobody_acts else state
        findings = "\n".join(finding.message for finding in event.findings)
        if state == "error":
            findings = nobody_acts
            self._tell(f"{event.set_id} {event.control_number}: {findings}")
        if self.refusal and not findings:
            findings = self.refusal
        if event.status == "R":
            self._tell(*self._errors(event))
        vals = {
            "direction": "in",
            "set_id": event.set_id or "?",
            "control_number": event.control_number,
            "reference": _number_of(event) if state == "rejected" else False,
            "company_id": self.intake.company_id.id,
            "edi_partner_id": self.partner.id,
            "interchange_id": self.interchange.id,
            "group_id": self.group.id,
            "intake_id": self.intake.id,
            "byte_offset": event.offset,
            "byte_length": len(event.raw),
            "state": state,
            "ack_state": event.status,
            "findings": findings,
        }
        self.rows.append(_storable(vals))
        if len(self.rows) >= 500:
            self._store()

    def _nobody_acts(self, set_id):
        """Why nobody here acts on such a document of this partner; empty when somebody does."""
        if not self.env["om.edi.flow"]._acts_on("in", set_id):
            return self.env._("Nobody here acts on a %s. It is kept.", set_id)
        if not self.partner._receives(set_id):
            return self.env._(
                "%(partner)s does not send us any %(set)s, as its list of documents says. It is kept. "
                "Activate it there, then try again.",
                partner=self.partner.name,
                set=set_id,
            )
        return ""

    def _store(self):
        """Write the transactions read so far and let go of them."""
        if self.rows:
            self.env["om.edi.transaction"].create(self.rows)
            self.rows = []
            self.env.flush_all()
            self.env["om.edi.transaction"].invalidate_model()

    def _on_GroupEnd(self, event):
        self._store()
        self._tell(*self._errors(event))
        vals = {
            "declared": event.declared,
            "received": event.received,
            "accepted": event.accepted,
            "state": event.status,
        }
        self.group.write(_storable(vals))
        if event.status == "R":
            self._reject([("group_id", "=", self.group.id)], self._errors(event))
        if (
            not self.refusal
            and self.partner._sends("997")
            and event.group.functional_id != "FA"
            and event.group.control_number
            and not self._is_answered(event)
        ):
            self.acknowledgments |= self.env["om.edi.map.997"]._acknowledge(self.partner, event, self.intake)
        self.group = None

    def _on_InterchangeAck(self, event):
        self.env["om.edi.map.997"]._read_ta1(self.partner, event, self.interchange)

    def _on_InterchangeEnd(self, event):
        self._store()
        errors = self._errors(event)
        self.problems[:0] = errors  # that the file was cut says more than what was cut
        self.problem_count += len(errors)
        if event.status == "R":
            self._reject([("interchange_id", "=", self.interchange.id)], errors)
            # A group of a rejected interchange gets no 997: the TA1 speaks, and all of it is sent again.
            self.acknowledgments.unlink()
            self.interchange.write(
                {"state": "rejected", "message": "\n".join(errors) or self.interchange.message}
            )
        if (answer := self._ta1_owed(event)) and not self._is_answered(answer):
            self.env["om.edi.map.997"]._acknowledge_interchange(self.partner, answer, self.intake)

    def _ta1_owed(self, event):
        """The end of an interchange with the verdict that a TA1 has to tell its sender, or ``None``."""
        if not self.partner or self.refusal and not self.refusal_note:
            return None
        if self.refusal and event.status != "R":
            event = replace(event, status="R", note=self.refusal_note)
        asked = event.interchange.isa.ack_requested
        policy = self.partner.ta1_policy
        owed = policy == "always" or policy != "never" and asked or policy == "error" and event.status == "R"
        return event if owed else None

    def note_numbers(self):
        """Hold the control numbers of this file against those that were to come."""
        numbers = defaultdict(dict)
        for (partner, kind), came in self.numbers.items():
            numbers[partner][kind] = came
        for partner, kinds in numbers.items():
            self.env["om.edi.sequence"]._note(partner, kinds)

    def _is_answered(self, event):
        """Was this group or interchange answered when the file was read before?"""
        reference = self.env["om.edi.map.997"]._reference(event)
        self.answered[reference] -= 1
        return self.answered[reference] >= 0

    def _reject(self, domain, errors):
        """Documents that were right by themselves are refused with the file or group that they came in."""
        documents = self.env["om.edi.transaction"].search([*domain, ("state", "in", ("pending", "error"))])
        documents.write(
            {"state": "rejected", "ack_state": "R", "findings": "\n".join(errors) or self.refusal}
        )
        for document, parsed in documents[:MOST_NAMED]._parsed_all().items():
            document.reference = _number_of(parsed)
