from unittest.mock import patch

from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestRecheckAfterRelease(OrderManagementCommon):
    """A write after release asks the checks that read the field, and no other (T1.5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["account.payment.term"].create({"name": "60 days"})
        cls.other_store = cls.store.copy({"name": "Store 43"})
        cls.east = cls.env["stock.warehouse"].create({"name": "East", "code": "EAST"})

    def setUp(self):
        super().setUp()
        self.order = self._order()
        self.order.action_confirm()
        self.env.cr.flush()
        self.assertFalse(self.order.om_is_held)

    def _asked(self, change):
        """Codes that were asked for the order by ``change``; ``{"all"}`` where nothing was left out."""
        asked = set()
        check = type(self.order)._om_check

        def noting(orders, codes=None):
            if self.order in orders:
                asked.update({"all"} if codes is None else codes)
            return check(orders, codes)

        with patch.object(type(self.order), "_om_check", noting):
            change()
            self.env.cr.flush()
        return asked

    def test_field_of_the_order_asks_exactly_its_readers(self):
        readers = self.order._om_codes_by_field()
        for name, value in {
            "commitment_date": "2099-01-05 12:00:00",
            "partner_shipping_id": self.other_store.id,
            "payment_term_id": self.term.id,
            "client_order_ref": "PO-1",
            "om_requested_date": "2099-01-05",
            "om_cancel_after": "2099-02-05",
            "om_customer_note": "Call before delivery",
            "om_promotion_code": "NOPE",
            "om_order_type": "sample",
        }.items():
            with self.subTest(field=name):
                self.assertTrue(readers[name])
                asked = self._asked(lambda name=name, value=value: self.order.write({name: value}))
                self.assertEqual(asked, readers[name])

    def test_field_of_a_line_asks_exactly_its_readers(self):
        readers = self.order._om_codes_by_line_field()
        for name, value in {"price_unit": 99.9, "discount": 0.1}.items():
            with self.subTest(field=name):
                self.assertTrue(readers[name])
                asked = self._asked(lambda name=name, value=value: self.order.order_line.write({name: value}))
                self.assertEqual(asked, readers[name])

    def test_quantity_asks_its_readers_and_what_its_delivery_decides(self):
        readers = self.order._om_codes_by_line_field()["product_uom_qty"]
        asked = self._asked(lambda: self.order.order_line.write({"product_uom_qty": 11}))
        self.assertLessEqual(readers, asked)
        others = self.env["om.exception.type"].search([("code", "in", list(asked - readers))])
        self.assertLessEqual(set(others.mapped("category")), {"availability", "fulfilment", "billing"})

    def test_field_that_no_check_reads_asks_none(self):
        for vals in ({"note": "Thank you"}, {"origin": "Fair"}):
            with self.subTest(vals=vals):
                self.assertEqual(self._asked(lambda vals=vals: self.order.write(vals)), set())
        self.assertEqual(self._asked(lambda: self.order.order_line.write({"name": "Kettle, red"})), set())

    def test_wrong_value_that_is_written_after_release_holds_the_order(self):
        self.customer.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        self.env["om.exception.type"].search([("code", "in", ("E-TRM", "E-SHP-INVALID"))]).blocks = "release"
        self.company.om_address_check = "all"
        nowhere = self.env["res.partner"].create(
            {"name": "Nowhere", "type": "delivery", "parent_id": self.customer.id}
        )
        faults = {
            "price": ("E-PRC-DIFF", lambda order: order.order_line.write({"price_unit": 70})),
            "date": ("E-DTE-PAST", lambda order: order.write({"commitment_date": "2020-01-01 12:00:00"})),
            "address": ("E-SHP-INVALID", lambda order: order.write({"partner_shipping_id": nowhere.id})),
            "terms": ("E-TRM", lambda order: order.write({"payment_term_id": self.term.id})),
        }
        for what, (code, write) in faults.items():
            with self.subTest(what=what):
                order = self._order()
                order.action_confirm()
                self.env.cr.flush()
                self.assertFalse(order.om_is_held)
                write(order)
                self.env.cr.flush()
                self.assertIn(code, self._open(order).mapped("code"))
                self.assertTrue(order.om_is_held)
                self.assertEqual(sum(order.sudo().picking_ids.move_ids.mapped("quantity")), 0)

    def test_address_that_loses_its_street_holds_the_orders_that_go_there(self):
        self.company.om_address_check = "all"
        self.env.ref("om_order_exceptions.type_shp_invalid").blocks = "release"
        elsewhere = self._order(partner_shipping_id=self.other_store.id)
        elsewhere.action_confirm()
        self.env.cr.flush()
        asked = self._asked(lambda: self.store.write({"street": False}))
        self.assertEqual(asked, {"E-SHP-INVALID"})
        self.assertTrue(self.order.om_is_held)
        self.assertFalse(elsewhere.om_is_held)
        self.store.street = "42 Main Street"
        self.env.cr.flush()
        self.assertFalse(self.order.om_is_held)

    def test_terms_of_the_customer_ask_for_terms_only(self):
        asked = self._asked(lambda: self.customer.write({"property_payment_term_id": self.term.id}))
        self.assertEqual(asked, {"E-TRM"})

    def test_contact_field_that_no_check_reads_asks_none(self):
        self.assertEqual(self._asked(lambda: self.store.write({"phone": "1"})), set())

    def test_orders_that_are_over_are_left_alone(self):
        self._deliver(self.order)
        self.order.sudo()._create_invoices().action_post()
        self.env.cr.flush()
        self.assertEqual(self._asked(lambda: self.store.write({"street": False})), set())
