from odoo import api, fields, models

from .om_score_weight import points_by_amount, points_by_time, terms_label, terms_text

BATCH = 500
SCORE_FIELDS = (
    "om_is_open",
    "om_score",
    "om_score_terms",
    "om_score_next_at",
    "om_promise_risk",
    "om_penalty",
)


class SaleOrder(models.Model):
    """Priority of an order: one score, and the terms that add up to it.

    The ORM works a score out again for orders of which an input was written, once per transaction and
    in batch. What time alone changes is due at ``om_score_next_at``, and a job takes only those.

    Every move that changes its state marks the order, field by field. ``om_score_terms`` and
    ``om_score_next_at``, which no person sees, are not marked, but worked out with the others: who reads
    them reads ``om_score`` before.
    """

    _inherit = "sale.order"

    om_priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")], "Priority", default="0", copy=False, tracking=True
    )
    om_is_open = fields.Boolean(
        "To Do",
        compute="_compute_om_score",
        store=True,
        copy=False,
        help="Something is left to do for this order, up to its invoice.",
    )
    om_score = fields.Integer(
        "Score",
        compute="_compute_om_score",
        store=True,
        copy=False,
        aggregator="max",
        help="Priority of the order, the highest first. The terms beside it add up to it.",
    )
    om_score_terms = fields.Char(compute="_compute_om_score", store=True, copy=False, depends=())
    om_score_text = fields.Char("Why this Priority", compute="_compute_om_score_text")
    om_score_next_at = fields.Datetime(
        compute="_compute_om_score",
        store=True,
        copy=False,
        depends=(),
        help="When time alone changes the score next.",
    )
    om_promise_risk = fields.Selection(
        [("late", "Late"), ("predicted", "At risk")],
        "Promise",
        compute="_compute_om_score",
        store=True,
        copy=False,
        help="Late: the ship cut-off has passed. At risk: a delivery is planned after its date, or an "
        "exception about availability is open.",
    )
    om_penalty = fields.Monetary(
        "Penalty Exposure",
        compute="_compute_om_score",
        store=True,
        copy=False,
        help="What the customer may charge when the order is late: once, or for the first day.",
    )

    _om_score_due_idx = models.Index("(om_score_next_at) WHERE om_score_next_at IS NOT NULL")

    _om_score_idx = models.Index("(om_score DESC, date_order DESC, id DESC) WHERE om_is_open IS TRUE")

    @api.depends(
        "state",
        "order_line.qty_invoiced",
        "delivery_status",
        "amount_total",
        "currency_rate",
        "om_priority",
        "om_ship_cutoff",
        "om_commercial_partner_id",
        "picking_ids.has_deadline_issue",
        "om_open_exception_count",
    )
    def _compute_om_score(self):
        now = fields.Datetime.now()
        values = {}
        for company, orders in self.grouped("company_id").items():
            weights = self.env["om.score.weight"]._of_company(company.id)
            for order in orders.with_company(company):
                values[order.id] = order._om_score_values(weights, now)
        for name in SCORE_FIELDS:
            # orders with the same value at once: an assignment costs as much for one as for ten
            for value, orders in self.grouped(lambda order, name=name: values[order.id][name]).items():
                for same in orders.grouped("currency_id").values() if name == "om_penalty" else [orders]:
                    same[name] = value
        # Told here and not by a dependency of the exceptions: that would read the exceptions of every
        # order that is written, also of clean ones.
        blocked = self.filtered("om_open_exception_count")
        blocked.om_exception_ids.filtered("is_open")._om_recompute_score()

    def _compute_invoice_status(self):
        """What is left to bill keeps an order open.

        Told here and not by a dependency: the way of goods to this field passes every reservation, and
        would mark the fields of the score at each. What is invoiced and what is delivered marks them.
        """
        result = super()._compute_invoice_status()
        orders = self.filtered("id") - self.env.protected(self._fields["om_score"])
        orders._om_recompute(*SCORE_FIELDS)
        return result

    def _om_score_values(self, weights, now):
        """Score of one order by ``weights`` at ``now``, with its terms and when they change next."""
        to_ship = self.state in ("draft", "sent") or (self.state == "sale" and not self._om_is_shipped())
        billed = self.invoice_status == "invoiced" and self.delivery_status in ("full", False)
        if self.state not in ("draft", "sent", "sale") or (self.state == "sale" and billed):
            return {
                "om_is_open": False,
                "om_score": 0,
                "om_score_terms": False,
                "om_score_next_at": False,
                "om_promise_risk": False,
                "om_penalty": 0.0,
            }
        customer = self.om_commercial_partner_id
        rate = self.currency_rate or 1.0
        terms, next_at, risk, penalty = {}, False, False, 0.0
        if to_ship:
            terms["cutoff"], next_at = points_by_time(weights["cutoff"], self.om_ship_cutoff, now)
            risk = self._om_promise_risk(now)
            # a day's, where each day of delay is charged
            penalty = self.amount_total * customer._om_late_penalty(self.company_id)[0] / 100
            terms["risk"] = weights.get("risk", {}).get(risk, 0)
            terms["penalty"] = points_by_amount(weights.get("penalty", {}).get(False), penalty / rate)
        terms["tier"] = weights.get("tier", {}).get(customer.om_tier, 0)
        terms["value"] = points_by_amount(weights.get("value", {}).get(False), self.amount_total / rate)
        terms["urgent"] = weights.get("urgent", {}).get(self.om_priority, 0)
        return {
            "om_is_open": True,
            "om_score": sum(terms.values()),
            "om_score_terms": terms_text(terms) or False,
            "om_score_next_at": next_at,
            "om_promise_risk": risk,
            "om_penalty": penalty,
        }

    def _om_promise_risk(self, now):
        """``late``, ``predicted`` or ``False``."""
        if self.om_ship_cutoff and self.om_ship_cutoff <= now:
            return "late"
        if self.state == "sale" and any(
            p.has_deadline_issue and p.state not in ("done", "cancel") for p in self.picking_ids
        ):
            return "predicted"
        if self.om_open_exception_count and any(
            e.category == "availability" and e.is_open for e in self.om_exception_ids
        ):
            return "predicted"
        return False

    @api.depends("om_score")
    @api.depends_context("lang")
    def _compute_om_score_text(self):
        self.mapped("om_score")  # the terms come with it
        for order in self:
            order.om_score_text = terms_label(self.env, order.om_score_terms)

    # --------------------------------------------------------------------------- what time changes

    @api.model
    def _om_rescore_all(self):
        """Weights, calendars or lanes have changed: a job works out all that is open again, soon."""
        self.env["ir.cron"]._om_trigger("om_order_exceptions.cron_rescore_all")

    @api.model
    def _cron_rescore_all(self):
        """Make all open orders and exceptions due, whatever their number: one statement each."""
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute("UPDATE sale_order SET om_score_next_at = %s WHERE om_is_open", [now])
        self.env.cr.execute("UPDATE om_exception SET score_next_at = %s WHERE is_open IS TRUE", [now])
        self.invalidate_model(["om_score_next_at"], flush=False)
        self.env["om.exception"].invalidate_model(["score_next_at"], flush=False)
        self.env["ir.cron"]._om_trigger("om_order_exceptions.cron_rescore")

    @api.model
    def _om_rescore_due(self, limit=BATCH):
        """Work out the orders that are due again; the ones that another process holds are left for later.

        :return: the orders
        """
        due = self.search([("om_score_next_at", "<=", fields.Datetime.now())], limit=limit, order="id")
        due = due.try_lock_for_update(allow_referencing=True)
        due.filtered(lambda order: not order.om_lane_id)._om_recompute("om_lane_id")
        due._om_recompute("om_ship_cutoff", *SCORE_FIELDS)
        self.env.flush_all()
        return due

    def _om_recompute(self, *names):
        for name in names:
            self.env.add_to_compute(self._fields[name], self)

    @api.model
    def _cron_rescore(self):
        """Keep scores right as time passes: orders first, then the exceptions whose own time has come."""
        cron = self.env["ir.cron"]
        for model in (self, self.env["om.exception"]):
            while done := model._om_rescore_due():
                if not cron._commit_progress(len(done), remaining=len(done) // BATCH):
                    return
