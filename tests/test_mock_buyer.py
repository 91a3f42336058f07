"""A buyer that nobody here wrote, `mock-edi` from PyPI, trades with a running Odoo: over AS2, and by files.

It makes its 850s and 860s itself, and judges what we send by its own parser and validator.
"""

import time
from datetime import date, timedelta

import pytest
from mockedi.testing import Mock
from odoo_server import Server
from trading import POLL, SEND

SOON = (date.today() + timedelta(days=20)).isoformat()
LINES = [
    {"sku": "KET-1", "quantity": 10, "uom": "EA", "price": "100.00"},
    {"sku": "TOA-1", "quantity": 5, "uom": "EA", "price": "40.00"},
]
CUSTOMER = """
from odoo.fields import Command
company = env.company
company.om_gs1_prefix = "0614141"
customer = env["res.partner"].create(
    {{
        "name": {name!r},
        "is_company": True,
        "property_product_pricelist": env["product.pricelist"].search([("name", "=", "Contract")]).id,
    }}
)
env["res.partner"].create(
    {{
        "name": "Dock of {name}",
        "type": "delivery",
        "parent_id": customer.id,
        "street": "500 Seaport Boulevard",
        "city": "Boston",
        "zip": "02210",
        "state_id": env.ref("base.state_us_22").id,
        "country_id": env.ref("base.us").id,
        "om_identifier_ids": [Command.create({{"scheme": "buyer", "code": {name!r}}})],
    }}
)
mailbox = env["om.edi.mailbox"].create({{"name": {name!r}, **{mailbox!r}}})
env["om.edi.partner"].create(
    {{
        "name": {name!r},
        "partner_id": customer.id,
        "mailbox_id": mailbox.id,
        "identifier": {name!r},
        "our_identifier": "OMCO",
        "asn_structure": "0004",  # the 856 that mock-edi knows has no packs
    }}
)
env.cr.commit()
"""
SHIP = """
orders = env["sale.order"].search([("client_order_ref", "in", {numbers!r})])
assert set(orders.mapped("state")) == {{"sale"}}, orders.om_exception_ids.mapped("display_name")
for order in orders:
    order.picking_ids.action_assign()
    for move in order.picking_ids.move_ids.filtered(lambda move: move.state != "cancel"):
        move.write({{"quantity": move.product_uom_qty, "picked": True}})
    order.picking_ids.filtered(lambda picking: picking.state != "cancel").button_validate()
env.cr.commit()
"""
BILL = """
orders = env["sale.order"].search([("client_order_ref", "in", {numbers!r})])
for order in orders:
    order._create_invoices().action_post()
env.cr.commit()
"""


class Buyer:
    """The mock, and the way between it and us."""

    def __init__(self, trading, mock, name, **mailbox):
        self.trading = trading
        self.mock = mock
        self.name = name
        trading.call(CUSTOMER.format(name=name, mailbox=mailbox))
        supplier = {"id": "OMCO", "role": "supplier", "dialect": "X12", "version": "004010", "test": 0}
        mock.expect("POST", "/_mock/partners", supplier, status=201)

    def exchange(self):
        """Let what either side has written come to the other, and be acted on."""
        self.mock.settle()
        self.trading.call(POLL)
        self.trading.process()
        self.trading.call(SEND)
        self.collect()

    def collect(self):
        """Let the buyer read what we sent."""
        self.mock.settle()

    def received(self):
        """``{set id: [document]}`` that the buyer got from us."""
        documents = {}
        for document in self.mock.documents(direction="in"):
            documents.setdefault(document["code"], []).append(document)
        return documents

    def lines(self, number):
        """``[(item, ordered, confirmed, shipped, billed)]`` of an order, as the buyer has it."""
        return [
            (line["sku"], line["ordered"], line["confirmed"], line["shipped"], line["billed"])
            for line in self.mock.order(number)["reconciliation"]
        ]


class BuyerOverAs2(Buyer):
    def assert_receipts(self):
        """Both sides got a receipt for every message."""
        assert {row["note"].partition("; ")[2] for row in self.mock.outbox()} == {"processed"}
        receipts = self.trading.rows(
            """SELECT receipt FROM om_edi_interchange i JOIN om_edi_partner p ON p.id = i.edi_partner_id
                WHERE p.name = %s AND i.direction = 'out'""",
            self.name,
        )
        assert receipts
        for [text] in receipts:
            assert "Disposition: automatic-action/MDN-sent-automatically; processed" in text


class BuyerByFiles(Buyer):
    def collect(self):
        outbox = self.trading.folder("outbox", self.name.lower())
        self.mock.expect("POST", "/_mock/drop/scan")
        end = time.monotonic() + 10
        while [path for path in outbox.iterdir() if path.is_file()] and time.monotonic() < end:
            time.sleep(0.1)
            self.mock.expect("POST", "/_mock/drop/scan")
        self.mock.settle()

    def assert_receipts(self):
        """The buyer could read every file; all of its own were taken and put away."""
        outbox = self.trading.folder("outbox", self.name.lower())
        assert not list((outbox / "failed").iterdir())
        assert list((outbox / "processed").iterdir())
        assert not list(self.trading.folder("inbox", self.name.lower()).iterdir())
        assert not self.mock.expect("GET", "/_mock/drop")["renamed"]


@pytest.fixture(scope="module")
def server(trading, tmp_path_factory):
    odoo = Server(trading, tmp_path_factory.mktemp("server") / "server.log")
    yield odoo
    odoo.close()


@pytest.fixture
def over_as2(trading, server):
    with Mock.start(as2_id="BIGBUYER", deliver_to=("127.0.0.1",)) as mock:
        mailbox = {"transport": "as2", "as2_identifier": "BIGBUYER", "as2_our_identifier": "OMCO"}
        buyer = BuyerOverAs2(trading, mock, "BIGBUYER", **mailbox, as2_url=f"{mock.base}/as2")
        mock.partner("OMCO", as2_url=f"{server.url}/om_edi/as2")
        yield buyer


@pytest.fixture
def by_files(trading):
    inbox, outbox = (trading.folder(name, "filebuyer") for name in ("inbox", "outbox"))
    outbox.mkdir(parents=True)
    with Mock.start(as2_id="FILEBUYER", drop_dir=str(outbox), pickup_dir=str(inbox)) as mock:
        yield BuyerByFiles(trading, mock, "FILEBUYER", directory="filebuyer", quiet_seconds=0)


@pytest.fixture(params=["over_as2", "by_files"])
def buyer(request):
    return request.getfixturevalue(request.param)


def test_buyer_orders_changes_its_orders_and_takes_our_answers(trading, buyer):
    mock = buyer.mock
    numbers = [f"{buyer.name}-{number}" for number in (1, 2)]
    for number in numbers:
        order = {"partner": "OMCO", "po_number": number, "requested_on": SOON, "lines": LINES}
        mock.expect("POST", "/_mock/purchase", order, status=201)
    buyer.exchange()
    assert [buyer.lines(number)[0][1:3] for number in numbers] == [("10", "10")] * 2, "answered by 855"

    change = {"lines": [{"line": "1", "quantity": 12}]}
    mock.expect("POST", f"/_mock/purchase/{numbers[0]}/change", change)
    # (to mock-edi an answer to a line that it has deleted is a disagreement, whatever it says)
    change = {"lines": [{"action": "add", "sku": "TOA-1", "quantity": 2, "uom": "EA", "price": "40.00"}]}
    mock.expect("POST", f"/_mock/purchase/{numbers[1]}/change", change)
    buyer.exchange()
    assert [line[1:3] for line in buyer.lines(numbers[0])] == [("12", "12"), ("5", "5")], "answered by 865"

    trading.call(SHIP.format(numbers=numbers))
    buyer.exchange()
    trading.call(BILL.format(numbers=numbers))
    buyer.exchange()
    buyer.exchange()  # its 997s
    assert buyer.lines(numbers[0]) == [("KET-1", *["12"] * 4), ("TOA-1", *["5"] * 4)]
    assert buyer.lines(numbers[1]) == [("KET-1", *["10"] * 4), ("TOA-1", *["5"] * 4), ("TOA-1", *["2"] * 4)]

    received = buyer.received()
    counts = {set_id: len(documents) for set_id, documents in received.items()}
    assert {set_id: counts.pop(set_id) for set_id in ("855", "865", "856", "810")} == dict.fromkeys(
        ("855", "865", "856", "810"), 2
    )
    assert set(counts) == {"997"}
    for documents in received.values():
        for document in documents:
            assert (document["accepted"], document["findings"]) == (1, []), document
    assert mock.expect("GET", "/_mock/disagreements") == []
    assert mock.unacknowledged() == [], "we have acknowledged all that it sent"
    # its POC have POC03 without POC04, which the standard wants together: we say so, and act on them
    verdicts = {(d["code"], d["ack_status"]) for d in mock.documents(direction="out") if d["code"] != "997"}
    assert verdicts == {("850", "accepted"), ("860", "accepted-with-errors")}
    buyer.assert_receipts()
    ours = trading.rows(
        """SELECT t.set_id, t.state, t.ack_state, count(*) FROM om_edi_transaction t
             JOIN om_edi_partner p ON p.id = t.edi_partner_id
            WHERE p.name = %s AND t.direction = 'out' AND t.set_id != '997'
            GROUP BY 1, 2, 3 ORDER BY 1""",
        buyer.name,
    )
    assert ours == [(set_id, "sent", "A", 2) for set_id in ("810", "855", "856", "865")], "it has said so"
