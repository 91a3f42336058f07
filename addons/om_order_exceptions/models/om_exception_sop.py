from odoo import api, fields, models
from odoo.exceptions import UserError


class OmException(models.Model):
    """The procedure beside the work: its steps are ticked on the case, by people or by themselves."""

    _inherit = "om.exception"

    sop_id = fields.Many2one("om.sop", "Procedure Version", readonly=True)
    sop_tick_ids = fields.One2many("om.sop.tick", "exception_id", "Ticks", readonly=True)
    sop_done_ids = fields.Many2many(
        "om.sop.step",
        string="Steps Done",
        compute="_compute_sop_done_ids",
        inverse="_inverse_sop_done_ids",
        domain="[('sop_id', '=', sop_id)]",
    )
    sop_progress = fields.Char("Steps", compute="_compute_sop_done_ids")

    @api.depends("sop_tick_ids.step_id", "sop_id.step_ids")
    def _compute_sop_done_ids(self):
        for case in self:
            case.sop_done_ids = case.sop_tick_ids.step_id
            total = len(case.sop_id.step_ids)
            case.sop_progress = f"{len(case.sop_done_ids)}/{total}" if total else False

    def _inverse_sop_done_ids(self):
        """Ticks that a person set or took away."""
        self._check_specialist()
        for case in self:
            done, before = case.sop_done_ids, case.sop_tick_ids.step_id
            for step in (done - before) | (before - done):
                if step.sop_id != case.sop_id:
                    raise UserError(self.env._("%s is no step of this procedure.", step.name))
                if step.asserts_on:
                    raise UserError(self.env._("%s ticks itself.", step.name))
            if not case.is_open and done != before:
                raise UserError(self.env._("%s has ended.", case.display_name))
            case._tick(done - before, user=self.env.user)
            if untick := before - done:
                # sudo: ticks are written by this method only; the case keeps what was taken back
                case.sudo().sop_tick_ids.filtered(lambda tick: tick.step_id in untick).unlink()
                case._message_log(body=self.env._("Taken back: %s", ", ".join(untick.mapped("name"))))

    def _tick(self, steps, user=None):
        """Tick ``steps`` on each of these cases.

        :param user: who did it; ``None``: the system
        """
        # sudo: see above
        self.env["om.sop.tick"].sudo().create(
            [
                {"exception_id": case.id, "step_id": step.id, "user_id": user and user.id}
                for case in self
                for step in steps
            ]
        )

    @api.model
    def _prepare(self, kind, finding):
        return {**super()._prepare(kind, finding), "sop_id": kind.sop_id.id}

    def _tick_by_themselves(self):
        """Tick the steps whose assertion has become true. Two queries per step, for any number of cases."""
        # sudo: what is true of an order does not depend on who looks at it
        for sop, cases in (
            self.sudo().filtered(lambda case: case.is_open and case.sop_id).grouped("sop_id").items()
        ):
            for step in sop.step_ids.filtered("asserts_on"):
                waiting = cases.filtered(lambda case, step=step: step not in case.sop_tick_ids.step_id)
                domain = step._assertion_domain()
                if step.asserts_on == "order":
                    fits = waiting.order_id.filtered_domain(domain)
                    waiting.filtered(lambda case, fits=fits: case.order_id in fits)._tick(step)
                else:
                    waiting.filtered_domain(domain)._tick(step)

    def action_claim(self):
        result = super().action_claim()
        self._tick_by_themselves()
        return result

    def action_recheck(self):
        """Look again, also at what the procedure asserts."""
        result = super().action_recheck()
        self._tick_by_themselves()
        return result

    def _check_sop(self):
        """A person resolves a case when the required steps of its procedure are done.

        :raise UserError: naming the steps that are not
        """
        if not any(step.required for step in self.sop_id.step_ids):
            return
        self._tick_by_themselves()
        for case in self:
            # what was done for the common cause was done for each of its cases
            done = case.sop_tick_ids.step_id | case.parent_id.sop_tick_ids.step_id
            undone = case.sop_id.step_ids.filtered("required") - done
            if undone and not case.is_parent:
                raise UserError(
                    self.env._(
                        "%(exception)s: these steps of the procedure are not done yet:\n%(steps)s",
                        exception=case.display_name,
                        steps="\n".join(f"- {step.name}" for step in undone),
                    )
                )

    def _close(self, state, **values):
        if state == "resolved":
            self._check_sop()
        return super()._close(state, **values)
