"""Partners that come to a real Odoo server by HTTPS."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from odoo_server import Server


@pytest.fixture(scope="module")
def server(trading, tmp_path_factory):
    odoo = Server(trading, tmp_path_factory.mktemp("server") / "server.log")
    yield odoo
    odoo.close()


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
