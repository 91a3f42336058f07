from odoo import api, fields, models
from odoo.exceptions import ValidationError

OWNER_RULES = [
    ("salesperson", "Salesperson of the order"),
    ("user", "A certain user"),
    ("team", "A team"),
    ("desk", "Order desk of the company"),
]
CAUSES = [
    ("customer", "Customer"),
    ("product", "Product"),
    ("found", "Found value"),
    ("customer_product", "Customer and product"),
    ("customer_found", "Customer and found value"),
]


class OmExceptionType(models.Model):
    """What happens to the cases of a type in the course of their life."""

    _inherit = "om.exception.type"

    owner_rule = fields.Selection(
        OWNER_RULES,
        compute="_compute_owner_rule",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Who owns new exceptions. Where the rule names nobody: the salesperson, then the order desk.",
    )
    team_id = fields.Many2one("om.exception.team", ondelete="restrict")
    sla_pause = fields.Boolean(
        "Clock Stops for the Customer", help="The clock stands still while a case waits for the customer."
    )
    reopen_days = fields.Integer(
        "Same Case within (days)",
        default=7,
        help="A cause that comes back within so many days of its end opens the same case again. 0: never.",
    )
    verification = fields.Selection(
        [("none", "Not verified"), ("person", "By a second person"), ("quiet", "When it stays away")],
        default="none",
        required=True,
        help="How resolved cases become verified. When it stays away: after the days of 'same case within'.",
    )
    cause_by = fields.Selection(
        CAUSES,
        "Same Cause",
        default="customer",
        help="What cases of one cause have in common, for common causes and for problems that recur."
        " A detector may know better.",
    )
    cause_threshold = fields.Integer(
        "Group from",
        help="From so many open cases of one cause on, they get a common case that cures them all. 0: never.",
    )
    activity = fields.Selection(
        [("never", "Never"), ("severe", "For severity 1"), ("always", "Always")],
        "Activity for the Owner",
        default="severe",
        required=True,
    )

    @api.depends("user_id", "team_id")
    def _compute_owner_rule(self):
        for kind in self:
            if kind.user_id:
                kind.owner_rule = "user"
            elif kind.team_id:
                kind.owner_rule = "team"
            elif kind.owner_rule not in ("salesperson", "desk"):
                kind.owner_rule = "salesperson"

    @api.constrains("owner_rule", "team_id", "user_id")
    def _check_owner_rule(self):
        for kind in self:
            if (kind.owner_rule == "team" and not kind.team_id) or (
                kind.owner_rule == "user" and not kind.user_id
            ):
                raise ValidationError(self.env._("%s: say who owns its exceptions.", kind.code))
