"""PostgreSQL is restarted as after a crash, while a server works off a batch of purchase orders."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cluster import Cluster, why_no_cluster
from conftest import _filestore, odoo_command, odoo_options
from trading import Trading

pytestmark = pytest.mark.skipif(bool(why_no_cluster()), reason=why_no_cluster() or "-")

JOBS = ("om_order_exceptions.cron_process_intake", "om_edi_x12.cron_poll", "om_edi_x12.cron_send")
SWITCH_ON = f"""
from odoo import fields
for xmlid in {JOBS}:
    env.ref(xmlid).write({{"active": True, "nextcall": fields.Datetime.now()}})
env.cr.commit()
"""
COUNT = 10
ORDERS = "SELECT count(*) FROM sale_order WHERE client_order_ref LIKE 'CRASH%%'"
ANSWERED = "SELECT count(*) FROM om_edi_transaction WHERE reference LIKE 'CRASH%%' AND state = 'sent'"


@pytest.fixture
def crashing(tmp_path):
    """A trading company on a PostgreSQL server of its own."""
    cluster = Cluster()
    name = f"{os.environ['OM_DB_PREFIX']}_crash"
    company = None
    try:
        cluster.copy(os.environ["OM_TEMPLATE_DB"], name)
        shutil.copytree(_filestore(os.environ["OM_TEMPLATE_DB"]), _filestore(name), copy_function=os.link)
        company = Trading(name, tmp_path / "odoo.log", cluster)
        yield company
    finally:
        if company:
            company.close()
        cluster.close()
        shutil.rmtree(_filestore(name), ignore_errors=True)
        shutil.rmtree(Path(os.environ["OM_DATA_DIR"]) / "om_edi" / name, ignore_errors=True)


def test_server_goes_on_after_its_database_crashed(crashing, tmp_path):
    """The server is never restarted. Crashes come while orders are made, and while answers are sent."""
    cluster = crashing.cluster
    crashing.call(SWITCH_ON)
    for number in range(3):
        crashing.drop(crashing.file_of_orders(f"CRASH{number}", COUNT), f"crash{number}.edi")
    log = tmp_path / "server.log"
    # processes, as in production: with threads (--workers=0) Odoo's own scheduler ends for good
    options = [*odoo_options(crashing.database, log), "--workers=1", "--max-cron-threads=2"]
    server = subprocess.Popen(odoo_command(*options), env=cluster.environment)
    try:
        for query, goal in ((ORDERS, 1), (ORDERS, COUNT), (ANSWERED, 1)):
            crashing.wait_for(f"SELECT ({query}) >= %s", goal, seconds=90, wake=True)
            crashing.connection.close()
            cluster.restart()
        crashing.wait_for(f"SELECT ({ANSWERED}) >= %s", 3 * COUNT, seconds=120, wake=True)
        assert server.poll() is None, "the server itself has gone on"
    finally:
        server.terminate()
        server.wait(timeout=60)
    for number in range(3):
        intake = crashing.value("SELECT id FROM om_intake WHERE file_name = %s", f"crash{number}.edi")
        crashing.assert_each_order_once(intake, f"CRASH{number}", COUNT)
    sent = crashing.sent_documents("bluebird")
    answers = [("855", f"CRASH{file}-{order}") for file in range(3) for order in range(1, COUNT + 1)]
    assert sent == sorted([*answers, *(("997", f"PO {number}") for number in (1, 2, 3))])
    assert len(list(crashing.folder("archive").iterdir())) == 3
