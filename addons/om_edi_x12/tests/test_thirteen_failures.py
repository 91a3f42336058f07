"""What went wrong in another EDI framework for Odoo, each of which must not happen here.

The numbers are those of the list that this suite was designed by. Kills of real processes at every step are
in the system tests.
"""

import os
import threading
import time
import unittest
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import EdiCommon
from .sshd import CuttingProxy, Sshd, free_port, why_no_sshd
from .x12_bytes import interchange, purchase_order

LOGGER = "odoo.addons.om_edi_x12.models.om_edi_document"
DOWN_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Kx0lQ2Fv6Zz9mD2bq1o3sUuI0r2o5m8yF3R0p0a1x"


class ThirteenFailures:
    """The tests, for a transport that is polled; the classes below say how to reach its folders."""

    def _order(self, number, control=1):
        return interchange(purchase_order(number), control=control)

    def _orders(self):
        return self.env["sale.order"].search([("client_order_ref", "=like", "PO-%")], order="id")

    def _poll(self):
        intakes = self.mailbox._poll()
        intakes._process()
        return intakes

    def test_01_second_file_of_the_same_name_is_not_ignored(self):
        for number in (1, 2):
            self.put("850.edi", self._order(f"PO-{number}", number))
            self._poll()
        self.assertEqual(self._orders().mapped("client_order_ref"), ["PO-1", "PO-2"])

    def test_02_file_that_stays_with_the_partner_is_not_imported_again(self):
        self.put("850.edi", self._order("PO-1"))
        with self.cannot_put_away():
            intake = self._poll()
            self.assertIn("can't be put away", self.mailbox.last_error)
            # years later, when everything of that time is archived
            self.mailbox.active = self.edi_partner.active = False
            self.mailbox.active = self.edi_partner.active = True
            for _visit in range(3):
                self.assertEqual(self._poll(), intake)
        self.assertEqual(len(self._orders()), 1)
        self._poll()
        self.assertFalse(self.names("processing") or self.names("inbox"))
        self.assertFalse(self.mailbox.last_error)

    def test_03_file_that_is_still_uploaded_is_not_taken_by_half(self):
        data = self._order("PO-1") + b"\n" * 200
        self.mailbox.quiet_seconds = 1
        half_way = threading.Event()

        def upload():
            with open(os.path.join(self.folder("inbox"), "850.edi"), "wb", buffering=0) as file:
                for start in range(0, len(data), len(data) // 12):
                    file.write(data[start : start + len(data) // 12])
                    half_way.set()
                    time.sleep(0.2)

        partner = threading.Thread(target=upload)
        partner.start()
        half_way.wait()
        self.assertFalse(self._poll())
        partner.join()
        self.assertEqual(self._poll().size, len(data))
        self.assertEqual(len(self._orders()), 1)

    @mute_logger("paramiko.transport")
    def test_04_host_that_is_down_stops_no_other(self):
        down = self.env["om.edi.mailbox"].create(
            {
                "name": "A host that is down",
                "transport": "sftp",
                "host": "127.0.0.1",
                "port": free_port(),
                "login": "x",
                "host_key": DOWN_KEY,
            }
        )
        self.put("850.edi", self._order("PO-1"))
        (down | self.mailbox)._poll()
        self.assertTrue(down.last_error)
        self.assertFalse(self.mailbox.last_error)
        self.assertEqual(self.env["om.intake"].search([("file_name", "=", "850.edi")]).state, "received")

    def test_05_file_that_two_mailboxes_could_take_is_acted_on_once(self):
        twin = self.twin()
        for number in range(3):
            self.put(f"850-{number}.edi", self._order(f"PO-{number}", number + 1))
        collected = self.mailbox._transport()._collect(self.mailbox)
        key, name, data, _archive = next(collected)  # the one has begun when the other comes
        if twin:
            twin._poll()
        self.mailbox._receive(key, name, data)
        collected.close()
        self._poll()
        intakes = self.env["om.intake"].search([("file_name", "=like", "850-%")])
        intakes.filtered(lambda intake: intake.state == "received")._process()
        self.assertEqual(len(intakes.filtered(lambda intake: intake.state != "duplicate")), 3)
        self.assertFalse(self.names("processing") or self.names("inbox"))

    def test_06_document_that_raises_takes_no_other_with_it(self):
        for number in range(3):
            self.put(f"850-{number}.edi", self._order(f"PO-{number}", number + 1))
        mapper = type(self.env["om.edi.map.850"])
        map_in = mapper._map_in

        def faulty(model, transactions):
            if b"PO-1" in transactions[0]._bytes():
                raise KeyError("a fault of ours")
            return map_in(model, transactions)

        with (
            patch.object(mapper, "_map_in", faulty),
            mute_logger("odoo.addons.om_edi_x12.models.om_edi_document"),
        ):
            self._poll()
        self.assertEqual(sorted(self._orders().mapped("client_order_ref")), ["PO-0", "PO-2"])
        failed = self.env["om.edi.transaction"].search([("state", "=", "error"), ("set_id", "=", "850")])
        self.assertIn("a fault of ours", failed.findings)
        failed.with_user(self.specialist).action_retry()
        self.assertEqual(len(self._orders()), 3)

    @mute_logger("paramiko.transport")
    def test_07_what_failed_is_tried_again(self):
        self._receive(self._order("PO-1"))
        with self.out_of_order():
            self.put("850.edi", self._order("PO-2", 2))
            self._poll()
            self.edi_partner._send()
            self.assertTrue(self.mailbox.last_error)
            waiting = self.env["om.edi.interchange"].search([("direction", "=", "out")])
            self.assertIn("error", waiting.mapped("state"))
            self.assertNotIn("sent", waiting.mapped("state"))
        self._poll()
        self.edi_partner._send()
        self.assertEqual(set(waiting.mapped("state")), {"sent"})
        self.assertEqual(self._orders().mapped("client_order_ref"), ["PO-1", "PO-2"])
        self.assertFalse(self.mailbox.failing_since)

    def test_08_stop_between_reading_and_commit_loses_nothing(self):
        self.put("850.edi", self._order("PO-1"))
        collected = self.mailbox._transport()._collect(self.mailbox)
        next(collected)
        collected.close()
        self.assertEqual(len(self._poll()), 1)
        self.assertEqual(len(self._orders()), 1)

    def test_09_stop_between_commit_and_putting_away_leaves_nothing_behind(self):
        self.put("850.edi", self._order("PO-1"))
        collected = self.mailbox._transport()._collect(self.mailbox)
        key, name, data, _archive = next(collected)
        stored = self.mailbox._receive(key, name, data)
        collected.close()
        self.assertEqual(self._poll(), stored)
        self.assertEqual(self.names("archive"), ["850.edi"])
        self.assertFalse(self.names("processing") or self.names("inbox"))

    def test_10_partner_never_sees_half_a_document(self):
        data = b"ISA" + b"x" * 1_000_000
        with self.stop_in_mid_delivery(), self.assertRaises(OSError), mute_logger("paramiko.transport"):
            self.mailbox._transport()._deliver(self.mailbox, "855.x12", data)
        self.assertFalse([name for name in self.names("outbox") if not name.startswith(".")])
        self.mailbox._transport()._deliver(self.mailbox, "855.x12", data)
        self.assertEqual(self.names("outbox"), ["855.x12"])
        with open(os.path.join(self.folder("outbox"), "855.x12"), "rb") as file:
            self.assertEqual(file.read(), data)

    def test_11_employees_neither_read_nor_forge_documents(self):
        self.put("850.edi", self._order("PO-1"))
        intake = self._poll()
        employee = new_test_user(self.env, "om_nobody", groups="base.group_user")
        for record in (
            intake, intake.edi_transaction_ids[0], intake.edi_interchange_ids, self.mailbox, self.edi_partner
        ):  # fmt: skip
            own = record.with_user(employee)
            for attempt in (
                lambda own=own: own.read(["display_name"]),
                lambda own=own: own.write({"active": False}),
                lambda own=own: own.unlink(),
                lambda own=own: own.create({}),
                lambda own=own: own.search([]),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        with self.assertRaises(AccessError):
            self.mailbox.with_user(employee).action_poll()
        with self.assertRaises(AccessError):
            self.env["om.intake"].with_user(employee).create({"state": "received", "channel": "sftp"})

    def test_12_document_belongs_to_the_company_of_its_mailbox(self):
        other = self.env["res.company"].create({"name": "Other Co"})
        self.edi_partner.mailbox_id = False
        self.mailbox.company_id = other
        self.put("850.edi", self._order("PO-1"))
        intake = self.mailbox._poll()
        self.assertEqual(intake.company_id, other)
        ours = new_test_user(self.env, "om_ours", groups="om_edi_x12.group_edi_manager")
        self.assertFalse(self.env["om.intake"].with_user(ours).search([("id", "=", intake.id)]))
        with self.assertRaises(AccessError):
            self.mailbox.with_user(ours).action_poll()

    def test_13_delivery_that_is_known_is_found_by_its_key_alone(self):
        one = self.mailbox._receive("x:1", "850.edi", b"ISA one")
        self.assertEqual(self.mailbox._receive("x:1", "850.edi", b"ISA one"), one)
        other = self.mailbox._receive("x:2", "850.edi", b"ISA one")
        self.assertEqual((other.state, other.duplicate_of_id), ("duplicate", one))


@tagged("post_install", "-at_install")
class TestThirteenFailuresOfFolder(ThirteenFailures, EdiCommon):
    def setUp(self):
        super().setUp()
        for folder in self.env["om.edi.transport.folder"]._folders(self.mailbox):
            for path in folder.iterdir():
                path.unlink()

    def folder(self, name):
        return self.env["om.edi.transport.folder"]._path(self.mailbox) / name

    def put(self, name, data):
        (self.folder("inbox") / name).write_bytes(data)

    def names(self, folder):
        return sorted(path.name.rpartition("__")[2] for path in self.folder(folder).iterdir())

    def twin(self):
        """Two mailboxes of one folder can't be."""
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.mailbox.copy()
        return None

    def cannot_put_away(self):
        def refuse(*_args):
            raise PermissionError("no")

        return patch.object(type(self.env["om.edi.transport.folder"]), "_archive", refuse)

    def out_of_order(self):
        def refuse(*_args):
            raise PermissionError("no")

        return patch.object(type(self.env["om.edi.transport.folder"]), "_folders", refuse)

    def stop_in_mid_delivery(self):
        def cut(_file):
            raise OSError("the disk is gone")

        return patch("odoo.addons.om_edi_x12.models.om_edi_transport_folder.os.fsync", cut)


@tagged("post_install", "-at_install")
class TestThirteenFailuresOfSftp(ThirteenFailures, EdiCommon):
    @classmethod
    def setUpClass(cls):
        if reason := why_no_sshd():
            raise unittest.SkipTest(reason)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.server = Sshd()
        self.addCleanup(self.server.close)
        self.mailbox.write(self.server.values())
        self.put, self.names = self.server.put, self.server.names

    def folder(self, name):
        return self.server.root / name

    def twin(self):
        """Two mailboxes of one folder on the server."""
        return self.mailbox.create({"name": "Twin", **self.server.values()})

    def cannot_put_away(self):
        def refuse(*_args):
            raise PermissionError("no")

        return patch.object(type(self.env["om.edi.transport.sftp"]), "_archive", refuse)

    def out_of_order(self):
        return _Stopped(self.server)

    def stop_in_mid_delivery(self):
        return _Cut(self.mailbox)


class _Stopped:
    """A server that is down for a while."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.server.stop()

    def __exit__(self, *_error):
        self.server.start()


class _Cut:
    """A line that is cut in the middle of what we send."""

    def __init__(self, mailbox):
        self.mailbox = mailbox

    def __enter__(self):
        self.port = self.mailbox.port
        self.proxy = CuttingProxy(self.port, cut_upload_after=300_000)
        self.mailbox.port = self.proxy.port

    def __exit__(self, *_error):
        self.mailbox.port = self.port
        self.proxy.close()
