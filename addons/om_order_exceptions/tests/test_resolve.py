import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import OrderManagementCommon


class ResolveCommon(OrderManagementCommon):
    def _with_unknown_item(self, item="BK-9", **values):
        """An order with one good line and one whose item nobody knows, and its exception."""
        order = self._order()
        order.order_line = [
            Command.create(
                {
                    "display_type": "line_note",
                    "name": "Blue kettle",
                    "om_raw": f"PO1*1*12*EA*99**BP*{item}",
                    "om_po_line": "1",
                    "om_po_item": item,
                    "om_po_quantity": 12,
                    "om_po_unit": "EA",
                    "om_po_price": 100.0,
                    **values,
                }
            )
        ]
        order._om_check()
        return order, self._open(order)

    def _with_unknown_ship_to(self, code="0077"):
        order = self._order(
            om_ship_to_scheme="buyer",
            om_ship_to_code=code,
            om_ship_to_json=json.dumps(
                {
                    "name": "Store 77",
                    "street": "77 Elm Street",
                    "city": "Akron",
                    "zip": "44301",
                    "state": "OH",
                }
            ),
        )
        order._om_check()
        return order, self._open(order)


@tagged("post_install", "-at_install")
class TestDialog(ResolveCommon):
    """The resolve dialog cures what was chosen, by an action of its type, with a root cause."""

    def test_dialog_proposes_action_cause_and_procedure(self):
        _order, exception = self._with_unknown_item()
        action = exception.with_user(self.specialist).action_resolve()
        wizard = Form(
            self.env["om.exception.resolve"].with_user(self.specialist).with_context(**action["context"])
        )
        self.assertEqual(wizard.fix_id, self.env.ref("om_order_exceptions.fix_map_item"))
        self.assertEqual(wizard.root_cause_id, self.env.ref("om_order_exceptions.root_cause_md_part"))
        self.assertEqual(wizard.found, "BK-9")
        self.assertIn("PO1*1", wizard.raw)
        self.assertTrue(wizard.sop)

    def test_suggestions_are_the_likeliest_products(self):
        _order, exception = self._with_unknown_item()
        wizard = self.env["om.exception.resolve"].create({"exception_ids": exception.ids})
        self.assertEqual(wizard.suggestion_ids[0], self.product)
        self.assertLessEqual(len(wizard.suggestion_ids), 3)

    def test_cured_exception_tells_who_what_and_why(self):
        _order, exception = self._with_unknown_item()
        cause = self.env.ref("om_order_exceptions.root_cause_md_item")
        self._resolve(exception, "fix_map_item", product_id=self.product.id, root_cause_id=cause.id)
        self.assertEqual(
            (exception.state, exception.closed_by_id, exception.root_cause_id, exception.fix_id.method),
            ("resolved", self.specialist, cause, "_om_fix_map_item"),
        )
        self.assertTrue(exception.corrective_action)

    def test_root_cause_is_required(self):
        _order, exception = self._with_unknown_item()
        with self.assertRaisesRegex(UserError, "root cause"):
            self._resolve(exception, "fix_map_item", product_id=self.product.id, root_cause_id=False)

    def test_action_of_another_type_is_refused(self):
        _order, exception = self._with_unknown_item()
        with self.assertRaisesRegex(UserError, "does not cure"):
            self._resolve(exception, "fix_cancel_order")

    def test_action_must_cure_all_types_that_were_chosen(self):
        order, exceptions = self._with_unknown_item()
        order.om_cancel_after = "2020-01-01"
        order._om_check()
        with self.assertRaisesRegex(UserError, "does not cure"):
            self._resolve(exceptions | self._open(order, "E-DTE-PAST"), "fix_remove_line")
        with self.assertRaisesRegex(UserError, "one type"):
            self._open(order).with_user(self.specialist).action_resolve()

    def test_action_of_a_group_is_refused_to_others(self):
        _order, exception = self._with_unknown_item()
        fix = self.env.ref("om_order_exceptions.fix_map_item")
        fix.group_id = self.env.ref("om_order_exceptions.group_manager")
        with self.assertRaisesRegex(AccessError, "needs the rights"):
            self._resolve(exception, "fix_map_item", product_id=self.product.id)
        self._resolve(exception, "fix_map_item", user=self.manager, product_id=self.product.id)
        self.assertEqual(exception.state, "resolved")

    def test_missing_input_is_asked_for(self):
        _order, exception = self._with_unknown_item()
        with self.assertRaisesRegex(UserError, "enter the product"):
            self._resolve(exception, "fix_map_item")

    def test_action_that_did_not_cure_leaves_the_exception_open(self):
        _order, exception = self._with_unknown_item(om_po_unit="ZZ")
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        # the item is known now, the unit is not
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(self._open(exception.order_id).code, "E-UOM")

    def test_only_what_was_chosen_counts_as_cured_by_the_person(self):
        order, exception = self._with_unknown_item()
        order.om_cancel_after = "2020-01-01"
        order._om_check()
        date = self._open(order, "E-DTE-PAST")
        # the cause of the other one has gone unnoticed
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET om_cancel_after = NULL WHERE id = %s", [order.id])
        order.invalidate_recordset()
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        self.assertEqual((exception.state, date.state), ("resolved", "auto_closed"))
        self.assertFalse(date.fix_id or date.closed_by_id)

    def test_what_a_colleague_has_ended_meanwhile_is_left_alone(self):
        first, exception = self._with_unknown_item()
        second, other = self._with_unknown_item()
        wizard = (
            self.env["om.exception.resolve"]
            .with_user(self.specialist)
            .create(
                {
                    "exception_ids": (exception | other).ids,
                    "fix_id": self.env.ref("om_order_exceptions.fix_remove_line").id,
                }
            )
        )
        self._resolve(exception, "fix_map_item", user=self.manager, product_id=self.product.id)
        wizard.action_apply()
        self.assertEqual(first.order_line.filtered("product_id").mapped("product_uom_qty"), [10, 12])
        self.assertEqual(len(second.order_line), 1)
        with self.assertRaisesRegex(UserError, "closed already"):
            wizard.action_apply()

    def test_closed_exceptions_have_nothing_to_resolve(self):
        _order, exception = self._with_unknown_item()
        self._resolve(exception, "fix_remove_line")
        with self.assertRaisesRegex(UserError, "closed already"):
            exception.with_user(self.specialist).action_resolve()


@tagged("post_install", "-at_install")
class TestFixActions(ResolveCommon):
    """Each action cures what it says, also for several orders at once, also as an ordinary specialist."""

    def test_item_is_mapped_at_the_customers_price_and_place(self):
        order, exception = self._with_unknown_item()
        place = exception.order_line_id.sequence
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        line = order.order_line.filtered("om_raw")
        self.assertEqual(
            (line.product_id, line.product_uom_qty, line.price_unit, line.sequence, line.om_po_item),
            (self.product, 12.0, 100.0, place, "BK-9"),
        )

    def test_part_number_is_remembered_for_the_next_order(self):
        _order, exception = self._with_unknown_item()
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        key = (self.customer.id, "bk 9")
        item = self.env["om.customer.item"]._resolve({key}, self.company)[key]
        self.assertEqual((item.product_id, item.learned), (self.product, True))

    def test_part_number_is_not_remembered_when_the_person_says_so(self):
        _order, exception = self._with_unknown_item()
        self._resolve(exception, "fix_map_item", product_id=self.product.id, remember=False)
        self.assertFalse(self.env["om.customer.item"].search([("code", "=", "BK-9")]))

    def test_one_item_in_several_orders_and_spellings_is_cured_at_once(self):
        orders, exceptions = zip(
            *(self._with_unknown_item(item) for item in ("BK-9", "bk 9", "BK9")), strict=True
        )
        exceptions = self.env["om.exception"].concat(*exceptions)
        self._resolve(exceptions, "fix_map_item", product_id=self.product.id)
        self.assertEqual(set(exceptions.mapped("state")), {"resolved"})
        self.assertEqual([len(order.order_line.filtered("product_id")) for order in orders], [2, 2, 2])

    def test_unit_is_set_and_remembered(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order, exception = self._with_unknown_item(om_po_unit="ZZ")
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        self._resolve(self._open(order, "E-UOM"), "fix_set_unit", product_uom_id=dozen.id)
        line = order.order_line.filtered("om_raw")
        self.assertEqual((line.product_uom_id, line.product_uom_qty), (dozen, 12.0))
        item = self.env["om.customer.item"].search([("code", "=", "BK-9")])
        self.assertEqual(item.product_uom_id, dozen)

    def test_unit_of_another_kind_is_refused(self):
        order, exception = self._with_unknown_item(om_po_unit="ZZ")
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        with self.assertRaisesRegex(UserError, "can't be converted"):
            self._resolve(
                self._open(order, "E-UOM"),
                "fix_set_unit",
                product_uom_id=self.env.ref("uom.product_uom_kgm").id,
            )

    def test_rejected_line_is_taken_off_and_told_in_the_chatter(self):
        order, exception = self._with_unknown_item()
        self._resolve(exception, "fix_remove_line")
        self.assertEqual(len(order.order_line), 1)
        self.assertIn("PO1*1", order.message_ids[0].body)

    def test_rejected_line_of_a_confirmed_order_comes_to_nothing(self):
        order = self._order([(self.product, 10), (self.other_product, 5)])
        self.product.sale_ok = False
        order.sudo()._validate_order()
        self.env.cr.flush()
        exception = self._open(order)
        self._resolve(exception, "fix_remove_line")
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [0, 5])
        self.assertFalse(order.om_is_held)

    def test_product_is_replaced_at_the_same_quantity(self):
        order = self._order()
        self.product.sale_ok = False
        order._om_check()
        self._resolve(self._open(order), "fix_replace_product", product_id=self.other_product.id)
        self.assertEqual(order.order_line.product_id, self.other_product)
        self.assertEqual(order.order_line.product_uom_qty, 10)
        self.assertFalse(self._open(order, "E-ITM-DISC"))

    def test_product_of_a_confirmed_order_is_replaced_in_the_delivery_too(self):
        order = self._order()
        self.product.sale_ok = False
        order.sudo()._validate_order()
        self._resolve(self._open(order), "fix_replace_product", product_id=self.other_product.id)
        self.assertFalse(order.om_is_held)
        self._deliver(order)
        shipped = order.sudo().picking_ids.move_ids.filtered(lambda move: move.state == "done")
        self.assertEqual((shipped.product_id, shipped.quantity), (self.other_product, 10))
        self.assertEqual(order.order_line.filtered("product_uom_qty").qty_delivered, 10)

    def test_address_is_chosen_and_its_code_remembered(self):
        orders, exceptions = zip(*(self._with_unknown_ship_to() for _ in range(2)), strict=True)
        exceptions = self.env["om.exception"].concat(*exceptions)
        self._resolve(exceptions, "fix_map_ship_to", address_id=self.store.id)
        self.assertEqual(set(exceptions.mapped("state")), {"resolved"})
        self.assertEqual(orders[0].partner_shipping_id, self.store)
        next_order, exception = self._with_unknown_ship_to()
        self.assertFalse(exception)
        self.assertTrue(next_order)

    def test_address_of_another_customer_is_refused(self):
        _order, exception = self._with_unknown_ship_to()
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaisesRegex(UserError, "no address of"):
            self._resolve(exception, "fix_map_ship_to", address_id=stranger.id)

    def test_address_is_created_as_received_once_for_all_orders(self):
        orders, exceptions = zip(*(self._with_unknown_ship_to() for _ in range(2)), strict=True)
        self._resolve(self.env["om.exception"].concat(*exceptions), "fix_create_ship_to")
        address = orders[0].partner_shipping_id
        self.assertEqual(
            (address.city, address.state_id.code, address.parent_id), ("Akron", "OH", self.customer)
        )
        self.assertEqual(orders[1].partner_shipping_id, address)

    def test_price_is_corrected_to_the_pricelist(self):
        order = self._order([(self.product, 10, 80.0), (self.other_product, 1)])
        order.order_line[0].discount = 10.0
        order._om_check()
        self._resolve(self._open(order), "fix_contract_price")
        self.assertEqual((order.order_line[0].price_unit, order.order_line[0].discount), (100.0, 0.0))
        self.assertFalse(self._open(order))

    def test_date_is_promised_where_the_goods_go(self):
        self.store.tz = "Asia/Tokyo"
        order = self._order(om_requested_date="2020-01-01", om_cancel_after="2020-01-01")
        order._om_check()
        self._resolve(self._open(order), "fix_set_date", date="2099-01-04")
        self.assertEqual(str(order.commitment_date), "2099-01-04 03:00:00")  # noon in Tokyo
        self.assertFalse(self._open(order))

    def test_date_in_the_past_is_refused(self):
        order = self._order(om_requested_date="2020-01-01")
        order._om_check()
        with self.assertRaisesRegex(UserError, "in the past"):
            self._resolve(self._open(order), "fix_set_date", date="2021-01-01")

    def test_duplicate_order_is_cancelled(self):
        self._order(client_order_ref="PO-77")
        order = self._order(client_order_ref="PO-77")
        order._om_check()
        exception = self._open(order)
        self._resolve(exception, "fix_cancel_order")
        self.assertEqual((order.state, exception.state), ("cancel", "resolved"))
        self.assertEqual(exception.fix_id, self.env.ref("om_order_exceptions.fix_cancel_order"))

    def test_order_that_waits_only_for_the_cure_is_confirmed_by_it(self):
        order, exception = self._with_unknown_item()
        order.om_auto_confirm = True
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        self.assertEqual(order.state, "sale")
