"""Partners that come to a real Odoo server: by AS2 a buyer that nobody here wrote, `mock-edi` from PyPI."""

import os
import socket
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import requests
from conftest import odoo_command
from mockedi.testing import Mock
from trading import SEND

SOON = (date.today() + timedelta(days=20)).isoformat()
LINES = [
    {"sku": "KET-1", "quantity": 10, "uom": "EA", "price": "100.00"},
    {"sku": "TOA-1", "quantity": 5, "uom": "EA", "price": "40.00"},
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Odoo's own HTTP server on the trading company's database, without scheduled jobs."""

    def __init__(self, trading, log):
        self.port = free_port()
        self.log = log
        options = ["-c", os.environ["OM_ODOO_CONF"], "-d", trading.database, "--http-interface=127.0.0.1"]
        options += [f"--http-port={self.port}", "--max-cron-threads=0", "--logfile", str(log)]
        self.process = subprocess.Popen(odoo_command(*options))
        self.url = f"http://127.0.0.1:{self.port}"
        for _attempt in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/web/health", timeout=5)
                return
            except OSError:
                assert self.process.poll() is None, log.read_text()[-3000:]
                time.sleep(0.1)
        raise AssertionError("Odoo does not answer")

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def server(trading, tmp_path_factory):
    odoo = Server(trading, tmp_path_factory.mktemp("server") / "server.log")
    yield odoo
    odoo.close()


@pytest.fixture
def buyer(trading, server):
    with Mock.start(as2_id="BIGBUYER", deliver_to=("127.0.0.1",)) as mock:
        trading.call(
            f"""
from odoo.fields import Command
company = env.company
company.om_gs1_prefix = "0614141"
customer = env["res.partner"].create(
    {{
        "name": "Big Buyer",
        "is_company": True,
        "property_product_pricelist": env["product.pricelist"].search([("name", "=", "Contract")]).id,
    }}
)
env["res.partner"].create(
    {{
        "name": "Big Buyer's dock",
        "type": "delivery",
        "parent_id": customer.id,
        "street": "500 Seaport Boulevard",
        "city": "Boston",
        "zip": "02210",
        "state_id": env.ref("base.state_us_22").id,
        "country_id": env.ref("base.us").id,
        "om_identifier_ids": [Command.create({{"scheme": "buyer", "code": "BIGBUYER"}})],
    }}
)
mailbox = env["om.edi.mailbox"].create(
    {{
        "name": "Big Buyer",
        "transport": "as2",
        "as2_identifier": "BIGBUYER",
        "as2_our_identifier": "OMCO",
        "as2_url": "{mock.base}/as2",
    }}
)
env["om.edi.partner"].create(
    {{
        "name": "Big Buyer",
        "partner_id": customer.id,
        "mailbox_id": mailbox.id,
        "identifier": "BIGBUYER",
        "our_identifier": "OMCO",
    }}
)
env.cr.commit()
"""
        )
        mock.post(
            "/_mock/partners",
            {
                "id": "OMCO",
                "role": "supplier",
                "dialect": "X12",
                "version": "004010",
                "as2_url": f"{server.url}/om_edi/as2",
                "test": 0,
            },
        )
        yield mock


def test_buyer_sends_orders_over_as2_and_takes_our_answers(trading, buyer):
    numbers = ("MOCK-1", "MOCK-2")
    for number in numbers:
        values = {"partner": "OMCO", "po_number": number, "requested_on": SOON, "lines": LINES}
        buyer.post("/_mock/purchase", values)
    buyer.settle()
    assert {row["note"].partition("; ")[2] for row in buyer.outbox()} == {"processed"}, "our receipts"
    assert trading.rows("SELECT channel, state FROM om_intake WHERE sender = 'Big Buyer'") == [
        ("as2", "received")
    ] * len(numbers)
    trading.process()
    trading.call(SEND)
    trading.call(
        f"""
orders = env["sale.order"].search([("client_order_ref", "in", {numbers!r})])
assert set(orders.mapped("state")) == {{"sale"}}, orders.om_exception_ids.mapped("display_name")
for order in orders:
    order.picking_ids.action_assign()
    for move in order.picking_ids.move_ids:
        move.write({{"quantity": move.product_uom_qty, "picked": True}})
    order.picking_ids.button_validate()
    order._create_invoices().action_post()
env.cr.commit()
"""
    )
    trading.call(SEND)
    sent = """SELECT t.set_id, i.state, i.message, count(*) FROM om_edi_transaction t
                JOIN om_edi_interchange i ON i.id = t.interchange_id
                JOIN om_edi_partner p ON p.id = t.edi_partner_id
               WHERE p.name = 'Big Buyer' AND t.direction = 'out' GROUP BY 1, 2, 3 ORDER BY 1"""
    counts = {(set_id, state, message): count for set_id, state, message, count in trading.rows(sent)}
    assert {key: count for key, count in counts.items() if key[0] != "997"} == {
        (set_id, "sent", None): len(numbers) for set_id in ("855", "856", "810")
    }
    assert ("997", "sent", None) in counts
    for number in numbers:
        found = [
            (line["sku"], line["ordered"], line["confirmed"], line["shipped"], line["billed"])
            for line in buyer.order(number)["reconciliation"]
        ]
        assert found == [("KET-1", *["10"] * 4), ("TOA-1", *["5"] * 4)]
    assert buyer.get("/_mock/disagreements").body == []
    assert buyer.unacknowledged() == []
    receipts = trading.rows(
        """SELECT receipt FROM om_edi_interchange i JOIN om_edi_partner p ON p.id = i.edi_partner_id
            WHERE p.name = 'Big Buyer' AND i.direction = 'out'"""
    )
    assert all(
        "Disposition: automatic-action/MDN-sent-automatically; processed" in text for [text] in receipts
    )


def test_upload_that_comes_several_times_at_once_is_stored_once(trading, server):
    key = trading.call(
        """
mailbox = env["om.edi.mailbox"].create({"name": "Uploads", "transport": "https"})
print(mailbox.action_make_api_key()["context"]["default_key"])
env.cr.commit()
"""
    ).strip()

    def upload(_number):
        headers = {"Authorization": f"Bearer {key}"}
        return requests.post(f"{server.url}/om_edi/files", b"ISA once", headers=headers, timeout=60)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(upload, range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["document"] for answer in answers}) == 1
    assert trading.value("SELECT count(*) FROM om_intake WHERE sender = 'Uploads'") == 1
    log = server.log.read_text()
    assert key.partition(".")[2] not in log, "no secret is logged"
    trading.process()


def test_upload_is_stored_when_the_server_dies_after_its_answer(trading, server):
    """The answer leaves after the commit: whoever got it may forget the file."""
    key = trading.call(
        """
mailbox = env["om.edi.mailbox"].create({"name": "Last upload", "transport": "https"})
print(mailbox.action_make_api_key()["context"]["default_key"])
env.cr.commit()
"""
    ).strip()
    headers = {"Authorization": f"Bearer {key}"}
    answer = requests.post(f"{server.url}/om_edi/files", b"ISA last", headers=headers, timeout=60)
    server.process.kill()
    assert answer.status_code == 201
    assert (
        trading.value("SELECT name FROM om_intake WHERE sender = 'Last upload'") == answer.json()["document"]
    )
    trading.process()
