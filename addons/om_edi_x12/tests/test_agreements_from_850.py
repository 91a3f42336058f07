from odoo.fields import Command
from odoo.tests import tagged

from .common import EdiCommon
from .x12_bytes import interchange, purchase_order


@tagged("post_install", "-at_install")
class TestAgreementsFrom850(EdiCommon):
    """What an 850 says of terms, allowances, promotions, packs and instructions is held against ours."""

    def _order_with(self, *segments, after="BEG", **kwargs):
        body = purchase_order(f"PO-{len(segments)}-{segments[0][0]}", **kwargs)
        position = next(i for i, segment in enumerate(body) if segment[0] == after) + 1
        return self._receive_orders([*body[:position], *map(list, segments), *body[position:]])

    def test_terms_of_the_document_are_read_and_compared(self):
        self.customer.property_payment_term_id = self.env["account.payment.term"].create(
            {"name": "Net 30", "line_ids": [Command.create({"value_amount": 100, "nb_days": 30})]}
        )
        order = self._order_with(("ITD", "01", "3", "2", "", "10", "", "60"))
        self.assertEqual((order.om_po_terms, order.om_po_terms_days), ("2 % 10 d, net 60 d", 60))
        self.assertEqual(self._open(order).mapped("code"), ["E-TRM"])
        same = self._order_with(("ITD", "01", "3", "", "", "", "", "30"), ("REF", "DP", "7"))
        self.assertEqual(same.state, "sale")

    def test_allowance_of_the_document_is_read_and_holds_the_invoice(self):
        order = self._order_with(("SAC", "A", "C310", "", "", "1250"))
        self.assertEqual(
            order.om_po_allowances,
            [{"indicator": "A", "code": "C310", "amount": "12.50", "percent": "", "description": ""}],
        )
        self.assertEqual(self._open(order).found, "Allowance C310 12.50")
        self.assertEqual((order.state, order.om_blocked_stage), ("sale", "invoice"))

    def test_promotion_of_the_document_is_checked(self):
        order = self._order_with(("REF", "PD", "SPRING27"))
        self.assertEqual(order.om_promotion_code, "SPRING27")
        self.assertEqual(self._open(order).code, "E-PRO-INELIG")

    def test_pack_of_the_document_that_we_do_not_have_is_found(self):
        case = self.env["uom.uom"].create(
            {
                "name": "Case of 6",
                "relative_factor": 6,
                "relative_uom_id": self.env.ref("uom.product_uom_unit").id,
            }
        )
        self.product.product_tmpl_id.uom_ids = case
        order = self._order_with(("PO4", "12"), after="PID")
        self.assertEqual(order.order_line.om_po_pack, 12)
        self.assertEqual(self._open(order).found, "packs of 12")

    def test_item_that_fits_two_products_is_asked_for(self):
        twin = self._new_product("Kettle, blue", "KET-1", 110.0)
        order = self._receive_orders("PO-TWIN")
        exception = self._open(order)
        self.assertEqual(exception.code, "E-ITM-AMBIG")
        self.assertEqual(order.order_line.om_candidate_ids, self.product | twin)
        self._resolve(exception, "fix_map_item", product_id=self.product.id)
        self.assertEqual(order.state, "sale")

    def test_unknown_sender_is_an_unknown_customer_until_its_partner_is_there(self):
        intake = self._receive(interchange(purchase_order("PO-NEW"), sender="NEWCOMER"))
        exception = intake.exception_ids
        self.assertEqual((exception.code, intake.state), ("E-CUS-UNK", "failed"))
        self.assertIn("NEWCOMER", exception.found)
        self.edi_partner.copy({"name": "Newcomer", "identifier": "NEWCOMER"})
        self._resolve(exception, "fix_try_document_again")
        self.assertFalse(exception.is_open)
        self.assertTrue(intake.order_ids)
