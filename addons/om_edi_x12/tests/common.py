from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.fields import Command

from odoo.addons.om_edi_x12 import x12
from odoo.addons.om_order_exceptions.tests.common import OrderManagementCommon

from .x12_bytes import interchange, purchase_order


class EdiCommon(OrderManagementCommon):
    """A retailer that trades with us over X12, with a mailbox in a temporary folder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        root = Path(folder.name)
        cls.startClassPatcher(cls.patch_root(root))
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
        bodies = [purchase_order(body) if isinstance(body, str) else body for body in numbers_or_bodies]
        self.control = getattr(self, "control", 0) + 1
        return self._receive(interchange(*bodies, control=self.control, **kwargs)).order_ids.sorted("id")

    def _sent(self, set_id, **links):
        """Documents of a kind that are owed or sent, parsed again from the bytes of their interchange."""
        self.edi_partner._send()
        transactions = self.env["om.edi.transaction"].search(
            [("direction", "=", "out"), ("set_id", "=", set_id), *((k, "=", v) for k, v in links.items())],
            order="id",
        )
        found = []
        for transaction in transactions:
            self.assertEqual(transaction.state, "sent", transaction.findings)
            data = self._outbox_file(transaction.interchange_id.file_name)
            for event in x12.read(data):
                if isinstance(event, x12.Transaction) and int(event.control_number) == int(
                    transaction.control_number
                ):
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
                "street": "1 Elm Street",
                "city": "Dayton",
                "zip": "45403",
                "state_id": self.env.ref("base.state_us_35").id,
                "country_id": self.env.ref("base.us").id,
                "om_identifier_ids": [Command.create({"scheme": "buyer", "code": code})],
            }
        )
