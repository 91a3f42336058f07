from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..models import om_edi_map_850
from .common_3pl import WarehouseCommon
from .test_acknowledgments import AcknowledgmentCommon
from .test_order_changes import KETTLE, TOASTER
from .x12_bytes import application_advice, interchange, order_change, purchase_order, remittance
from .x12_bytes_3pl import inventory, shipping_advice, transfer_receipt


class ReplayCommon:
    def _replay(self, document):
        if "edi_manager" not in self.__dict__:
            self.edi_manager = new_test_user(self.env, "edi_manager", "om_edi_x12.group_edi_manager")
        action = document.with_user(self.edi_manager).action_replay()
        return self.env["om.edi.replay"].with_user(self.edi_manager).browse(action["res_id"])

    def _shown(self, replay):
        """``{field: (before, after)}`` of a replay."""
        return {line.field: (line.before or "", line.after or "") for line in replay.line_ids}

    def _take_in(self, body, group):
        self.control = getattr(self, "control", 0) + 1
        intake = self._receive(interchange(body, group=group, control=self.control))
        return intake.edi_transaction_ids.filtered(lambda t: t.direction == "in")


@tagged("post_install", "-at_install")
class TestReplayOfCustomer(ReplayCommon, AcknowledgmentCommon):
    """A replay of each kind of document of a customer: its difference, or why it can't be applied."""

    def test_open_change_request_is_made_anew(self):
        order = self._receive_orders("PO-1")
        body = order_change("PO-1", [("1", "RZ", "12", "EA", "40", "IN", "BB-900")])
        item = self.env["om.customer.item"].create(
            {"partner_id": self.customer.id, "code": "BB-900", "product_id": self.product.id}
        )
        change = self._take_in(body, "PC")
        request = change.change_id
        self.assertEqual(request.state, "approval")
        item.product_id = self.other_product
        replay = self._replay(change)
        self.assertTrue(any("Toaster" in after for _before, after in self._shown(replay).values()))
        self.assertFalse(request.line_ids.product_id)
        replay.action_apply()
        self.assertEqual(request.line_ids.product_id, self.other_product)
        self.assertIn(self.other_product, order.order_line.product_id)
        self.assertFalse(self._replay(change).line_ids)

    def test_decided_change_request_is_shown_and_says_what_to_do(self):
        self._receive_orders("PO-2")
        change = self._take_in(order_change("PO-2", [("1", "QI", "12", "EA", "", *KETTLE)]), "PC")
        self.assertEqual(change.change_id.state, "applied")
        self.assertFalse(self._replay(change).line_ids)
        change.asked = {"1": {**change.asked["1"], "quantity": 11.0}}
        replay = self._replay(change)
        self.assertEqual(self._shown(replay)["New Quantity"], ("11.0", "12.0"))
        self.assertIn("Make a new change request", replay.message)
        self.assertFalse(replay.can_apply)

    def test_remittance_is_held_against_the_invoices_again(self):
        paid = self._take_in(remittance("TRACE-1", "1000", [("INV-9", "1000", "1000", "")]), "RA")
        self.assertEqual(paid.remittance_ids.line_ids.state, "unknown")
        order = self._receive_orders("PO-3")
        self._deliver(order)
        invoice = order._create_invoices()
        invoice.action_post()
        invoice.payment_reference = "INV-9"
        replay = self._replay(paid)
        self.assertEqual(self._shown(replay)["Invoice"], ("", invoice.display_name))
        self.assertEqual(self._shown(replay)["State"], ("Unknown", "Exact"))
        replay.action_apply()
        self.assertEqual(
            (paid.remittance_ids.state, paid.remittance_ids.line_ids.move_id), ("exact", invoice)
        )
        self.assertFalse(self._cases(paid.remittance_ids, "E-REM-DIFF"))

    def test_verdict_that_was_noted_otherwise_is_read_again(self):
        document = self._sent_855("PO-4")
        ack = self._answer(document).edi_transaction_ids.filtered(lambda t: t.set_id == "997")
        self.assertFalse(self._replay(ack).line_ids)
        document.ack_state = "R"
        replay = self._replay(ack)
        self.assertEqual(self._shown(replay), {"Acknowledgment": ("Rejected", "Accepted")})
        replay.action_apply()
        self.assertEqual(document.ack_state, "A")

    def test_verdict_on_what_was_sent_again_is_not_applied(self):
        document = self._sent_855("PO-5")
        ack = self._answer(document, "R").edi_transaction_ids.filtered(lambda t: t.set_id == "997")
        document.with_user(self.specialist).action_resend()
        document.ack_state = "A"
        replay = self._replay(ack)
        self.assertIn("sent again", replay.line_ids.refusal)
        self.assertFalse(replay.can_apply)

    def test_advice_is_linked_to_what_it_judges(self):
        order = self._receive_orders("PO-6")
        self._sent("855")
        ours = order.sudo().om_edi_transaction_ids.filtered(lambda t: t.set_id == "855")
        body = application_advice("A-1", "TR", "PO", "PO-6", set_id="855", errors=[("007", "No price")])
        advice = self._take_in(body, "AG")
        self.assertFalse(self._replay(advice).line_ids)
        case = self._cases(ours, "E-EDI-REFUSED")
        case.sudo()._close("auto_closed")
        advice.answers_id = False
        replay = self._replay(advice)
        self.assertEqual(len(replay.line_ids), 1)
        replay.action_apply()
        self.assertEqual(advice.answers_id, ours)

    def test_failed_document_is_tried_and_undone_before_it_is_applied(self):
        body = order_change("PO-7", [("1", "QI", "12", "EA", "", *KETTLE)])
        change = self._take_in(body, "PC")
        self.assertEqual(change.state, "error")
        replay = self._replay(change)
        self.assertIn("It would fail again", replay.message)
        order = self._receive_orders("PO-7")
        self.assertEqual(change.state, "done", "its order came")
        self.assertEqual(order.order_line.product_uom_qty, 12)

    def test_trial_leaves_nothing_behind(self):
        body = purchase_order("PO-8")
        body[0][1] = "05"
        document = self._take_in(body, "PO")
        self.assertEqual(document.state, "error")
        orders = self.env["sale.order"].search_count([])
        self.startPatcher(self._accepts_replacements())
        replay = self._replay(document)
        self.assertIn(("Customer Reference", ("", "PO-8")), self._shown(replay).items())
        self.assertEqual((document.state, self.env["sale.order"].search_count([])), ("error", orders))
        replay.action_apply()
        self.assertEqual((document.state, document.order_id.client_order_ref), ("done", "PO-8"))

    def _accepts_replacements(self):
        """A new mapping: replacements are taken as orders."""
        return patch.object(om_edi_map_850, "ORIGINAL_PURPOSES", ("00", "05"))


@tagged("post_install", "-at_install")
class TestReplayOfWarehouse(ReplayCommon, WarehouseCommon):
    """A replay of each kind of document of a 3PL."""

    def _ordered(self, number):
        lines = [("1", "10", "EA", "100", *KETTLE), ("2", "5", "EA", "40", *TOASTER)]
        order = self._receive_orders(purchase_order(number, lines))
        self._settle()
        return order, order.picking_ids.name

    def test_shipment_keeps_its_goods_and_gets_its_carrier(self):
        order, number = self._ordered("PO-1")
        lines = [{"item": "KET-1", "shipped": 10}, {"item": "TOA-1", "shipped": 5}]
        (advice,) = self._from_3pl(shipping_advice(number, lines))
        picking = order.picking_ids
        self.assertFalse(self._replay(advice).line_ids)
        picking.om_tracking_ref = False
        dozen = self.env["uom.uom"].create(
            {"name": "Pair", "relative_factor": 2, "relative_uom_id": self.product.uom_id.id}
        )
        self.env["om.edi.unit"].create(
            {
                "edi_partner_id": self.lakeside.id,
                "code": "EA",
                "product_id": self.product.id,
                "product_uom_id": dozen.id,
            }
        )
        replay = self._replay(advice)
        self.assertEqual(
            self._shown(replay), {"Tracking or PRO Number": ("", "PRO123"), "Quantity": ("10", "20")}
        )
        refused = replay.line_ids.filtered("refusal")
        self.assertEqual(refused.field, "Quantity")
        self.assertIn("has left", refused.refusal)
        replay.action_apply()
        self.assertEqual(picking.om_tracking_ref, "PRO123")
        self.assertEqual(picking.move_line_ids.mapped("quantity"), [10, 5])

    def test_receipt_keeps_its_goods_and_says_what_to_do(self):
        supplier = self.env.ref("stock.stock_location_suppliers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": supplier.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "partner_id": self.store.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "product_uom_qty": 20,
                            "location_id": supplier.id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        },
                    )
                    for product in (self.product, self.other_product)
                ],
            }
        )
        picking.action_confirm()
        self._settle()
        item = self.env["om.customer.item"].create(
            {
                "partner_id": self.lakeside.partner_id.id,
                "code": "L-1",
                "product_id": self.product.id,
            }
        )
        body = transfer_receipt(picking.om_edi_order_id.reference, [("KET-1", 20, 0), ("TOA-1", 20, 0)])
        body[2][4:6] = ["IN", "L-1"]
        (receipt,) = self._from_3pl(body, group="RE")
        self.assertEqual((receipt.state, picking.state), ("done", "done"), receipt.findings)
        self.assertFalse(self._replay(receipt).line_ids)
        item.product_id = self.other_product
        replay = self._replay(receipt)
        self.assertEqual(len(replay.line_ids), 2)
        self.assertIn("is received", replay.line_ids[0].refusal)
        self.assertFalse(replay.can_apply)
        with self.assertRaises(UserError):
            replay.action_apply()

    def test_stock_list_is_compared_again_while_nothing_has_moved(self):
        lines = [("KET-1", {"17": 97}), ("TOA-1", {"17": 100})]
        (report,) = self._from_3pl(inventory("INV1", lines), group="IB")
        self.assertFalse(self._replay(report).line_ids)
        self.warehouse.om_edi_stock_tolerance = 5
        replay = self._replay(report)
        open_ = [("product_id", "=", self.product.id), ("state", "=", "open")]
        self.assertEqual(self._shown(replay)["Difference"], ("-3", ""))
        self.assertTrue(self.env["om.edi.stock.difference"].search(open_))
        replay.action_apply()
        self.assertFalse(self.env["om.edi.stock.difference"].search(open_))

    def test_stock_list_that_is_out_of_date_names_the_one_to_replay(self):
        (first,) = self._from_3pl(inventory("INV1", [("KET-1", {"17": 97})]), group="IB")
        self._from_3pl(inventory("INV2", [("KET-1", {"17": 97})]), group="IB")
        self.assertIn("846 INV2", self._replay(first).message)

    def test_stock_list_is_not_compared_with_the_stock_of_later(self):
        (report,) = self._from_3pl(inventory("INV1", [("KET-1", {"17": 97})]), group="IB")
        report.intake_id.sudo()._write({"received_at": "2020-01-01"})
        self.env.invalidate_all()
        _order, number = self._ordered("PO-9")
        self._from_3pl(shipping_advice(number, [{"item": "KET-1", "shipped": 10}]))
        replay = self._replay(report)
        self.assertIn("Ask the warehouse for a new 846", replay.message)
        self.assertFalse(replay.can_apply)
