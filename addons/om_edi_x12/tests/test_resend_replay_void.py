from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_acknowledgments import AcknowledgmentCommon
from .x12_bytes import interchange, purchase_order


class OperationsCommon(AcknowledgmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edi_manager = new_test_user(cls.env, "edi_manager", "om_edi_x12.group_edi_manager")
        cls.auditor = new_test_user(cls.env, "edi_auditor", "om_order_exceptions.group_auditor")

    def _replay(self, document, user=None):
        action = document.with_user(user or self.edi_manager).action_replay()
        return self.env["om.edi.replay"].with_user(user or self.edi_manager).browse(action["res_id"])

    def _void(self, documents, reason="Sent twice", user=None):
        void = self.env["om.edi.void"].with_user(user or self.edi_manager)
        void.create({"transaction_ids": documents.ids, "reason": reason}).action_void()


@tagged("post_install", "-at_install")
class TestResend(OperationsCommon):
    def test_document_is_sent_again_as_it_was_under_new_numbers(self):
        document = self._sent_855("PO-1")
        document.with_user(self.specialist).action_resend()
        self.edi_partner._send()
        again = document.resend_ids
        self.assertEqual((again.state, again.segments), ("sent", document.segments))
        self.assertEqual(again.order_id, document.order_id)
        self.assertNotEqual(again.group_id.control_number, document.group_id.control_number)
        self.assertIn(self.specialist.name, document.history)

    def test_document_is_not_sent_again_twice_at_once(self):
        document = self._sent_855("PO-1").with_user(self.specialist)
        document.action_resend()
        with self.assertRaises(UserError):
            document.action_resend()

    def test_what_was_sent_again_has_the_clock(self):
        document = self._sent_855("PO-1")
        document.with_user(self.specialist).action_resend()
        document.ack_due_at = "2026-01-01"
        self.env["om.edi.transaction"]._cron_ack_late()
        self.assertFalse(self._cases(document, "E-EDI-ACKLATE"))

    def test_late_case_offers_to_send_again(self):
        document = self._sent_855("PO-1")
        document.ack_due_at = "2026-01-01"
        self.env["om.edi.transaction"]._cron_ack_late()
        case = self._cases(document, "E-EDI-ACKLATE")
        self._resolve(case, "om_edi_x12.fix_resend", reason="Sent again")
        self.assertTrue(document.resend_ids)
        self.assertTrue(case.is_open, "until the partner accepts it")


@tagged("post_install", "-at_install")
class TestReplay(OperationsCommon):
    def _unknown_item(self):
        lines = [("1", "10", "EA", "100", "VN", "KET-1"), ("2", "5", "EA", "40", "IN", "BB-200")]
        order = self._receive_orders(purchase_order("PO-1", lines))
        self.assertEqual(order.state, "draft")
        return order

    def test_850_is_mapped_again_with_what_is_known_today(self):
        order = self._unknown_item()
        self.env["om.customer.item"].create(
            {"partner_id": self.customer.id, "code": "BB-200", "product_id": self.other_product.id}
        )
        replay = self._replay(order.om_edi_transaction_id)
        self.assertTrue(any("Toaster" in (line.after or "") for line in replay.line_ids))
        self.assertFalse(order.order_line.filtered(lambda line: line.product_id == self.other_product))
        replay.action_apply()
        line = order.order_line.filtered(lambda line: line.om_po_line == "2")
        self.assertEqual(
            (line.product_id, line.product_uom_qty, line.price_unit), (self.other_product, 5, 40)
        )
        self.assertIn("Replayed", order.om_edi_transaction_id.history)
        self.assertFalse(self._replay(order.om_edi_transaction_id).can_apply)

    def test_replay_without_difference_says_so(self):
        replay = self._replay(self._unknown_item().om_edi_transaction_id)
        self.assertFalse(replay.line_ids or replay.can_apply)
        self.assertIn("Nothing would change", replay.message)

    def test_confirmed_order_is_shown_and_not_changed(self):
        order = self._receive_orders("PO-1")
        order.sudo().om_customer_note = "Call first"
        replay = self._replay(order.om_edi_transaction_id)
        self.assertEqual(replay.line_ids.before, "Call first")
        self.assertFalse(replay.can_apply)
        with self.assertRaises(UserError):
            replay.action_apply()

    def test_what_was_not_shown_is_not_applied(self):
        order = self._unknown_item()
        item = {"partner_id": self.customer.id, "code": "BB-200", "product_id": self.other_product.id}
        known = self.env["om.customer.item"].create(item)
        replay = self._replay(order.om_edi_transaction_id)
        known.product_id = self.product
        with self.assertRaises(UserError):
            replay.action_apply()

    def test_sent_document_is_built_anew_and_sent_as_another(self):
        document = self._sent_855("PO-1")
        document.order_id.client_order_ref = "PO-1B"
        document.order_id.order_line.price_unit = 95
        replay = self._replay(document)
        self.assertTrue(replay.line_ids)
        self.assertFalse(document.resend_ids)
        replay.action_apply()
        self.edi_partner._send()
        self.assertEqual(document.resend_ids.state, "sent")
        self.assertNotEqual(document.resend_ids.segments, document.segments)


@tagged("post_install", "-at_install")
class TestVoid(OperationsCommon):
    def test_received_document_that_failed_is_given_up_with_its_case(self):
        body = purchase_order("PO-1")
        body[0][1] = "05"
        document = self._receive(interchange(body)).edi_transaction_ids.filtered(lambda t: t.set_id == "850")
        self.assertTrue(self._cases(document, "E-EDI-MAP"))
        self._void(document)
        self.assertEqual(document.state, "void")
        self.assertFalse(self._cases(document, "E-EDI-MAP"))
        self.assertIn("Sent twice", document.history)
        document.with_user(self.specialist).action_retry()
        self.assertEqual(document.state, "void")

    def test_document_to_send_is_given_up_and_not_sent(self):
        order = self._receive_orders("PO-1")
        document = order.sudo().om_edi_transaction_ids.filtered(lambda t: t.set_id == "855")
        self._void(document)
        self.edi_partner._send()
        self.assertEqual((document.state, document.interchange_id.id), ("void", False))

    def test_sent_document_is_not_void(self):
        with self.assertRaises(UserError):
            self._void(self._sent_855("PO-1"))


@tagged("post_install", "-at_install")
class TestEdiRights(OperationsCommon):
    def test_specialist_sends_again_but_neither_replays_nor_voids(self):
        document = self._sent_855("PO-1").with_user(self.specialist)
        document.action_resend()
        with self.assertRaises(AccessError):
            document.action_replay()
        with self.assertRaises(AccessError):
            document.action_void()
        with self.assertRaises(AccessError):
            self.env["om.edi.void"].with_user(self.specialist).create(
                {"transaction_ids": document.ids, "reason": "x"}
            )

    def test_auditor_reads_and_does_nothing(self):
        document = self._sent_855("PO-1").with_user(self.auditor)
        self.assertTrue(document.side_by_side and document.raw and document.trace)
        self.assertTrue(self.env["om.edi.timeliness"].with_user(self.auditor).search_count([]))
        for name in ("action_resend", "action_replay", "action_void", "action_retry"):
            with self.assertRaises(AccessError):
                getattr(document, name)()
        with self.assertRaises(AccessError):
            document.interchange_id.action_try_again()

    def test_nobody_writes_states_by_rpc(self):
        document = self._sent_855("PO-1").with_user(self.edi_manager)
        with self.assertRaises(AccessError):
            document.write({"ack_state": "A"})
        with self.assertRaises(AccessError):
            document.interchange_id.write({"state": "ready"})

    def test_another_company_sees_and_does_nothing(self):
        document = self._sent_855("PO-1")
        company = self.env["res.company"].create({"name": "Other Inc."})
        stranger = new_test_user(
            self.env,
            "edi_stranger",
            "om_edi_x12.group_edi_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        mine = document.with_user(stranger)
        self.assertFalse(mine.search([]))
        self.assertFalse(self.env["om.edi.timeliness"].with_user(stranger).search([]))
        for name in ("action_resend", "action_replay", "action_void"):
            with self.assertRaises(AccessError):
                getattr(mine, name)()
        with self.assertRaises(AccessError):
            self._void(document, user=stranger)
