import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..stages import INTERNAL

RECIPIENTS = [
    ("owner", "Owner"),
    ("salesperson", "Salesperson of the order"),
    ("team", "Escalation manager of the team"),
    ("desk", "Order desk of the company"),
    ("user", "A certain user"),
]


class OmEscalationStep(models.Model):
    """A step of the ladder: which cases reach it after how long, and who is told then.

    Hours are working hours of the case's calendar while its clock runs. Each case takes each step once.
    """

    _name = "om.escalation.step"
    _description = "Escalation Step"
    _order = "sequence, hours, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for the cases of all companies.")
    severity = fields.Selection([("1", "1 only"), ("2", "1 and 2"), ("3", "All")], default="3", required=True)
    type_ids = fields.Many2many("om.exception.type", string="Types", help="Empty: all types.")
    basis = fields.Selection(
        [("opened", "After it was opened"), ("due", "After it was due")], default="due", required=True
    )
    hours = fields.Float("Working Hours", help="Negative: before it is due.")
    min_amount = fields.Float("At Risk at Least", help="In the currency of the case.")
    domain = fields.Char(
        "Only for", default="[]", help="Condition on the exception, such as on the tier of its customer."
    )
    recipient = fields.Selection(RECIPIENTS, default="team", required=True)
    user_id = fields.Many2one("res.users", domain=[("share", "=", False)])
    activity = fields.Boolean(default=True, help="Put each case on the recipient's list.")
    mail = fields.Boolean(help="One mail with all cases that reach the step at the same time.")
    take_over = fields.Boolean("Becomes Owner", help="The recipient owns the case from then on.")

    @api.constrains("domain")
    def _check_domain(self):
        for step in self:
            step._case_domain()

    @api.constrains("recipient", "user_id")
    def _check_user(self):
        for step in self:
            if step.recipient == "user" and not step.user_id:
                raise ValidationError(self.env._("%s: say who is told.", step.name))

    @api.constrains("basis", "hours")
    def _check_hours(self):
        for step in self:
            if step.basis == "opened" and step.hours < 0:
                raise ValidationError(self.env._("%s: nothing is told before it has happened.", step.name))

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        self._look_again()
        return steps

    def write(self, vals):
        """A ladder that changes is climbed anew; what a case has taken already it does not take again."""
        result = super().write(vals)
        self._look_again()
        return result

    @api.model
    def _look_again(self):
        # sudo: the ladder is for the cases of all companies
        cases = self.env["om.exception"].sudo()
        cases.search([("is_open", "=", True), ("parent_id", "=", False)]).with_context(
            om_transition=INTERNAL
        ).write({"next_escalation_at": fields.Datetime.now()})

    def _case_domain(self):
        """The cases that this step is for, as a validated ``Domain``; a literal, never code."""
        self.ensure_one()
        cases = self.env["om.exception"]
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            domain.validate(cases)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValidationError(
                self.env._(
                    "%(step)s: not a valid condition on exceptions: %(error)s", step=self.name, error=error
                )
            ) from error
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.type_ids:
            domain &= Domain("type_id", "in", self.type_ids.ids)
        if self.min_amount:
            domain &= Domain("amount", ">=", self.min_amount)
        return domain & Domain("severity", "in", [s for s in ("1", "2", "3") if s <= self.severity])

    def _whom(self, case):
        """Who is told about ``case``; somebody in any case."""
        self.ensure_one()
        desk = case.company_id.om_order_desk_user_id
        user = {
            "owner": case.user_id,
            "salesperson": case.order_id.user_id,
            "team": case.team_id.manager_id or case.type_id.team_id.manager_id,
            "desk": desk,
            "user": self.user_id,
        }[self.recipient]
        for candidate in (user, desk, case.user_id):
            if candidate.active and not candidate.share:
                return candidate
        return self.env["om.exception"]._last_resort()


class OmEscalation(models.Model):
    """A step that a case has taken: evidence, and what keeps it from being taken twice."""

    _name = "om.escalation"
    _description = "Escalation"
    _order = "taken_at desc, id desc"

    exception_id = fields.Many2one(
        "om.exception", required=True, readonly=True, ondelete="cascade", index=True
    )
    step_id = fields.Many2one("om.escalation.step", required=True, readonly=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", "Told", required=True, readonly=True)
    taken_at = fields.Datetime("On", required=True, readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one(related="exception_id.company_id", store=True)

    _once = models.Constraint("UNIQUE(exception_id, step_id)", "A case takes a step once.")
