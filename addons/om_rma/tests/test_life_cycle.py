from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestLifeCycle(ReturnsCommon):
    def test_from_draft_to_closed(self):
        order = self._delivered([(self.product, 10)])
        self._invoice(order)
        rma = self._rma({order.order_line: 5}, authorise=False)
        self.assertRegex(rma.name, r"^RMA/\d{4}/\d{5}$")
        states = [rma.state]
        rma.action_authorise()
        states.append(rma.state)
        self._receive(rma, {self.product: 2})
        states.append(rma.state)
        self._receive(rma)
        states.append(rma.state)
        memo = self._credit(rma, post=False)
        states.append(rma.state)
        rma.with_user(self.accountant).action_post_credit_memos()
        states.append(rma.state)
        rma.action_close()
        states.append(rma.state)
        self.assertEqual(
            states, ["draft", "authorised", "receiving", "received", "received", "settled", "closed"]
        )
        self.assertEqual(rma.authorised_by_id, self.clerk)
        self.assertEqual(memo.reversed_entry_id, order.invoice_ids - memo)
        self.assertEqual(rma.credit_memo_refs, memo.name)

    def test_three_of_five_arrive(self):
        """P14: OCA's rma can't receive a part."""
        order = self._delivered([(self.product, 5)])
        rma = self._rma({order.order_line: 5})
        self._receive(rma, {self.product: 3})
        self.assertEqual((rma.state, rma.line_ids.quantity_received), ("receiving", 3))
        self.assertEqual(order.order_line.qty_delivered, 2)
        rest = rma.picking_ids.filtered(lambda p: p.state != "done")
        self.assertEqual(rest.move_ids.om_rma_line_id, rma.line_ids)
        self.assertEqual(rest.move_ids.product_uom_qty, 2)

    def test_goods_of_a_held_order_come_back_but_are_not_sent_again(self):
        order = self._delivered([(self.product, 5)])
        rma = self._rma({order.order_line: 5})
        order.commitment_date = "2020-01-01 12:00:00"
        self.env.cr.flush()
        self.assertTrue(order.om_is_held)
        self.assertEqual(rma.picking_ids.state, "assigned")
        self._receive(rma, {self.product: 2})
        self.assertEqual(rma.line_ids.quantity_received, 2)
        again = self._return_by_wizard(rma.picking_ids.filtered(lambda p: p.state == "done"), 2)
        self.assertEqual(again.move_ids.quantity, 0)
        with self.assertRaisesRegex(UserError, "Held by open exceptions"):
            again.move_ids.write({"quantity": 2, "picked": True})

    def test_more_than_authorised_is_not_received(self):
        order = self._delivered([(self.product, 10)])
        rma = self._rma({order.order_line: 5})
        self._receive(rma, {self.product: 3})
        rest = rma.picking_ids.filtered(lambda p: p.state != "done")
        rest.move_ids.write({"quantity": 3, "picked": True})
        with self.assertRaisesRegex(UserError, "5 .* authorised, 3 received already, 3 arrive"):
            rest.button_validate()

    def test_not_invoiced_needs_no_credit(self):
        order = self._delivered([(self.product, 10)])
        rma = self._rma({order.order_line: 4})
        self._receive(rma)
        self.assertEqual((rma.line_ids.quantity_to_credit, rma.state), (0, "settled"))
        with self.assertRaisesRegex(UserError, "nothing to credit"):
            rma.action_credit()
        self._invoice(order)
        self.assertEqual(order.order_line.qty_invoiced, 6)
        self.assertEqual(rma.state, "settled")

    def test_invoice_that_was_in_draft_at_the_return_has_to_be_credited_once_posted(self):
        order = self._delivered([(self.product, 10)])
        invoice = order.sudo()._create_invoices()
        rma = self._rma({order.order_line: 4})
        self._receive(rma)
        self.assertEqual(rma.state, "settled")
        # for more than is delivered now: a manager lets it go as it is
        over = invoice._om_check({"E-INV-OVER"})
        over.with_user(self.manager)._waive("Shipped before the goods came back")
        invoice.action_post()
        self.assertEqual((rma.line_ids.quantity_to_credit, rma.state), (4, "received"))

    def test_partly_invoiced_is_credited_only_as_far_as_billed_beyond_delivery(self):
        order = self._order([(self.product, 10)])
        order.action_confirm()
        self._deliver(order, {self.product: 5})
        self._invoice(order)
        self._deliver(order)
        rma = self._rma({order.order_line: 7})
        self._receive(rma)
        # delivered 10 - 7 = 3, billed 5: two too many
        self.assertEqual(rma.line_ids.quantity_to_credit, 2)
        self._credit(rma)
        line = order.order_line
        self.assertEqual((line.qty_delivered, line.qty_invoiced, line.qty_to_invoice), (3, 3, 0))
        self.assertEqual(rma.state, "settled")

    def test_return_with_uncredited_goods_can_not_be_closed(self):
        order = self._delivered([(self.product, 10)])
        self._invoice(order)
        rma = self._rma({order.order_line: 4})
        self._receive(rma)
        with self.assertRaisesRegex(UserError, "not credited"):
            rma.action_close()

    def test_received_return_can_not_be_cancelled(self):
        order = self._delivered([(self.product, 10)])
        rma = self._rma({order.order_line: 4})
        self._receive(rma, {self.product: 1})
        with self.assertRaisesRegex(UserError, "partly received already"):
            rma.action_cancel()
        rma.action_close()
        self.assertEqual(set(rma.picking_ids.mapped("state")), {"done", "cancel"})

    def test_cancelling_cancels_the_receipt(self):
        order = self._delivered([(self.product, 10)])
        rma = self._rma({order.order_line: 4})
        rma.action_cancel()
        self.assertEqual((rma.state, rma.picking_ids.state), ("cancelled", "cancel"))

    def test_only_drafts_are_deleted(self):
        order = self._delivered([(self.product, 10)])
        rma = self._rma({order.order_line: 4})
        with self.assertRaises(UserError):
            rma.unlink()
        self._rma({order.order_line: 4}, authorise=False).unlink()

    def test_decisions_are_not_written_by_hand(self):
        order = self._delivered([(self.product, 10)])
        rma = self._rma({order.order_line: 4}, authorise=False)
        for context in ({}, {"om_transition": True}, {"om_transition": "<internal>"}):
            with self.assertRaises(AccessError):
                rma.with_context(**context).write({"decision": "authorised"})
        with self.assertRaises(AccessError):
            self._rma({order.order_line: 4}, authorise=False, decision="authorised")

    def test_expiry(self):
        self.company.om_rma_validity_days = 14
        order = self._delivered([(self.product, 10)])
        rma = self._rma({order.order_line: 4})
        self.assertEqual(rma.expires_on, fields.Date.context_today(rma) + timedelta(days=14))
        self.company.om_rma_validity_days = -1
        late = self._rma({order.order_line: 4})
        self.assertTrue(late.is_expired)
        self.assertEqual(self.env["om.rma"].search([("is_expired", "=", True)]), late)
        self.assertNotIn(late, self.env["om.rma"].search([("is_expired", "=", False)]))
        self._receive(late)
        self.assertFalse(late.is_expired)

    def test_order_tells_what_happened(self):
        order = self._delivered([(self.product, 10)])
        self._invoice(order)
        rma = self._rma({order.order_line: 4})
        self._receive(rma)
        self._credit(rma)
        events = order.om_event_ids.filtered(lambda e: e.kind in ("returned", "credited"))
        self.assertEqual(sorted(events.mapped("kind")), ["credited", "returned"])
        self.assertEqual(events.filtered(lambda e: e.kind == "returned").quantity, 4)

    def test_buttons_lead_both_ways(self):
        order = self._delivered([(self.product, 10)])
        self._invoice(order)
        rma = self._rma({order.order_line: 4})
        self.assertEqual(rma.action_receive()["res_id"], rma.picking_ids.id)
        self._receive(rma)
        memo = self._credit(rma)
        self.assertEqual(order.action_om_view_rmas()["res_id"], rma.id)
        self.assertEqual(rma.picking_ids.action_om_view_rmas()["res_id"], rma.id)
        self.assertEqual(memo.action_om_view_rmas()["res_id"], rma.id)
        self.assertEqual(rma.action_view_orders()["res_id"], order.id)
        self.assertEqual(rma.action_view_credit_memos()["res_id"], memo.id)
        self.assertEqual((order.om_rma_count, rma.picking_ids.om_rma_count, memo.om_rma_count), (1, 1, 1))
