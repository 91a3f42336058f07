from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..stages import INTERNAL

WAITING_ON = [("customer", "Customer"), ("supplier", "Supplier"), ("internal", "Colleagues")]


class OmException(models.Model):
    """Waiting for somebody else's answer: whose, for what, and until when.

    Only an answer that the customer owes stops the clock, and only where the type says so: what a
    supplier or a colleague owes us is our own time.
    """

    _inherit = "om.exception"

    waiting_on = fields.Selection(WAITING_ON, readonly=True, tracking=True)
    waiting_for = fields.Char(readonly=True, help="What the other has to answer or to send.")
    follow_up_on = fields.Date(readonly=True, help="Day on which to ask again.")

    def action_wait(self):
        """Open the dialog that asks whom these exceptions wait for, for what and until when."""
        self._check_specialist()
        if not self.filtered("is_open"):
            raise UserError(self.env._("These exceptions are closed already."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Wait for an Answer"),
            "res_model": "om.exception.wait",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_ids": self.ids},
        }

    def action_resume(self):
        """The answer is there, or is not waited for any longer: go on."""
        self._check_specialist()
        waiting = self._with_children().filtered(lambda e: e.state == "waiting")
        waiting._resume()
        waiting.with_context(om_transition=INTERNAL).write({"state": "in_progress"})
        return True

    def _wait(self, waiting_on, waiting_for, follow_up_on):
        """Mark open exceptions as waiting; the clock stands still where the type's policy says so."""
        self._check_specialist()
        exceptions = self._with_children().filtered("is_open")
        exceptions._resume()  # whom it waited for before does not matter any longer
        exceptions.with_context(om_transition=INTERNAL).write(
            {
                "state": "waiting",
                "waiting_on": waiting_on,
                "waiting_for": waiting_for,
                "follow_up_on": follow_up_on,
            }
        )
        exceptions.filtered(lambda e: waiting_on == "customer" and e.type_id.sla_pause)._stop_clock()

    def _resume(self):
        """These exceptions wait for nobody any longer."""
        waiting = self.filtered(lambda e: e.state == "waiting")
        waiting.filtered(lambda e: not e.clock_started_at)._start_clock()
        waiting.with_context(om_transition=INTERNAL).write(
            {"waiting_on": False, "waiting_for": False, "follow_up_on": False}
        )

    def _chase(self):
        """What to do next about a case that waits."""
        self.ensure_one()
        labels = dict(self._fields["waiting_on"]._description_selection(self.env))
        what = self.waiting_for or self.env._("the answer")
        if not self.follow_up_on:
            return self.env._("Chase %(what)s", what=what)
        return self.env._(
            "%(day)s: chase %(who)s for %(what)s",
            day=format_date(self.env, self.follow_up_on),
            who=labels.get(self.waiting_on, "").lower(),
            what=what,
        )
