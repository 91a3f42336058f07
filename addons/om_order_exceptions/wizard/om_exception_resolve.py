from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class OmExceptionResolve(models.TransientModel):
    """Dialog that cures exceptions of one type with one of its fix actions, all at once.

    After the action the detectors look again: what is cured closes, with the root cause that was
    chosen here; what is not stays open.
    """

    _name = "om.exception.resolve"
    _description = "Resolve Exceptions"

    exception_ids = fields.Many2many("om.exception", required=True, readonly=True)
    count = fields.Integer(compute="_compute_context")
    type_id = fields.Many2one("om.exception.type", compute="_compute_context")
    found = fields.Char(compute="_compute_context")
    expected = fields.Char(compute="_compute_context")
    raw = fields.Text("As Received", compute="_compute_context")
    sop = fields.Html(related="type_id.sop")
    fix_id = fields.Many2one(
        "om.exception.fix",
        "Action",
        compute="_compute_fix_id",
        store=True,
        readonly=False,
        domain="[('type_ids', 'in', type_id)]",
    )
    input = fields.Selection(related="fix_id.input")
    description = fields.Text(related="fix_id.description")
    product_id = fields.Many2one("product.product", domain="[('sale_ok', '=', True)]")
    suggestion_ids = fields.Many2many(
        "product.product", compute="_compute_suggestion_ids", string="Suggestions"
    )
    product_uom_id = fields.Many2one("uom.uom", "Unit")
    address_id = fields.Many2one(
        "res.partner", "Delivery Address", domain="[('commercial_partner_id', '=', commercial_partner_id)]"
    )
    commercial_partner_id = fields.Many2one("res.partner", compute="_compute_context")
    date = fields.Date(default=lambda self: fields.Date.add(fields.Date.context_today(self), days=1))
    remember = fields.Boolean("Remember for the next order", default=True)
    reason = fields.Char()
    waiver_expires = fields.Date(
        "Valid Until", help="Last day of the waiver. Empty: as long as the value stays."
    )
    root_cause_id = fields.Many2one(
        "om.root.cause", compute="_compute_root_cause_id", store=True, readonly=False
    )

    @api.depends("exception_ids")
    def _compute_context(self):
        for wizard in self:
            exceptions = wizard.exception_ids
            wizard.count = len(exceptions)
            wizard.type_id = exceptions[:1].type_id
            wizard.found = ", ".join(sorted({e.found for e in exceptions if e.found})[:5])
            wizard.expected = exceptions[:1].expected
            wizard.raw = "\n".join(e.raw for e in exceptions[:5] if e.raw)
            wizard.commercial_partner_id = exceptions.partner_id if len(exceptions.partner_id) == 1 else False

    @api.depends("exception_ids")
    def _compute_fix_id(self):
        for wizard in self:
            wizard.fix_id = wizard.exception_ids[:1].type_id.fix_ids[:1]

    @api.depends("exception_ids")
    def _compute_root_cause_id(self):
        for wizard in self:
            exception = wizard.exception_ids[:1]
            kind = exception.type_id
            wizard.root_cause_id = exception.root_cause_id or kind.root_cause_id or kind.root_cause_ids[:1]

    @api.depends("exception_ids")
    def _compute_suggestion_ids(self):
        for wizard in self:
            wizard.suggestion_ids = wizard.exception_ids.order_line_id[:1]._om_suggest_products()

    def action_apply(self):
        """Run the chosen fix action, look again, and close what it cured."""
        self.ensure_one()
        self.exception_ids._check_specialist()
        # What a colleague has ended since the dialog was opened is left alone.
        # The fix of a common cause is that of its children.
        cases = self.exception_ids._with_children()
        fix, exceptions = self.fix_id, cases.filtered(lambda case: case.is_open and not case.is_parent)
        if not exceptions:
            raise UserError(self.env._("These exceptions are closed already."))
        if exceptions != self.exception_ids:
            self.exception_ids = exceptions
        if not self.root_cause_id:
            raise UserError(self.env._("Say what the root cause was."))
        for kind in exceptions.type_id:
            if fix not in kind.fix_ids:
                raise UserError(self.env._("%(fix)s does not cure %(type)s.", fix=fix.name, type=kind.name))
        if fix.group_id and fix.group_id not in self.env.user.all_group_ids:
            raise AccessError(
                self.env._("%(fix)s needs the rights of %(group)s.", fix=fix.name, group=fix.group_id.name)
            )
        exceptions.check_access("write")
        exceptions.write(
            {"root_cause_id": self.root_cause_id.id, "corrective_action": self.reason or fix.name}
        )
        orders = exceptions.order_id
        dialog = self.with_context(om_fix=self)
        getattr(dialog, fix.method)()
        orders.exists().with_env(dialog.env)._om_check()
        return {"type": "ir.actions.act_window_close"}

    def _need(self, value, what):
        """Return ``value``; raise a clear error where the person left it empty."""
        if not value:
            raise UserError(self.env._("%(fix)s: enter %(what)s.", fix=self.fix_id.name, what=what))
        return value

    # ---------------------------------------------------------------------------------- fix actions

    def _om_fix_map_item(self):
        """Unknown item: the line becomes one of the chosen product; the part number is remembered."""
        product = self._need(self.product_id, self.env._("the product"))
        units = self.env["uom.uom"]._om_by_code(self.exception_ids.order_line_id.mapped("om_po_unit"))
        items = self.env["om.customer.item"]
        for exception in self.exception_ids:
            line = exception.order_line_id
            unit = units[line.om_po_unit]._om_for_product(product) if line.om_po_unit else product.uom_id
            named = (exception.partner_id.id, line.om_po_item)
            if self.remember and line.om_po_item and not items._resolve({named}, exception.company_id):
                items.create(
                    {
                        "partner_id": exception.partner_id.id,
                        "code": line.om_po_item,
                        "product_id": product.id,
                        "company_id": exception.company_id.id,
                        "learned": True,
                    }
                )
            if unit:
                line._om_resolve(product, unit)
            else:
                line.om_po_product_id = product

    def _om_fix_set_unit(self):
        """Unknown unit: the line is ordered in the chosen unit."""
        unit = self._need(self.product_uom_id, self.env._("the unit"))
        for exception in self.exception_ids:
            line = exception.order_line_id
            product = line.om_po_product_id
            if not unit._has_common_reference(product.uom_id):
                raise UserError(
                    self.env._(
                        "%(unit)s can't be converted to %(other)s, in which %(product)s is sold.",
                        unit=unit.name,
                        other=product.uom_id.name,
                        product=product.display_name,
                    )
                )
            if self.remember and line.om_po_item:
                self.env["om.customer.item"]._resolve(
                    {(exception.partner_id.id, line.om_po_item)}, exception.company_id
                ).get((exception.partner_id.id, line.om_po_item), self.env["om.customer.item"]).write(
                    {"product_uom_id": unit.id}
                )
            line._om_resolve(product, unit)

    def _om_fix_replace_product(self):
        """Put another product on the lines, at the same quantity and the customer's price."""
        product = self._need(self.product_id, self.env._("the product"))
        for line in self.exception_ids.order_line_id:
            line._om_replace_product(product)

    def _om_fix_remove_line(self):
        """Take the lines off their orders."""
        lines = self.exception_ids.order_line_id
        for line in lines:
            line.order_id.message_post(body=self.env._("Line rejected: %s", line.om_raw or line.name))
        confirmed = lines.filtered(lambda line: line.state == "sale" and not line.display_type)
        confirmed.write({"product_uom_qty": 0})
        (lines - confirmed).unlink()

    def _om_fix_map_ship_to(self):
        """Unknown ship-to: ship to the chosen address, and remember its code."""
        address = self._need(self.address_id, self.env._("the delivery address"))
        for order in self.exception_ids.order_id:
            if address.commercial_partner_id != order.partner_id.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(address)s is no address of %(customer)s.",
                        address=address.display_name,
                        customer=order.partner_id.name,
                    )
                )
            order._om_learn_ship_to(address)

    def _om_fix_create_ship_to(self):
        """Unknown ship-to: add a delivery address as the document describes it, once for all its orders."""
        for order in self.exception_ids.order_id:
            order._om_learn_ship_to(order._om_known_ship_to() or order._om_create_ship_to())

    def _om_fix_accept(self):
        """The found value is right: waive it, for this value only."""
        self.exception_ids._waive(self._need(self.reason, self.env._("the reason")), self.waiver_expires)

    def _om_fix_done(self):
        """What was wrong has been settled elsewhere. A detector that still finds it opens it again."""
        # sudo: states change by actions only
        self.exception_ids.sudo()._close("resolved", fix_id=self.fix_id.id)

    def _om_fix_contract_price(self):
        """Put the pricelist's price on the lines."""
        lines = self.exception_ids.order_line_id
        prices = lines.order_id._om_contract_prices()
        for line in lines:
            if line in prices:
                line.write({"price_unit": prices[line], "discount": 0.0})

    def _om_fix_cancel_order(self):
        """Cancel the orders."""
        self.exception_ids.order_id._action_cancel()
        # What waits for a manager or the warehouse is not cancelled yet: its case stays open.
        over = self.exception_ids.filtered(lambda case: case.is_open and case.order_id.state == "cancel")
        over.sudo()._close("resolved", fix_id=self.fix_id.id)  # sudo: states change by actions only

    def _om_fix_set_date(self):
        """Promise the chosen day, at noon where the goods go."""
        day = self._need(self.date, self.env._("the date"))
        for order in self.exception_ids.order_id:
            if day < order._om_today()[order]:
                raise UserError(self.env._("The new date is in the past, too."))
            order.commitment_date = order._om_noon(day)
            if order.om_cancel_after and order.om_cancel_after < day:
                order.om_cancel_after = day
