from odoo import api, fields, models

from .om_score_weight import points_by_amount, points_by_time, terms_label, terms_of, terms_text
from .sale_order_score import BATCH


class OmException(models.Model):
    """Priority of a case: the terms of its order, and its own severity, stage, due time and money."""

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

    @api.depends("severity", "blocks", "amount", "sla_deadline", "is_open")
    def _compute_score(self):
        """The order tells its exceptions when its terms have changed (``sale.order._compute_om_score``)."""
        now = fields.Datetime.now()
        for exception in self:
            if not exception.is_open:
                # what has ended keeps the priority that it had
                exception.score = exception.score
                exception.score_terms = exception.score_terms
                exception.tier = exception.tier
                exception.ship_cutoff = exception.ship_cutoff
                exception.score_next_at = False
                continue
            weights = self.env["om.score.weight"]._of_company(exception.company_id.id)
            order, customer = exception.order_id, exception.partner_id
            tier = customer.with_company(exception.company_id).om_tier
            of_order = (
                terms_of(order.om_score_terms) if order else {"tier": weights.get("tier", {}).get(tier, 0)}
            )
            due, next_at = points_by_time(weights["sla"], exception.sla_deadline, now)
            terms = {
                "severity": weights.get("severity", {}).get(exception.severity, 0),
                "stage": weights.get("stage", {}).get(exception.blocks, 0),
                "sla": due,
                "money": points_by_amount(
                    weights.get("money", {}).get(False), exception.amount / (order.currency_rate or 1.0)
                ),
                **(
                    terms_of(order.om_score_terms)
                    if order
                    else {"tier": weights.get("tier", {}).get(tier, 0)}
                ),
            }
            exception.tier = tier
            exception.ship_cutoff = order.om_ship_cutoff
            exception.score = sum(terms.values())
            exception.score_terms = terms_text(terms) or False
            exception.score_next_at = next_at

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
        for name in ("score", "score_terms", "score_next_at", "tier", "ship_cutoff"):
            self.env.add_to_compute(self._fields[name], self)
