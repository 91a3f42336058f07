from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..exposure import Exposure


class OmCreditAccount(models.Model):
    """The credit of one customer with one company: limit, exposure and its parts, decisions.

    A customer is a commercial partner, a company is a root company with its branches. Accounts come
    into being when they are needed. The limit is Odoo's own (``res.partner.credit_limit`` and the
    company's default); nothing of it is kept here. Exposure is computed when it is read; what the
    last nightly look has found is kept for lists and charts.
    """

    _name = "om.credit.account"
    _description = "Credit Account"
    _order = "checked_available, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    credit_limit = fields.Monetary(
        compute="_compute_figures",
        inverse="_inverse_credit_limit",
        help="The limit in force, as set on the customer or as the company's default. Zero: no limit.",
    )
    limit_source = fields.Selection(
        [("customer", "Set for the customer"), ("company", "Company's default"), ("none", "No limit")],
        compute="_compute_figures",
    )
    open_items = fields.Monetary(compute="_compute_figures", help="A: posted invoices not paid.")
    unapplied = fields.Monetary(
        "Unapplied Payments", compute="_compute_figures", help="B: payments and credit notes not matched yet."
    )
    unbilled = fields.Monetary("Delivered, not Billed", compute="_compute_figures", help="C, tax included.")
    drafts = fields.Monetary("Draft Invoices", compute="_compute_figures", help="D, tax included.")
    orders = fields.Monetary(
        "Open Orders", compute="_compute_figures", help="E: confirmed, not delivered, within the limit."
    )
    released = fields.Monetary(
        "Released Orders",
        compute="_compute_figures",
        help="E: confirmed, not delivered, released by a person.",
    )
    held = fields.Monetary(
        "Held Orders",
        compute="_compute_figures",
        help="Confirmed and held by credit. No part of the exposure.",
    )
    exposure = fields.Monetary(compute="_compute_figures", help="A - B + C + D + E")
    available = fields.Monetary(
        compute="_compute_figures", help="Limit less exposure; zero where there is no limit."
    )
    used = fields.Float(compute="_compute_figures", help="Exposure in percent of the limit.")
    is_over = fields.Boolean("Over Limit", compute="_compute_figures", search="_search_is_over")

    checked_at = fields.Datetime("Last Nightly Look", readonly=True)
    checked_exposure = fields.Monetary("Exposure Last Night", readonly=True, aggregator="sum")
    checked_available = fields.Monetary("Available Last Night", readonly=True, aggregator="sum")
    claimed_at = fields.Datetime(readonly=True, help="When an order last competed for this limit.")
    decision_ids = fields.One2many("om.credit.decision", "account_id", "Decisions", readonly=True)

    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "This customer has a credit account in this company already."
    )

    # ---------------------------------------------------------------------- computes and searches

    @api.depends("partner_id", "company_id")
    def _compute_figures(self):
        """Limit and exposure of all accounts at once: a constant number of queries per company."""
        for company, accounts in self.grouped("company_id").items():
            partners = accounts.partner_id
            limits = partners._om_credit_limits(company)
            exposures = partners._om_exposure(company)
            default = partners._fields["credit_limit"].get_company_dependent_fallback(
                partners.with_company(company)
            )
            for account in accounts:
                exposure = exposures.get(account.partner_id.id, Exposure())
                limit = limits.get(account.partner_id.id, 0.0)
                account.update(exposure._asdict())
                account.credit_limit = limit
                account.limit_source = ("company" if limit == default else "customer") if limit else "none"
                account.exposure = exposure.total
                account.available = limit - exposure.total if limit else 0.0
                account.used = 100.0 * exposure.total / limit if limit else 0.0
                account.is_over = (
                    bool(limit) and account.currency_id.compare_amounts(exposure.total, limit) > 0
                )

    def _inverse_credit_limit(self):
        if not self.env.su and not self.env.user.has_group("om_credit_hold.group_credit_manager"):
            raise AccessError(self.env._("Only credit managers change a limit here."))
        for account in self:
            # sudo: credit managers set limits without the right to edit customers
            account.partner_id.sudo().with_company(account.company_id).credit_limit = account.credit_limit

    def _search_is_over(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: rules on the accounts apply to the result
        accounts = self.sudo().search([("partner_id.active", "in", (True, False))])
        accounts.invalidate_recordset(["is_over"], flush=False)
        return Domain("id", "in", accounts.filtered("is_over").ids)

    # ------------------------------------------------------------------------------------- actions

    def _action_documents(self, model, name, domain):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.partner_id.display_name}: {name}",
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }

    def _receivable_domain(self):
        return [
            ("partner_id.commercial_partner_id", "=", self.partner_id.id),
            ("company_id", "child_of", self.company_id.id),
            ("account_id.account_type", "=", "asset_receivable"),
            ("account_id.non_trade", "=", False),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]

    def _orders_domain(self):
        return [
            ("partner_invoice_id.commercial_partner_id", "=", self.partner_id.id),
            ("company_id", "child_of", self.company_id.id),
            ("state", "=", "sale"),
            ("invoice_status", "!=", "invoiced"),
        ]

    def action_open_items(self):
        """Open the posted receivable items of part A."""
        return self._action_documents(
            "account.move.line",
            self.env._("Open Items"),
            [*self._receivable_domain(), ("amount_residual", ">", 0)],
        )

    def action_open_unapplied(self):
        """Open the payments and credit notes of part B."""
        return self._action_documents(
            "account.move.line",
            self.env._("Unapplied Payments"),
            [*self._receivable_domain(), ("amount_residual", "<", 0)],
        )

    def action_open_drafts(self):
        """Open the draft invoices of part D."""
        return self._action_documents(
            "account.move",
            self.env._("Draft Invoices"),
            [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "child_of", self.company_id.id),
                ("state", "=", "draft"),
                ("move_type", "in", ("out_invoice", "out_receipt")),
            ],
        )

    def action_open_orders(self):
        """Open the orders of parts C and E."""
        return self._action_documents("sale.order", self.env._("Open Orders"), self._orders_domain())

    def action_open_held(self):
        """Open the orders that credit holds."""
        return self._action_documents(
            "sale.order",
            self.env._("Held Orders"),
            [*self._orders_domain(), ("om_open_exception_ids", "any", [("code", "=like", "E-CRD-%")])],
        )

    def action_evaluate(self):
        """Look now which orders fit, which do not, and hold or release them."""
        self.check_access("read")
        # sudo: orders are held and released as the limit says, not as the rights of who looks
        self.sudo()._evaluate()
        return True

    # ------------------------------------------------------------------------------------- accounts

    @api.model
    def _of(self, partners, company):
        """Accounts of these customers in a company; those that are missing are created.

        :param partners: any contacts; their commercial partners count
        :param company: ``res.company``; its root counts
        """
        root, partners = company.root_id, partners.commercial_partner_id
        accounts = self.search([("partner_id", "in", partners.ids), ("company_id", "=", root.id)])
        if missing := partners - accounts.partner_id:
            # not create(): another session may create the same account now, and that is no error
            self.env.execute_query(
                SQL(
                    """INSERT INTO om_credit_account
                              (partner_id, company_id, create_uid, create_date, write_uid, write_date)
                       SELECT unnest(%(partners)s), %(company)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                       ON CONFLICT (partner_id, company_id) DO NOTHING
                       RETURNING id""",
                    partners=missing.ids,
                    company=root.id,
                    uid=self.env.uid,
                    now=fields.Datetime.now(),
                )
            )
            accounts = self.search([("partner_id", "in", partners.ids), ("company_id", "=", root.id)])
        return accounts

    def _claim(self):
        """Let no other session decide on these limits before this transaction has ended.

        The row is not only locked but written: a second session waits here, and as its snapshot is
        older than what the first one has decided, PostgreSQL then refuses it with a serialization
        failure, on which Odoo repeats the whole request. Rows are locked by id, so that two sessions
        with several customers never wait for each other.
        """
        if not self:
            return
        self.env.execute_query(
            SQL(
                """WITH locked AS (
                       SELECT id FROM om_credit_account WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
                   )
                   UPDATE om_credit_account SET claimed_at = %(now)s FROM locked
                    WHERE om_credit_account.id = locked.id RETURNING om_credit_account.id""",
                ids=self.ids,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_recordset(["claimed_at"])

    # ----------------------------------------------------------------------------------- evaluation

    def _evaluate(self):
        """Hold and release orders of these accounts as their limits say now.

        Orders are looked at again where it can matter: what credit holds, and all that is open of
        customers over their limit. They compete by priority, then age (domain: first that fits).

        :return: the accounts of which orders were looked at
        """
        affected = self.browse()
        self.invalidate_recordset(["is_over"], flush=False)
        for company, accounts in self.grouped("company_id").items():
            held = self.env["om.exception"].search(
                [
                    ("code", "=like", "E-CRD-%"),
                    ("is_open", "=", True),
                    ("order_id.partner_invoice_id.commercial_partner_id", "in", accounts.partner_id.ids),
                    ("company_id", "child_of", company.id),
                ]
            )
            orders = held.order_id
            if over := accounts.filtered("is_over"):
                orders |= orders.search(
                    [
                        ("partner_invoice_id.commercial_partner_id", "in", over.partner_id.ids),
                        ("company_id", "child_of", company.id),
                        ("state", "=", "sale"),
                        ("invoice_status", "!=", "invoiced"),
                    ]
                )
            if orders:
                customers = orders.partner_invoice_id.commercial_partner_id
                looked_at = accounts.filtered(lambda a, customers=customers: a.partner_id in customers)
                looked_at._claim()
                orders._om_check({"E-CRD-LIMIT"})
                affected |= looked_at
        return affected

    @api.model
    def _schedule(self, partners, companies):
        """Evaluate the accounts of these customers once, before this transaction commits.

        :param partners: any contacts; their commercial partners count
        :param companies: ``res.company`` recordset
        """
        if not partners or not companies:
            return
        pending = self.env.cr.precommit.data.setdefault("om_credit_hold.accounts", set())
        if not pending:
            self.env.cr.precommit.add(self.sudo().browse()._run_scheduled)
        # sudo: of partners and companies that the caller can't read only the ids are used
        # sudo: whoever changes a customer or an order need not read its parents
        pending.update(
            (partner, company)
            for partner in partners.sudo().commercial_partner_id.ids
            for company in companies.sudo().root_id.ids
        )

    @api.model
    def _run_scheduled(self):
        pending = self.env.cr.precommit.data.pop("om_credit_hold.accounts", set())
        # only what has an account can have been held; the rest is seen when it confirms
        accounts = self.search(
            Domain("partner_id", "in", {partner for partner, _company in pending})
            & Domain("company_id", "in", {company for _partner, company in pending})
        )
        accounts.filtered(lambda a: (a.partner_id.id, a.company_id.id) in pending)._evaluate()

    @api.model
    def _cron_evaluate(self, batch=200):
        """Each night: bring accounts in being, evaluate them, and keep what was seen for charts.

        :param batch: accounts between two commits
        """
        midnight = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        self._create_missing()
        # what was seen today is done, so that a night that runs out of time goes on where it stopped
        todo = Domain("checked_at", "=", False) | Domain("checked_at", "<", midnight)
        remaining = self.search_count(todo)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=remaining)
        while accounts := self.search(todo, limit=batch, order="id"):
            accounts._evaluate()
            accounts.invalidate_recordset()
            for account in accounts:
                account.write(
                    {
                        "checked_at": fields.Datetime.now(),
                        "checked_exposure": account.exposure,
                        "checked_available": account.available,
                    }
                )
            remaining = max(remaining - len(accounts), 0)
            if not cron._commit_progress(len(accounts), remaining=remaining):
                break

    @api.model
    def _evaluate_soon(self, companies):
        """Evaluate all accounts of these companies as soon as this transaction is committed."""
        # sudo: whoever changes the settings need not be of credit
        accounts = self.sudo().search([("company_id", "in", companies.root_id.ids)])
        accounts.write({"checked_at": False})
        self.env["ir.cron"]._om_trigger("om_credit_hold.cron_evaluate")

    @api.model
    def _create_missing(self):
        """Create accounts for customers with open orders and a limit that have none yet."""
        groups = self.env["sale.order"]._read_group(
            [("state", "=", "sale"), ("invoice_status", "!=", "invoiced")],
            ["company_id", "partner_invoice_id"],
        )
        by_root = {}
        for company, payer in groups:
            by_root[company.root_id] = (
                by_root.get(company.root_id, payer.browse()) | payer.commercial_partner_id
            )
        for root, customers in by_root.items():
            self._of(customers.browse(list(customers._om_credit_limits(root))), root)
