from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12

from .documents_out_common import DocumentsOutCommon


@tagged("post_install", "-at_install")
class TestSscc(DocumentsOutCommon):
    """SSCC-18: unique for good, per range of extension digit and GS1 prefix (T10.6, T10.8)."""

    def test_ten_thousand_are_unique_and_valid(self):
        numbers = self.company._om_next_ssccs(10000)
        self.assertEqual(len(set(numbers)), 10000)
        for sscc in numbers:
            self.assertTrue(sscc.startswith("00614141") and len(sscc) == 18)
            self.assertTrue(x12.gs1.has_valid_check_digit(sscc))

    def test_rollback_does_not_bring_a_number_back(self):
        drawn = set()
        for _ in range(3):
            with self.env.cr.savepoint() as step:
                drawn |= set(self.company._om_next_ssccs(5))
                step.rollback()
        self.assertEqual(len(drawn), 15)

    def test_number_of_a_deleted_package_is_not_given_again(self):
        package = self.env["stock.package"]._om_new_with_sscc(self.company, 1)
        sscc = package.om_sscc
        package.unlink()
        self.assertNotIn(sscc, self.company._om_next_ssccs(50))

    def test_range_that_is_used_up_says_so_and_another_digit_goes_on(self):
        self.company.om_gs1_prefix = "0614141777"
        self.company._om_sscc_sequence().number_next = 999_999
        self.assertEqual(len(self.company._om_next_ssccs(1)), 1)
        with self.assertRaisesRegex(UserError, "used up"):
            self.company._om_next_ssccs(1)
        self.company.om_sscc_extension = "1"
        self.assertEqual(self.company._om_next_ssccs(1), [x12.sscc(1, "0614141777", 1)])

    def test_range_that_is_used_up_stops_the_notice_and_not_the_goods(self):
        self.company.om_gs1_prefix = "0614141777"
        self.company._om_sscc_sequence().number_next = 10**6
        order = self._receive_orders("PO-1")
        picking = self._deliver(order)
        self.assertEqual((picking.state, self._owed("856").state), ("done", "error"))
        self.assertIn("extension digit", self._owed("856").findings)

    def test_companies_that_share_a_prefix_share_the_range(self):
        other = self.env["res.company"].create({"name": "Sister", "om_gs1_prefix": "0614141"})
        numbers = [*self.company._om_next_ssccs(5), *other._om_next_ssccs(5), *self.company._om_next_ssccs(5)]
        self.assertEqual(len(set(numbers)), 15)

    def test_new_range_begins_behind_what_packages_bear(self):
        self.env["stock.package"].create({"name": x12.sscc(7, "0614141", 4711)})
        self.company.om_sscc_extension = "7"
        self.assertEqual(self.company._om_next_ssccs(1), [x12.sscc(7, "0614141", 4712)])

    def test_range_only_goes_forward(self):
        sequence = self.company._om_sscc_sequence()
        self.company._om_next_ssccs(10)
        for values in (
            {"number_next": 2},
            {"number_next_actual": 2},
            {"code": "x"},
            {"implementation": "no_gap"},
        ):
            with self.assertRaises(UserError):
                sequence.write(values)
        with self.assertRaises(UserError):
            sequence.unlink()
        sequence.number_next = 500
        self.assertEqual(self.company._om_next_ssccs(1), [x12.sscc(0, "0614141", 500)])

    def test_number_can_not_be_written(self):
        package = self._package()
        with self.assertRaises(AccessError):
            package.om_sscc = "006141410000000012"
        with self.assertRaises(AccessError):
            self._package(om_sscc="006141410000000012")

    def test_package_with_a_valid_name_keeps_it(self):
        package = self._package(name=x12.sscc(3, "0614141", 9))
        package.sudo()._om_assign_sscc(self.company, self.env["stock.picking"])
        self.assertEqual((package.om_sscc, package._om_sscc()), (False, package.name))

    def test_tote_gets_a_new_number_with_each_load(self):
        tote = self._package()
        self._ship(self._receive_orders("PO-2"), (tote, {self.product: 10}))
        first = tote.om_sscc
        picking = self._ship(self._receive_orders("PO-3"), (tote, {self.product: 10}))
        self.assertTrue(first and tote.om_sscc and first != tote.om_sscc)
        old, new = self._owed("856")
        self.assertIn(f"MAN*GM*00{first}", self._text(old))
        self.assertIn(f"MAN*GM*00{tote.om_sscc}", self._text(new))
        self.assertTrue(picking)

    def test_old_notice_built_again_keeps_the_number_of_its_load(self):
        tote = self._package()
        picking = self._ship(self._receive_orders("PO-4"), (tote, {self.product: 10}))
        first = tote.om_sscc
        self._ship(self._receive_orders("PO-5"), (tote, {self.product: 10}))
        notice = self.env["om.edi.map.856"]._build(picking.sudo())
        self.assertEqual(notice.orders[0].packs[0].sscc, first)

    def test_pallet_and_its_cartons_have_numbers_of_their_own(self):
        pallet, one, two = (self._package() for _ in range(3))
        (one | two).package_dest_id = pallet
        self._ship(self._receive_orders("PO-6"), (one, {self.product: 4}), (two, {self.product: 6}))
        self.assertEqual(len(set((pallet | one | two).mapped("om_sscc"))), 3)
