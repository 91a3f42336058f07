from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestConfirmPaths(OrderManagementCommon):
    """A salesperson, in a hurry or in bad faith, with a quotation that is blocked at confirm."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "om_seller", groups="sales_team.group_sale_salesman")

    def _blocked(self, **values):
        order = self._order(
            user=self.seller, user_id=self.seller.id, commitment_date="2020-01-01 12:00:00", **values
        )
        self.env.cr.flush()
        self.assertEqual((order.state, order.om_blocked_stage), ("draft", "confirm"))
        return order

    def test_state_is_not_written(self):
        order = self._blocked()
        for values in ({"state": "sale"}, {"state": "sale", "locked": True}):
            with self.assertRaisesRegex(UserError, f"{order.name}: E-DTE-PAST"), self.cr.savepoint():
                order.write(values)
            with self.assertRaisesRegex(UserError, "E-DTE-PAST"), self.cr.savepoint():
                order.with_context(om_confirming=True, om_checked=True).write(values)
        self.assertEqual(order.state, "draft")

    def test_cause_and_state_are_not_written_together(self):
        order = self._order(user=self.seller, user_id=self.seller.id)
        with self.assertRaisesRegex(UserError, "E-DTE-PAST"):
            order.write({"commitment_date": "2020-01-01 12:00:00", "state": "sale"})

    def test_state_is_not_imported_on_an_existing_quotation(self):
        order = self._blocked()
        result = (
            self.env["sale.order"].with_user(self.seller).load([".id", "state"], [[str(order.id), "sale"]])
        )
        self.assertIn("E-DTE-PAST", result["messages"][0]["message"])
        self.assertEqual(order.state, "draft")

    def test_clean_quotation_may_be_written_as_in_stock_odoo(self):
        order = self._order(user=self.seller, user_id=self.seller.id)
        order.write({"state": "sale"})
        self.assertEqual(order.state, "sale")

    def test_order_that_is_created_or_imported_confirmed_is_held(self):
        """Orders of an old system come confirmed: they are let in, and held where something is wrong."""
        fields = ["partner_id/.id", "state", "commitment_date"]
        fields += ["order_line/product_id/.id", "order_line/product_uom_qty"]
        row = [str(self.customer.id), "sale", "2020-01-01 12:00:00", str(self.product.id), "10"]
        result = self.env["sale.order"].with_user(self.seller).load(fields, [row])
        imported = self.env["sale.order"].browse(result["ids"])
        created = self._order(
            user=self.seller, user_id=self.seller.id, state="sale", commitment_date="2020-01-01 12:00:00"
        )
        self.env.cr.flush()
        for order in (imported, created):
            self.assertEqual((order.state, order.om_is_held), ("sale", True))
            moves = order.sudo().order_line.move_ids
            self.assertEqual(sum(moves.mapped("quantity")), 0)

    def test_what_is_derived_is_not_written(self):
        order = self._blocked()
        for values in ({"om_blocked_stage": False}, {"om_open_exception_count": 0}):
            with self.assertRaises(AccessError), self.cr.savepoint():
                order.write(values)
        with self.assertRaises(AccessError), self.cr.savepoint():
            order.write({"om_exception_ids": [Command.clear()]})
        self.env.invalidate_all()
        self.assertEqual(order.om_blocked_stage, "confirm")

    def test_lock_and_unlock_open_nothing(self):
        order = self._blocked()
        order.sudo()._validate_order()
        order.sudo().action_lock()
        order.sudo().action_unlock()
        order.sudo().picking_ids.action_assign()
        self.assertEqual(order.sudo().picking_ids.move_ids.quantity, 0)

    def test_copy_of_a_waived_order_is_looked_at_again(self):
        order = self._order([(self.product, 10, 80.0)])
        self.env.cr.flush()
        self._resolve(self._open(order), "fix_accept", user=self.manager, reason="Agreed by phone")
        copy = order.copy()
        copy.order_line.price_unit = 80.0
        self.env.cr.flush()
        self.assertEqual(self._open(copy).code, "E-PRC-DIFF")
        copy.action_confirm()
        self.assertEqual(copy.state, "draft")

    def test_cancelled_and_taken_up_again_is_looked_at_again(self):
        order = self._blocked()
        order.with_context(disable_cancel_warning=True).action_cancel()
        self.assertFalse(self._open(order))
        order.action_draft()
        order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_confirmed_order_that_is_set_back_meets_the_gate_again(self):
        order = self._order(user=self.seller, user_id=self.seller.id)
        order.action_confirm()
        order.write({"state": "draft", "commitment_date": "2020-01-01 12:00:00"})
        order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_line_added_to_a_confirmed_order_is_looked_at(self):
        order = self._order()
        order.action_confirm()
        self.other_product.sale_ok = False
        self.env["sale.order.line"].with_user(self.specialist).create(
            {"order_id": order.id, "product_id": self.other_product.id, "product_uom_qty": 1}
        )
        self.env.cr.flush()
        self.assertTrue(order.om_is_held)
        self.assertEqual(sum(order.sudo().picking_ids.move_ids.mapped("quantity")), 0)

    def test_signature_and_payment_never_fail_whatever_the_block(self):
        """One type after the other blocks at confirm: a customer's confirmation goes through each time."""
        for stage in ("confirm", "release", "ship", "invoice"):
            with self.subTest(stage=stage):
                self.env.ref("om_order_exceptions.type_dte_past").blocks = stage
                order = self._order(commitment_date="2020-01-01 12:00:00")
                order.sudo()._validate_order()
                self.assertEqual(order.state, "sale")
                self.assertEqual(self._open(order).code, "E-DTE-PAST")
