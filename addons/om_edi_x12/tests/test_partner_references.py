from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import EdiCommon, purchase_order


@tagged("post_install", "-at_install")
class TestPartnerReferences(EdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.six, cls.twelve = cls.env["uom.uom"].create(
            [
                {
                    "name": f"Case of {n}",
                    "relative_factor": n,
                    "relative_uom_id": cls.unit.id,
                    "om_codes": "CA",
                }
                for n in (6, 12)
            ]
        )
        cls.edi_manager = new_test_user(cls.env, "edi_manager", "om_edi_x12.group_edi_manager")

    def _ordered(self, number, code, pack=None, item="KET-1"):
        body = purchase_order(number, [("1", "2", code, "100", "VN", item)])
        if pack:
            body.insert(-1, ["PO4", str(pack)])
        order = self._receive_orders(body)
        return order.order_line.product_uom_id or order.om_exception_ids.filtered("is_open").code

    def _says(self, **vals):
        self.edi_partner.with_user(self.edi_manager).unit_ids = [Command.create({"code": "CA", **vals})]

    def test_case_that_may_be_six_or_twelve_is_asked_for(self):
        self.assertEqual(self._ordered("PO-1", "CA"), "E-UOM")

    def test_pack_of_the_document_decides_between_cases(self):
        self.assertEqual(self._ordered("PO-1", "CA", pack=12), self.twelve)
        self.assertEqual(self._ordered("PO-2", "CA", pack=6), self.six)
        self.assertEqual(self._ordered("PO-3", "CA", pack=7), "E-UOM")

    def test_case_of_a_partner_is_what_it_says(self):
        self._says(product_uom_id=self.six.id)
        self.assertEqual(self._ordered("PO-1", "CA"), self.six)

    def test_row_that_says_most_decides(self):
        other = self.env["product.product"].create({"name": "Other"})
        self._says(product_uom_id=self.unit.id)
        self._says(pack=12, product_uom_id=self.twelve.id)
        self._says(product_id=other.id, product_uom_id=self.six.id)
        rows = self.env["om.edi.unit"]._of(self.edi_partner)
        pick = self.env["om.edi.unit"]._pick
        self.assertEqual(pick(rows, "ca", 12, self.product), (self.twelve, False))
        self.assertEqual(pick(rows, "CA", 24, self.product), (self.unit, False))
        self.assertEqual(pick(rows, "CA", 12, other), (self.six, True))
        self.assertFalse(pick(rows, "EA", 0, other)[0])

    def test_unit_that_does_not_convert_is_not_taken(self):
        hour = self.env.ref("uom.product_uom_hour")
        self._says(product_uom_id=hour.id)
        self.assertEqual(self._ordered("PO-1", "CA", pack=12), self.twelve)

    def test_row_of_a_product_wins_over_the_unit_of_its_part_number(self):
        self.env["om.customer.item"].search([("code", "=", "BB-100")]).product_uom_id = self.twelve
        self.assertEqual(self._ordered("PO-1", "CA", item="BB-100"), self.twelve)
        self._says(product_id=self.product.id, product_uom_id=self.six.id)
        self.assertEqual(self._ordered("PO-2", "CA", item="BB-100"), self.six)

    def test_unit_that_a_specialist_chose_is_remembered_without_a_part_number_of_the_customer(self):
        order = self._receive_orders(purchase_order("PO-1", [("1", "5", "CA", "100", "VN", "KET-1")]))
        case = order.om_exception_ids.filtered("is_open")
        self._resolve(case, "fix_set_unit", product_uom_id=self.twelve.id)
        (row,) = self.edi_partner.unit_ids
        self.assertEqual((row.code, row.product_id, row.learned), ("CA", self.product, True))
        self.assertEqual(self._ordered("PO-2", "CA"), self.twelve)

    def test_unit_is_known_of_an_item_that_was_not(self):
        self._says(product_uom_id=self.six.id)
        order = self._receive_orders(purchase_order("PO-1", [("1", "5", "CA", "600", "IN", "NEW-ITEM")]))
        case = order.om_exception_ids.filtered("is_open")
        self.assertEqual(case.code, "E-ITM-UNK")
        self._resolve(case, "fix_map_item", product_id=self.product.id)
        self.assertEqual(order.order_line.product_uom_id, self.six)

    def test_form_counts_and_opens_part_numbers_and_address_codes(self):
        self._store_address("0042", "Store 42")
        partner = self.edi_partner.with_user(self.edi_manager)
        self.assertEqual(partner.item_count, 1)
        opened = self.env["om.customer.item"].search(partner.action_open_items()["domain"])
        self.assertEqual(opened.code, "BB-100")
        codes = self.env["om.partner.identifier"].search(partner.action_open_addresses()["domain"])
        self.assertIn("0042", codes.mapped("code"))
        self.assertEqual(partner.address_count, len(codes))

    def test_price_tolerance_is_the_customers_else_the_companys(self):
        self.company.om_price_tolerance = 2
        self.assertEqual(self.edi_partner.price_tolerance, 2)
        self.customer.om_price_tolerance = 5
        self.assertEqual(self.edi_partner.price_tolerance, 5)

    def test_counts_of_many_partners_cost_the_same_queries(self):
        partners = self.edi_partner | self.edi_partner.copy({"identifier": "B"})
        partners |= self.edi_partner.copy({"identifier": "C"})
        self.env.flush_all()
        partners.mapped("partner_id.commercial_partner_id.name")
        with self.assertQueryCount(2):
            partners.mapped("item_count")
