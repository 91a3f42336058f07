from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class OmExceptionResolve(models.TransientModel):
    """What cures exceptions of deliveries and invoices."""

    _inherit = "om.exception.resolve"

    def action_apply(self):
        """Look again at deliveries and invoices, too, once the action has changed them."""
        documents = self.exception_ids._om_documents()
        result = super().action_apply()
        for of_model in documents:
            of_model.exists().with_context(om_fix=self)._om_check()
        return result

    # -------------------------------------------------------------------------------- deliveries

    def _om_fix_reship(self):
        """Short shipment: plan another delivery of what is missing and not planned yet."""
        # sudo: a specialist may plan deliveries, whose rules and transfers take rights of the warehouse
        self.exception_ids.order_line_id.sudo()._action_launch_stock_rule()

    def _om_fix_keep_backorder(self):
        """Short shipment: the customer waits for the rest."""
        lines = self.exception_ids.order_line_id
        shipped = lines._om_shipped()
        for line in lines:
            line.om_rest_agreed = max(line.product_uom_qty - shipped[line], 0)

    def _om_fix_cut_line(self):
        """Short shipment: the order ends with what was shipped; what is still planned is not sent."""
        lines = self.exception_ids.order_line_id
        shipped = lines._om_shipped()
        for line in lines:
            line.product_uom_qty = shipped[line]

    def _om_fix_bill_over(self):
        """Over-shipment: the customer keeps and pays what was shipped."""
        reason = self._need(self.reason, self.env._("who of the customer agreed"))
        for line in self.exception_ids.order_line_id:
            ordered, line.product_uom_qty = line.product_uom_qty, line.qty_delivered
            line.order_id.message_post(
                body=self.env._(
                    "%(product)s: %(shipped)g instead of %(ordered)g are billed. %(reason)s",
                    product=line.product_id.display_name,
                    shipped=line.qty_delivered,
                    ordered=ordered,
                    reason=reason,
                )
            )

    def _om_fix_recover(self):
        """Over-shipment: plan a return of what is too much."""
        for line in self.exception_ids.order_line_id:
            surplus = line.product_uom_id._compute_quantity(
                line.qty_delivered - line.product_uom_qty, line.product_id.uom_id
            )
            moves = line.move_ids.filtered(
                lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
            )
            picking = moves.sorted("date")[-1:].picking_id
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_model="stock.picking", active_id=picking.id)
                .create({})
            )
            for back in wizard.product_return_moves:
                back.quantity = surplus if back.move_id in moves else 0
                surplus -= back.quantity
            wizard.action_create_returns()

    def _om_fix_urgent(self):
        """Late shipment: put the deliveries on top of the warehouse's list."""
        self.exception_ids.order_id.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        ).priority = "1"

    def _om_fix_open_window(self):
        """Early arrival: the customer takes the goods in from the chosen day."""
        self.exception_ids.order_id.om_deliver_not_before = self._need(self.date, self.env._("the date"))

    def _om_fix_reissue_label(self):
        """Label: number anew the packages that have no SSCC of their own; their labels are printed again."""
        # sudo: a specialist may not write packages, which are the warehouse's
        orders = self.exception_ids.order_id.sudo()
        without = orders._om_without_label()
        if loose := [line for lines, _wrong in without.values() for line in lines]:
            raise UserError(
                self.env._(
                    "Only the warehouse can pack: %s.",
                    ", ".join(line.product_id.display_name for line in loose),
                )
            )
        if not without:
            raise UserError(
                self.env._("Each package has an SSCC of its own. Print its label again on the delivery.")
            )
        for picking, (_loose, wrong) in without.items():
            packages = orders.env["stock.package"].union(*(package for package, _text in wrong))
            before = packages.mapped("name")
            packages._om_number_anew(picking.company_id)
            if still := packages.filtered(lambda package: not package.valid_sscc):
                raise UserError(
                    self.env._(
                        "%s is no SSCC. The company needs a GS1 prefix, or the package type such a sequence.",
                        still[0].name,
                    )
                )
            pairs = zip(before, packages.mapped("name"), strict=True)
            picking.message_post(
                body=self.env._(
                    "New numbers, print these labels again: %s",
                    ", ".join(f"{old} \N{RIGHTWARDS ARROW} {new}" for old, new in pairs),
                ),
                author_id=self.env.user.partner_id.id,
            )

    def _om_fix_recount(self):
        """Goods that are on the book and not on the shelf: ask for a count of their places today."""
        for line in self.exception_ids.order_line_id:
            # sudo: places of stock are planned for a count by whoever misses the goods
            self.env["stock.quant"].sudo().search(
                [
                    ("product_id", "=", line.product_id.id),
                    ("location_id", "child_of", line.order_id.warehouse_id.view_location_id.id),
                    ("location_id.usage", "=", "internal"),
                ]
            ).write({"inventory_date": fields.Date.context_today(self), "user_id": False})

    # ---------------------------------------------------------------------------------- invoices

    def _om_fix_create_invoice(self):
        """Late invoice: make the draft invoices of what is due."""
        self.exception_ids.order_id._create_invoices()

    def _om_fix_invoice_delivered(self):
        """Over-invoiced: bring the draft's quantity down to what is due, by the rules of the detector."""
        for case in self.exception_ids:
            invoice, line = self._om_invoice(case), case.order_line_id.sudo()  # sudo: billing people
            entries = invoice.sudo()._om_billed_lines().get(line)
            if not entries:
                continue
            excess = invoice._om_over_invoiced(line)
            for entry in reversed(entries):
                here = line._om_in_unit_of_order(entry)
                taken = min(here, excess)
                if taken <= 0:
                    continue
                excess -= taken
                quantity = entry.product_uom_id.round(entry.quantity * (1 - taken / here))
                self.env["account.move.line"].browse(entry.id).quantity = quantity

    def _om_fix_invoice_price(self):
        """Invoice differs from the order: put the order's price, discount and taxes on the draft."""
        for case in self.exception_ids:
            invoice, line = self._om_invoice(case), case.order_line_id.sudo()  # sudo: billing people
            if invoice.currency_id != line.currency_id:
                raise UserError(
                    self.env._(
                        "%(invoice)s is in %(found)s, the order in %(expected)s: make the invoice anew.",
                        invoice=invoice.display_name,
                        found=invoice.currency_id.name,
                        expected=line.currency_id.name,
                    )
                )
            # sudo: the order's line is read for its price; who may change the draft is checked by the fix
            for entry in invoice.sudo()._om_billed_lines().get(line, ()):
                self.env["account.move.line"].browse(entry.id).write(
                    {
                        "price_unit": line.product_uom_id._compute_price(
                            line.price_unit, entry.product_uom_id
                        ),
                        "discount": line.discount,
                        "tax_ids": [Command.set(line.tax_ids.ids)],
                    }
                )

    def _om_fix_cap_credit(self):
        """Over-credit: lower the prices of the credit memo, in proportion, to what is left of the invoice."""
        for case in self.exception_ids:
            memo = self._om_invoice(case)
            left = memo.amount_total - case.amount
            if memo.currency_id.compare_amounts(left, 0) <= 0:
                raise UserError(
                    self.env._("Nothing is left to credit of the invoice. Delete %s.", memo.display_name)
                )
            share = left / memo.amount_total
            for entry in memo.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
                entry.price_unit *= share

    def _om_invoice(self, case):
        """The draft on which a case stands, as the person who cures it."""
        invoice = self.env["account.move"].browse(case.res_id)
        invoice.check_access("write")
        if invoice.state != "draft":
            raise UserError(self.env._("%s is not a draft any more.", invoice.display_name))
        return invoice
