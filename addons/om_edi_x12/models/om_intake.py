from collections import Counter

from odoo import fields, models, modules

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.transactions import COLLISIONS, in_step, roll_back

from .. import x12

# Documents a step acts on before it commits. Large enough to share queries, small enough to lose little.
BATCH = 50
SHOWN_FINDINGS = 10


class OmIntake(models.Model):
    """X12 files: read them, answer them, act on them.

    ======  ==============================================================================  =========
    step    what it does                                                                    commits
    ======  ==============================================================================  =========
    read    streams the bytes once: envelope, validation, one row per transaction, the      once
            997 that is owed
    act     maps valid transactions to business records, batch by batch                     per batch
    ======  ==============================================================================  =========

    A killed *read* leaves nothing and is done again; a killed *act* goes on with the transactions that
    are still pending. So every document is acted on exactly once.
    """

    _inherit = "om.intake"

    kind = fields.Selection(selection_add=[("x12", "X12")], ondelete={"x12": "set default"})
    edi_mailbox_id = fields.Many2one("om.edi.mailbox", "Mailbox", readonly=True)
    edi_transaction_ids = fields.One2many("om.edi.transaction", "intake_id", "EDI Documents", readonly=True)
    edi_interchange_ids = fields.One2many("om.edi.interchange", "intake_id", "Interchanges", readonly=True)

    def _detect_kind(self):
        result = super()._detect_kind()
        for intake in self.filtered(lambda i: i.kind == "unknown"):
            with intake._open_payload() as payload:
                if b"ISA" in payload.read(600).upper():
                    intake.kind = "x12"
        return result

    def _process_x12(self):
        """Read the interchanges of one file, then act on their transactions."""
        self.ensure_one()
        if self.state == "received":
            in_step(self.env, self._x12_read_step)
        if self.state == "processing":
            self._x12_act()

    def _x12_read_step(self):
        if not self._claim() or self.state != "received":
            return
        try:
            with self.env.cr.savepoint():
                self._x12_read()
        except x12.UnreadableError as error:
            self._x12_unreadable(error)

    def _state_to_retry(self):
        pending = self.env["om.edi.transaction"].search_count(self._x12_pending_domain(), limit=1)
        return "processing" if pending else super()._state_to_retry()

    def _x12_pending_domain(self):
        return [("intake_id", "=", self.id), ("state", "=", "pending")]

    def _give_up(self, reason):
        result = super()._give_up(reason)
        self.env["om.exception"]._raise(
            "E-EDI-SYNTAX",
            [
                Finding(
                    self,
                    found=reason,
                    expected=self.env._("a document that can be processed"),
                    key="given up",
                )
            ],
            intake_id=self.id,
        )
        return result

    def _x12_unreadable(self, error):
        """Nothing of the file can be read: keep it visible, and say why."""
        self._finish("failed", str(error))
        self.env["om.exception"]._raise(
            "E-EDI-SYNTAX",
            [
                Finding(
                    self,
                    found=str(error),
                    expected=self.env._("a readable X12 interchange"),
                    key="unreadable",
                )
            ],
            intake_id=self.id,
        )

    # ---------------------------------------------------------------------------------------- read

    def _x12_read(self):
        """Stream the bytes once. Memory does not grow with the number of transactions.

        :raise x12.UnreadableError: there is no interchange in the bytes
        """
        self.edi_interchange_ids.unlink()  # of an earlier attempt that failed
        answers = self.env["om.edi.transaction"].search(
            [("intake_id", "=", self.id), ("direction", "=", "out")]
        )
        unsent = answers.filtered(lambda answer: answer.state in ("ready", "error"))
        reader = _Reader(self, Counter((answers - unsent).mapped("reference")))
        unsent.unlink()
        with self._open_payload() as payload:
            for event in x12.read(payload):
                reader.take(event)
        problems, more = reader.problems, reader.problem_count - len(reader.problems)
        accepted = self.env["om.edi.transaction"].search_count(self._x12_pending_domain(), limit=1)
        message = "\n".join(problems)
        if more:
            message += self.env._("\nand %s more.", more)
        senders = self.edi_interchange_ids.edi_partner_id
        if senders:
            self.sender = ", ".join(senders.mapped("name"))
        self._raise_unknown_customers(reader.unknown_senders)
        if reader.problem_count > len(reader.unknown_senders):
            self.env["om.exception"]._raise(
                "E-EDI-SYNTAX",
                [Finding(self, found=problems[0][:500], expected=self.env._("valid X12"), key="syntax")],
                intake_id=self.id,
                partner_id=senders[:1].partner_id.id,
            )
        elif not problems:
            # what an earlier attempt found is mended
            self.exception_ids.filtered(lambda e: e.is_open and e.res_model == self._name)._close(
                "auto_closed"
            )
        if accepted:
            self._finish("processing", message)
        elif not problems:
            self._finish("done", message)  # acknowledgments only, or no transactions at all
        else:
            self._finish("failed", message)

    # ----------------------------------------------------------------------------------------- act

    def _x12_act(self):
        """Act on the pending transactions, batch by batch, until none is left or the time is up.

        A batch that collides with another process is tried again in smaller parts: they are faster.
        """
        transactions = self.env["om.edi.transaction"]
        size = BATCH
        while self._claim():
            pending = transactions.search(self._x12_pending_domain(), order="id", limit=size)
            try:
                if not pending:
                    self._x12_finish()
                    self._end_step()
                    return
                for partner_sets in pending.grouped(lambda t: (t.edi_partner_id, t.set_id)).values():
                    partner_sets._act()
                if not self._end_step():
                    return
                size = min(2 * size, BATCH)
            except COLLISIONS:
                if size == 1 or modules.module.current_test:
                    raise
                roll_back(self.env, pause=0.5)
                size = max(size // 4, 1)

    def _x12_finish(self):
        """Nothing is pending any more: set the final state."""
        failed = self.env["om.edi.transaction"].search(
            [("intake_id", "=", self.id), ("direction", "=", "in"), ("state", "in", ("error", "rejected"))],
            order="id",
            limit=SHOWN_FINDINGS,
        )
        lines = [self.message] if self.message else []
        lines += [
            f"{transaction.display_name}: {transaction.findings}"
            for transaction in failed
            if transaction.state == "error"
        ]
        self._finish("attention" if failed or self.message else "done", "\n".join(lines) or False)


def _storable(value):
    """What a document says, as the database can hold it: no NUL in texts, no number out of range."""
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return min(value, 2**31 - 1) if isinstance(value, int) else value


class _Reader:
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
        self.refusal = ""
        self.rows = []
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
        self.refusal = self._refusal(isa)
        self.acknowledgments = env["om.edi.transaction"]
        delimiters = event.delimiters
        marks = (delimiters.element, delimiters.component, delimiters.terminator, delimiters.repetition)
        vals = {
            "direction": "in",
            "company_id": intake.company_id.id,
            "edi_partner_id": self.partner.id,
            "intake_id": intake.id,
            "control_number": isa.control_number,
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
        """Why nothing of this interchange may be acted on, for a person; empty when all is well."""
        env, intake = self.env, self.intake
        name = f"{isa.sender_qualifier}/{isa.sender_id}"
        if not self.partner:
            text = env._(
                "X12 from %(sender)s to %(receiver)s",
                sender=name,
                receiver=f"{isa.receiver_qualifier}/{isa.receiver_id}",
            )
            self.unknown_senders[_storable(f"{name} {isa.control}")] = _storable(text)
            return env._(
                "Interchange %(number)s: no trading partner sends from %(sender)s (ISA05/ISA06) to "
                "%(receiver)s (ISA07/ISA08). Create the trading partner, or tell the sender, then try again.",
                number=isa.control,
                sender=name,
                receiver=f"{isa.receiver_qualifier}/{isa.receiver_id}",
            )
        mailbox = intake.edi_mailbox_id
        if mailbox and self.partner.mailbox_id != mailbox:
            return env._(
                "Interchange %(number)s: %(sender)s (ISA05/ISA06) is %(partner)s, whose files do not come by "
                "the mailbox %(mailbox)s. Ask whoever put it there.",
                number=isa.control,
                sender=name,
                partner=self.partner.name,
                mailbox=mailbox.name,
            )
        if self.partner.check_control_numbers and (
            before := env["om.edi.interchange"].search(
                [
                    ("edi_partner_id", "=", self.partner.id),
                    ("direction", "=", "in"),
                    ("control_number", "=", isa.control_number),
                    ("state", "=", "received"),
                    ("intake_id", "!=", intake.id),
                ],
                limit=1,
            )
        ):
            return env._(
                "Interchange %(number)s: %(partner)s used this control number (ISA13) before, in %(intake)s, "
                "with other content. Ask the sender for a new number, or which of the two counts.",
                number=isa.control,
                partner=self.partner.name,
                intake=before.intake_id.name,
            )
        return ""

    def _on_GroupStart(self, event):
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
        if event.status == "R":
            self._tell(*self._errors(event))
        vals = {
            "direction": "in",
            "set_id": event.set_id or "?",
            "control_number": event.control_number,
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
            self._reject([("group_id", "=", self.group.id)])
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
        self.env["om.edi.map.997"]._read_ta1(self.partner, event)

    def _on_InterchangeEnd(self, event):
        self._store()
        errors = self._errors(event)
        self.problems[:0] = errors  # that the file was cut says more than what was cut
        self.problem_count += len(errors)
        if event.status == "R":
            self._reject([("interchange_id", "=", self.interchange.id)])
            # A group of a rejected interchange gets no 997: the TA1 speaks, and all of it is sent again.
            self.acknowledgments.unlink()
            self.interchange.write(
                {"state": "rejected", "message": "\n".join(errors) or self.interchange.message}
            )
        owes_ta1 = event.interchange.isa.ack_requested or event.status == "R"
        if self.partner and not self.refusal and owes_ta1 and not self._is_answered(event):
            self.env["om.edi.map.997"]._acknowledge_interchange(self.partner, event, self.intake)

    def _is_answered(self, event):
        """Was this group or interchange answered when the file was read before?"""
        reference = self.env["om.edi.map.997"]._reference(event)
        self.answered[reference] -= 1
        return self.answered[reference] >= 0

    def _reject(self, domain):
        self.env["om.edi.transaction"].search([*domain, ("state", "in", ("pending", "error"))]).write(
            {"state": "rejected", "ack_state": "R"}
        )
