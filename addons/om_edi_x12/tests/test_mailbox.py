from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import EdiCommon, interchange, purchase_order


@tagged("post_install", "-at_install")
class TestMailbox(EdiCommon):
    def setUp(self):
        super().setUp()
        self.inbox, self.processing, self.archive, self.outbox = self.env["om.edi.transport.folder"]._folders(
            self.mailbox
        )
        for folder in (self.inbox, self.processing, self.archive, self.outbox):
            for path in folder.iterdir():
                path.unlink()

    def test_file_in_the_inbox_becomes_an_order_and_its_answers_lie_in_the_outbox(self):
        (self.inbox / "850.edi").write_bytes(interchange(purchase_order("PO-1")))
        self.mailbox._poll()._process()
        order = self.env["sale.order"].search([("client_order_ref", "=", "PO-1")])
        self.assertEqual(order.state, "sale")
        self.assertFalse(list(self.inbox.iterdir()))
        self.assertEqual(len(list(self.archive.iterdir())), 1)
        self.edi_partner._send()
        names = sorted(path.name.split("_")[0] for path in self.outbox.iterdir())
        self.assertEqual(names, ["855", "997"])

    def test_same_name_tomorrow_is_another_file(self):
        for number in (1, 2):
            (self.inbox / "850.edi").write_bytes(interchange(purchase_order(f"PO-{number}"), control=number))
            self.mailbox._poll()._process()
        self.assertEqual(
            self.env["sale.order"].search_count([("client_order_ref", "in", ("PO-1", "PO-2"))]), 2
        )

    def test_claim_that_a_dead_worker_left_is_taken_up_once(self):
        data = interchange(purchase_order("PO-1"))
        claim = self.processing / "0123456789abcdef0123456789abcdef__850.edi"
        claim.write_bytes(data)
        first = self.mailbox._poll()
        claim.write_bytes(data)  # it died after the commit and before the rename
        second = self.mailbox._poll()
        self.assertEqual(first, second)
        self.assertEqual(len(first), 1)

    def _wrong_mailbox(self):
        return self.env["om.edi.mailbox"].create(
            {"name": "Stranger", "directory": "stranger", "quiet_seconds": 0}
        )

    def test_file_that_a_wrong_mailbox_brought_first_counts_when_the_right_one_brings_it(self):
        data = interchange(purchase_order("PO-1"))
        first = self._wrong_mailbox()._receive("folder:1", "850.edi", data)
        first._process()
        self.assertEqual((first.state, len(first.order_ids)), ("failed", 0))
        second = self.mailbox._receive("folder:2", "850.edi", data)
        self.assertEqual((second.state, second.duplicate_of_id), ("duplicate", first))
        self.assertIn("Stranger", second.message)
        first._process()
        self.assertEqual((first.state, first.message), ("done", False))
        self.assertEqual(first.order_ids.client_order_ref, "PO-1")
        self.assertFalse(first.exception_ids.filtered("is_open"))
        self.assertIn("Stranger", first.message_ids.sorted("id")[-1:].body)
        third = self.mailbox._receive("folder:3", "850.edi", data)
        self.assertEqual((third.state, first.state), ("duplicate", "done"))

    def test_file_that_wrong_mailboxes_bring_twice_stays_refused(self):
        data = interchange(purchase_order("PO-1"))
        wrong = self._wrong_mailbox()
        first = wrong._receive("folder:1", "850.edi", data)
        first._process()
        wrong._receive("folder:2", "850.edi", data)
        self.assertEqual((first.state, first.edi_mailbox_id), ("failed", wrong))

    def test_half_uploaded_and_hidden_files_stay(self):
        for name in ("850.edi.part", ".850.edi", "850.tmp", "850.filepart"):
            (self.inbox / name).write_bytes(b"ISA*00*half")
        self.assertFalse(self.mailbox._poll())
        self.assertEqual(len(list(self.inbox.iterdir())), 4)

    def test_name_of_a_file_is_never_a_path(self):
        intake = self.env["om.intake"]._receive(b"x", "upload", file_name="../../etc/passwd")
        self.assertEqual(intake.file_name, "passwd")
        self.assertFalse(intake.message, "nothing to tell before it is processed")
        for name in ("../up", "a/b", ".hidden", "a b", "a\nb"):
            with self.assertRaises(ValidationError):
                self.mailbox.write({"directory": name})

    def test_outbox_holds_only_whole_files(self):
        transport = self.env["om.edi.transport.folder"]
        transport._deliver(self.mailbox, "855.x12", b"ISA")
        self.assertEqual([path.name for path in self.outbox.iterdir()], ["855.x12"])
        self.assertEqual((self.outbox / "855.x12").read_bytes(), b"ISA")

    def test_broken_mailbox_stops_no_other_and_says_why(self):
        broken = self.env["om.edi.mailbox"].create({"name": "Broken", "directory": "broken"})
        path = self.env["om.edi.transport.folder"]._path(broken)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a file where the folder should be")
        (self.inbox / "850.edi").write_bytes(interchange(purchase_order("PO-1")))
        intakes = (broken | self.mailbox)._poll()
        self.assertEqual(len(intakes), 1)
        self.assertTrue(broken.last_error)
        self.assertFalse(self.mailbox.last_error)

    def test_mailbox_that_fails_for_a_while_is_a_case_that_closes_when_it_works(self):
        cases = self.env["om.exception"]
        domain = [("code", "=", "E-EDI-CONN"), ("res_id", "=", self.mailbox.id)]
        self.inbox.rmdir()
        self.inbox.write_text("in the way")
        self.mailbox._poll()
        self.assertEqual(self.mailbox.state, "failing")
        self.assertFalse(cases.search(domain), "it may come back within minutes")
        self.mailbox.failing_since -= timedelta(minutes=11)
        for _visit in range(2):
            self.mailbox._poll()
        case = cases.search(domain)
        self.assertEqual(len(case), 1)
        self.assertIn("Bluebird", case.found)
        self.inbox.unlink()
        self.mailbox._poll()
        self.assertFalse(case.is_open)
        self.assertEqual(self.mailbox.state, "working")

    def test_last_file_is_known_in_one_query_whatever_the_number_of_mailboxes(self):
        self.mailbox._receive("x:1", "850.edi", b"ISA one")
        others = self.env["om.edi.mailbox"].create(
            [{"name": f"Box {number}", "directory": f"box{number}"} for number in range(10)]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            found = (self.mailbox | others).mapped("last_received")
        self.assertTrue(found[0])
        self.assertFalse(any(found[1:]))

    def test_undeliverable_document_is_kept_and_tried_again(self):
        self._receive(interchange(purchase_order("PO-1")))
        self.outbox.rmdir()
        self.outbox.write_text("in the way")
        self.edi_partner._send()
        waiting = self.env["om.edi.interchange"].search([("direction", "=", "out")])
        self.assertEqual(set(waiting.mapped("state")), {"error"})
        self.assertTrue(all(waiting.mapped("message")))
        self.outbox.unlink()
        self.edi_partner._send()
        self.assertEqual(set(waiting.mapped("state")), {"sent"})

    def test_only_edi_managers_set_up_partners_and_specialists_only_read(self):
        specialist = self.specialist
        edi_manager = new_test_user(self.env, "om_edi", groups="om_edi_x12.group_edi_manager")
        partner = self.edi_partner.with_user(specialist)
        self.assertEqual(partner.name, "Bluebird Stores")
        with self.assertRaises(AccessError):
            partner.write({"name": "x"})
        partner.with_user(edi_manager).write({"name": "Bluebird"})
        transaction = self._receive(interchange(purchase_order("PO-1"))).edi_transaction_ids[0]
        for user in (specialist, edi_manager, self.manager):
            with self.assertRaises(AccessError):
                transaction.with_user(user).write({"state": "pending"})
            with self.assertRaises(AccessError):
                transaction.with_user(user).create({"direction": "in", "set_id": "850", "state": "pending"})
            with self.assertRaises(AccessError):
                transaction.with_user(user).unlink()

    def test_other_companies_see_nothing(self):
        intake = self._receive(interchange(purchase_order("PO-1")))
        other = self.env["res.company"].create({"name": "Other Co"})
        stranger = new_test_user(
            self.env,
            "om_other",
            groups="om_edi_x12.group_edi_manager",
            company_id=other.id,
            company_ids=[other.id],
        )
        for record in (
            intake, intake.edi_transaction_ids[0], intake.edi_interchange_ids, self.edi_partner, self.mailbox,
        ):  # fmt: skip
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["display_name"])
