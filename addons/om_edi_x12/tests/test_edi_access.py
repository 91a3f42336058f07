from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_3pl import WarehouseCommon
from .x12_bytes import interchange, purchase_order
from .x12_bytes_3pl import inventory

# Who may what with which record: c create, r read, u update, d delete. Who is not named may nothing.
GROUPS = {
    "employee": "base.group_user",
    "salesman": "sales_team.group_sale_salesman",
    "auditor": "om_order_exceptions.group_auditor",
    "specialist": "om_order_exceptions.group_specialist",
    "edi_specialist": "om_edi_x12.group_edi_specialist",
    "edi_manager": "om_edi_x12.group_edi_manager",
    "stock_user": "stock.group_stock_user",
    "stock_manager": "stock.group_stock_manager",
    "billing": "account.group_account_invoice",
    "system": "base.group_system",
}
READERS = {"auditor": "r", "specialist": "r", "edi_specialist": "r", "edi_manager": "r"}
SET_UP = {**READERS, "edi_manager": "crud"}
RIGHTS = {
    "om.edi.partner": {**SET_UP, "salesman": "r"},
    "om.edi.flow": {**SET_UP, "salesman": "r"},
    "om.edi.ack.code": {**SET_UP, "salesman": "r"},
    "om.edi.mailbox": SET_UP,
    "om.edi.sequence": {**READERS, "edi_manager": "ru"},
    "om.edi.unit": {
        **dict.fromkeys(("specialist", "edi_specialist", "edi_manager"), "crud"),
        "auditor": "r",
        "salesman": "r",
    },
    "om.edi.interchange": READERS,
    "om.edi.group": READERS,
    "om.edi.transaction": {**READERS, "salesman": "r"},
    "om.edi.timeliness": READERS,
    "om.edi.outgoing.file": READERS,
    "om.edi.stock.difference": {**READERS, "stock_user": "r", "stock_manager": "ru"},
    "om.edi.remittance": {**READERS, "billing": "r"},
    "om.edi.secret": {},
    "om.edi.void": dict.fromkeys(("edi_specialist", "edi_manager"), "crud"),
    "om.edi.replay": dict.fromkeys(("edi_specialist", "edi_manager"), "r"),
    "om.edi.replay.run": {**READERS, "edi_manager": "crd"},
    "om.edi.replay.item": READERS,
    "om.edi.replay.change": READERS,
    "om.edi.profile": {"edi_manager": "crud"},
}
LETTERS = {"c": "create", "r": "read", "u": "write", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestEdiAccess(WarehouseCommon):
    """Each group may with each model of EDI what it should, and another company sees nothing."""

    def _user(self, name, group, **values):
        return new_test_user(self.env, f"access_{name}", group, **values)

    def _something_of_each(self):
        """One record of each model with a company, in ours."""
        self._receive(interchange(purchase_order("PO-1")))
        self.edi_partner._send()
        self._from_3pl(inventory("INV1", (("KET-1", {"17": 1}),)), group="IB")
        mailbox = self.mailbox.copy({"transport": "https", "name": "Over HTTPS"})
        mailbox.sudo().password = "sesame"
        records = [
            self.edi_partner,
            self.edi_partner.flow_ids[0],
            self.env["om.edi.ack.code"].create(
                {"edi_partner_id": self.edi_partner.id, "reason": "unit", "code": "IR"}
            ),
            mailbox,
            self.env["om.edi.unit"].create(
                {
                    "edi_partner_id": self.edi_partner.id,
                    "code": "ZZ",
                    "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
                }
            ),
        ]
        for model in ("om.edi.interchange", "om.edi.group", "om.edi.transaction", "om.edi.stock.difference"):
            records.append(self.env[model].search([("company_id", "=", self.company.id)], limit=1))
        return records

    def test_each_group_may_what_it_should(self):
        for name, group in GROUPS.items():
            user = self._user(name, group)
            for model, rights in RIGHTS.items():
                records = self.env[model].with_user(user)
                may = "".join(letter for letter in "crud" if records.has_access(LETTERS[letter]))
                self.assertEqual(may, rights.get(name, ""), f"{name} on {model}")

    def test_another_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Other Co"})
        user = self._user(
            "stranger",
            "om_edi_x12.group_edi_manager,stock.group_stock_manager,account.group_account_invoice",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for record in self._something_of_each():
            self.assertTrue(record, record._name)
            theirs = record.with_user(user)
            self.assertNotIn(record.id, theirs.search([]).ids, record._name)
            for operation in ("read", "write"):
                self.assertFalse(theirs.has_access(operation), record._name)
            with self.assertRaises(AccessError, msg=record._name):
                theirs.read(["display_name"])

    def test_secret_of_a_mailbox_is_read_by_nobody(self):
        mailbox = self.mailbox
        mailbox.password = "open sesame"
        for name in ("specialist", "edi_specialist", "edi_manager", "system"):
            user = self._user(
                name, f"{GROUPS[name]},om_order_exceptions.group_auditor,base.group_allow_export"
            )
            self.assertNotIn("sesame", str(mailbox.with_user(user).read()), name)
            self.assertNotIn("sesame", str(mailbox.with_user(user).export_data(["name", "password"])), name)
            with self.assertRaises(AccessError):
                self.env["om.edi.secret"].with_user(user).search([])
