from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import EdiCommon
from .x12_bytes import interchange, purchase_order


@tagged("post_install", "-at_install")
class TestByHand(EdiCommon):
    """A partner whose files people carry."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox.transport = "manual"

    def _upload(self, data, partner):
        file = self.env["ir.attachment"].with_user(self.specialist).create({"name": "850.edi", "raw": data})
        upload = (
            self.env["om.intake.upload"]
            .with_user(self.specialist)
            .create({"attachment_ids": file.ids, "edi_partner_id": partner.id})
        )
        intake = self.env["om.intake"].browse(upload.action_upload()["res_id"])
        intake._process()
        return intake

    def test_file_uploaded_for_a_partner_counts_as_come_by_its_mailbox(self):
        intake = self._upload(interchange(purchase_order("PO-1")), self.edi_partner)
        self.assertEqual((intake.edi_mailbox_id, intake.channel), (self.mailbox, "upload"))
        self.assertEqual(intake.order_ids.client_order_ref, "PO-1")

    def test_file_of_another_sender_is_refused(self):
        other = self.env["om.edi.mailbox"].create({"name": "Finch", "transport": "manual"})
        finch = self.edi_partner.copy({"identifier": "FINCH", "mailbox_id": other.id})
        intake = self._upload(interchange(purchase_order("PO-1")), finch)
        self.assertFalse(intake.order_ids)
        self.assertIn("do not come by", intake.message)

    def test_documents_lie_ready_and_are_downloaded_and_confirmed(self):
        self._upload(interchange(purchase_order("PO-1")), self.edi_partner)
        self.edi_partner._send()
        files = self.mailbox.outgoing_ids.with_user(self.specialist)
        self.assertEqual(len(files), 2)
        action = files[0].action_download()
        self.assertIn(f"/{files[0].id}/payload/", action["url"])
        self.assertEqual(files.mapped("state"), ["fetched", "waiting"])
        files.action_confirm()
        self.assertEqual(files.mapped("state"), ["done", "done"])
        self.assertEqual(self.mailbox.outgoing_count, 0)
        files.action_offer_again()
        self.assertEqual(self.mailbox.outgoing_count, 2)
        with self.assertRaises(AccessError):
            files[0].write({"state": "done"})

    def test_only_specialists_of_the_company_hand_on_files(self):
        self.env["om.edi.transport.manual"]._deliver(self.mailbox, "855.x12", b"ISA")
        file = self.mailbox.outgoing_ids
        auditor = new_test_user(self.env, "om_audit", groups="om_order_exceptions.group_auditor")
        other = self.env["res.company"].create({"name": "Other Co"})
        stranger = new_test_user(
            self.env,
            "om_other",
            groups="om_edi_x12.group_edi_manager",
            company_id=other.id,
            company_ids=[other.id],
        )
        for user in (auditor, stranger):
            with self.assertRaises(AccessError):
                file.with_user(user).action_confirm()
        with self.assertRaises(AccessError):
            file.with_user(stranger).read(["payload"])

    def test_files_waiting_are_counted_in_one_query(self):
        boxes = self.env["om.edi.mailbox"].create(
            [{"name": f"Box {number}", "transport": "manual"} for number in range(10)]
        )
        for box in boxes:
            self.env["om.edi.transport.manual"]._deliver(box, "855.x12", b"ISA")
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.assertEqual(sum(boxes.mapped("outgoing_count")), 10)
