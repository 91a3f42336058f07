import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestIntake(OrderManagementCommon):
    """A received document is kept byte for byte, once, and never changes."""

    def _receive(self, data=b"hello", **values):
        return self.env["om.intake"]._receive(data, "upload", **values)

    def _payload(self, intake):
        with intake._open_payload() as payload:
            return payload.read()

    def test_bytes_are_kept_as_they_came(self):
        for data in (b"hello", b"\x00\xff\xfe\r\n\n", bytes(range(256)) * 1000, "ISA*ä".encode("latin-1")):
            with self.subTest(data=data[:10]):
                intake = self._receive(data)
                self.assertEqual(self._payload(intake), data)
                self.assertEqual(intake.size, len(data))

    def test_same_bytes_again_are_a_duplicate_that_is_not_processed(self):
        first, second = self._receive(file_name="a.edi"), self._receive(file_name="b.edi")
        self.assertEqual(
            (first.state, second.state, second.duplicate_of_id), ("received", "duplicate", first)
        )
        self.assertIn(first.name, second.message)
        second.with_user(self.specialist).action_process()
        self.assertEqual(second.state, "duplicate")

    def test_third_delivery_names_the_first(self):
        first, _second, third = (self._receive() for _ in range(3))
        self.assertEqual(third.duplicate_of_id, first)

    def test_same_bytes_for_another_company_are_no_duplicate(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        self._receive()
        self.assertEqual(self._receive(company=other).state, "received")

    def test_one_byte_more_is_another_document(self):
        self._receive(b"hello")
        self.assertEqual(self._receive(b"hello ").state, "received")

    def test_delivery_that_is_picked_up_again_is_stored_once(self):
        first = self._receive(delivery_key="inbox/1")
        self.assertEqual(self._receive(delivery_key="inbox/1"), first)
        self.assertEqual(self._receive(delivery_key="inbox/2").state, "duplicate")

    def test_names_of_the_sender_are_text_and_no_path(self):
        for name, kept in (
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\po.edi", "po.edi"),
            ("a\0b.edi", "ab.edi"),
            ("x" * 300, "x" * 255),
            ("", ""),
        ):
            with self.subTest(name=name):
                self.assertEqual(self._receive(name.encode(), file_name=name).file_name or "", kept)

    def test_empty_document_stays_visible_and_says_so(self):
        intake = self._receive(b"")
        intake.with_user(self.specialist).action_process()
        self.assertEqual(intake.state, "failed")
        self.assertIn("empty", intake.message)

    def test_document_that_nobody_reads_stays_visible_and_shows_its_beginning(self):
        intake = self._receive(b"%PDF-1.7 and so on")
        intake.with_user(self.specialist).action_process()
        self.assertEqual((intake.state, intake.kind), ("failed", "unknown"))
        self.assertIn("%PDF-1.7", intake.message)

    def test_what_was_received_is_changed_by_nobody(self):
        intake = self._receive(file_name="po.edi", sender="Bluebird")
        values = {
            "payload": base64.b64encode(b"other"),
            "sha256": "0" * 64,
            "size": 1,
            "state": "done",
            "received_at": "2020-01-01 00:00:00",
            "channel": "api",
            "company_id": self.env["res.company"].create({"name": "Second Company"}).id,
        }
        for user in (self.specialist, self.manager, self.env.ref("base.user_admin"), self.env.user):
            for name, value in values.items():
                for context in ({}, {"om_transition": True}, {"om_transition": "<internal>"}):
                    with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                        intake.with_user(user).with_context(**context).write({name: value})

    def test_what_is_known_about_it_is_not_written_by_people(self):
        intake = self._receive()
        other = self._receive(b"other")
        for values in (
            {"kind": "unknown"},
            {"sender": "me"},
            {"file_name": "x"},
            {"message": "fine"},
            {"duplicate_of_id": other.id},
            {"delivery_key": "x"},
            {"attempts": 0},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                intake.with_user(self.manager).write(values)

    def test_documents_are_not_made_by_hand_nor_imported(self):
        intakes = self.env["om.intake"].with_user(self.manager)
        with self.assertRaises(AccessError):
            intakes.create({"channel": "upload", "payload": base64.b64encode(b"x")})
        self.assertFalse(intakes.load(["channel", "kind"], [["upload", "unknown"]])["ids"])

    def test_documents_are_never_deleted(self):
        intake = self._receive()
        for user in (self.specialist, self.manager, self.env.user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                intake.with_user(user).unlink()

    def test_upload_takes_in_several_files_for_the_job(self):
        files = (
            self.env["ir.attachment"]
            .with_user(self.specialist)
            .create(
                [
                    {"name": name, "raw": data}
                    for name, data in (("a.edi", b"one"), ("b.edi", b"two"), ("c.edi", b"one"))
                ]
            )
        )
        upload = self.env["om.intake.upload"].with_user(self.specialist).create({"attachment_ids": files.ids})
        intakes = self.env["om.intake"].search(upload.action_upload()["domain"]).sorted("id")
        self.assertEqual(intakes.mapped("file_name"), ["a.edi", "b.edi", "c.edi"])
        self.assertEqual(intakes.mapped("state"), ["received", "received", "duplicate"])
        self.assertEqual(set(intakes.mapped("sender")), {"Sam Specialist"})
        self.assertFalse(files.exists())

    def test_upload_of_nothing_is_refused(self):
        with self.assertRaisesRegex(UserError, "at least one file"):
            self.env["om.intake.upload"].with_user(self.specialist).create({}).action_upload()

    def test_upload_for_a_company_that_is_not_ones_own_is_refused(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        files = self.env["ir.attachment"].with_user(self.specialist).create({"name": "a.edi", "raw": b"one"})
        with self.assertRaises(AccessError):
            self.env["om.intake.upload"].with_user(self.specialist).create(
                {"attachment_ids": files.ids, "company_id": other.id}
            ).action_upload()
        self.assertFalse(self.env["om.intake"].search([("company_id", "=", other.id)]))

    def test_files_of_others_are_not_taken_in(self):
        secret = self.env["ir.attachment"].create(
            {"name": "secret", "raw": b"secret", "res_model": "ir.cron", "res_id": 1}
        )
        with self.assertRaises(AccessError):
            self.env["om.intake.upload"].with_user(self.specialist).create(
                {"attachment_ids": secret.ids}
            ).action_upload()
        self.assertTrue(secret.exists())
