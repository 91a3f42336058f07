import re

from odoo.exceptions import UserError
from odoo.tests import tagged

from .documents_out_common import DocumentsOutCommon


@tagged("post_install", "-at_install")
class TestGs1Label(DocumentsOutCommon):
    """GS1-128 labels: what stands on them is what stands in the 856 (T10.7 to T10.9)."""

    def setUp(self):
        super().setUp()
        self.edi_partner.scac = "UPSN"
        self.order = self._receive_orders("PO-1")
        self.box = self._package()
        self.picking = self._ship(self.order, (self.box, {self.product: 10}), validate=False)

    def _report(self, name, records):
        reports = self.env["ir.actions.report"].with_user(self.packer)
        report = f"om_edi_x12.{name}"
        render = reports._render_qweb_text if name.endswith("zpl") else reports._render_qweb_html
        return render(report, records.ids)[0].decode()

    def test_label_says_what_the_ship_notice_says(self):
        (label,) = self.box._om_labels()
        self.assertEqual(label["sscc"].data, f"00{self.box.om_sscc}")
        self.assertEqual(label["ship_from"], ["Dock 1", "1 Dock Road", "Columbus OH 43004"])
        self.assertEqual(label["ship_to"], ["BLUEBIRD STORE", "42 MAIN STREET", "DAYTON OH 45402"])
        self.assertEqual((label["po"], label["scac"], label["store"]), ("PO-1", "UPSN", "0042"))
        self.assertEqual(label["postal"].text, "(420) 45402")
        self.assertEqual((label["number"], label["count"]), (1, 1))
        self.assertIn("10 Units", label["content"])
        self.picking.button_validate()
        text = self._text(self._owed("856"))
        for word in (
            f"MAN*GM*00{self.box.om_sscc}",
            "PRF*PO-1*",
            "TD5**2*UPSN",
            "N1*ST*BLUEBIRD STORE*92*0042",
        ):
            self.assertIn(word, text)

    def test_printed_again_it_is_the_same_number(self):
        first = self._report("gs1_label", self.box)
        self.assertEqual(self._report("gs1_label", self.box), first)
        self.picking.button_validate()
        self.assertIn(self.box._om_labels()[0]["sscc"].text, first)

    def test_picking_prints_a_label_for_each_pallet_and_carton(self):
        pallet, one, two = (self._package() for _ in range(3))
        (one | two).package_dest_id = pallet
        self._ship(self.order, (one, {self.product: 4}), (two, {self.product: 6}), validate=False)
        html = self._report("gs1_label_delivery", self.picking)
        self.assertEqual(html.count("SSCC</div>"), 3)
        labels = self.picking._om_packages_to_label()._om_labels(self.picking)
        self.assertEqual([label["count"] for label in labels], [3, 3, 3])
        self.assertEqual(labels[0]["sscc"].data, f"00{pallet.om_sscc}")
        self.assertIn("10 Units", labels[0]["content"])

    def test_button_of_the_picking(self):
        action = self.picking.action_om_print_labels()
        self.assertEqual(action["report_name"], "om_edi_x12.gs1_label_delivery")

    def test_nothing_packed_has_no_label(self):
        self.picking.move_line_ids.result_package_id = False
        with self.assertRaisesRegex(UserError, "in packs first"):
            self.picking.action_om_print_labels()

    def test_package_that_goes_nowhere_has_no_label(self):
        with self.assertRaisesRegex(UserError, "in no delivery"):
            self._package()._om_labels()

    def test_zpl(self):
        self.warehouse.partner_id.name = "Dock ^XZ ~1_é & Sons"
        zpl = self._report("gs1_label_zpl", self.box)
        sscc = self.box.om_sscc
        self.assertEqual(zpl.strip()[:3], "^XA")
        self.assertEqual((zpl.count("^XA"), zpl.count("^XZ")), (1, 1))
        self.assertIn("^FDDock _5EXZ _7E1_5F_C3_A9 _26 Sons^FS", zpl)
        self.assertIn("^BCN,130,N,N,N^FD>;>842045402^FS", zpl)
        self.assertIn(f"^BCN,340,N,N,N^FD>;>800{sscc}^FS", zpl)
        self.assertIn(f"(00) 0 0614141 {sscc[8:17]} {sscc[17]}", zpl)
        self.assertIn("^FDPO: PO-1^FS", zpl)
        self.assertFalse(re.search(r"&\w+;", zpl), "a printer reads no HTML")

    def test_postal_code_with_letters_and_abroad(self):
        party = self.store._om_edi_party("ST")
        party.postal, party.country = "K1A 0B1", "CA"
        self.assertEqual(self.box._om_postal(party, party).zpl, ">:>8420K1A0B1")
        home = self.warehouse.partner_id._om_edi_party("SF")
        self.assertIsNone(self.box._om_postal(home, party))

    def test_bar_of_the_sscc_is_as_wide_as_its_modules(self):
        (label,) = self.box._om_labels()
        self.assertEqual(label["sscc"].modules, 156)
        self.assertEqual(label["sscc"].widths[:12], [2, 1, 1, 2, 3, 2, 4, 1, 1, 1, 3, 1])  # start C, FNC1
        self.assertTrue(label["sscc"].image.startswith("data:image/svg+xml;base64,"))
