import unittest

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .. import sftp
from .common import EdiCommon
from .password_server import PasswordServer
from .sshd import CuttingProxy, Sshd, why_no_sshd
from .x12_bytes import interchange, purchase_order


class SftpCommon(EdiCommon):
    """A mailbox on a real OpenSSH server."""

    OPTIONS = ""

    @classmethod
    def setUpClass(cls):
        if reason := why_no_sshd():
            raise unittest.SkipTest(reason)
        super().setUpClass()
        cls.edi_manager = new_test_user(cls.env, "om_edi", groups="om_edi_x12.group_edi_manager")

    def setUp(self):
        super().setUp()
        self.server = Sshd(self.OPTIONS)
        self.addCleanup(self.server.close)
        self.mailbox.write(self.server.values())

    def _order(self, number, control=1):
        return interchange(purchase_order(number), control=control)


@tagged("post_install", "-at_install")
class TestSftp(SftpCommon):
    def test_file_on_the_server_becomes_an_order_and_answers_lie_there(self):
        self.server.put("850.edi", self._order("PO-1"))
        self.mailbox.with_user(self.edi_manager).action_poll()
        intake = self.env["om.intake"].search([("edi_mailbox_id", "=", self.mailbox.id)])
        self.assertEqual((intake.channel, intake.file_name, intake.sender), ("sftp", "850.edi", "Bluebird"))
        intake._process()
        self.assertEqual(intake.order_ids.client_order_ref, "PO-1")
        self.assertEqual(self.server.names("inbox"), [])
        self.assertEqual(self.server.names("processing"), [])
        self.assertEqual(self.server.names("archive"), ["850.edi"])
        self.mailbox.with_user(self.edi_manager).action_poll()
        sent = self.env["om.edi.interchange"].search([("direction", "=", "out")])
        self.assertEqual(set(sent.mapped("state")), {"sent"})
        self.assertEqual(self.server.names("outbox"), sorted(sent.mapped("file_name")))
        self.assertEqual(self.mailbox.state, "working")

    def test_files_are_deleted_where_there_is_no_archive(self):
        self.mailbox.archive_folder = False
        self.server.put("850.edi", self._order("PO-1"))
        self.assertEqual(len(self.mailbox._poll()), 1)
        self.assertFalse(self.server.names("inbox") + self.server.names("processing"))

    def test_host_key_is_fetched_by_the_manager_and_accepted_by_an_administrator(self):
        self.mailbox.host_key = False
        self.server.put("850.edi", self._order("PO-1"))
        self.assertFalse(self.mailbox._poll())
        self.assertIn("not accepted yet", self.mailbox.last_error)
        mailbox = self.mailbox.with_user(self.edi_manager)
        with self.assertRaises(AccessError):
            mailbox.write({"host_key": self.server.host_key})
        mailbox.action_fetch_host_key()
        self.assertEqual(mailbox.offered_fingerprint, self.server.fingerprint)
        self.assertFalse(self.mailbox._poll(), "an offer has no effect")
        with self.assertRaises(AccessError):
            mailbox.action_accept_host_key()
        admin = new_test_user(self.env, "om_sys", groups="base.group_system,om_edi_x12.group_edi_manager")
        self.mailbox.with_user(admin).action_accept_host_key()
        self.assertEqual(mailbox.host_key_fingerprint, self.server.fingerprint)
        self.assertEqual(len(self.mailbox._poll()), 1)
        self.assertFalse(self.mailbox.last_error)

    @mute_logger("paramiko.transport")
    def test_server_with_another_host_key_gets_neither_password_nor_file(self):
        self._receive(self._order("PO-1"))
        self.server.put("850.edi", self._order("PO-2", 2))
        expected = self.server.fingerprint
        self.server.stop()
        self.server.new_host_key()
        self.server.start()
        self.assertFalse(self.mailbox._poll())
        self.assertIn(expected, self.mailbox.last_error)
        self.assertIn(self.server.fingerprint, self.mailbox.last_error)
        self.edi_partner._send()
        waiting = self.env["om.edi.interchange"].search([("direction", "=", "out")], order="id")
        self.assertNotIn("sent", waiting.mapped("state"))
        self.assertIn("another host key", waiting[0].message)
        log = (self.server.home / "log").read_text()
        self.assertNotIn("Accepted", log.rpartition("Server listening")[2])
        self.assertEqual(self.server.names("outbox"), [])

    @mute_logger("paramiko.transport")
    def test_server_that_refuses_or_is_away_says_so(self):
        self.server._keygen("other_key")
        self.mailbox.private_key = False
        self.mailbox.write({"private_key": (self.server.home / "other_key").read_text()})
        self.assertFalse(self.mailbox._poll())
        self.assertIn("refuses the user", self.mailbox.last_error)
        self.server.stop()
        self.assertFalse(self.mailbox._poll())
        self.assertEqual(self.mailbox.state, "failing")
        self.assertTrue(self.mailbox.failing_since)
        with self.assertRaises(UserError):
            self.mailbox.action_fetch_host_key()
        shown = self.mailbox.with_user(self.edi_manager).action_test()
        self.assertEqual(shown["params"]["type"], "danger")

    @mute_logger("paramiko.transport")
    def test_server_that_is_down_is_asked_once_for_all_waiting_documents(self):
        for number in range(3):
            self._receive(self._order(f"PO-{number}", number + 1))
            self.env["om.edi.interchange"]._wrap(self.edi_partner)
        self.server.stop()
        self.edi_partner._send()
        waiting = self.env["om.edi.interchange"].search([("direction", "=", "out")])
        self.assertEqual(sum(waiting.mapped("attempts")), 1)
        self.server.start()
        self.edi_partner._send()
        self.assertEqual(set(waiting.mapped("state")), {"sent"})

    @mute_logger("paramiko.transport", "paramiko.transport.sftp")
    def test_password_goes_to_the_server_of_the_accepted_key_only(self):
        server = PasswordServer("right")
        self.addCleanup(server.close)
        self.mailbox.write(
            {"port": server.port, "host_key": server.host_key, "private_key": False, "password": "right"}
        )
        mailbox = self.mailbox.with_user(self.edi_manager)
        self.assertEqual(mailbox.action_test()["params"]["type"], "success")
        mailbox.password = "wrong"
        self.assertIn("refuses", mailbox.action_test()["params"]["message"])
        self.assertEqual(server.passwords, ["right", "wrong"])
        server.key = type(server.key).generate()
        self.assertIn("another host key", mailbox.action_test()["params"]["message"])
        self.assertEqual(len(server.passwords), 2)

    def test_connection_is_tested_without_moving_a_file(self):
        self.server.put("850.edi", b"ISA")
        shown = self.mailbox.with_user(self.edi_manager).action_test()
        self.assertEqual(
            (shown["params"]["type"], shown["params"]["message"]),
            ("success", "Files that wait on the server: 1"),
        )
        self.assertEqual(self.server.names("inbox"), ["850.edi"])

    @mute_logger("paramiko.transport")
    def test_line_cut_in_mid_file_loses_nothing(self):
        data = self._order("PO-1") + b"\n" * 2_000_000
        self.server.put("850.edi", data)
        proxy = CuttingProxy(self.server.port, 400_000)
        self.addCleanup(proxy.close)
        self.mailbox.port = proxy.port
        self.assertFalse(self.mailbox._poll())
        self.assertEqual(proxy.cuts, 1)
        self.assertTrue(self.mailbox.last_error)
        self.assertEqual(self.server.names("processing"), ["850.edi"])
        self.mailbox.port = self.server.port
        intake = self.mailbox._poll()
        self.assertEqual(intake.size, len(data))
        self.assertEqual(self.server.names("archive"), ["850.edi"])

    def test_any_name_is_taken_and_never_is_a_path(self):
        names = [b"caf\xe9.edi", b"two\nlines.edi", b"-rf.edi", b"a__b.edi", b"x" * 250, b"..edi"]
        for number, name in enumerate(names):
            self.server.put(name, self._order(f"PO-{number}", number + 1))
        intakes = self.mailbox._poll()
        self.assertEqual(len(intakes), 5)
        self.assertFalse(self.mailbox.last_error)
        self.assertEqual(self.server.names("inbox"), ["..edi"], "hidden, so never taken")
        self.assertIn("caf\N{REPLACEMENT CHARACTER}.edi", intakes.mapped("file_name"))
        for name in (b"../up", b"a/b", b"..", b".", b"", b"a\0b"):
            with self.assertRaises(OSError):
                sftp.join("inbox", name)
        for folder in ("../up", "in/../..", "in\nbox"):
            with self.assertRaises(ValidationError):
                self.mailbox.fetch_folder = folder

    def test_half_uploaded_and_hidden_files_stay(self):
        names = ["850.edi.part", "850.TMP", "850.filepart"]
        for name in names:
            self.server.put(name, b"ISA*00*half")
        (self.server.root / "inbox" / ".850.edi").write_bytes(b"ISA*00*half")
        self.assertFalse(self.mailbox._poll())
        self.assertEqual(len(self.server.names("inbox")), 4)

    def test_file_that_grew_after_it_was_read_comes_again_as_another(self):
        data = self._order("PO-1")
        self.server.put("850.edi", data[:300])
        transport = self.env["om.edi.transport.sftp"]
        collected = transport._collect(self.mailbox)
        _key, _name, first, archive = next(collected)
        (claim,) = (self.server.root / "processing").iterdir()
        with open(claim, "ab") as file:
            file.write(data[300:])
        archive()
        collected.close()
        self.assertEqual(first, data[:300])
        self.assertEqual(self.mailbox._poll().size, len(data))
        self.assertEqual(len(self.server.names("archive")), 1)

    def test_file_that_is_too_large_is_left_and_told(self):
        self.env["ir.config_parameter"].set_param("om_edi_x12.max_bytes", "1000")
        self.server.put("big.edi", b"x" * 1001)
        self.server.put("850.edi", self._order("PO-1"))
        self.assertEqual(len(self.mailbox._poll()), 1)
        self.assertIn("1001", self.mailbox.last_error)
        self.assertEqual(self.server.names("inbox"), ["big.edi"])

    def test_document_that_was_sent_before_the_worker_died_is_overwritten(self):
        transport = self.env["om.edi.transport.sftp"]
        (self.server.root / "outbox" / ".855.x12.tmp").write_bytes(b"half of it")
        for _time in range(2):
            transport._deliver(self.mailbox, "855.x12", b"ISA")
        self.assertEqual(self.server.names("outbox"), ["855.x12"])
        self.assertEqual((self.server.root / "outbox" / "855.x12").read_bytes(), b"ISA")

    def test_key_that_is_no_key_is_refused_without_repeating_it(self):
        with self.assertRaises(ValidationError) as caught:
            self.mailbox.with_user(self.edi_manager).write({"private_key": "topsecret"})
        self.assertNotIn("topsecret", str(caught.exception))


@tagged("post_install", "-at_install")
class TestSftpWithoutRename(SftpCommon):
    """A server of a VAN: read, write and delete, nothing else."""

    OPTIONS = "-P rename,posix-rename,mkdir"

    def setUp(self):
        super().setUp()
        self.mailbox.can_rename = False

    def test_file_is_read_stored_and_deleted(self):
        self.server.put("850.edi", self._order("PO-1"))
        self.assertEqual(self.mailbox._poll().file_name, "850.edi")
        self.assertFalse(self.mailbox.last_error)
        self.assertEqual(self.server.names("inbox"), [])
        self.env["om.edi.transport.sftp"]._deliver(self.mailbox, "855.x12", b"ISA")
        self.assertEqual(self.server.names("outbox"), ["855.x12"])

    def test_worker_that_died_before_deleting_leaves_a_file_that_is_stored_once(self):
        self.server.put("850.edi", self._order("PO-1"))
        transport = self.env["om.edi.transport.sftp"]
        collected = transport._collect(self.mailbox)
        key, name, data, _archive = next(collected)
        first = self.mailbox._receive(key, name, data)
        collected.close()
        self.assertEqual(self.mailbox._poll(), first)
        self.assertEqual(self.server.names("inbox"), [])

    def test_same_name_with_other_bytes_is_another_file(self):
        for number in (1, 2):
            self.server.put("850.edi", self._order(f"PO-{number}", number))
            self.assertEqual(self.mailbox._poll().state, "received")
        self.assertEqual(self.env["om.intake"].search_count([("file_name", "=", "850.edi")]), 2)

    def test_file_that_was_replaced_while_it_was_stored_is_not_deleted(self):
        self.server.put("850.edi", self._order("PO-1"))
        collected = self.env["om.edi.transport.sftp"]._collect(self.mailbox)
        _key, _name, _data, archive = next(collected)
        self.server.put("850.edi", self._order("PO-22", 2))
        archive()
        collected.close()
        self.assertEqual(self.server.names("inbox"), ["850.edi"])

    def test_two_workers_do_not_meet(self):
        self.server.put("850.edi", self._order("PO-1"))
        transport = self.env["om.edi.transport.sftp"]
        with transport._only_worker(self.mailbox) as mine:
            self.assertTrue(mine)
            self.assertEqual(list(transport._collect(self.mailbox)), [])
        self.assertEqual(len(self.mailbox._poll()), 1)
