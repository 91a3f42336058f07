from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact_test import fisher_less
from ..stages import INTERNAL

# Same type and cause so often within so many days: propose to look for the root.
RECURRENCES, WITHIN_DAYS = 3, 30
LIVE = ("proposed", "analysis", "verifying")


class OmProblem(models.Model):
    """Root-cause analysis: why something comes back, what was done about it, and whether that helped.

    ===========  =========================================================================
    state        meaning
    ===========  =========================================================================
    proposed     the same cause came back often enough; nobody has begun
    analysis     its owner looks for the root cause
    verifying    the corrective action is in place; the days after it are being watched
    effective    the rate of exceptions fell, and is watched further
    rejected     not worth it, with the reason in the chatter
    ===========  =========================================================================

    Effective is measured: orders affected of orders received in as many days before and after the
    corrective action, by Fisher's exact test. When the rate of an effective one rises above what it
    was before, it opens again by itself.
    """

    _name = "om.problem"
    _description = "Problem"
    _inherit = ["om.owned"]
    _order = "id desc"

    name = fields.Char("Problem", required=True, tracking=True, help="What goes wrong, in one sentence.")
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("analysis", "Analysis"),
            ("verifying", "Verifying"),
            ("effective", "Effective"),
            ("rejected", "Rejected"),
        ],
        default="analysis",
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    type_id = fields.Many2one("om.exception.type", "Exception Type", required=True, index=True)
    cause_key = fields.Char("Cause", help="Which cases of the type it is about; empty: all of them.")
    partner_id = fields.Many2one("res.partner", "Customer", help="Count this customer's orders only.")
    root_cause_id = fields.Many2one("om.root.cause", tracking=True)
    why_1 = fields.Char("1. Why?")
    why_2 = fields.Char("2. Why?")
    why_3 = fields.Char("3. Why?")
    why_4 = fields.Char("4. Why?")
    why_5 = fields.Char("5. Why?")
    containment = fields.Text(help="What keeps the damage small until the cause is gone.")
    corrective_action = fields.Text(help="What takes the cause away.")
    preventive_action = fields.Text(help="What keeps it from happening elsewhere.")
    corrected_on = fields.Date("In Place Since", tracking=True, help="First day with the corrective action.")
    verify_on = fields.Date(compute="_compute_verify_on", store=True, readonly=False)
    window_days = fields.Integer("Days to Compare", default=30, required=True)
    exception_ids = fields.One2many("om.exception", "problem_id", "Exceptions", readonly=True)
    exception_count = fields.Integer(compute="_compute_exceptions")
    amount = fields.Monetary("At Risk", compute="_compute_exceptions")

    affected_before = fields.Integer(readonly=True)
    orders_before = fields.Integer(readonly=True)
    rate_before = fields.Float(readonly=True, digits=(16, 4), aggregator="avg")
    affected_after = fields.Integer(readonly=True)
    orders_after = fields.Integer(readonly=True)
    rate_after = fields.Float(readonly=True, digits=(16, 4), aggregator="avg")
    p_value = fields.Float(
        "Chance",
        readonly=True,
        digits=(16, 4),
        aggregator=None,
        help="How likely so few exceptions would be if nothing had changed (Fisher's exact test).",
    )
    measured_at = fields.Datetime(readonly=True)
    reopen_count = fields.Integer("Times Reopened", readonly=True)

    _one_live = models.UniqueIndex(
        "(company_id, type_id, cause_key) WHERE cause_key IS NOT NULL"
        " AND state IN ('proposed', 'analysis', 'verifying')",
        "This cause has a problem record already.",
    )

    @api.depends("corrected_on", "window_days")
    def _compute_verify_on(self):
        for problem in self:
            problem.verify_on = problem.corrected_on and fields.Date.add(
                problem.corrected_on, days=problem.window_days
            )

    @api.depends("exception_ids")
    def _compute_exceptions(self):
        groups = self.env["om.exception"]._read_group(
            [("problem_id", "in", self.ids)], ["problem_id"], ["__count", "amount:sum"]
        )
        figures = {problem.id: (count, amount) for problem, count, amount in groups}
        for problem in self:
            problem.exception_count, problem.amount = figures.get(problem.id, (0, 0.0))

    def write(self, vals):
        """What is measured is written by measuring only."""
        guarded = sorted(name for name in vals if name in self._fields and self._fields[name].readonly)
        if guarded and not self.env.su and self.env.context.get("om_transition") is not INTERNAL:
            raise UserError(self.env._("%s can't be written directly.", ", ".join(guarded)))
        return super().write(vals)

    # ------------------------------------------------------------------------------ user's actions

    def action_analyse(self):
        """Begin, or begin again."""
        self.check_access("write")
        self._set_state("analysis")
        return True

    def action_correct(self):
        """The corrective action is in place: watch what comes."""
        self.check_access("write")
        for problem in self:
            missing = [
                problem._fields[name]._description_string(self.env)
                for name in ("root_cause_id", "why_1", "corrective_action", "corrected_on")
                if not problem[name]
            ]
            if missing:
                raise UserError(
                    self.env._(
                        "%(problem)s: fill in %(missing)s.", problem=problem.name, missing=", ".join(missing)
                    )
                )
        self._set_state("verifying")
        self._measure()
        return True

    def action_measure(self):
        """Count again."""
        self.check_access("write")
        self._measure()
        return True

    def action_close(self):
        """Close as effective: the rate fell after the corrective action."""
        self.check_access("write")
        self._measure()
        for problem in self:
            if problem.state != "verifying":
                raise UserError(self.env._("%s is not being verified.", problem.name))
            if problem.verify_on > fields.Date.context_today(problem):
                raise UserError(
                    self.env._(
                        "%(problem)s: count until %(day)s first.", problem=problem.name, day=problem.verify_on
                    )
                )
            if problem.rate_after >= problem.rate_before:
                raise UserError(
                    self.env._("%s: the rate has not fallen. Look for the root cause again.", problem.name)
                )
        self._set_state("effective")
        return True

    def action_reject(self):
        """Not worth an analysis."""
        self.check_access("write")
        self._set_state("rejected")
        return True

    def action_open_exceptions(self):
        """Open the exceptions of this problem."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {**action, "domain": [("problem_id", "=", self.id)], "context": {"create": False}}

    def _set_state(self, state):
        self.with_context(om_transition=INTERNAL).write({"state": state})

    # ------------------------------------------------------------------------ effectiveness (T21.3)

    def _affected(self, start, end):
        """Documents with an exception of this problem, detected from ``start`` until before ``end``."""
        self.ensure_one()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("type_id", "=", self.type_id.id),
            ("is_parent", "=", False),
            ("detected_at", ">=", start),
            ("detected_at", "<", end),
        ]
        if self.cause_key:
            domain.append(("cause_key", "=", self.cause_key))
        if self.partner_id:
            domain.append(("partner_id", "=", self.partner_id.id))
        # sudo: a rate is right or it is none, whoever measures it
        [[affected]] = self.env["om.exception"].sudo()._read_group(domain, [], ["res_id:count_distinct"])
        return affected

    def _received(self, start, end):
        """Orders entered from ``start`` until before ``end``."""
        self.ensure_one()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("create_date", ">=", start),
            ("create_date", "<", end),
        ]
        if self.partner_id:
            domain.append(("om_commercial_partner_id", "=", self.partner_id.commercial_partner_id.id))
        return self.env["sale.order"].sudo().search_count(domain)  # sudo: see above

    def _measure(self):
        """Count affected and received orders before and after the corrective action."""
        now = fields.Datetime.now()
        for problem in self.filtered("corrected_on"):
            change = datetime.combine(problem.corrected_on, time())
            window = timedelta(days=problem.window_days)
            # once the window is full, it moves on: the last days are what counts for "is back"
            end = max(now, change)
            start = max(change, end - window)
            before = problem._affected(change - window, change)
            after = problem._affected(start, end)
            # documents that are no orders may be more than the orders
            orders_before = max(problem._received(change - window, change), before)
            orders_after = max(problem._received(start, end), after)
            problem.with_context(om_transition=INTERNAL).write(
                {
                    "affected_before": before,
                    "orders_before": orders_before,
                    "rate_before": before / orders_before if orders_before else 0.0,
                    "affected_after": after,
                    "orders_after": orders_after,
                    "rate_after": after / orders_after if orders_after else 0.0,
                    "p_value": fisher_less(before, orders_before, after, orders_after),
                    "measured_at": now,
                }
            )

    @api.model
    def _cron_watch(self):
        """Count again what is watched; what came back above its old rate opens again."""
        cron = self.env["ir.cron"]
        watched = self.search([("state", "in", ("verifying", "effective"))])
        cron._om_progress(remaining=len(watched))
        for problem in watched:
            problem._measure()
            if problem.state == "effective" and problem.rate_after > problem.rate_before:
                problem._come_back()
            if not cron._om_progress(1):
                break

    def _come_back(self):
        self.ensure_one()
        twin = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("type_id", "=", self.type_id.id),
                ("cause_key", "=", self.cause_key),
                ("state", "in", LIVE),
            ],
            limit=1,
        )
        if twin:  # somebody looks into it again already
            return
        self.with_context(om_transition=INTERNAL).write(
            {"state": "analysis", "reopen_count": self.reopen_count + 1}
        )
        self.message_post(
            body=self.env._(
                "It is back: %(after)s of %(orders_after)s orders, before the corrective action it were"
                " %(before)s of %(orders_before)s.",
                after=self.affected_after,
                orders_after=self.orders_after,
                before=self.affected_before,
                orders_before=self.orders_before,
            )
        )
        self.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.user_id.id, summary=self.env._("The problem is back")
        )

    # --------------------------------------------------------------------------- recurrence (T21.4)

    @api.model
    def _cron_propose(self):
        """Propose a problem for each cause that came back often; link its cases. Idempotent."""
        cases = self.env["om.exception"]
        groups = cases._read_group(
            [
                ("problem_id", "=", False),
                ("cause_key", "!=", False),
                ("is_parent", "=", False),
                ("detected_at", ">=", fields.Datetime.now() - timedelta(days=WITHIN_DAYS)),
            ],
            ["company_id", "type_id", "cause_key"],
            ["__count", "id:recordset"],
        )
        live = {
            (problem.company_id, problem.type_id, problem.cause_key): problem
            for problem in self.search([("state", "in", LIVE), ("cause_key", "!=", False)])
        }
        found, new = defaultdict(cases.browse), []
        for company, kind, cause, count, recurring in groups:
            identity = (company, kind, cause)
            if identity not in live and count >= RECURRENCES:
                new.append((identity, recurring))
            if identity in live or count >= RECURRENCES:
                found[identity] = recurring
        problems = self.create([self._prepare_proposal(*identity, some) for identity, some in new])
        live.update(zip((identity for identity, _some in new), problems, strict=True))
        for identity, recurring in found.items():
            recurring.with_context(om_transition=INTERNAL, tracking_disable=True).write(
                {"problem_id": live[identity].id}
            )
        return problems

    @api.model
    def _prepare_proposal(self, company, kind, cause, cases):
        partner = cases.partner_id if len(cases.partner_id) == 1 else self.env["res.partner"]
        desk = company.om_order_desk_user_id
        owners = [user for user in (kind.team_id.manager_id, desk) if user.active and not user.share]
        about = cases.sorted("id")[-1:].found
        return {
            "name": self.env._("%(type)s again and again: %(found)s", type=kind.name, found=about or cause),
            "state": "proposed",
            "company_id": company.id,
            "type_id": kind.id,
            "cause_key": cause,
            "partner_id": partner.id,
            "root_cause_id": kind.root_cause_id.id,
            "user_id": (owners[0] if owners else self.env["om.exception"]._last_resort()).id,
        }


class OmException(models.Model):
    _inherit = "om.exception"

    problem_id = fields.Many2one(
        "om.problem", index="btree_not_null", check_company=True, help="Why this keeps happening."
    )
