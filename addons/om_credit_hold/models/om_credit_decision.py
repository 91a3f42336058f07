from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.om_order_exceptions.stages import INTERNAL


class OmCreditDecision(models.Model):
    """What was decided on an order's credit, by whom, on which figures. Written once, never changed.

    ==============  ============================================================================
    verdict         meaning
    ==============  ============================================================================
    held            the order did not fit under the limit; nobody's choice
    auto_released   it fits now; nobody's choice
    released        a person let it go over the limit, for its value then
    ended           a person's release is over: the order was cancelled
    ==============  ============================================================================

    A person's release is good for the order's value at that time, for good. For some days it is good
    for a value that is somewhat higher, too (the company's tolerance); with an end date, it is good
    until the end of that day at most.
    """

    _name = "om.credit.decision"
    _description = "Credit Decision"
    _order = "id desc"
    _rec_name = "order_ref"

    verdict = fields.Selection(
        [
            ("held", "Held"),
            ("auto_released", "Released by itself"),
            ("released", "Released"),
            ("ended", "Release ended"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    decided_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", "Decided By", required=True, readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)
    account_id = fields.Many2one(
        "om.credit.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    order_ref = fields.Char("Order Reference", required=True, readonly=True)
    salesperson_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")

    credit_limit = fields.Monetary(readonly=True, aggregator=None)
    open_items = fields.Monetary("Open Items (A)", readonly=True, aggregator=None)
    unapplied = fields.Monetary("Unapplied Payments (B)", readonly=True, aggregator=None)
    unbilled = fields.Monetary("Delivered, not Billed (C)", readonly=True, aggregator=None)
    drafts = fields.Monetary("Draft Invoices (D)", readonly=True, aggregator=None)
    orders = fields.Monetary("Other Open Orders (E)", readonly=True, aggregator=None)
    released = fields.Monetary("Other Released Orders (E)", readonly=True, aggregator=None)
    held = fields.Monetary("Other Held Orders", readonly=True, aggregator=None)
    order_value = fields.Monetary("Order, not Delivered", readonly=True, help="What the order itself adds.")
    over = fields.Monetary("Over Limit By", readonly=True, aggregator=None)
    currency_rate = fields.Float(
        "Order's Rate", readonly=True, digits=0, aggregator=None, help="Company currency to order currency."
    )
    order_total = fields.Monetary(
        readonly=True, help="Value of the whole order, to which a release is bound."
    )
    tolerance_percent = fields.Float(readonly=True, aggregator=None)
    tolerance_until = fields.Datetime(readonly=True)
    expires_on = fields.Date(readonly=True, help="Last day of the release. Empty: no end.")

    _live_idx = models.Index("(order_id, id DESC) WHERE verdict IN ('released', 'ended')")

    @api.model_create_multi
    def create(self, vals_list):
        """Decisions come from holding and releasing orders, by no other way."""
        if self.env.context.get("om_transition") is not INTERNAL:
            raise AccessError(self.env._("Credit decisions are recorded by holds and releases, not by hand."))
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused for everybody: what was decided does not change."""
        raise UserError(self.env._("Credit decisions can't be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Credit decisions can't be deleted."))

    @api.model
    def _record(self, verdict, parts_by_order, reason="", **values):
        """Record one decision per order.

        :param verdict: one of the verdicts of this model
        :param parts_by_order: ``{sale.order: figures}`` as :attr:`~..exposure.Verdict.parts` gives them
        :param values: further values, the same for all
        """
        vals_list = []
        # sudo: the record shows what happened; nobody has the right to write it by hand
        accounts = self.env["om.credit.account"].sudo()
        for order, parts in parts_by_order.items():
            order = order.sudo()
            account = accounts._of(order.partner_invoice_id, order.company_id)
            vals_list.append(
                {
                    **parts,
                    **values,
                    "verdict": verdict,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "account_id": account.id,
                    "partner_id": account.partner_id.id,
                    "company_id": account.company_id.id,
                    "currency_id": account.currency_id.id,
                    "order_id": order.id,
                    "order_ref": order.name,
                    "salesperson_id": order.user_id.id,
                    "currency_rate": order.currency_rate,
                    "order_total": order._om_credit_total(),
                }
            )
        # sudo: decisions are recorded by the check and by the release alone, whoever causes them
        return self.sudo().with_context(om_transition=INTERNAL).create(vals_list)

    @api.model
    def _live_releases(self, orders):
        """``{order id: release}`` of the orders on which a person's release stands. One query."""
        # sudo: whether an order is released does not depend on who asks
        decisions = self.sudo().search(
            [("order_id", "in", orders.ids), ("verdict", "in", ("released", "ended"))], order="id"
        )
        latest = {decision.order_id.id: decision for decision in decisions}
        return {
            order.id: latest[order.id]
            for order in orders
            if order.id in latest and latest[order.id]._covers(order)
        }

    def _covers(self, order, now=None):
        """Is this a release that stands for ``order`` as it is at ``now`` (UTC, naive)?

        Its worth is ``order_total``; until ``tolerance_until`` (inclusive) it is
        ``order_total * (1 + tolerance_percent / 100)``, rounded in company currency (domain C3).
        """
        self.ensure_one()
        now = now or fields.Datetime.now()
        if self.verdict != "released" or order.partner_invoice_id.commercial_partner_id != self.partner_id:
            return False
        if order.company_id.root_id != self.company_id:
            return False
        if self.expires_on and self.expires_on < fields.Date.context_today(self, now):
            return False
        worth = self.order_total
        if now <= self.tolerance_until:
            worth = self.currency_id.round(worth * (1 + self.tolerance_percent / 100))
        return self.currency_id.compare_amounts(order._om_credit_total(), worth) <= 0

    @api.model
    def _tolerance(self, company):
        """Tolerance values of a release made now, by the policy of ``company``'s root."""
        root = company.sudo().root_id  # sudo: users of a branch need not be allowed in its root
        return {
            "tolerance_percent": root.om_credit_tolerance,
            "tolerance_until": fields.Datetime.now() + timedelta(days=root.om_credit_tolerance_days),
        }
