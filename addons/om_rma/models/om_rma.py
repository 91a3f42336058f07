from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.om_order_exceptions.stages import INTERNAL

# Written by transitions only: neither RPC, nor an import, nor a form may set them.
GUARDED = frozenset(("decision", "authorised_at", "authorised_by_id", "expires_on"))


class OmRma(models.Model):
    """Return merchandise authorisation: what a customer may send back, and what became of it.

    People decide (``decision``); everything else follows from stock moves and credit memos, which
    are the only truth about quantities (see ``om.rma.line``).

    ============  =============  ===============================================================
    state         decision       quantities of the lines
    ============  =============  ===============================================================
    draft         pending
    authorised    authorised     nothing received
    receiving     authorised     something, but not all that is authorised
    received      authorised     all; something is still to be disposed of, credited or posted
    settled       authorised     all received, disposed of, and credited as far as it was billed
    closed        closed         what has not come any more is given up
    denied        denied
    cancelled     cancelled
    ============  =============  ===============================================================
    """

    _name = "om.rma"
    _description = "Return Authorisation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "customer_ref"]

    name = fields.Char("Number", default="/", readonly=True, copy=False, index="trigram")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, tracking=True, check_company=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, string="Customer Company"
    )
    customer_ref = fields.Char("Customer's Reference", help="Number of the customer's return or debit note.")
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        index=True,
        domain=[("share", "=", False)],
    )
    reason_id = fields.Many2one("om.rma.reason", help="Reason of lines that name none of their own.")
    requested_on = fields.Date("Requested", default=fields.Date.context_today, required=True, copy=False)
    authorised_at = fields.Datetime("Authorised On", readonly=True, copy=False)
    authorised_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    expires_on = fields.Date(
        "Expires", readonly=True, copy=False, help="Day by which the goods have to arrive."
    )
    is_expired = fields.Boolean("Expired", compute="_compute_is_expired", search="_search_is_expired")
    denial_reason = fields.Char(copy=False, help="What the customer is told when the return is denied.")
    note = fields.Html("Instructions", help="Printed on the return authorisation.")
    line_ids = fields.One2many("om.rma.line", "rma_id", "Lines", copy=True)

    decision = fields.Selection(
        [
            ("pending", "Pending"),
            ("authorised", "Authorised"),
            ("closed", "Closed"),
            ("denied", "Denied"),
            ("cancelled", "Cancelled"),
        ],
        default="pending",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("authorised", "Authorised"),
            ("receiving", "Partly Received"),
            ("received", "Received"),
            ("settled", "Settled"),
            ("closed", "Closed"),
            ("denied", "Denied"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    order_ids = fields.Many2many("sale.order", compute="_compute_order_ids", string="Orders")
    order_count = fields.Integer(compute="_compute_order_ids")
    picking_ids = fields.Many2many("stock.picking", compute="_compute_picking_ids", string="Receipts")
    picking_count = fields.Integer(compute="_compute_picking_ids")
    # sudo: the desk sees which credit memos there are; opening one takes an accounting right
    credit_memo_count = fields.Integer(compute="_compute_credit_memos", compute_sudo=True)
    credit_memo_refs = fields.Char("Credit Memos", compute="_compute_credit_memos", compute_sudo=True)
    has_draft_credit_memo = fields.Boolean(compute="_compute_credit_memos", compute_sudo=True)
    can_credit = fields.Boolean(compute="_compute_next_steps")
    can_dispose = fields.Boolean(compute="_compute_next_steps")

    # ---------------------------------------------------------------------- computes and searches

    @api.depends(
        "decision",
        "line_ids.quantity_authorised",
        "line_ids.quantity_received",
        "line_ids.quantity_to_credit",
        "line_ids.quantity_to_dispose",
        "line_ids.credit_posted",
    )
    def _compute_state(self):
        for rma in self:
            if rma.decision != "authorised":
                rma.state = "draft" if rma.decision == "pending" else rma.decision
            elif any(line._awaits_goods() for line in rma.line_ids):
                rma.state = "receiving" if any(rma.line_ids.mapped("quantity_received")) else "authorised"
            elif any(
                line.quantity_to_credit or line.quantity_to_dispose or not line.credit_posted
                for line in rma.line_ids
            ):
                rma.state = "received"
            else:
                rma.state = "settled"

    @api.depends("state", "expires_on")
    def _compute_is_expired(self):
        today = fields.Date.context_today(self)
        for rma in self:
            rma.is_expired = bool(
                rma.state in ("authorised", "receiving") and rma.expires_on and rma.expires_on < today
            )

    def _search_is_expired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in", ("authorised", "receiving")) & Domain(
            "expires_on", "<", fields.Date.context_today(self)
        )

    @api.depends("line_ids.order_id")
    def _compute_order_ids(self):
        for rma in self:
            rma.order_ids = rma.line_ids.order_id
            rma.order_count = len(rma.order_ids)

    @api.depends("line_ids.move_ids.picking_id")
    def _compute_picking_ids(self):
        for rma in self:
            rma.picking_ids = rma.line_ids.move_ids.picking_id
            rma.picking_count = len(rma.picking_ids)

    @api.depends("line_ids.credit_line_ids.parent_state", "line_ids.credit_line_ids.move_id.name")
    def _compute_credit_memos(self):
        for rma in self:
            memos = rma._credit_memos()
            rma.credit_memo_count = len(memos)
            rma.credit_memo_refs = ", ".join(memo.name or self.env._("draft") for memo in memos) or False
            rma.has_draft_credit_memo = "draft" in memos.mapped("state")

    @api.depends("decision", "line_ids.quantity_to_credit", "line_ids.quantity_to_dispose")
    def _compute_next_steps(self):
        for rma in self:
            begun = rma.decision == "authorised"
            rma.can_credit = begun and any(rma.line_ids.mapped("quantity_to_credit"))
            rma.can_dispose = begun and any(rma.line_ids.mapped("quantity_to_dispose"))

    @api.constrains("partner_id", "company_id", "line_ids")
    def _check_one_customer(self):
        for rma in self:
            strange = rma.line_ids.order_id.filtered(
                lambda order, rma=rma: (
                    order.company_id != rma.company_id
                    or order.partner_id.commercial_partner_id != rma.commercial_partner_id
                )
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(rma)s is of %(customer)s in %(company)s; these orders are not: %(orders)s.",
                        rma=rma.name,
                        customer=rma.commercial_partner_id.display_name,
                        company=rma.company_id.name,
                        orders=", ".join(strange.mapped("name")),
                    )
                )

    # -------------------------------------------------------------------------------- CRUD guards

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_guarded(vals)
            if vals.get("name", "/") == "/":
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("om.rma")
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_guarded(vals)
        return super().write(vals)

    def _check_not_guarded(self, vals):
        names = GUARDED & vals.keys()
        if names and self.env.context.get("om_transition") is not INTERNAL:
            raise AccessError(
                self.env._(
                    "%(fields)s can't be written directly. Use the return's own actions.",
                    fields=", ".join(sorted(names)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(rma.state != "draft" for rma in self):
            raise UserError(self.env._("Only draft returns can be deleted. Cancel or close the others."))

    # ------------------------------------------------------------------------------- transitions

    def _decide(self, decision, **values):
        self.with_context(om_transition=INTERNAL).write({"decision": decision, **values})

    def _check_decision(self, *allowed):
        for rma in self:
            if rma.state not in allowed:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._("%(rma)s is %(state)s already.", rma=rma.name, state=labels[rma.state].lower())
                )

    def _check_may_decide(self):
        """Returns clerks decide on every return; others on those that they have entered themselves."""
        self.check_access("write")
        if self.env.su or self.env.user.has_group("om_rma.group_returns_clerk"):
            return
        if any(rma.create_uid != self.env.user for rma in self):
            raise AccessError(self.env._("Only returns clerks decide on returns that others have entered."))

    def action_authorise(self):
        """Allow the customer to send the goods, and expect them: one receipt per original delivery.

        :raise UserError: a line asks for more than was delivered and is not returned, or allowed to
            be returned, already (over all returns of that order line)
        """
        self._check_may_decide()
        self._check_decision("draft")
        for rma in self:
            if not any(line.quantity_authorised > 0 for line in rma.line_ids):
                raise UserError(self.env._("%s: authorise a quantity on at least one line.", rma.name))
        now = fields.Datetime.now()
        for company, rmas in self.grouped("company_id").items():
            rmas.line_ids._check_returnable()
            rmas._decide(
                "authorised",
                authorised_at=now,
                authorised_by_id=self.env.uid,
                expires_on=fields.Date.add(
                    fields.Date.context_today(self), days=company.om_rma_validity_days
                ),
            )
            rmas.line_ids._create_receipts()
        return True

    def action_deny(self):
        """Refuse the return; the denial reason is what the customer is told."""
        self._check_may_decide()
        self._check_decision("draft")
        for rma in self:
            if not (rma.denial_reason or "").strip():
                raise UserError(self.env._("%s: enter the denial reason first.", rma.name))
        self._decide("denied")
        return True

    def action_cancel(self):
        """Withdraw returns of which nothing has arrived; their open receipts are cancelled."""
        self._check_may_decide()
        self._check_decision("draft", "authorised")
        self.line_ids._cancel_open_moves()
        self._decide("cancelled")
        return True

    def action_close(self):
        """End returns; what has not arrived may not come any more.

        :raise UserError: goods have arrived that are not settled yet
        """
        self._check_may_decide()
        self._check_decision("authorised", "receiving", "received", "settled")
        for rma in self:
            if rma.can_credit or rma.can_dispose or rma.has_draft_credit_memo:
                raise UserError(
                    self.env._("%s: what has arrived is not credited and disposed of yet.", rma.name)
                )
        self.line_ids._cancel_open_moves()
        self._decide("closed")
        return True

    # ------------------------------------------------------------------------------------ actions

    def action_receive(self):
        """Open the receipts that are expected (or all, when none is)."""
        self.ensure_one()
        pickings = self.picking_ids
        waiting = pickings.filtered(
            lambda p: p.state not in ("done", "cancel") and p.picking_type_code == "incoming"
        )
        return self._records_action(waiting or pickings, self.env._("Receipts of %s", self.name))

    def action_view_pickings(self):
        """Open all transfers of this return."""
        self.ensure_one()
        return self._records_action(self.picking_ids, self.env._("Transfers of %s", self.name))

    def action_view_orders(self):
        """Open the orders whose goods come back."""
        self.ensure_one()
        return self._records_action(self.order_ids, self.env._("Orders of %s", self.name))

    def action_view_credit_memos(self):
        """Open the credit memos; the caller's own accounting rights apply."""
        self.ensure_one()
        # sudo: only finds the ids
        memos = self.sudo()._credit_memos().sudo(self.env.su)
        return self._records_action(memos, self.env._("Credit Memos of %s", self.name))

    def _records_action(self, records, title):
        action = {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": records._name,
            "context": {"create": False},
        }
        if len(records) == 1:
            return {**action, "view_mode": "form", "views": [(False, "form")], "res_id": records.id}
        return {**action, "view_mode": "list,form", "domain": [("id", "in", records.ids)]}
