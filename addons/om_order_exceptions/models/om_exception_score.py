from odoo import api, fields, models

from .om_score_weight import points_by_amount, points_by_time, terms_label, terms_of, terms_text
from .sale_order_score import BATCH

STORED = ("score", "score_terms", "score_next_at", "tier", "ship_cutoff")


class OmException(models.Model):
    """Priority of a case: the terms of its order, and its own severity, stage, due time and money.

    A common cause has no order: it takes the terms of the most pressing order among its open cases.
    """

    _inherit = "om.exception"

    score = fields.Integer(
        compute="_compute_score",
        store=True,
        aggregator="max",
        help="Priority of the case, the highest first. The terms beside it add up to it.",
    )
    score_terms = fields.Char(compute="_compute_score", store=True)
    score_text = fields.Char("Why this Priority", compute="_compute_score_text")
    score_next_at = fields.Datetime(
        compute="_compute_score", store=True, help="When time alone changes the score next."
    )

    _score_due_idx = models.Index("(score_next_at) WHERE score_next_at IS NOT NULL")

    @api.depends("severity", "blocks", "amount", "sla_deadline", "is_open", "is_parent", "child_count")
    def _compute_score(self):
        """The order tells its exceptions when its terms have changed (``sale.order._compute_om_score``)."""
        now = fields.Datetime.now()
        for exception in self:
            if not exception.is_open:
                # what has ended keeps the priority that it had
                for name in STORED:
                    exception[name] = exception[name]
                exception.score_next_at = False
        parents = self.filtered(lambda e: e.is_open and e.is_parent)
        for exception in self.filtered("is_open") - parents:
            exception._set_score(exception._terms_of_order(), exception.order_id.om_ship_cutoff, now)
        for parent in parents:
            cases = parent.child_ids.filtered("is_open")
            first = max(cases, key=lambda case: case.score, default=cases)
            cutoff = min((case.ship_cutoff for case in cases if case.ship_cutoff), default=False)
            parent._set_score(first and first._terms_of_order() or {}, cutoff, now)

    def _terms_of_order(self):
        """Terms of the case's order; without an order, the customer's tier alone."""
        if order := self.order_id:
            order.mapped("om_score")  # the terms come with it
            return terms_of(order.om_score_terms)
        weights = self.env["om.score.weight"]._of_company(self.company_id.id)
        return {"tier": weights.get("tier", {}).get(self._tier(), 0)}

    def _tier(self):
        return self.partner_id.with_company(self.company_id).om_tier

    def _set_score(self, of_order, cutoff, now):
        """Store the score of one open case with the terms of its order."""
        weights = self.env["om.score.weight"]._of_company(self.company_id.id)
        due, next_at = points_by_time(weights["sla"], self.sla_deadline, now)
        money = self.amount / (self.order_id.currency_rate or 1.0)
        terms = {
            "severity": weights.get("severity", {}).get(self.severity, 0),
            "stage": weights.get("stage", {}).get(self.blocks, 0),
            "sla": due,
            "money": points_by_amount(weights.get("money", {}).get(False), money),
            **of_order,
        }
        self.score = sum(terms.values())
        self.score_terms = terms_text(terms) or False
        self.score_next_at = next_at
        self.tier = self._tier()
        self.ship_cutoff = cutoff

    @api.depends("score_terms")
    @api.depends_context("lang")
    def _compute_score_text(self):
        for exception in self:
            exception.score_text = terms_label(self.env, exception.score_terms)

    @api.model
    def _om_rescore_due(self, limit=BATCH):
        """Work out the exceptions that are due again. See the method of the same name on orders."""
        due = self.search([("score_next_at", "<=", fields.Datetime.now())], limit=limit, order="id")
        due = due.try_lock_for_update(allow_referencing=True)
        due._om_recompute_score()
        self.env.flush_all()
        return due

    def _om_recompute_score(self):
        """Work these scores out again, and those of the common causes that stand for them."""
        for name in STORED:
            self.env.add_to_compute(self._fields[name], self | self.parent_id)
