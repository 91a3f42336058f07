from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from odoo.addons.om_order_exceptions.tests.common import OrderManagementCommon


class ReturnsCommon(OrderManagementCommon):
    """The distributor of the suite with a returns clerk and an accountant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "om_clerk", groups="om_rma.group_returns_clerk")
        cls.accountant = new_test_user(
            cls.env, "om_accountant", groups="om_rma.group_returns_clerk,account.group_account_invoice"
        )
        cls.reason = cls.env.ref("om_rma.reason_not_needed")

    def _delivered(self, lines=None, **values):
        """A confirmed order of the specialist, delivered whole."""
        order = self._order(lines, **values)
        order.action_confirm()
        self._deliver(order)
        return order

    def _invoice(self, order, date=None):
        """Invoice what is to be invoiced, and post it."""
        invoice = order.sudo()._create_invoices()
        if date:
            invoice.invoice_date = date
        invoice.action_post()
        return invoice

    def _rma(self, quantities, user=None, authorise=True, **values):
        """A return of ``{order line: quantity}``, or of ``[(order line, quantity, line values)]``."""
        if isinstance(quantities, dict):
            quantities = [(line, quantity, {}) for line, quantity in quantities.items()]
        rma = (
            self.env["om.rma"]
            .with_user(user or self.clerk)
            .create(
                {
                    "partner_id": self.customer.id,
                    "reason_id": self.reason.id,
                    "line_ids": [
                        Command.create({"order_line_id": line.id, "quantity": quantity, **extra})
                        for line, quantity, extra in quantities
                    ],
                    **values,
                }
            )
        )
        if authorise:
            rma.action_authorise()
        return rma

    def _receive(self, rma, quantities=None):
        """Receive what is expected: all, or ``{product: quantity}``, the rest stays expected."""
        for picking in rma.picking_ids.filtered(lambda p: p.state not in ("done", "cancel")):
            for move in picking.move_ids:
                move.quantity = (
                    move.product_uom_qty if quantities is None else quantities.get(move.product_id, 0)
                )
                move.picked = bool(move.quantity)
            if any(picking.move_ids.mapped("picked")):
                picking.with_context(skip_backorder=True).button_validate()

    def _credit(self, rma, post=True):
        """Draft the credit memos as the clerk, and post them as the accountant."""
        before = rma.sudo()._credit_memos()
        rma.with_user(self.clerk).action_credit()
        memos = rma.sudo()._credit_memos() - before
        if post:
            rma.with_user(self.accountant).action_post_credit_memos()
        return memos

    def _wizard(self, picking, user=None):
        """Odoo's own return dialog of ``picking``."""
        wizard = self.env["stock.return.picking"].with_user(user or self.specialist)
        return Form(
            wizard.with_context(active_id=picking.id, active_model="stock.picking", active_ids=picking.ids)
        )

    def _return_by_wizard(self, picking, quantity, user=None):
        """Create a return of ``quantity`` of each product of ``picking``; returns the new transfer."""
        with self._wizard(picking, user) as form:
            for index in range(len(form.product_return_moves)):
                with form.product_return_moves.edit(index) as line:
                    line.quantity = quantity
        action = form.record.action_create_returns()
        return self.env["stock.picking"].with_user(user or self.specialist).browse(action["res_id"])

    def _tax(self, percent):
        return self.env["account.tax"].create(
            {"name": f"Tax {percent} %", "amount": percent, "amount_type": "percent", "type_tax_use": "sale"}
        )

    def _currency(self, **rates):
        """EUR, with ``{ISO date with underscores: company currency per EUR}`` as its only rates."""
        eur = self.env.ref("base.EUR")
        eur.active = True
        eur.rate_ids.unlink()
        for day, price in rates.items():
            self.env["res.currency.rate"].create(
                {
                    "currency_id": eur.id,
                    "name": fields.Date.to_date(day.strip("_").replace("_", "-")),
                    "rate": 1 / price,
                    "company_id": self.company.id,
                }
            )
        return eur
