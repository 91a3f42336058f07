from odoo import api, fields, models
from odoo.tools.misc import formatLang

CREDIT_GROUPS = "om_credit_hold.group_credit_analyst"


class OmException(models.Model):
    """Figures of credit exceptions, for credit roles only, and the decisions that go with them.

    What everybody may read of an exception (found, expected) never holds figures of other documents.
    """

    _inherit = "om.exception"

    om_credit_parts = fields.Json(
        "Credit Figures",
        readonly=True,
        groups=CREDIT_GROUPS,
        help="Limit and parts of the exposure without the order.",
    )
    om_credit_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Credit Currency", groups=CREDIT_GROUPS
    )
    om_credit_limit = fields.Monetary(
        "Credit Limit",
        compute="_compute_om_credit",
        store=True,
        currency_field="om_credit_currency_id",
        groups=CREDIT_GROUPS,
        aggregator=None,
    )
    om_credit_exposure = fields.Monetary(
        "Exposure without the Order",
        compute="_compute_om_credit",
        store=True,
        currency_field="om_credit_currency_id",
        groups=CREDIT_GROUPS,
        aggregator=None,
    )
    om_credit_over = fields.Monetary(
        "Over Limit By",
        compute="_compute_om_credit",
        store=True,
        currency_field="om_credit_currency_id",
        groups=CREDIT_GROUPS,
        aggregator=None,
    )

    @api.depends("om_credit_parts")
    def _compute_om_credit(self):
        for exception in self:
            parts = exception.om_credit_parts or {}
            exception.om_credit_limit = parts.get("credit_limit", 0.0)
            exception.om_credit_over = parts.get("over", 0.0)
            exception.om_credit_exposure = sum(
                parts.get(name, 0.0) for name in ("open_items", "unbilled", "drafts", "orders", "released")
            ) - parts.get("unapplied", 0.0)

    def _om_credit_explain(self):
        """The sum behind the hold, for credit roles: exposure + order - limit = over."""
        self.ensure_one()
        figures = (
            self.om_credit_exposure,
            self.om_credit_parts["order_value"],
            self.om_credit_limit,
            self.om_credit_over,
        )
        exposure, order, limit, over = (
            formatLang(self.env, figure, currency_obj=self.om_credit_currency_id) for figure in figures
        )
        return self.env._(
            "%(document)s: exposure %(exposure)s + order %(order)s - limit %(limit)s = %(over)s over",
            document=self.document_ref,
            exposure=exposure,
            order=order,
            limit=limit,
            over=over,
        )

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        # sudo: whoever's order is held, the decision shows the figures
        held = {e.order_id: e.om_credit_parts for e in exceptions.sudo() if e.om_credit_parts}
        if held:
            self.env["om.credit.decision"]._record("held", held)
        return exceptions

    def _close(self, state, **values):
        """An order that fits again by itself gets its decision, too."""
        ended = self.filtered(
            lambda e: e.category == "credit" and e.order_id.state in ("draft", "sent", "sale")
        )
        result = super()._close(state, **values)
        # sudo: see create()
        fits = {
            e.order_id: e.om_credit_parts
            for e in ended.sudo()
            if e.state == "auto_closed" and e.om_credit_parts
        }
        if fits:
            verdicts = self.env["sale.order"].concat(*fits)._om_credit_verdicts()
            self.env["om.credit.decision"]._record(
                "auto_released",
                {order: verdicts[order].parts if order in verdicts else {} for order in fits},
            )
        return result

    def _check_specialist(self):
        """Credit analysts work on credit exceptions without being order specialists."""
        if self and set(self.mapped("category")) == {"credit"} and self.env.user.has_group(CREDIT_GROUPS):
            return
        super()._check_specialist()
