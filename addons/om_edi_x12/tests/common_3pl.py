from odoo.tests import new_test_user

from odoo.addons.om_edi_x12 import x12

from .common import EdiCommon
from .x12_bytes import interchange


def from_lakeside(*transactions, group, control):
    """Bytes of an interchange of the 3PL."""
    return interchange(*transactions, group=group, control=control, sender="LAKESIDE")


class WarehouseCommon(EdiCommon):
    """The distributor's warehouse is run by a 3PL that trades with us over X12."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lakeside_mailbox = cls.env["om.edi.mailbox"].create(
            {"name": "Lakeside", "directory": "lakeside", "quiet_seconds": 0}
        )
        cls.lakeside = cls.env["om.edi.partner"].create(
            {
                "name": "Lakeside Logistics",
                "role": "warehouse",
                "partner_id": cls.env["res.partner"].create({"name": "Lakeside Logistics"}).id,
                "user_id": cls.specialist.id,
                "mailbox_id": cls.lakeside_mailbox.id,
                "identifier": "LAKESIDE",
                "our_identifier": "OMCO",
            }
        )
        cls.warehouse.om_edi_partner_id = cls.lakeside
        cls.stock_manager = new_test_user(
            cls.env, "om_stock", groups="stock.group_stock_manager", name="Stan Stock"
        )

    def _settle(self):
        """What Odoo does before it commits."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def _told(self, set_id="940"):
        """Documents that the 3PL was sent, parsed from the bytes in its mailbox, oldest first."""
        self._settle()
        self.lakeside._send()
        folder = self.env["om.edi.transport.folder"]._path(self.lakeside_mailbox) / "outbox"
        kinds = {"940": x12.ShippingOrder, "943": x12.TransferShipment}
        sent = self.env["om.edi.interchange"].search(
            [("edi_partner_id", "=", self.lakeside.id), ("direction", "=", "out")], order="control_number"
        )
        found = []
        for each in sent:
            for event in x12.read((folder / each.file_name).read_bytes()):
                if isinstance(event, x12.Transaction) and event.set_id == set_id:
                    self.assertFalse(event.findings, event.findings)
                    found.append(kinds[set_id].parse(event))
        return found

    def _from_3pl(self, *bodies, group="SW"):
        """Take in one interchange of the 3PL; return its documents in the order of the file."""
        self.control_3pl = getattr(self, "control_3pl", 0) + 1
        intake = self._receive(from_lakeside(*bodies, group=group, control=self.control_3pl))
        self._settle()
        return intake.edi_transaction_ids.filtered(lambda t: t.direction == "in").sorted("id")

    def _cases(self, code, **values):
        """Open cases of one code."""
        domain = [("code", "=", code), ("is_open", "=", True), *((k, "=", v) for k, v in values.items())]
        return self.env["om.exception"].search(domain)
