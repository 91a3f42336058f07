from pathlib import Path
from unittest import skipUnless

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import EdiCommon, interchange, purchase_order

SAMPLES = Path(__file__).parents[4] / "shared" / "x12" / "samples"


@tagged("post_install", "-at_install")
class TestProfileFromSamples(EdiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edi_manager = new_test_user(
            cls.env, "edi_manager", "om_edi_x12.group_edi_manager,base.group_partner_manager"
        )
        cls.newcomer = cls.env["res.partner"].create({"name": "Newcomer Stores", "is_company": True})

    def _dialog(self, *files, user=None, **vals):
        attachments = (
            self.env["ir.attachment"]
            .with_user(user or self.edi_manager)
            .create([{"name": f"{n}.edi", "raw": data} for n, data in enumerate(files)])
        )
        return (
            self.env["om.edi.profile"]
            .with_user(user or self.edi_manager)
            .create({"attachment_ids": attachments.ids, **vals})
        )

    def _orders(self, *numbers, **kwargs):
        lines = [
            ("1", "10", "EA", "100", "IN", "NC-1", "VN", "KET-1"),
            ("2", "5", "ZB", "7.5", "IN", "NC-2"),
            ("3", "2", "CA", "", "IN", "NC-2"),
        ]
        bodies = [purchase_order(number, lines, ship_to="0815") for number in numbers]
        return interchange(*bodies, sender="NEWCOMER", receiver="OURCODE", **kwargs)

    def test_samples_tell_who_how_and_what(self):
        dialog = self._dialog(
            self._orders("A", version="005010", delimiters="|:!^", line_break="\n"),
            partner_id=self.newcomer.id,
        )
        dialog.action_read()
        self.assertRecordValues(
            dialog,
            [
                {
                    "state": "review",
                    "role": "customer",
                    "usage": "P",
                    "version": "005010",
                    "qualifier": "ZZ",
                    "identifier": "NEWCOMER",
                    "our_identifier": "OURCODE",
                    "element_separator": "|",
                    "component_separator": ":",
                    "segment_terminator": "!",
                    "repetition_separator": "^",
                    "line_break": True,
                }
            ],
        )
        self.assertIn("1 × 850 (005010)", dialog.observations)
        self.assertIn("Lines: 3, with a price: 2", dialog.observations)
        self.assertIn("IN (3), VN (1)", dialog.observations)
        self.assertIn("ST 92", dialog.observations)
        seen = dialog.flow_ids.filtered("count")
        self.assertEqual((seen.direction, seen.set_id, seen.activate), ("in", "850", True))
        self.assertTrue(
            dialog.flow_ids.filtered(lambda f: f.set_id == "997" and f.direction == "out").activate
        )
        usual = dialog.flow_ids.filtered(lambda f: f.set_id == "856")
        self.assertTrue(usual)
        self.assertFalse(usual.activate)

    def test_unknown_references_are_listed_and_what_is_chosen_is_remembered(self):
        dialog = self._dialog(self._orders("A"), partner_id=self.newcomer.id)
        dialog.action_read()
        self.assertEqual(dialog.item_ids.mapped("code"), ["NC-2"], "NC-1 is known by our number")
        self.assertEqual(dialog.item_ids.text, "HOUSEHOLD GOODS")
        self.assertEqual(dialog.address_ids.mapped("code"), ["0815"])
        self.assertIn("ZB", dialog.unit_ids.mapped("code"))
        dialog.item_ids.product_id = self.product
        dialog.unit_ids.filtered(lambda u: u.code == "ZB").product_uom_id = self.product.uom_id
        partner = self.env["om.edi.partner"].browse(dialog.action_create()["res_id"])
        order = self._receive(self._orders("B", control=7)).order_ids
        self.assertEqual(order.om_edi_partner_id, partner)
        self.assertEqual(order.partner_id, self.newcomer)
        self.assertEqual(order.order_line.product_id, self.product)
        self.assertEqual(order.partner_shipping_id.city, "DAYTON")
        self.assertEqual(order.partner_shipping_id.parent_id, self.newcomer)

    def test_what_was_chosen_is_kept_when_looked_up_again(self):
        dialog = self._dialog(self._orders("A"))
        dialog.action_read()
        dialog.item_ids.filtered(lambda i: i.code == "NC-2").product_id = self.product
        dialog.partner_id = self.newcomer
        dialog.action_look_up()
        self.assertEqual(dialog.item_ids.filtered(lambda i: i.code == "NC-2").product_id, self.product)

    def test_examples_of_what_they_want_are_documents_to_send(self):
        ack = [["BAK", "00", "AD", "PO-1", "20261120"], ["CTT", "0"]]
        example = interchange(ack, sender="OURCODE", receiver="NEWCOMER").replace(b"GS*PO*", b"GS*PR*")
        example = example.replace(b"ST*850*", b"ST*855*")
        dialog = self._dialog(self._orders("A"), example, partner_id=self.newcomer.id)
        dialog.action_read()
        self.assertEqual(dialog.identifier, "NEWCOMER")
        seen = {(flow.direction, flow.set_id) for flow in dialog.flow_ids.filtered("count")}
        self.assertEqual(seen, {("in", "850"), ("out", "855")})
        partner = self.env["om.edi.partner"].browse(dialog.action_create()["res_id"])
        self.assertTrue(partner._sends("855"))
        self.assertFalse(partner._sends("856"))
        self.assertTrue(partner.flow_ids.filtered(lambda flow: flow.set_id == "856"))

    def test_consecutive_numbers_propose_to_find_missing_ones(self):
        files = [self._orders(str(n), control=n) for n in (11, 12, 13)]
        dialog = self._dialog(*files, partner_id=self.newcomer.id)
        dialog.action_read()
        self.assertEqual(dialog.sequence_check, "isa")

    def test_samples_of_two_partners_are_refused(self):
        dialog = self._dialog(self._orders("A"), interchange(purchase_order("B"), sender="ANOTHER"))
        with self.assertRaisesRegex(UserError, "several partners: ANOTHER, NEWCOMER"):
            dialog.action_read()

    def test_partner_that_is_set_up_already_is_pointed_out(self):
        dialog = self._dialog(interchange(purchase_order("A")))
        dialog.action_read()
        self.assertEqual(dialog.known_partner_id, self.edi_partner)

    def test_files_that_are_no_x12_are_refused_or_mentioned(self):
        with self.assertRaisesRegex(UserError, "None of the files is X12"):
            self._dialog(b"Hello").action_read()
        dialog = self._dialog(b"Hello", self._orders("A"))
        dialog.action_read()
        self.assertIn("0.edi", dialog.observations)

    def test_samples_are_not_acted_on(self):
        orders, intakes = (self.env[m].search_count([]) for m in ("sale.order", "om.intake"))
        self._dialog(self._orders("A"), partner_id=self.newcomer.id).action_read()
        self.assertEqual(self.env["sale.order"].search_count([]), orders)
        self.assertEqual(self.env["om.intake"].search_count([]), intakes)

    def test_dialog_is_the_edi_managers(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self._dialog(self._orders("A"), user=self.specialist)

    def test_many_lines_cost_the_same_queries_as_few(self):
        def queries(count):
            lines = [(str(n), "1", "EA", "1", "IN", f"X-{n}") for n in range(count)]
            dialog = self._dialog(
                interchange(purchase_order("A", lines), sender="NEWCOMER"), partner_id=self.newcomer.id
            )
            channels = dialog._channels()[0]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            dialog._unknown_items(channels, self.newcomer)
            return self.env.cr.sql_log_count - before

        queries(3)
        self.assertEqual(queries(3), queries(200))

    def test_form_opens(self):
        dialog = self._dialog(self._orders("A"), partner_id=self.newcomer.id)
        dialog.action_read()
        with Form(dialog) as form:
            with form.item_ids.edit(0) as line:
                line.product_id = self.product
        self.assertEqual(dialog.item_ids[0].product_id, self.product)

    @skipUnless(
        SAMPLES.is_dir(), "the public X12 samples (shared/x12/samples beside the repository) are not here"
    )
    def test_every_public_sample_gives_a_profile_or_a_reason(self):
        profiles = 0
        for path in sorted(SAMPLES.glob("*/*.edi")):
            with self.subTest(path=path.name), self.env.cr.savepoint() as savepoint:
                dialog = self._dialog(path.read_bytes(), partner_id=self.newcomer.id)
                try:
                    dialog.action_read()
                    if not dialog.known_partner_id and dialog.flow_ids.filtered("count"):
                        partner = self.env["om.edi.partner"].browse(dialog.action_create()["res_id"])
                        self.assertTrue(partner.flow_ids)
                        profiles += 1
                except UserError as error:
                    self.assertTrue(str(error))
                savepoint.close(rollback=True)
                self.env.invalidate_all()
        self.assertGreater(profiles, 100)
