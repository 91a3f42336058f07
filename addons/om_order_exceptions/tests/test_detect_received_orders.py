from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestDetectReceivedOrders(OrderManagementCommon):
    """What received documents say against what is known here: address, item, terms, allowances, text."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.intake = cls.env["om.intake"]._receive(b"a purchase order", "upload")
        cls.usa = cls.env.ref("base.us")
        cls.store.write({"country_id": cls.usa.id, "state_id": cls.env.ref("base.state_us_35").id})

    def _received(self, **values):
        order = self._order(**{"om_intake_id": self.intake.id, **values})
        self.env.cr.flush()
        return order

    # ------------------------------------------------------------------------------------- address

    def test_address_that_lacks_something_is_found_and_closes_when_complete(self):
        for values, missing in (
            ({"street": False}, "street"),
            ({"city": False}, "city"),
            ({"zip": False}, "ZIP"),
            ({"state_id": False}, "state"),
            ({"street": "P.O. Box 12"}, "PO box"),
            ({"street2": "POST OFFICE BOX 9"}, "PO box"),
        ):
            with self.subTest(missing=missing):
                complete = {name: self.store[name] for name in values}
                self.store.write(values)
                order = self._received()
                exception = self._open(order, "E-SHP-INVALID")
                self.assertIn(missing, exception.found)
                self.store.write({**complete, "state_id": self.env.ref("base.state_us_35").id})
                self.env.cr.flush()
                self.assertEqual(exception.state, "auto_closed")

    def test_complete_address_passes(self):
        self.assertFalse(self._open(self._received(), "E-SHP-INVALID"))

    def test_zip_and_state_are_asked_for_where_the_country_has_them(self):
        self.store.write({"country_id": self.env.ref("base.hk").id, "state_id": False, "zip": False})
        self.env.ref("base.hk").write({"zip_required": False, "state_required": False})
        self.assertFalse(self._open(self._received(), "E-SHP-INVALID"))

    def test_orders_that_people_enter_are_not_asked_for_addresses_unless_the_company_says_so(self):
        self.store.street = False
        order = self._order()
        self.env.cr.flush()
        self.assertFalse(self._open(order, "E-SHP-INVALID"))
        self.company.om_address_check = "all"
        order._om_check()
        self.assertTrue(self._open(order, "E-SHP-INVALID"))
        self.company.om_address_check = "off"
        order._om_check()
        self.assertFalse(self._open(order, "E-SHP-INVALID"))

    def test_services_are_sent_nowhere(self):
        self.company.om_address_check = "all"
        self.store.street = False
        service = self._new_product("Fitting", "FIT-1", 10.0, stock=0, type="service", is_storable=False)
        order = self._order([(service, 1)])
        self.env.cr.flush()
        self.assertFalse(self._open(order, "E-SHP-INVALID"))

    def test_address_is_completed_from_the_document(self):
        self.store.write({"zip": False, "state_id": False})
        order = self._received(
            om_ship_to_scheme="buyer",
            om_ship_to_code="0042",
            om_ship_to_json='{"zip": "45402", "state": "OH", "country": "US"}',
        )
        self._resolve(self._open(order, "E-SHP-INVALID"), "fix_complete_address")
        self.assertFalse(self._open(order, "E-SHP-INVALID"))
        self.assertEqual((self.store.zip, self.store.state_id.code), ("45402", "OH"))
        self.store.city = False
        order._om_check()
        with self.assertRaises(UserError):
            self._resolve(self._open(order, "E-SHP-INVALID"), "fix_complete_address")

    # ---------------------------------------------------------------------------------------- items

    def test_item_that_fits_two_products_is_chosen_by_a_person_and_remembered(self):
        order = self._received(
            order_line=[
                Command.create(
                    {
                        "display_type": "line_note",
                        "name": "TWIN",
                        "om_raw": "PO1*1*5*EA*100**VN*TWIN",
                        "om_po_item": "TWIN",
                        "om_po_quantity": 5,
                        "om_po_price": 100,
                        "om_candidate_ids": [Command.set([self.product.id, self.other_product.id])],
                    }
                )
            ]
        )
        exception = self._open(order)
        self.assertEqual(exception.code, "E-ITM-AMBIG")
        self.assertIn("Kettle", exception.found)
        self.assertIn("Toaster", exception.found)
        dialog = self.env["om.exception.resolve"].create({"exception_ids": exception.ids})
        self.assertEqual(dialog.suggestion_ids, self.product | self.other_product)
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(order.order_line.product_id, self.product)
        self.assertEqual(
            self.env["om.customer.item"].search([("code", "=", "TWIN")]).product_id, self.product
        )

    # ---------------------------------------------------------------------------------------- terms

    def test_terms_of_the_document_are_held_against_the_agreed_ones(self):
        net30 = self.env["account.payment.term"].create(
            {"name": "Net 30", "line_ids": [Command.create({"value_amount": 100, "nb_days": 30})]}
        )
        self.customer.property_payment_term_id = net30
        order = self._received(om_po_terms="Net 60", om_po_terms_days=60)
        exception = self._open(order, "E-TRM")
        self.assertEqual((exception.found, exception.expected), ("the PO says Net 60", "Net 30"))
        order.om_po_terms_days = 30
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")

    def test_terms_of_the_order_are_held_against_the_agreed_ones(self):
        net30, net60 = self.env["account.payment.term"].create([{"name": "Net 30"}, {"name": "Net 60"}])
        order = self._order(payment_term_id=net60.id)
        self.env.cr.flush()
        self.assertFalse(self._open(order, "E-TRM"), "no terms are agreed")
        self.customer.property_payment_term_id = net30
        order._om_check()
        exception = self._open(order, "E-TRM")
        self.assertEqual((exception.found, exception.expected), ("Net 60", "Net 30"))
        self._resolve(exception, "fix_agreed_terms")
        self.assertEqual((exception.state, order.payment_term_id), ("resolved", net30))

    def test_change_of_the_agreed_terms_closes_the_case(self):
        net30, net60 = self.env["account.payment.term"].create([{"name": "Net 30"}, {"name": "Net 60"}])
        self.customer.property_payment_term_id = net30
        order = self._order(payment_term_id=net60.id)
        self.env.cr.flush()
        exception = self._open(order, "E-TRM")
        self.assertTrue(exception)
        self.customer.property_payment_term_id = net60
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")

    # ----------------------------------------------------------------------------------- allowances

    def test_allowance_that_is_not_agreed_holds_the_invoice(self):
        received = [{"indicator": "A", "code": "C310", "amount": "", "percent": "2", "description": "PROMO"}]
        order = self._received(om_po_allowances=received)
        exception = self._open(order, "E-ALW")
        self.assertEqual((exception.found, exception.blocks), ("Allowance C310 2 % PROMO", "invoice"))
        self.assertAlmostEqual(exception.amount, order.amount_untaxed * 0.02)
        self._resolve(exception, "fix_agree_allowance", user=self.manager)
        self.assertEqual(exception.state, "resolved")
        again = self._received(om_po_allowances=received)
        self.assertFalse(self._open(again, "E-ALW"))
        other = self._received(om_po_allowances=[{**received[0], "percent": "3"}])
        self.assertEqual(self._open(other, "E-ALW").expected, "Allowance C310 2 %")

    # --------------------------------------------------------------------------------- instructions

    def test_instruction_that_asks_for_something_is_classified_once(self):
        order = self._received(om_customer_note="Thank you for your service\nCALL Bob before delivery!")
        exception = self._open(order, "E-INSTR")
        self.assertEqual(exception.found, "CALL Bob before delivery")
        self._resolve(
            exception, "fix_classify_instruction", phrase="call bob", instruction_action="warehouse"
        )
        self.assertEqual(exception.state, "resolved")
        again = self._received(om_customer_note="Please call Bob.")
        self.assertFalse(self._open(again, "E-INSTR"))
        self.assertEqual(again.om_warehouse_note, "Please call Bob")
        again.action_confirm()
        self.assertEqual(again.picking_ids.om_warehouse_note, "Please call Bob")

    def test_instruction_of_another_customer_is_asked_for_again(self):
        self.env["om.instruction.rule"].create(
            {"phrase": "call bob", "partner_id": self.env["res.partner"].create({"name": "Other"}).id}
        )
        order = self._received(om_customer_note="Call Bob")
        self.assertTrue(self._open(order, "E-INSTR"))

    def test_text_without_a_request_is_let_pass(self):
        order = self._received(om_customer_note="Thank you. Our phoned colleague, shipment, leadership")
        self.assertFalse(self._open(order, "E-INSTR"))

    def test_words_must_stand_in_the_instruction(self):
        order = self._received(om_customer_note="Call Bob")
        with self.assertRaises(UserError):
            self._resolve(self._open(order, "E-INSTR"), "fix_classify_instruction", phrase="liftgate")

    # -------------------------------------------------------------------------------------- tax papers

    def test_tax_id_is_asked_for_by_country_and_checked(self):
        germany = self.env.ref("base.de")
        self.customer.write({"country_id": germany.id, "vat": False})
        order = self._order()
        self.env.cr.flush()
        self.assertFalse(self._open(order, "E-TAX-ID"))
        self.company.om_tax_id_country_ids = germany
        order._om_check()
        exception = self._open(order, "E-TAX-ID")
        self.assertEqual((exception.found, exception.blocks), ("no tax ID", "invoice"))
        self.customer.with_context(no_vat_validation=True).vat = "DE136695977"  # a digit is wrong
        self.env.cr.flush()
        self.assertIn("DE136695977", exception.found)
        self._resolve(exception, "fix_set_tax_id", text="DE136695976")
        self.assertEqual((exception.state, self.customer.vat), ("resolved", "DE136695976"))

    def test_exemption_needs_a_certificate_that_holds_today(self):
        position = self.env["account.fiscal.position"].create(
            {"name": "Resale", "om_needs_certificate": True}
        )
        with freeze_time("2026-03-10 12:00:00"):
            order = self._order(fiscal_position_id=position.id)
            self.env.cr.flush()
            exception = self._open(order, "E-TAX-ID")
            self.assertTrue(exception)
            self._resolve(exception, "fix_add_certificate", certificate="OH-77", date="2026-03-31")
            self.assertEqual(exception.state, "resolved")
        with freeze_time("2026-04-01 12:00:00"):
            order._om_check()
            self.assertIn("03/31/2026", self._open(order, "E-TAX-ID").found)

    def test_certificate_of_other_states_does_not_hold(self):
        position = self.env["account.fiscal.position"].create(
            {"name": "Resale", "om_needs_certificate": True}
        )
        certificate = self.env["om.tax.certificate"].create(
            {
                "number": "TX-1",
                "partner_id": self.customer.id,
                "state_ids": [Command.set(self.env.ref("base.state_us_44").ids)],
            }
        )
        order = self._order(fiscal_position_id=position.id)
        self.env.cr.flush()
        exception = self._open(order, "E-TAX-ID")
        self.assertTrue(exception)
        certificate.state_ids = self.store.state_id
        self.env.cr.flush()
        self.assertEqual(exception.state, "auto_closed")
