from collections import Counter

from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import ConcurrencyError

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.transactions import in_step

from .. import x12
from .intake_reader import Reader

# Another process has taken in the same control number, or begun to count the partner's numbers.
TAKEN_MEANWHILE = ("om_edi_interchange_unique_in", "om_edi_sequence_unique_kind")


class OmIntake(models.Model):
    """X12 files: read them, answer them, act on them.

    ======  ==============================================================================  =========
    step    what it does                                                                    commits
    ======  ==============================================================================  =========
    read    streams the bytes once: envelope, validation, one row per transaction, the      once
            997 that is owed
    act     maps valid transactions to business records, batch by batch; then reserves      per batch
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
        except UniqueViolation as error:
            if error.diag.constraint_name not in TAKEN_MEANWHILE:
                raise
            raise ConcurrencyError(str(error)) from error  # done again, with the other process's in sight

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
        reader = Reader(self, Counter((answers - unsent).mapped("reference")))
        unsent.unlink()
        with self._open_payload() as payload:
            # used numbers, in this file and before, are refused by the reader as each partner wants it
            for event in x12.read(payload, rules={"unique_interchanges": False}):
                reader.take(event)
        reader.note_numbers()
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
