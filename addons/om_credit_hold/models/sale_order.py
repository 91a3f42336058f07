from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.om_order_exceptions.detection import Finding, detector

from ..exposure import HELD, OpenOrder, compete


class SaleOrder(models.Model):
    """Orders compete for their payer's credit limit; those that do not fit are held at release."""

    _inherit = "sale.order"

    om_credit_priority = fields.Integer(
        "Credit Priority",
        default=2,
        copy=False,
        groups="om_credit_hold.group_credit_analyst",
        help="Held orders take room that becomes free in this order, the lowest first; then the oldest.",
    )
    om_credit_status = fields.Selection(
        [
            ("none", "No limit"),
            ("ok", "Within limit"),
            ("held", "Held by credit"),
            ("released", "Released by credit"),
        ],
        compute="_compute_om_credit_status",
        string="Credit",
        help="Status without figures, for everybody who sees the order.",
    )

    om_credit_explanation = fields.Text(
        "Credit Figures",
        compute="_compute_om_credit_explanation",
        groups="om_credit_hold.group_credit_analyst",
    )

    # Open orders of a payer, without the many that are done
    _om_credit_open_idx = models.Index(
        "(partner_invoice_id) WHERE state = 'sale' AND invoice_status <> 'invoiced'"
    )

    @api.depends("om_exception_ids.is_open", "partner_invoice_id", "amount_total", "company_id")
    def _compute_om_credit_status(self):
        # sudo: the status shows no figures
        orders = self.sudo()
        held = orders.om_exception_ids.filtered(lambda e: e.is_open and e.category == "credit").order_id
        released = self.env["om.credit.decision"]._live_releases(orders)
        limited = set()
        for company, group in orders.grouped("company_id").items():
            payers = group.partner_invoice_id.commercial_partner_id
            limited.update((company.id, partner) for partner in payers._om_credit_limits(company))
        for order in orders:
            if order in held:
                order.om_credit_status = "held"
            elif order.id in released:
                order.om_credit_status = "released"
            elif (order.company_id.id, order.partner_invoice_id.commercial_partner_id.id) in limited:
                order.om_credit_status = "ok"
            else:
                order.om_credit_status = "none"

    @api.depends("om_exception_ids.om_credit_parts", "om_exception_ids.is_open")
    def _compute_om_credit_explanation(self):
        for order in self:
            held = order.om_exception_ids.filtered(lambda e: e.is_open and e.om_credit_parts)
            order.om_credit_explanation = "\n".join(exception._om_credit_explain() for exception in held)

    def action_om_credit_account(self):
        """Open the credit account of the order's payer."""
        self.ensure_one()
        return self.partner_invoice_id.with_company(self.company_id).action_om_credit_account()

    # ------------------------------------------------------------------------------------ detection

    @detector(
        "E-CRD-LIMIT",
        order=(
            "partner_id",
            "partner_invoice_id",
            "company_id",
            "currency_id",
            "pricelist_id",
            "state",
            "om_credit_priority",
        ),
        line=(
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "price_unit",
            "discount",
            "tax_ids",
            "display_type",
        ),
    )
    def _om_detect_credit_limit(self):
        """The order takes its payer's exposure over the credit limit (G1, G2).

        A person's release covers the value for which it was given. Four queries when a payer has a
        limit, none of them per order.
        """
        verdicts = self._om_credit_verdicts()
        over = [order for order, verdict in verdicts.items() if verdict.over > 0]
        released = (
            self.env["om.credit.decision"]._live_releases(self.browse([o.id for o in over])) if over else {}
        )
        return [
            Finding(
                order,
                found=self.env._("Over the customer's credit limit"),
                expected=self.env._("a payment, a higher limit, or a release by Credit"),
                amount=order.amount_total,
                values={"om_credit_parts": verdicts[order].parts},
            )
            for order in over
            if order.id not in released
        ]

    def _om_credit_verdicts(self):
        """Let these orders compete for their payers' limits.

        :return: ``{order: Verdict}`` of the orders whose payer has a limit
        """
        verdicts = {}
        # sudo: what fits under a limit does not depend on who looks
        for root, orders in self.sudo().grouped(lambda order: order.company_id.root_id).items():
            limits = orders.partner_invoice_id.commercial_partner_id._om_credit_limits(root)
            limited = orders.filtered(
                lambda o, limits=limits: o.partner_invoice_id.commercial_partner_id.id in limits
            )
            if not limited:
                continue
            payers = limited.partner_invoice_id.commercial_partner_id
            exposures, shares = payers._om_exposure_and_orders(root, limited)
            released = self.env["om.credit.decision"]._live_releases(limited)
            by_payer = defaultdict(list)
            for order in limited.sorted(lambda o: (o.om_credit_priority, o.date_order, o.id)):
                payer = order.partner_invoice_id.commercial_partner_id.id
                by_payer[payer].append((order, shares.get(order.id, OpenOrder(turn=HELD))))
            authorised = limited.browse(released)
            for payer, competing in by_payer.items():
                verdicts.update(compete(limits[payer], exposures[payer], competing, authorised))
        return verdicts

    def _om_credit_total(self):
        """Value of the whole order in its company's currency, at the order's own stored rate."""
        self.ensure_one()
        return self.company_id.root_id.currency_id.round(self.amount_total / (self.currency_rate or 1.0))

    # ------------------------------------------------------------------------------------ life cycle

    def action_confirm(self):
        """Confirm, with no other session deciding on the same limits meanwhile (T8.4)."""
        self._om_credit_claim()
        return super().action_confirm()

    def _om_credit_claim(self):
        # sudo: whoever confirms need not see credit accounts
        accounts = self.env["om.credit.account"].sudo()
        for root, orders in self.sudo().grouped(lambda order: order.company_id.root_id).items():
            payers = orders.partner_invoice_id.commercial_partner_id
            limited = payers.browse(list(payers._om_credit_limits(root)))
            if limited:
                accounts |= accounts._of(limited, root)
        accounts._claim()

    def _action_cancel(self):
        """A cancelled order gives its room to others, and its release does not outlive it."""
        released = self.env["om.credit.decision"]._live_releases(self.sudo())  # sudo: see _live_releases
        result = super()._action_cancel()
        # a cancellation may have to wait for a manager or the warehouse first
        ended = self.filtered(lambda order: order.id in released and order.state == "cancel")
        if ended:
            self.env["om.credit.decision"]._record(
                "ended", {order: {} for order in ended}, self.env._("Order cancelled")
            )
        self._om_credit_schedule()
        return result

    def _om_credit_schedule(self):
        """Other orders of these payers may fit now, or no longer: look before this transaction commits."""
        # sudo: the exposure counts orders that the user may not read
        for company, orders in self.sudo().grouped("company_id").items():
            self.env["om.credit.account"]._schedule(orders.partner_invoice_id, company)

    # --------------------------------------------------------------------------------------- release

    def _om_credit_release(self, reason, expires=False):
        """Let these orders go over the limit, for their present value.

        :param reason: why, for the record
        :param expires: last day (``date``) of the release; empty: no end
        :raise AccessError: the caller is no credit analyst, or has a hand in one of the orders
        :raise UserError: no reason
        """
        if not self.env.user.has_group("om_credit_hold.group_credit_analyst"):
            raise AccessError(self.env._("Only credit analysts release orders from credit hold."))
        if not (reason or "").strip():
            raise UserError(self.env._("A release needs a reason."))
        self._om_check_segregation()
        self._om_credit_claim()
        verdicts = self._om_credit_verdicts()
        decisions = self.env["om.credit.decision"]
        # sudo: the check reads limits and exposure that the user may not see
        for company, orders in self.sudo().grouped("company_id").items():
            decisions |= decisions._record(
                "released",
                {order: verdicts[order].parts if order in verdicts else {} for order in orders},
                reason.strip(),
                expires_on=expires,
                **decisions._tolerance(company),
            )
        return decisions

    def _om_check_segregation(self):
        """Nobody releases an order in which he has a hand (T8.2).

        :raise AccessError: the caller is the salesperson, or has created or confirmed one of the orders
        """
        # sudo: events show who confirmed, also to whom may not read them
        events = (
            self.env["om.order.event"]
            .sudo()
            .search(
                [("order_id", "in", self.ids), ("kind", "=", "confirmed"), ("user_id", "=", self.env.uid)]
            )
        )
        for order in self.sudo():  # sudo: who may release need not be allowed to read the order
            if self.env.uid in (order.user_id.id, order.create_uid.id) or order in events.order_id:
                raise AccessError(
                    self.env._(
                        "%s: who sells, creates or confirms an order does not release it from credit hold. "
                        "Ask a colleague.",
                        order.name,
                    )
                )
