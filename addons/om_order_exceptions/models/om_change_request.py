from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..stages import INTERNAL
from .om_change_policy import ACTIONS, CHANGE_STAGES

OPEN_CHANGE_STATES = ("draft", "evaluated", "approval", "warehouse")


class OmChangeRequest(models.Model):
    """What somebody wants to be changed on a confirmed order: before, after, and what follows from it.

    ==============  ============================================================================
    state           meaning
    ==============  ============================================================================
    draft           being written
    evaluated       before, after and impact are known; the order is as they say
    approval        a manager has to agree
    warehouse       the warehouse (or vendor) has to say whether it can still stop
    applied         the order is changed
    refused         it is not, and why
    cancelled       whoever asked does not want it any more
    ==============  ============================================================================

    What becomes of a request is the stage matrix's to say (``om.change.policy``). A request is applied
    as a whole or not at all, and only to the order that was evaluated: when the order has moved on, it
    is evaluated again and the person asked again.
    """

    _name = "om.change.request"
    _description = "Change Request"
    _inherit = ["om.checked", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, default="New", copy=False)
    order_id = fields.Many2one(
        "sale.order",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("state", "=", "sale")],
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, string="Customer")
    salesperson_id = fields.Many2one(related="order_id.user_id", string="Salesperson")
    currency_id = fields.Many2one(related="order_id.currency_id")
    source = fields.Selection(
        [("customer", "Customer"), ("edi", "EDI 860"), ("internal", "Internal")],
        required=True,
        default="internal",
    )
    reason_id = fields.Many2one(
        "om.root.cause",
        required=True,
        default=lambda self: self.env.ref(
            "om_order_exceptions.root_cause_cust_change", raise_if_not_found=False
        ),
    )
    note = fields.Text("Words of the Request")
    requested_by_id = fields.Many2one("res.partner", default=lambda self: self.env.user.partner_id)
    requested_at = fields.Datetime("Requested", default=fields.Datetime.now, required=True)
    asked_by_id = fields.Many2one(
        "res.users", "Entered By", readonly=True, default=lambda self: self.env.user, copy=False
    )
    line_ids = fields.One2many("om.change.request.line", "request_id", "Changes")

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("evaluated", "Evaluated"),
            ("approval", "Waiting for Approval"),
            ("warehouse", "Waiting for Warehouse"),
            ("applied", "Applied"),
            ("refused", "Refused"),
            ("cancelled", "Withdrawn"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    evaluated_at = fields.Datetime("Evaluated", readonly=True, copy=False)
    snapshot = fields.Json(readonly=True, copy=False, help="The order as it was evaluated.")
    stage = fields.Selection(CHANGE_STAGES, "Goods Are", readonly=True, copy=False)
    action = fields.Selection(ACTIONS, "What Follows", readonly=True, copy=False)
    needs_approval = fields.Boolean("Needs a Manager", readonly=True, copy=False)
    is_late = fields.Boolean(
        "Late", readonly=True, copy=False, help="It came after picking began, or after the cut-off."
    )
    is_stale = fields.Boolean(
        readonly=True, copy=False, help="The order had moved on since it was evaluated."
    )
    amount_before = fields.Monetary("Order Before", readonly=True, copy=False)
    amount_delta = fields.Monetary("Difference", readonly=True, copy=False, aggregator="sum")
    amount_after = fields.Monetary("Order After", compute="_compute_amount_after")
    credit_impact = fields.Char("Credit", readonly=True, copy=False)
    sent_documents = fields.Json(readonly=True, copy=False)
    documents = fields.Char("Documents Sent", compute="_compute_documents")

    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    warehouse_answer = fields.Selection(
        [("stopped", "Can be stopped"), ("too_late", "Too late")], readonly=True, copy=False
    )
    applied_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    applied_at = fields.Datetime(readonly=True, copy=False)
    refusal = fields.Char("Reason of Refusal", copy=False)
    put_back_ids = fields.Many2many(
        "stock.picking", readonly=True, copy=False, groups="stock.group_stock_user"
    )
    put_back_state = fields.Selection(
        [("open", "To Put Back"), ("done", "Put Back")], "Goods", readonly=True, copy=False
    )

    _open_idx = models.Index("(order_id) WHERE state IN ('draft', 'evaluated', 'approval', 'warehouse')")

    @api.depends("amount_before", "amount_delta")
    def _compute_amount_after(self):
        for request in self:
            request.amount_after = request.amount_before + request.amount_delta

    @api.depends("sent_documents")
    def _compute_documents(self):
        for request in self:
            request.documents = ", ".join(
                f"{document} ({stage})" if stage else document
                for document, stage in request.sent_documents or ()
            )

    # -------------------------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._om_refuse_guarded(vals)
            vals["name"] = self.env["ir.sequence"].next_by_code("om.change.request") or "New"
        # sudo is not needed: whoever may create a request writes its number
        requests = super().create(vals_list)
        if wrong := requests.order_id.filtered(lambda order: order.state != "sale"):
            raise UserError(
                self.env._("%s is not confirmed: change it directly.", ", ".join(wrong.mapped("name")))
            )
        return requests

    def write(self, vals):
        self._om_refuse_guarded(vals)
        if {"order_id", "line_ids"} & vals.keys():
            self._om_reopen()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if any(request.state != "draft" for request in self):
            raise UserError(self.env._("Only drafts are deleted. Withdraw the request instead."))

    def _om_refuse_guarded(self, vals):
        """What a form shows read-only is read-only for RPC and imports, too: approvals are not typed in."""
        if self.env.context.get("om_transition") is INTERNAL:
            return
        guarded = {name for name in vals if name in self._fields and self._fields[name].readonly}
        guarded -= {"name", "company_id", "partner_id", "salesperson_id", "currency_id"}
        if guarded:
            raise AccessError(
                self.env._(
                    "%(fields)s can't be written directly. Use the request's own actions.",
                    fields=", ".join(sorted(guarded)),
                )
            )

    def _om_move(self, state, **values):
        """Bring these requests to ``state``; their cases come and go with it."""
        # sudo: states change by actions, which check who may
        self.sudo().with_context(om_transition=INTERNAL).write({"state": state, **values})
        self._om_check()

    def _om_reopen(self):
        """A request that is edited is a draft again; one that was decided is not edited."""
        if self.env.context.get("om_transition") is INTERNAL:
            return
        if closed := self.filtered(lambda request: request.state not in ("draft", "evaluated")):
            raise UserError(
                self.env._("%s can't be edited any more.", ", ".join(closed.mapped("display_name")))
            )
        if evaluated := self.filtered(lambda request: request.state == "evaluated"):
            evaluated._om_move("draft")

    # ----------------------------------------------------------------------------------------- actions

    def action_evaluate(self):
        """Find out what the requests would change, and at what cost. Any number at once."""
        self.check_access("write")
        self.filtered(lambda request: request.state in ("draft", "evaluated", "approval"))._om_evaluate()
        return True

    def action_apply(self):
        """Apply what may be applied; ask a manager or the warehouse first where the policy says so."""
        self._check_group("om_order_exceptions.group_specialist")
        return self.filtered(lambda request: request.state in OPEN_CHANGE_STATES)._om_proceed()

    def action_approve(self):
        """Agree to the requests, and go on with them.

        :raise AccessError: the caller is no manager, or asked for the change
        """
        self._check_group("om_order_exceptions.group_manager")
        waiting = self.filtered(lambda request: request.state in ("evaluated", "approval"))
        own = waiting.filtered(lambda request: request.asked_by_id == self.env.user)
        if own.company_id.filtered("om_change_four_eyes") and not self.env.su:
            raise AccessError(self.env._("Somebody else has to approve what you asked for."))
        # sudo: approvals are written by this action only
        waiting.sudo().with_context(om_transition=INTERNAL).write(
            {"approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()}
        )
        return waiting._om_proceed()

    def action_refuse(self):
        """End the requests: the order stays as it is."""
        self._check_group("om_order_exceptions.group_specialist")
        requests = self.filtered(lambda request: request.state in OPEN_CHANGE_STATES)
        if any(not (request.refusal or "").strip() for request in requests):
            raise UserError(self.env._("Say why the change is refused."))
        requests._om_move("refused")
        requests._om_change_refused()
        return True

    def action_withdraw(self):
        """End the requests: whoever asked does not want the change any more."""
        self.check_access("write")
        self.filtered(lambda request: request.state in OPEN_CHANGE_STATES)._om_move("cancelled")
        return True

    def action_warehouse_stopped(self):
        """The warehouse could still stop: apply."""
        self._check_group("stock.group_stock_user")
        waiting = self.filtered(lambda request: request.state == "warehouse")
        # sudo: warehouse users answer, they do not write requests
        waiting.sudo().with_context(om_transition=INTERNAL).write({"warehouse_answer": "stopped"})
        return waiting._om_proceed()

    def action_warehouse_too_late(self):
        """The warehouse could not stop any more: the order stays as it is."""
        self._check_group("stock.group_stock_user")
        waiting = self.filtered(lambda request: request.state == "warehouse")
        waiting._om_move(
            "refused",
            warehouse_answer="too_late",
            refusal=self.env._("Too late: the goods are on their way."),
        )
        waiting._om_change_refused()
        return True

    def action_put_back_done(self):
        """The goods are back on the shelf; what was to be moved for it in stock is moved."""
        self._check_group("stock.group_stock_user")
        for request in self.filtered(lambda request: request.put_back_state == "open"):
            # sudo: transfers of the request, by whoever may work in the warehouse
            for picking in request.sudo().put_back_ids.filtered(lambda p: p.state not in ("done", "cancel")):
                for move in picking.move_ids:
                    move.quantity = move.product_uom_qty
                    move.picked = True
                picking.with_context(skip_backorder=True).button_validate()
            request._om_put_back_done()
        return True

    def action_return(self):
        """Start a return of what has left the house already."""
        self.ensure_one()
        return self.order_id._om_return_action()

    def action_open_order(self):
        """Open the order."""
        self.ensure_one()
        return self.order_id._get_records_action()

    def _check_group(self, group):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(self.env._("You are not allowed to decide on changes of orders."))

    # ------------------------------------------------------------------------------------------- hooks

    @api.model
    def _om_request(self, orders, changes, **values):
        """Create one request per order, in one batch.

        :param orders: confirmed orders
        :param changes: ``{order id: [values of the request's lines]}``
        :param values: further values of all requests, such as ``source``
        """
        return self.create(
            [
                {
                    "order_id": order.id,
                    "line_ids": [Command.create(line) for line in changes[order.id]],
                    **values,
                }
                for order in orders
            ]
        )

    def _om_change_applied(self):
        """Called once with requests that were applied: an addon answers here (855, 865, 940 change)."""

    def _om_change_refused(self):
        """Called once with requests that were refused: an addon answers here (865)."""

    def _om_change_asked(self):
        """Called once with requests that wait for the warehouse: an addon asks it here (940 change)."""

    def _om_credit_impact(self):
        """What the changes do to the customers' credit: ``{request: text}``. An addon fills it."""
        return {}
