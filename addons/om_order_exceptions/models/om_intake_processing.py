import logging
import time
from datetime import timedelta

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError

from ..stages import INTERNAL
from ..transactions import COLLISIONS, NOT_THE_DOCUMENT, commit, in_step, roll_back
from .om_intake import PROCESS

_logger = logging.getLogger(__name__)

WAITING = ("received", "processing")
# How often a document is begun without getting any further before it counts as failed: an error comes
# again, a process that was stopped need not be the document's fault.
ERRORS = 5
STARTS = 20
# Seconds that a person waits for a document that is processed by hand; the job does the rest.
PATIENCE = 30
# Seconds after which a document lets others go first, where each is given to a process of its own.
SLICE = 60


class OmIntake(models.Model):
    """What is done with a document once it is stored: in committed steps, again after a stop or an error."""

    _inherit = "om.intake"

    def action_process(self):
        """Process received documents now, instead of waiting for the job; failed ones once more."""
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists process received documents."))
        # sudo: what a document leads to does not depend on who has it processed
        intakes = self.sudo().with_context(om_until=time.monotonic() + PATIENCE)
        for intake in intakes.filtered(lambda i: i.state == "failed"):
            intake._finish(intake._state_to_retry())
        intakes = intakes.filtered(lambda i: i.state in WAITING)
        intakes.write({"attempts": 0, "next_attempt": False})
        intakes._process()
        return True

    def _state_to_retry(self):
        """The state from which a failed document is tried again."""
        return "received"

    def _process(self):
        """Act on stored documents, each on its own: one that fails does not stop the others.

        Every kind of document has a method ``_process_<kind>()`` that sets the final state. It works
        in steps: each begins with :meth:`_claim` and ends with :meth:`_end_step`, which commits. It must
        go on where it stopped when it is called again, for the process may be killed at any moment.

        What was not committed when a process is killed is done again by the next one. Who starts
        without getting any further counts in ``attempts``, so that a document that brings down its
        process is put aside at last; one that gets further by a single step may be killed as often as
        it likes. Collisions with other processes are never held against a document.
        """
        # sudo: what a document leads to does not depend on who has it processed
        for intake in self.sudo():
            if modules.module.current_test:
                if intake._start():
                    intake._process_kind()
                continue
            try:
                if in_step(self.env, intake._start):
                    intake._process_kind()
                commit(self.env)
            except COLLISIONS:
                _logger.info("Document %s collided with another process and waits", intake.id)
                roll_back(self.env)
                self.env["ir.cron"]._om_trigger(PROCESS, units=intake)
            except NOT_THE_DOCUMENT:
                raise
            except Exception as error:
                if self.env.cr.closed:
                    raise  # the database has gone, which psycopg2 tells by a plain DatabaseError
                _logger.exception("Document %s could not be processed", intake.id)
                roll_back(self.env)
                in_step(self.env, lambda intake=intake, error=error: intake._note_error(error))

    def _claim(self):
        """Take this document for the transaction that begins now.

        :return: ``False`` when another process has it, or has ended it
        """
        self.env.invalidate_all()
        return bool(self.try_lock_for_update(allow_referencing=True)) and self.state in WAITING

    def _start(self):
        """Count the start; ``False``: not ours, or started too often without getting any further."""
        if not self._claim():
            return False
        self.attempts += 1
        if self.attempts > STARTS:
            self._give_up(
                self.env._(
                    "The process stopped %s times while it worked on this document. Ask the administrator "
                    "to look for it in the server's log, and then try again.",
                    STARTS,
                )
            )
            return False
        self._detect_kind()
        return True

    def _process_kind(self):
        getattr(self, f"_process_{self.kind}")()

    def _end_step(self):
        """Commit a step that got further; the cache does not grow from step to step.

        :return: whether there is time for another step now; otherwise the job goes on later
        """
        if self.attempts or self.next_attempt:
            self.write({"attempts": 0, "next_attempt": False})
        if modules.module.current_test:
            self.env.flush_all()
            self.env.invalidate_all()
            return True
        cron = self.env["ir.cron"]
        is_over = time.monotonic() >= self.env.context.get("om_until", float("inf"))
        if is_over and self.state in WAITING:
            cron._om_trigger(PROCESS, units=self)
        left = cron._commit_progress(1, remaining=self.search_count(self._waiting_domain()))
        return left > 0 and not is_over

    def _note_error(self, error):
        """An unexpected error: try again later, with growing pauses, and give up at last."""
        if not self._claim():
            return
        self.attempts = max(self.attempts, 1)
        text = f"{type(error).__name__}: {error}"
        if self.attempts >= ERRORS:
            self._give_up(
                self.env._("Given up after %(count)s errors. The last: %(error)s", count=ERRORS, error=text)
            )
            return
        self.next_attempt = fields.Datetime.now() + timedelta(minutes=self.attempts**2)
        if self.state == "received":
            self._finish("received", self.env._("Will be tried again after an error: %s", text))
        self.env["ir.cron"]._om_trigger(PROCESS, at=self.next_attempt, units=self)

    def _give_up(self, reason):
        """Put a document aside that can't be processed to its end, and say why."""
        kept = self.message if self.state == "processing" else False
        self._finish("failed", "\n".join(filter(None, (kept, reason))))

    def _detect_kind(self):
        """Set ``kind`` from the bytes. Addons that read a format extend this."""

    def _process_unknown(self):
        """No installed addon reads this document: keep it visible, and say why."""
        self._finish("failed", self.env._("Nobody here can read this document. %s", self._describe_payload()))

    def _describe_payload(self):
        """What the bytes look like, for a person."""
        self.ensure_one()
        if not self.size:
            return self.env._("The file is empty: ask the sender to send it again.")
        with self._open_payload() as payload:
            head = payload.read(24)
        return self.env._(
            "It is %(size)s bytes long and begins with %(head)s. It is not an X12 interchange, which begins "
            "with ISA. Ask the sender which file was meant.",
            size=self.size,
            head=repr(head)[1:],
        )

    def _finish(self, state, message=False):
        """Set the final state of these documents and what a person should know."""
        self.with_context(om_transition=INTERNAL).write({"state": state, "message": message})

    @api.model
    def _waiting_domain(self):
        return [
            ("state", "in", WAITING),
            "|",
            ("next_attempt", "=", False),
            ("next_attempt", "<=", fields.Datetime.now()),
        ]

    def _work_off(self):
        """Process these documents, as far as they wait and are due, and as far as the time goes.

        For processes that are given documents one by one; the scheduled job looks for them by itself. Also
        when several are given the same one, it is processed once.
        """
        waiting = self.search([("id", "in", self.ids), *self._waiting_domain()])
        for intake in waiting:
            intake.with_context(om_until=time.monotonic() + SLICE)._process()

    @api.model
    def _cron_process(self, limit=20):
        """Process what is waiting, oldest first, those in trouble last."""
        cron = self.env["ir.cron"]
        waiting = self.search(self._waiting_domain(), order="attempts, id", limit=limit)
        cron._commit_progress(remaining=self.search_count(self._waiting_domain()))
        for intake in waiting:
            intake._process()
            if not cron._commit_progress(1, remaining=self.search_count(self._waiting_domain())):
                break
