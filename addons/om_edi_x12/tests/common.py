from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.fields import Command

from odoo.addons.om_edi_x12 import x12
from odoo.addons.om_order_exceptions.tests.common import OrderManagementCommon

SOON = date.today() + timedelta(days=20)


def interchange(*transactions, group="PO", control=1, version="004010", sender="BLUEBIRD", receiver="OMCO",
                delimiters="*>~^", line_break="", iea=None, ge=None):
    """Bytes of an interchange with one group, written out by hand, independent of the library under test.

    :param transactions: lists of segments, each a list of elements, without ST and SE
    """
    element, component, terminator, repetition = delimiters
    later = version >= "00402"
    set_id = {"PO": "850", "FA": "997", "PC": "860"}[group]
    segments = [
        ["ISA", "00", " " * 10, "00", " " * 10, "ZZ", sender.ljust(15), "ZZ", receiver.ljust(15), "261123", "0830",
         repetition if later else "U", version[:5], f"{control:09d}", "0", "P", component],
        ["GS", group, sender, receiver, "20261123", "0830", str(control), "X", version],
    ]  # fmt: skip
    for number, body in enumerate(transactions, start=1):
        segments.append(["ST", set_id, f"{number:04d}"])
        segments += body
        segments.append(["SE", str(len(body) + 2), f"{number:04d}"])
    segments.append(["GE", str(len(transactions) if ge is None else ge), str(control)])
    segments.append(["IEA", "1", f"{control:09d}" if iea is None else iea])
    return "".join(element.join(segment) + terminator + line_break for segment in segments).encode()


def purchase_order(number, lines=(("1", "10", "EA", "100", "VN", "KET-1"),), ship_to="0042", requested=SOON):
    """Segments of an 850. ``lines``: PO1 elements up to the item, qualifier and item."""
    segments = [["BEG", "00", "SA", number, "", "20261120"]]
    if requested:
        segments.append(["DTM", "002", requested.strftime("%Y%m%d")])
    if ship_to:
        segments += [
            ["N1", "ST", "BLUEBIRD STORE", "92", ship_to],
            ["N3", "42 MAIN STREET"],
            ["N4", "DAYTON", "OH", "45402", "US"],
        ]
    for line, quantity, unit, price, *items in lines:
        segments.append(["PO1", line, quantity, unit, price, "", *items])
        segments.append(["PID", "F", "", "", "", "HOUSEHOLD GOODS"])
    return [*segments, ["CTT", str(len(lines))]]


class EdiCommon(OrderManagementCommon):
    """A retailer that trades with us over X12, with a mailbox in a temporary folder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        root = Path(folder.name)
        cls.startClassPatcher(
            cls.patch_root(root)
        )
        cls.company.om_gs1_prefix = "0614141"
        cls.warehouse.partner_id.write({"street": "1 Dock Road", "city": "Columbus", "zip": "43004"})
        cls.mailbox = cls.env["om.edi.mailbox"].create(
            {"name": "Bluebird", "directory": "bluebird", "quiet_seconds": 0}
        )
        cls.edi_partner = cls.env["om.edi.partner"].create(
            {
                "name": "Bluebird Stores",
                "partner_id": cls.customer.id,
                "user_id": cls.specialist.id,
                "mailbox_id": cls.mailbox.id,
                "identifier": "BLUEBIRD",
                "our_identifier": "OMCO",
            }
        )
        cls.env["om.customer.item"].create(
            {"partner_id": cls.customer.id, "code": "BB-100", "product_id": cls.product.id}
        )

    @classmethod
    def patch_root(cls, root):
        from unittest.mock import patch

        return patch.object(type(cls.env["om.edi.transport.folder"]), "_root", lambda self: root)

    def _receive(self, data, **kwargs):
        """Take in bytes as the specialist's upload, and process them as the job does."""
        intake = self.env["om.intake"]._receive(data, "upload", file_name="test.edi", **kwargs)
        if intake.state == "received":
            intake._process()
        return intake

    def _receive_orders(self, *numbers_or_bodies, **kwargs):
        """Receive one interchange of 850s; return its orders in the order of the file."""
        bodies = [
            purchase_order(body) if isinstance(body, str) else body for body in numbers_or_bodies
        ]
        self.control = getattr(self, "control", 0) + 1
        return self._receive(interchange(*bodies, control=self.control, **kwargs)).order_ids.sorted("id")

    def _sent(self, set_id, **links):
        """Documents of a kind that are owed or sent, parsed again from the bytes of their interchange."""
        self.edi_partner._send()
        transactions = self.env["om.edi.transaction"].search(
            [("direction", "=", "out"), ("set_id", "=", set_id), *((k, "=", v) for k, v in links.items())], order="id"
        )
        found = []
        for transaction in transactions:
            self.assertEqual(transaction.state, "sent", transaction.findings)
            data = self._outbox_file(transaction.interchange_id.file_name)
            for event in x12.read(data):
                if isinstance(event, x12.Transaction) and int(event.control_number) == int(transaction.control_number):
                    self.assertFalse(event.findings, event.findings)
                    found.append(event)
        return found

    def _outbox_file(self, name):
        folder = self.env["om.edi.transport.folder"]._path(self.mailbox)
        return (folder / "outbox" / name).read_bytes()

    def _store_address(self, code, name):
        return self.env["res.partner"].create(
            {
                "name": name,
                "type": "delivery",
                "parent_id": self.customer.id,
                "om_identifier_ids": [Command.create({"scheme": "buyer", "code": code})],
            }
        )
