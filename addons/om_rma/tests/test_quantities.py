import random

from odoo.tests import tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestQuantities(ReturnsCommon):
    """T5.3: delivered = shipped - returned, invoiced = posted invoices - credits, in any sequence."""

    def test_any_sequence_of_deliver_invoice_return_and_credit_adds_up(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                self._walk(random.Random(seed))

    def _walk(self, chance):
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, 50)
        self.product.invoice_policy = chance.choice(["delivery", "delivery", "order"])
        order = self._order([(self.product, 20)])
        order.action_confirm()
        line = order.order_line
        shipped = returned = 0
        stock = self.product.qty_available
        rmas = self.env["om.rma"].with_user(self.clerk)
        for _turn in range(12):
            step = chance.choice(["deliver", "invoice", "authorise", "receive", "credit"])
            open_delivery = order.picking_ids.filtered(
                lambda p: p.picking_type_code == "outgoing" and p.state not in ("done", "cancel")
            )
            if step == "deliver" and open_delivery:
                left = int(open_delivery.move_ids.product_uom_qty)
                quantity = chance.randint(1, min(left, 8))
                open_delivery.move_ids.write({"quantity": quantity, "picked": True})
                open_delivery.with_context(skip_backorder=True).button_validate()
                shipped += quantity
            elif step == "invoice" and line.qty_to_invoice > 0:
                self._invoice(order)
            elif step == "authorise" and line.om_returnable >= 1:
                rmas |= self._rma({line: chance.randint(1, int(line.om_returnable))})
            elif step == "receive" and (
                waiting := rmas.filtered(lambda r: r.state in ("authorised", "receiving"))
            ):
                missing = waiting[0].line_ids.quantity_authorised - waiting[0].line_ids.quantity_received
                before = waiting[0].line_ids.quantity_received
                # receipts of several deliveries get a part each
                moves = waiting[0].picking_ids.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
                self._receive(
                    waiting[0], {self.product: chance.randint(1, int(min(moves.mapped("product_uom_qty"))))}
                )
                self.assertLessEqual(waiting[0].line_ids.quantity_received - before, missing)
                returned += waiting[0].line_ids.quantity_received - before
            elif step == "credit" and (owed := rmas.filtered("can_credit")):
                self._credit(owed[0])
            self._assert_adds_up(order, rmas, shipped, returned, stock)

    def _assert_adds_up(self, order, rmas, shipped, returned, stock):
        line = order.order_line
        entries = line.sudo().invoice_lines.filtered(lambda e: e.parent_state == "posted")
        invoiced = sum(e.quantity for e in entries if e.move_id.move_type == "out_invoice")
        credited = sum(e.quantity for e in entries if e.move_id.move_type == "out_refund")
        self.assertEqual(line.qty_delivered, shipped - returned)
        self.assertEqual(line.qty_invoiced, invoiced - credited)
        self.assertGreaterEqual(line.qty_delivered, 0)
        self.assertGreaterEqual(line.qty_invoiced, 0)
        self.assertLessEqual(credited, returned)
        self.assertEqual(self.product.qty_available, stock - shipped + returned)
        self.assertEqual(sum(rmas.line_ids.mapped("quantity_received")), returned)
        self.assertEqual(sum(rmas.line_ids.mapped("quantity_credited")), credited)
        open_lines = rmas.filtered(lambda r: r.decision == "authorised").line_ids
        expected = sum(max(rl.quantity_authorised - rl.quantity_received, 0) for rl in open_lines)
        self.assertEqual(line._om_returnable()[line.id], shipped - returned - expected)
