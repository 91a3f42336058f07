"""A trading partner of one test, for system tests."""

import itertools

from killing import kill_at_every_step
from trading import POLL, SEND
from x12_bytes import interchange, purchase_order

KETTLE = ("VN", "KET-1")
WORK = "\n".join((POLL, "env['om.intake']._cron_process()", SEND))
PARTNER = """
from odoo.fields import Command
env.company.om_gs1_prefix = "0614141"
partner = env["res.partner"].create({{"name": {name!r}, "is_company": True}})
partner.property_product_pricelist = env["product.pricelist"].search([("name", "=", "Contract")])
partner.child_ids = [
    Command.create(
        {{
            "name": "Store 42",
            "type": "delivery",
            "street": "42 Main Street",
            "city": "Dayton",
            "zip": "45402",
            "state_id": env.ref("base.state_us_35").id,
            "country_id": env.ref("base.us").id,
            "om_identifier_ids": [Command.create({{"scheme": "buyer", "code": "0042"}})],
        }}
    )
]
mailbox = env["om.edi.mailbox"].create(
    {{"name": {name!r}, "directory": {name!r}.lower(), "quiet_seconds": 0}}
)
env["om.edi.transport.folder"]._folders(mailbox)
edi_partner = env["om.edi.partner"].create(
    {{
        "name": {name!r},
        "partner_id": partner.id,
        "mailbox_id": mailbox.id,
        "identifier": {name!r},
        "our_identifier": "OMCO",
        "role": {role!r},
        "auto_confirm": True,
    }}
)
"""
WAREHOUSE = """
warehouse = env["stock.warehouse"].create(
    {{"name": {name!r}, "code": {name!r}[-5:], "om_edi_partner_id": edi_partner.id}}
)
products = env["product.product"].search([("default_code", "in", ("KET-1", "TOA-1"))])
for product in products:
    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 100)
"""


class Peer:
    """A trading partner of one test, with a mailbox of its own. Two of each document are on their way."""

    NUMBERS = itertools.count(1)

    def __init__(self, trading, folder, role="customer", more=""):
        self.trading = trading
        self.folder = folder
        self.name = f"WREN{next(self.NUMBERS)}"
        self.mailbox = self.name.lower()
        self.control = 0
        self.acknowledged = []
        script = PARTNER + (WAREHOUSE if role == "warehouse" else "") + more + "env.cr.commit()"
        trading.call(script.format(name=self.name, role=role))

    def numbers(self):
        return [f"{self.name}-{number}" for number in (1, 2)]

    def drop(self, group, *documents):
        """Put an interchange with ``documents`` into the inbox."""
        self.control += 1
        data = interchange(*documents, group=group, control=self.control, sender=self.name)
        self.trading.drop(data, f"{group}{self.control}.edi", self.mailbox)
        if group != "FA":
            self.acknowledged.append(("997", f"{group} {self.control}"))

    def drop_orders(self):
        self.drop(
            "PO", *(purchase_order(number, [("1", "10", "EA", "100", *KETTLE)]) for number in self.numbers())
        )

    def work(self, script=WORK):
        """Let a worker do ``script`` undisturbed."""
        self.trading.call(script.format(name=self.name))

    def kill(self, script=WORK, steps=()):
        """Kill workers at every step of ``script``; among them must be those whose names have ``steps``."""
        found = kill_at_every_step(self.trading, script.format(name=self.name), self.folder)
        print(*found, sep="\n")
        for words in steps:
            assert any(words in step for step in found), f"nobody was killed at {words}"

    def rows(self, query):
        return self.trading.rows(query.replace("{name}", self.name))

    def documents(self, set_id, state="done"):
        """References of received documents of a kind; all must be in ``state``."""
        found = self.rows(
            f"""SELECT t.reference, t.state FROM om_edi_transaction t
                  JOIN om_edi_partner p ON p.id = t.edi_partner_id
                 WHERE p.name = '{{name}}' AND t.direction = 'in' AND t.set_id = '{set_id}' ORDER BY t.id"""
        )
        assert {row[1] for row in found} == {state}, found
        return [row[0] for row in found]

    def assert_sent(self, *documents):
        """Just these lie in the outbox, besides one 997 for each group that came; nothing waits any more."""
        assert self.trading.sent_documents(self.mailbox) == sorted([*documents, *self.acknowledged])
        assert not self.rows(
            """SELECT t.set_id, t.state FROM om_edi_transaction t
                 JOIN om_edi_partner p ON p.id = t.edi_partner_id
                WHERE p.name = '{name}' AND t.direction = 'out' AND t.state != 'sent'"""
        )
        inbox, processing = (self.trading.folder(name, self.mailbox) for name in ("inbox", "processing"))
        assert not [*inbox.iterdir(), *processing.iterdir()]
        archive = self.trading.folder("archive", self.mailbox)
        assert len(list(archive.iterdir())) == self.control, "each file once"
        assert self.rows("SELECT state, count(*) FROM om_intake WHERE sender = '{name}' GROUP BY state") in (
            [("done", self.control)],
            [],
        )

    def cases(self, code):
        """References of our documents that have a case of a kind, one for each case."""
        found = self.rows(
            f"""SELECT t.reference FROM om_exception c JOIN om_edi_transaction t ON t.id = c.res_id
                 WHERE c.res_model = 'om.edi.transaction' AND c.code = '{code}'
                   AND t.reference LIKE '{{name}}-%%' ORDER BY 1"""
        )
        return [reference for [reference] in found]

    def pairs(self, set_id):
        return [(set_id, number) for number in self.numbers()]
