from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models

from ..stages import INTERNAL

BATCH = 500


class OmException(models.Model):
    """The escalation ladder: each case takes each step of it once, in working hours.

    Each open case stores when to look at it next. A change of the case sets that to now, so that
    detection computes nothing; the job looks at what is due only.
    """

    _inherit = "om.exception"

    next_escalation_at = fields.Datetime(readonly=True, help="When the ladder is looked at again.")
    escalation_ids = fields.One2many("om.escalation", "exception_id", "Escalations", readonly=True)
    escalation_count = fields.Integer("Steps Taken", readonly=True, aggregator="sum")

    _escalation_idx = models.Index(
        "(next_escalation_at) WHERE is_open IS TRUE AND parent_id IS NULL AND next_escalation_at IS NOT NULL"
    )

    @api.model
    def _plan(self, vals_list):
        vals_list = super()._plan(vals_list)
        for vals in vals_list:
            vals["next_escalation_at"] = vals["detected_at"]
        return vals_list

    def write(self, vals):
        if "next_escalation_at" not in vals and {"severity", "amount", "clock_started_at"} & vals.keys():
            vals = {**vals, "next_escalation_at": fields.Datetime.now()}
        return super().write(vals)

    @api.model
    def _cron_escalate(self):
        """Let the open cases that are due take their steps, in batches that are kept one by one."""
        steps = self.env["om.escalation.step"].search([("active", "=", True)])
        due = self.search(
            [
                ("is_open", "=", True),
                ("parent_id", "=", False),
                ("next_escalation_at", "<=", fields.Datetime.now()),
            ],
            order="next_escalation_at, id",
        )
        cron = self.env["ir.cron"]
        cron._om_progress(remaining=len(due))
        for start in range(0, len(due), BATCH):
            batch = self.browse(due[start : start + BATCH].ids)
            # what somebody works on right now is looked at in the next run
            batch.try_lock_for_update()._escalate(steps)
            if not cron._om_progress(len(batch)):
                break

    def _escalate(self, steps):
        """Take the steps that are due and have not been taken, and say when to look again.

        Queries: one per step for who fits it, and a constant number for all cases together.
        """
        now = fields.Datetime.now()
        taken = {(e.exception_id.id, e.step_id.id) for e in self.escalation_ids}
        times = self._times_of_cases()
        following = defaultdict(list)
        due = []
        for step in steps:
            for case in self.filtered_domain(step._case_domain()):
                if (case.id, step.id) in taken:
                    continue
                moment = case._step_is_due_at(step, times[case.calendar_id])
                if moment and moment <= now:
                    due.append((step, case))
                elif moment:
                    following[case.id].append(moment)
        self._take_steps(due)
        counts = defaultdict(int)
        for _step, case in due:
            counts[case.id] += 1
        for case in self.with_context(om_transition=INTERNAL):
            case.write(
                {
                    "next_escalation_at": min(following[case.id], default=False),
                    "escalation_count": case.escalation_count + counts[case.id],
                }
            )

    def _step_is_due_at(self, step, time):
        """When this case reaches ``step``; ``None`` while its clock stands still."""
        self.ensure_one()
        if not self.clock_started_at:
            return None
        if step.basis == "due":
            return self.sla_deadline and self._deadline(self.sla_deadline, step.hours, self.calendar_id, time)
        return self._deadline(
            self.clock_started_at, step.hours - self.work_hours_open, self.calendar_id, time
        )

    @api.model
    def _take_steps(self, due):
        """Record and tell: an activity per case, a mail per step and recipient with all their cases.

        :param due: ``[(step, case)]``
        """
        if not due:
            return
        told = [(step, case, step._whom(case)) for step, case in due]
        self.env["om.escalation"].create(
            [{"exception_id": case.id, "step_id": step.id, "user_id": user.id} for step, case, user in told]
        )
        model_id = self.env["ir.model"]._get_id(self._name)
        kind = self.env.ref("om_order_exceptions.activity_type_escalation")
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "automated": True,
                    "res_model_id": model_id,
                    "res_id": case.id,
                    "user_id": user.id,
                    "date_deadline": fields.Date.context_today(self),
                    "summary": step.name,
                    "note": case.found,
                }
                for step, case, user in told
                if step.activity
            ]
        )
        owners, mails, notes = defaultdict(list), defaultdict(list), {}
        for step, case, user in told:
            if step.take_over:
                owners[user].append(case.id)
            if step.mail:
                mails[step, user].append(case)
            notes.setdefault(case.id, []).append(
                self.env._("Escalated: %(step)s, to %(user)s", step=step.name, user=user.name)
            )
        for user, ids in owners.items():
            # without tracking: a mail for each of a thousand cases tells nobody anything
            self.browse(ids).with_context(om_transition=INTERNAL, tracking_disable=True).write(
                {"user_id": user.id}
            )
        self.browse(notes)._message_log_batch(
            {case_id: Markup("<br/>").join(lines) for case_id, lines in notes.items()}
        )
        self._mail_escalations(mails)

    @api.model
    def _mail_escalations(self, mails):
        """One mail per step and recipient, with all cases.

        :param mails: ``{(step, user): [case]}``
        """
        self.env["mail.mail"].create(
            [
                {
                    "subject": self.env._("%(step)s: %(count)s", step=step.name, count=len(cases)),
                    "email_to": user.email_formatted,
                    "auto_delete": True,
                    "body_html": Markup("<ul>%s</ul>")
                    % Markup("").join(
                        Markup('<li><a href="%s">%s</a> %s</li>')
                        % (f"/odoo/work-queue/{case.id}", case.display_name, case.found or "")
                        for case in cases
                    ),
                }
                for (step, user), cases in mails.items()
                if user.email
            ]
        )
