from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..stages import GATES, INTERNAL, STAGES

OPEN_STATES = ("open", "in_progress", "waiting")


class OmException(models.Model):
    """A case: one thing that is wrong on one document, from its detection to its end.

    At most one exception is open (or waived) per type, document and key; detecting it again leaves
    it as it is, and when its cause is gone it closes itself. A waiver is tied to the found value:
    when the value changes, the waiver dies and the exception is open again.

    ==============  ============================================================================
    state           meaning
    ==============  ============================================================================
    open            nobody has begun
    in_progress     claimed: its owner works on it
    waiting         somebody else has to answer
    resolved        a person cured it with a fix action
    verified        resolved, and seen to have stayed cured
    auto_closed     its cause was gone when it was looked at again
    waived          a manager accepts the found value
    ==============  ============================================================================
    """

    _name = "om.exception"
    _description = "Order Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "score desc, sla_deadline, id"
    _rec_names_search = ["code", "document_ref", "found"]

    type_id = fields.Many2one(
        "om.exception.type", required=True, readonly=True, ondelete="restrict", index=True
    )
    code = fields.Char(related="type_id.code", store=True, index=True)
    category = fields.Selection(related="type_id.category", store=True)
    blocks = fields.Selection(STAGES, compute="_compute_blocks", store=True)
    severity = fields.Selection(
        [("1", "1 Stops money or law"), ("2", "2 Stops shipment"), ("3", "3 Warns")],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("in_progress", "In Progress"),
            ("waiting", "Waiting"),
            ("resolved", "Resolved"),
            ("verified", "Verified"),
            ("auto_closed", "Closed by itself"),
            ("waived", "Waived"),
        ],
        default="open",
        required=True,
        index=True,
        tracking=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True)

    res_model = fields.Char("Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", required=True, readonly=True)
    document_ref = fields.Char("Document Reference", readonly=True)
    key = fields.Char(readonly=True, required=True, default="", help="Tells apart findings of one type.")
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="cascade")
    order_line_id = fields.Many2one(
        "sale.order.line", readonly=True, index="btree_not_null", ondelete="set null"
    )
    line_ref = fields.Char("Line", readonly=True, help="Line number in the customer's document.")
    intake_id = fields.Many2one("om.intake", readonly=True, index="btree_not_null", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    found = fields.Char(readonly=True)
    expected = fields.Char(readonly=True)
    raw = fields.Text("Raw Line", related="order_line_id.om_raw")
    amount = fields.Monetary("At Risk", readonly=True, aggregator="sum")
    user_id = fields.Many2one("res.users", "Owner", required=True, tracking=True, index=True)
    detected_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    sla_deadline = fields.Datetime(
        "Due", readonly=True, index=True, help="End of the working hours that the type allows."
    )
    is_late = fields.Boolean("Overdue", compute="_compute_is_late", search="_search_is_late")
    closed_at = fields.Datetime(readonly=True)
    closed_by_id = fields.Many2one("res.users", readonly=True)
    fix_id = fields.Many2one("om.exception.fix", "Cured By", readonly=True)
    root_cause_id = fields.Many2one("om.root.cause", tracking=True)
    corrective_action = fields.Text()
    next_action = fields.Char(compute="_compute_next_action")
    sop = fields.Html(related="type_id.sop")
    waived_found = fields.Char("Waived Value", readonly=True)
    waiver_reason = fields.Char(readonly=True)
    waiver_expires = fields.Date(readonly=True)

    _unique_open = models.UniqueIndex(
        "(type_id, res_model, res_id, key) WHERE state IN ('open', 'in_progress', 'waiting', 'waived')",
        "This exception is open already.",
    )
    # "IS TRUE" as the ORM writes it: PostgreSQL does not see that it is the same as the bare column
    _queue_idx = models.Index("(score DESC, sla_deadline, id) WHERE is_open IS TRUE")

    # ---------------------------------------------------------------------- computes and searches

    @api.depends("type_id.blocks")
    def _compute_blocks(self):
        for exception in self:
            exception.blocks = exception.type_id.blocks

    @api.depends("state")
    def _compute_is_open(self):
        for exception in self:
            exception.is_open = exception.state in OPEN_STATES

    @api.depends("code", "document_ref")
    def _compute_display_name(self):
        for exception in self:
            exception.display_name = f"{exception.code} {exception.document_ref or ''}".strip()

    @api.depends("is_open", "sla_deadline")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for exception in self:
            exception.is_late = bool(
                exception.is_open and exception.sla_deadline and exception.sla_deadline < now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("is_open", "=", True) & Domain("sla_deadline", "<", fields.Datetime.now())

    @api.depends("state", "type_id.fix_ids", "waiting_on", "waiting_for")
    def _compute_next_action(self):
        self.type_id.fix_ids.mapped("name")  # read together, not type by type
        for exception in self:
            if not exception.is_open:
                exception.next_action = False
            elif exception.state == "waiting":
                exception.next_action = exception._chase()
            else:
                exception.next_action = exception.type_id.fix_ids[:1].name or self.env._(
                    "Follow the procedure"
                )

    # -------------------------------------------------------------------------------- CRUD guards

    @api.model_create_multi
    def create(self, vals_list):
        """Create exceptions; only detection may, so that each one has a cause that can go away."""
        if self.env.context.get("om_transition") is not INTERNAL:
            raise AccessError(self.env._("Exceptions are raised by detectors, not by hand."))
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        held_before = orders.filtered("om_is_held")
        # without tracking: nobody needs a mail per case, the queue is where they are seen
        exceptions = super(OmException, self.with_context(tracking_disable=True)).create(vals_list)
        orders._om_gates_changed(held_before)
        return exceptions.with_context(tracking_disable=self.env.context.get("tracking_disable"))

    def write(self, vals):
        """Write what people may: what a form shows read-only is read-only for RPC and imports, too.

        A gate would stand open for whoever writes ``blocks``, ``order_id`` or ``is_open`` otherwise.
        """
        # ``state`` is not read-only for the sake of the kanban; it moves by the exception's actions alone
        guarded = sorted(
            name for name in vals if name == "state" or name in self._fields and self._fields[name].readonly
        )
        if guarded and self.env.context.get("om_transition") is not INTERNAL:
            raise AccessError(
                self.env._(
                    "%(fields)s can't be written directly. Use the exception's own actions.",
                    fields=", ".join(guarded),
                )
            )
        if "state" not in vals:
            return super().write(vals)
        held_before = self.order_id.filtered("om_is_held")
        result = super().write(vals)
        self.order_id._om_gates_changed(held_before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Exceptions are kept as evidence and can't be deleted."))

    # ------------------------------------------------------------------------------ user's actions

    def action_resolve(self):
        """Open the dialog with the fix actions that all these exceptions share."""
        self._check_specialist()
        exceptions = self.filtered("is_open")
        if not exceptions:
            raise UserError(self.env._("These exceptions are closed already."))
        if len(exceptions.type_id) > 1:
            raise UserError(self.env._("Choose exceptions of one type to resolve them together."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Resolve: %s", exceptions[0].type_id.name),
            "res_model": "om.exception.resolve",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_ids": exceptions.ids},
        }

    def action_recheck(self):
        """Look again at the documents of these exceptions."""
        self._check_specialist()
        self._with_children().order_id._om_check()
        return True

    def action_open_document(self):
        """Open the document on which the exception stands."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _check_specialist(self):
        if not self.env.su and not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists work on exceptions."))

    # --------------------------------------------------------------------------------- life cycle

    def _waiver_is_over(self):
        self.ensure_one()
        return bool(self.waiver_expires and self.waiver_expires < fields.Date.context_today(self))

    def _close(self, state, **values):
        """End exceptions.

        What closes by itself while a person's fix action is under way counts as resolved by it, where
        the person had chosen it in the dialog.
        """
        dialog = self.env.context.get("om_fix")
        cured = self.browse()
        if state == "auto_closed" and isinstance(dialog, models.BaseModel):  # a record can't come by RPC
            cured = self & dialog.exception_ids
        for exceptions, end, more in (
            (cured, "resolved", {"fix_id": cured and dialog.fix_id.id}),
            (self - cured, state, {}),
        ):
            if exceptions:
                exceptions.with_context(om_transition=INTERNAL).write(
                    {
                        "state": end,
                        "closed_at": fields.Datetime.now(),
                        "closed_by_id": self.env.uid if end != "auto_closed" else False,
                        **more,
                        **values,
                    }
                )

    def _waive(self, reason, expires=False):
        """Accept the found values.

        :param reason: why, for the record
        :param expires: last day (``date``) on which the waiver holds; empty: as long as the value
        :raise AccessError: the caller is no order manager
        :raise UserError: no reason, or the type may not be waived
        """
        if not self.env.user.has_group("om_order_exceptions.group_manager"):
            raise AccessError(self.env._("Only order managers waive exceptions."))
        if not (reason or "").strip():
            raise UserError(self.env._("A waiver needs a reason."))
        for exception in self:
            if not exception.type_id.waivable:
                raise UserError(
                    self.env._("%s can't be waived. Cure it, or cancel the order.", exception.display_name)
                )
            if not exception.is_open:
                raise UserError(self.env._("%s is not open.", exception.display_name))
        for found, exceptions in self.grouped("found").items():
            exceptions._close("waived", waived_found=found, waiver_reason=reason, waiver_expires=expires)
        return True

    @api.model
    def _blocked_orders(self, orders, gate):
        """Orders of ``orders`` for which ``gate`` is closed. One query."""
        # sudo: a gate is closed for everybody, also for those who may not read exceptions
        groups = self.sudo()._read_group(
            [("order_id", "in", orders.ids), ("is_open", "=", True), ("blocks", "in", GATES[gate])],
            ["order_id"],
        )
        return orders.browse(order.id for [order] in groups)

    @api.model
    def _cron_expire_waivers(self):
        """Look again at orders whose waivers ended yesterday or before."""
        expired = self.search(
            [("state", "=", "waived"), ("waiver_expires", "<", fields.Date.context_today(self))]
        )
        expired.order_id._om_check()
