import ast

from lxml import html

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

ASSERTED_MODELS = {"exception": "om.exception", "order": "sale.order"}


class OmSop(models.Model):
    """Standard operating procedure of an exception type, in one version.

    One version of a type is in force. A case keeps the version that was in force when it opened; a
    published version never changes, so that it stays known by which procedure somebody worked.
    """

    _name = "om.sop"
    _description = "Procedure"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "type_id, version desc"

    type_id = fields.Many2one(
        "om.exception.type", "Exception Type", required=True, ondelete="cascade", index=True
    )
    version = fields.Integer(readonly=True, default=1)
    state = fields.Selection(
        [("draft", "Draft"), ("published", "In Force"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        tracking=True,
    )
    step_ids = fields.One2many("om.sop.step", "sop_id", "Steps", copy=True)
    change_reason = fields.Text(help="What is different from the version before, and why.")
    from_text = fields.Boolean(readonly=True, help="Made from the text of the exception type.")
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    _one_in_force = models.UniqueIndex(
        "(type_id) WHERE state = 'published'", "Another version of this procedure is in force."
    )
    _version_unique = models.Constraint("UNIQUE(type_id, version)", "This version exists already.")

    @api.depends("type_id.code", "version")
    def _compute_display_name(self):
        for sop in self:
            sop.display_name = self.env._(
                "%(code)s version %(version)s", code=sop.type_id.code, version=sop.version
            )

    @api.model_create_multi
    def create(self, vals_list):
        last = dict(
            self._read_group(
                [("type_id", "in", [vals.get("type_id") for vals in vals_list])], ["type_id"], ["version:max"]
            )
        )
        last = {kind.id: version for kind, version in last.items()}
        for vals in vals_list:
            kind = vals.get("type_id")
            last[kind] = vals["version"] = last.get(kind, 0) + 1
        return super().create(vals_list)

    def action_publish(self):
        """Put this version in force; the one before is retired. For managers (by their write access)."""
        self.check_access("write")
        for sop in self:
            if sop.state != "draft":
                raise UserError(self.env._("%s was published before.", sop.display_name))
            if not sop.step_ids:
                raise UserError(self.env._("%s has no steps.", sop.display_name))
        self.type_id.sop_ids.filtered(lambda sop: sop.state == "published").state = "retired"
        self.flush_recordset(["state"])
        self.type_id.sop_ids.flush_recordset(["state"])
        self.write(
            {"state": "published", "published_at": fields.Datetime.now(), "published_by_id": self.env.uid}
        )
        for sop in self:
            sop.type_id.sop_id = sop
        return True

    def action_new_version(self):
        """Start the next version from this one."""
        self.ensure_one()
        draft = self.copy({"state": "draft", "from_text": False, "change_reason": False})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "views": [(False, "form")],
        }

    @api.model
    def _publish_texts(self, kinds):
        """Make procedures with steps from the texts of these types, where nobody wrote one with steps."""
        sops = self.browse()
        for kind in kinds:
            steps = _steps_of(kind.sop)
            if not steps or (kind.sop_id and not kind.sop_id.from_text):
                continue
            if kind.sop_id.step_ids.mapped("name") == steps:
                continue
            sops |= self.create(
                {
                    "type_id": kind.id,
                    "from_text": True,
                    "step_ids": [
                        fields.Command.create({"name": text, "sequence": 10 * number})
                        for number, text in enumerate(steps, 1)
                    ],
                }
            )
        sops.action_publish()
        return sops


def _steps_of(text):
    """The items of a procedure's numbered list, as plain texts."""
    if not text or "<li" not in text:
        return []
    items = html.fromstring(f"<div>{text}</div>").iter("li")
    texts = (" ".join(item.text_content().split()) for item in items)
    return [item for item in texts if item]


class OmSopStep(models.Model):
    """A step of a procedure; where it asserts something, the system ticks it when that has become true."""

    _name = "om.sop.step"
    _description = "Procedure Step"
    _order = "sop_id, sequence, id"

    sop_id = fields.Many2one("om.sop", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char("Step", required=True, translate=True)
    required = fields.Boolean(help="A case is not resolved by hand before this is done.")
    asserts_on = fields.Selection(
        [("exception", "The exception"), ("order", "Its order")], help="Empty: a person ticks the step."
    )
    assertion = fields.Char(
        default="[]", help="Domain: the system ticks the step when the exception or its order fits it."
    )
    asserted_model = fields.Char(compute="_compute_asserted_model")

    @api.depends("asserts_on")
    def _compute_asserted_model(self):
        for step in self:
            step.asserted_model = ASSERTED_MODELS.get(step.asserts_on)

    @api.depends("name", "required", "asserts_on")
    def _compute_display_name(self):
        for step in self:
            marks = [self.env._("required")] if step.required else []
            marks += [self.env._("by itself")] if step.asserts_on else []
            step.display_name = f"{step.name} ({', '.join(marks)})" if marks else step.name

    @api.constrains("asserts_on", "assertion")
    def _check_assertion(self):
        for step in self.filtered("asserts_on"):
            step._assertion_domain()

    @api.constrains("name", "required", "asserts_on", "assertion", "sop_id")
    def _check_draft(self):
        for step in self:
            if step.sop_id.state != "draft":
                raise ValidationError(
                    self.env._("%s is published: make a new version.", step.sop_id.display_name)
                )

    def _assertion_domain(self):
        """The assertion as a validated ``Domain``; a literal, never code.

        :raise ValidationError: the text is no domain on the model that it asserts something of
        """
        self.ensure_one()
        try:
            domain = Domain(ast.literal_eval(self.assertion or "[]"))
            domain.validate(self.env[self.asserted_model])
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValidationError(
                self.env._("%(step)s: not a valid domain: %(error)s", step=self.name, error=error)
            ) from error
        return domain


class OmSopTick(models.Model):
    """A step that was done for a case: by whom and when; with the step's version of the procedure."""

    _name = "om.sop.tick"
    _description = "Procedure Tick"
    _order = "ticked_at, id"

    exception_id = fields.Many2one(
        "om.exception", required=True, readonly=True, ondelete="cascade", index=True
    )
    step_id = fields.Many2one("om.sop.step", required=True, readonly=True, ondelete="restrict")
    sop_id = fields.Many2one(related="step_id.sop_id", store=True)
    user_id = fields.Many2one("res.users", "By", readonly=True, help="Empty: the system.")
    ticked_at = fields.Datetime("On", required=True, readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one(related="exception_id.company_id", store=True)

    _once = models.Constraint("UNIQUE(exception_id, step_id)", "This step is ticked already.")


class OmExceptionType(models.Model):
    _inherit = "om.exception.type"

    sop_id = fields.Many2one("om.sop", "Procedure in Force", readonly=True, copy=False)
    sop_ids = fields.One2many("om.sop", "type_id", "Versions of the Procedure")

    @api.model_create_multi
    def create(self, vals_list):
        kinds = super().create(vals_list)
        self.env["om.sop"]._publish_texts(kinds)
        return kinds

    def write(self, vals):
        """A new text is a new version of a procedure that is made from it."""
        result = super().write(vals)
        if "sop" in vals and (self.env.lang or "en_US") == "en_US":
            self.env["om.sop"]._publish_texts(self)
        return result
