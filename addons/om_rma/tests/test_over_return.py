"""Gap G9: stock Odoo receives 99 back of a delivery of 3. Here nobody does, by no screen."""

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestOverReturn(ReturnsCommon):
    def setUp(self):
        super().setUp()
        self.order = self._delivered([(self.product, 3)])
        self.delivery = self.order.picking_ids

    def test_dialog_refuses_99_of_3_and_says_why(self):
        with self.assertRaisesRegex(UserError, r"Kettle.*: 3 .*0 returned already, 99 asked"):
            self._return_by_wizard(self.delivery, 99)
        self.assertEqual(self.order.picking_ids, self.delivery)

    def test_dialog_refuses_an_ordinary_warehouse_user_too(self):
        user = new_test_user(self.env, "om_warehouse", groups="stock.group_stock_user")
        with self.assertRaisesRegex(UserError, "99 asked"):
            self._return_by_wizard(self.delivery, 99, user=user)

    def test_dialog_counts_what_is_back_and_what_is_expected_back(self):
        done = self._return_by_wizard(self.delivery, 1)
        done.button_validate()
        self._return_by_wizard(self.delivery, 1)
        with self.assertRaisesRegex(UserError, "2 returned already, 2 asked"):
            self._return_by_wizard(self.delivery, 2)
        self._return_by_wizard(self.delivery, 1)

    def test_dialog_refuses_product_added_by_hand(self):
        with self._wizard(self.delivery) as form, form.product_return_moves.new() as line:
            line.product_id = self.product
            line.quantity = 4
        with self.assertRaisesRegex(UserError, "4 asked"):
            form.record.action_create_returns()

    def test_more_than_expected_is_refused_when_the_return_is_validated(self):
        back = self._return_by_wizard(self.delivery, 1)
        back.move_ids.quantity = 99
        back.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "99 asked"):
            back.button_validate()
        with self.assertRaisesRegex(UserError, "99 asked"):
            back.move_ids._action_done()

    def test_moves_added_to_a_return_by_hand_are_refused(self):
        back = self._return_by_wizard(self.delivery, 3)
        back.button_validate()
        again = back.copy({"return_id": self.delivery.id})
        again.move_ids.sale_line_id = self.order.order_line
        again.action_confirm()
        again.move_ids.write({"quantity": 3, "picked": True})
        with self.assertRaisesRegex(UserError, "more than was delivered"):
            again.button_validate()

    def test_two_returns_of_one_delivery_can_not_both_be_validated_for_all(self):
        first = self._return_by_wizard(self.delivery, 2)
        second = self._return_by_wizard(self.delivery, 1)
        first.move_ids.write({"quantity": 3, "picked": True})
        first.button_validate()
        second.move_ids.write({"quantity": 1, "picked": True})
        with self.assertRaisesRegex(UserError, "3 returned already, 1 asked"):
            second.button_validate()

    def test_rest_of_a_partial_return_can_be_returned(self):
        back = self._return_by_wizard(self.delivery, 3)
        back.move_ids.write({"quantity": 1, "picked": True})
        back.with_context(skip_backorder=True).button_validate()
        rest = back.backorder_ids
        rest.move_ids.write({"quantity": 2, "picked": True})
        rest.button_validate()
        self.assertEqual(self.order.order_line.qty_delivered, 0)

    # ----------------------------------------------------------------- what Odoo does well goes on

    def test_return_all_of_a_receipt_to_its_vendor(self):
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 5,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        },
                    )
                ],
            }
        )
        receipt.action_confirm()
        receipt.move_ids.write({"quantity": 5, "picked": True})
        receipt.button_validate()
        back = self._return_by_wizard(receipt, 5)
        back.move_ids.write({"quantity": 5, "picked": True})
        back.button_validate()
        self.assertEqual(back.state, "done")

    def test_exchange_and_return_of_what_was_sent_again(self):
        with self._wizard(self.delivery) as form, form.product_return_moves.edit(0) as line:
            line.quantity = 2
        action = form.record.action_create_exchanges()
        back = self.env["stock.picking"].browse(action["res_id"])
        back.button_validate()
        again = self.order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        again.move_ids.write({"quantity": 2, "picked": True})
        again.button_validate()
        self.assertEqual(self.order.order_line.qty_delivered, 3)
        self.assertEqual(self.order.order_line.om_returnable, 3)
        self._return_by_wizard(again, 2).button_validate()
        self.assertEqual(self.order.order_line.qty_delivered, 1)

    def test_goods_that_were_never_on_the_order_are_received_but_not_credited(self):
        with self._wizard(self.delivery) as form, form.product_return_moves.new() as line:
            line.product_id = self.other_product
            line.quantity = 2
        back = self.env["stock.picking"].browse(form.record.action_create_returns()["res_id"])
        back.button_validate()
        strange = self.order.order_line.filtered(lambda line: line.product_id == self.other_product)
        self.assertEqual((strange.product_uom_qty, strange.qty_delivered), (0, -2))
        self._invoice(self.order.sudo())
        with self.assertRaisesRegex(UserError, "E-CRN-OVER .*Toaster"):
            self.order.sudo()._create_invoices(final=True).action_post()

    def test_return_is_planned_before_the_delivery_but_not_done_before_it(self):
        order = self._order([(self.product, 3)])
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "4 asked"):
            self._return_by_wizard(order.picking_ids, 4)
        back = self._return_by_wizard(order.picking_ids, 3)
        back.move_ids.write({"quantity": 3, "picked": True})
        with self.assertRaisesRegex(UserError, "0 .* moved by .*3 asked"):
            back.button_validate()

    def test_return_of_a_return_goes_to_the_customer_again(self):
        back = self._return_by_wizard(self.delivery, 3)
        back.button_validate()
        again = self._return_by_wizard(back, 3)
        again.button_validate()
        self.assertEqual(self.order.order_line.qty_delivered, 3)

    def test_order_sold_with_a_negative_quantity_is_received(self):
        order = self._order([(self.product, -2)])
        order.action_confirm()
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        order.picking_ids.button_validate()
        self.assertEqual(order.order_line.qty_delivered, -2)

    def test_scrap_and_inventory_are_not_concerned(self):
        scrap = Form(self.env["stock.scrap"])
        scrap.product_id = self.product
        scrap.scrap_qty = 1
        self.assertTrue(scrap.save().action_validate())
