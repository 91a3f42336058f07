from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .change_common import ChangeCommon

CODE = "E-PRC-CHANGED"


@tagged("post_install", "-at_install")
class TestAgreedPrice(ChangeCommon):
    """G14: the price of a confirmed order is not changed in silence."""

    def _write(self, order, user=None, **values):
        order.order_line[:1].with_user(user or self.specialist).write(values)
        self.env.cr.flush()
        return self._open(order, CODE)

    def test_confirmation_keeps_the_price(self):
        order = self._order([(self.product, 10, 95.0)])
        order.order_line.discount = 10
        self.assertEqual(order.order_line.om_agreed_price, 0)
        order.sudo()._validate_order()
        self.assertEqual((order.order_line.om_agreed_price, order.order_line.om_agreed_discount), (95, 10))

    def test_confirmation_costs_no_query_for_it(self):
        counts = []
        self._confirmed()  # what is read once per process is read
        for with_it in (True, False):
            order = self._order()
            self.env.flush_all()
            if not with_it:
                self.patch(type(self.env["sale.order.line"]), "_compute_om_agreed", lambda lines: None)
            before = self.env.cr.sql_log_count
            order.action_confirm()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[0], counts[1])

    def test_line_that_is_added_later_is_agreed_as_it_is_added(self):
        order = self._confirmed()
        order.order_line = [Command.create({"product_id": self.other_product.id, "price_unit": 12})]
        self.env.cr.flush()
        self.assertEqual(order.order_line[1].om_agreed_price, 12)
        self.assertFalse(self._open(order, CODE))

    def test_g14_written_price_is_a_case_that_blocks_the_invoice(self):
        seller = self._user("own", "sales_team.group_sale_salesman")
        order = self._confirmed()
        order.sudo().user_id = seller
        self._deliver(order)
        [case] = self._write(order, user=seller, price_unit=1.0)
        self.assertEqual((case.severity, case.blocks, case.amount), ("1", "invoice", 990))
        self.assertIn("1.00", case.found)
        self.assertIn("100.00", case.expected)
        invoice = order.sudo()._create_invoices()
        with self.assertRaises(UserError):
            invoice.action_post()

    def test_discount_is_a_price_too(self):
        self.assertTrue(self._write(self._confirmed(), discount=20))

    def test_same_net_price_is_no_change(self):
        self.assertFalse(self._write(self._confirmed(), price_unit=200, discount=50))

    def test_discount_that_is_added_as_a_line_is_a_price_too(self):
        order = self._order()
        order.action_confirm()
        self.env.cr.flush()
        # as if an earlier transaction had made it
        self.env.cr.execute("UPDATE sale_order SET create_date = '2020-01-01' WHERE id = %s", [order.id])
        self.env.invalidate_all()
        self.company.sale_discount_product_id = self._new_product("Discount", "DISC", 0, 0, type="service")
        self.env["sale.order.discount"].with_user(self.specialist).create(
            {"sale_order_id": order.id, "discount_type": "amount", "discount_amount": 300}
        ).action_apply_discount()
        self.env.cr.flush()
        case = self._open(order, "E-PRC-CHANGED")
        self.assertEqual((case.blocks, case.amount), ("invoice", 300))
        self._resolve(case, "fix_approve_price", user=self.manager)
        self.assertFalse(self._open(order, "E-PRC-CHANGED"))

    def test_agreed_price_does_not_change_with_the_state_of_the_line(self):
        order = self._order()
        order.action_confirm()
        for state in ("draft", "cancel"):
            with self.subTest(state=state), self.assertRaises(UserError):
                order.order_line.write({"state": state})
        self.assertEqual(order.order_line.om_agreed_price, 100.0)

    def test_price_that_is_put_back_closes_the_case(self):
        order = self._confirmed()
        case = self._write(order, price_unit=1)
        self._write(order, price_unit=100)
        self.assertEqual(case.state, "auto_closed")

    def test_fix_puts_the_agreed_price_back(self):
        order = self._confirmed()
        case = self._write(order, price_unit=1, discount=5)
        self._resolve(case, "fix_revert_price")
        self.assertEqual((order.order_line.price_unit, order.order_line.discount), (100, 0))
        self.assertEqual(case.state, "resolved")

    def test_manager_approves_what_another_has_written(self):
        order = self._confirmed()
        case = self._write(order, price_unit=90)
        with self.assertRaises(AccessError):
            self._resolve(case, "fix_approve_price")
        self._resolve(case, "fix_approve_price", user=self.manager)
        self.assertEqual((order.order_line.om_agreed_price, case.state), (90, "resolved"))
        self.assertFalse(self._open(order, CODE))

    def test_approved_price_is_not_asked_about_again(self):
        order = self._confirmed()
        case = self._write(order, price_unit=90)
        self.assertTrue(self._open(order, "E-PRC-DIFF"))
        self._resolve(case, "fix_approve_price", user=self.manager)
        self.env.cr.flush()
        self.assertFalse(self._open(order))
        self.assertFalse(order.om_is_held)

    def test_manager_does_not_approve_the_own_price(self):
        order = self._confirmed()
        case = self._write(order, user=self.manager, price_unit=90)
        with self.assertRaises(AccessError):
            self._resolve(case, "fix_approve_price", user=self.manager)
        self._resolve(case, "fix_approve_price", user=self.second_manager)
        self.assertFalse(self._open(order, CODE))

    def test_agreed_price_is_written_by_nobody(self):
        order = self._confirmed()
        for values in (
            {"om_agreed_price": 1, "price_unit": 1},
            {"om_agreed_discount": 1},
            {"om_price_changed_by_id": self.manager.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                order.order_line.with_user(self.manager).write(values)
            with self.assertRaises(AccessError):
                order.with_context(om_change=True).write(
                    {"order_line": [Command.update(order.order_line.id, values)]}
                )
        with self.assertRaises(AccessError):
            self._order([]).write(
                {"order_line": [Command.create({"product_id": self.product.id, "om_agreed_price": 1})]}
            )

    def test_price_of_another_quantity_by_the_pricelist_is_agreed(self):
        self._tier()
        order = self._confirmed()
        self.assertFalse(self._write(order, product_uom_qty=100))
        self.assertEqual((order.order_line.price_unit, order.order_line.om_agreed_price), (80, 80))

    def test_price_of_another_quantity_in_the_form_is_agreed(self):
        self._tier()
        order = self._confirmed()
        with Form(order) as form, form.order_line.edit(0) as line:
            line.product_uom_qty = 100
        self.env.cr.flush()
        self.assertEqual((order.order_line.price_unit, order.order_line.om_agreed_price), (80, 80))
        self.assertFalse(self._open(order, CODE))

    def test_quantity_does_not_hide_a_written_price(self):
        self.assertTrue(self._write(self._confirmed(), product_uom_qty=100, price_unit=1))

    def test_quantity_is_changed_as_ever_and_leaves_an_event(self):
        order = self._confirmed()
        self.assertFalse(self._write(order, product_uom_qty=12))
        self.assertEqual(self._open_pickings(order).move_ids.product_uom_qty, 12)
        [event] = order.sudo().om_event_ids.filtered(lambda event: event.kind == "changed")
        self.assertIn("10", event.note)
        self.assertIn("12", event.note)

    def test_write_that_changes_nothing_leaves_no_event(self):
        order = self._confirmed()
        self._write(order, product_uom_qty=10, price_unit=100)
        self.assertFalse(order.sudo().om_event_ids.filtered(lambda event: event.kind == "changed"))

    def test_down_payments_get_their_price_from_the_invoice(self):
        order = self._confirmed()
        order.sudo().order_line = [
            Command.create({"product_id": self.other_product.id, "is_downpayment": True, "price_unit": 5})
        ]
        order.sudo().order_line[1].price_unit = 50
        self.env.cr.flush()
        self.assertFalse(self._open(order, CODE))

    def test_order_that_is_taken_up_again_is_agreed_anew(self):
        order = self._confirmed()
        order.action_cancel()
        order.action_draft()
        order.order_line.price_unit = 70
        order.sudo()._validate_order()
        self.env.cr.flush()
        self.assertEqual(order.order_line.om_agreed_price, 70)
        self.assertFalse(self._open(order, CODE))

    def test_copy_agrees_on_nothing(self):
        order = self._confirmed()
        self.assertEqual(order.copy().order_line.om_agreed_price, 0)

    def test_queries_do_not_grow_with_the_lines(self):
        counts = []
        for size in (1, 15):
            order = self._confirmed(lines=[(self.product, 1)] * size)
            self.env.flush_all()
            self.env.invalidate_all()
            orders = order.sudo().browse(order.id)
            before = self.env.cr.sql_log_count
            orders._om_detect_price_changed()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def _tier(self):
        self.pricelist.item_ids = [
            Command.create(
                {"min_quantity": 50, "compute_price": "fixed", "fixed_price": 80, "applied_on": "3_global"}
            )
        ]
