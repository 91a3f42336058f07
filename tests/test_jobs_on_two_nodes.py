"""Documents as jobs of OCA's queue, on two nodes: one is killed, and the other does what is left, once."""

import os
import re
import subprocess
import time
from collections import Counter

import pytest
from conftest import copy_database, drop_database, odoo_command, odoo_options
from odoo_nodes import Balancer, Node
from trading import Trading

FILES, ORDERS = 24, 4
JOBS = "SELECT count(*) FROM queue_job WHERE channel LIKE 'root.om_edi.%%'"
HANDS_OUT = """SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = %s)
      AND ((l.classid::bigint << 32) | l.objid::bigint) = 2293787760715711918"""


@pytest.fixture(scope="module")
def queued(tmp_path_factory):
    """A company that trades by X12, whose work is done as jobs."""
    folder = tmp_path_factory.mktemp("queued")
    name = copy_database(os.environ["OM_TEMPLATE_DB"])
    install = odoo_options(name, folder / "install.log")
    subprocess.run(
        odoo_command(*install, "-i", "om_edi_x12_queue_job", "--stop-after-init"), check=True, timeout=300
    )
    company = Trading(name, folder / "odoo.log")
    # files are fetched by Odoo's scheduler; all that follows are jobs
    company.call("env.ref('om_edi_x12.cron_poll').active = True")
    yield company
    company.close()
    drop_database(name)


@pytest.fixture
def balancer():
    balancer = Balancer()
    yield balancer
    balancer.close()


@pytest.fixture
def start_node(queued, balancer, tmp_path):
    nodes = []

    def start(*options, **kwargs):
        node = Node(queued.database, tmp_path / f"node{len(nodes)}.log", balancer, *options, **kwargs)
        nodes.append(node)
        return node

    yield start
    for node in nodes:
        node.close()


def faults(log):
    """Warnings and errors in a node's log; collisions that were tried again are none."""
    entries = re.split(r"^(?=\d{4}-\d\d-\d\d \d\d:)", log.read_text(errors="replace"), flags=re.M)
    return [
        entry
        for entry in entries
        if re.search(r" (WARNING|ERROR|CRITICAL) ", entry.partition("\n")[0])
        and not re.search(r"odoo\.sql_db: bad query(.|\n)*could not serialize access", entry)
        # the balancer's connections to the node that was killed
        and "queue_job.jobrunner" not in entry.partition("\n")[0]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("killed", ["hands out the jobs", "only does jobs"])
def test_node_killed_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing(queued, start_node, killed):
    prefix = "LEAD" if killed == "hands out the jobs" else "HAND"
    first = start_node()
    queued.wait_for(f"SELECT EXISTS ({HANDS_OUT})", queued.database, seconds=60)
    second = start_node()
    victim, other = (first, second) if prefix == "LEAD" else (second, first)
    for number in range(FILES):
        queued.drop(queued.file_of_orders(f"{prefix}{number}", ORDERS), f"{prefix}{number}.edi")
    queued.call("env.ref('om_edi_x12.cron_poll')._trigger()")
    orders = f"SELECT count(*) FROM sale_order WHERE client_order_ref LIKE '{prefix}%%'"
    queued.wait_for(f"SELECT ({orders}) >= %s", FILES * ORDERS / 4, seconds=120, wake=True)
    # in the middle of a job of its own
    mine = "SELECT uuid FROM queue_job WHERE state = 'started' AND worker_pid = %s LIMIT 1"
    queued.wait_for(f"SELECT EXISTS ({mine})", victim.pid, seconds=60)
    victim.kill()
    assert queued.value(orders) < FILES * ORDERS
    cut_short = [uuid for [uuid] in queued.rows(mine.replace("LIMIT 1", ""), victim.pid)]
    assert cut_short, "it was killed while it did a job"

    queued.wait_for(
        f"""SELECT NOT EXISTS ({JOBS.replace("count(*)", "1")} AND state NOT IN ('done', 'failed'))
               AND %s = (SELECT count(*) FROM om_intake
                          WHERE file_name LIKE '{prefix}%%' AND state = 'done')""",
        FILES,
        seconds=240,
        wake=True,
    )
    for number in range(FILES):
        intake = queued.value("SELECT id FROM om_intake WHERE file_name = %s", f"{prefix}{number}.edi")
        queued.assert_each_order_once(intake, f"{prefix}{number}", ORDERS)
    unsent = "SELECT count(*) FROM om_edi_transaction WHERE direction = 'out' AND state != 'sent'"
    assert not queued.value(unsent)
    controls, answered, acknowledgments = queued.sent()
    assert controls == list(range(1, len(controls) + 1)), "gap-free, and each number once"
    ours = [number for number in answered if number.startswith(prefix)]
    assert Counter(ours) == Counter(
        f"{prefix}{number}-{order}" for number in range(FILES) for order in range(1, ORDERS + 1)
    )
    of_files = "SELECT count(*) FROM om_edi_transaction WHERE set_id = '997' AND direction = 'out'"
    assert acknowledgments == queued.value(of_files), "each file is acknowledged once"

    pids = dict(queued.rows("SELECT worker_pid, count(*) FROM queue_job WHERE state = 'done' GROUP BY 1"))
    assert pids.get(first.pid) and pids.get(second.pid), "both nodes did jobs"
    left = queued.rows("SELECT uuid, state, worker_pid FROM queue_job WHERE uuid = ANY(%s)", cut_short)
    assert {(state, pid) for _uuid, state, pid in left} == {("done", other.pid)}
    assert not queued.value(f"{JOBS} AND state = 'failed'")
    assert not faults(other.log)
    assert not queued.log_errors()


def test_nothing_that_waits_in_the_queue_is_put_there_twice(queued):
    received = f"""
intake = env['om.intake']._receive({queued.file_of_orders("TWICE", 1)!r}, 'upload')
env.cr.commit()
for _n in range(3):
    env['ir.cron']._om_trigger('om_order_exceptions.cron_process_intake', units=intake)
    env.cr.commit()
print(intake.id)
"""
    intake = int(queued.call(received))
    waiting = f"{JOBS} AND state = 'pending' AND model_name = %s"
    assert queued.value(waiting, "om.intake") == 1
    queued.call(f"env['om.intake'].browse({intake})._work_off()")
    assert queued.value("SELECT count(*) FROM sale_order WHERE client_order_ref = 'TWICE-1'") == 1
    owed = queued.rows(
        """SELECT array_agg(id) FROM om_edi_transaction WHERE state = 'ready' AND intake_id = %s
            OR state = 'ready' AND order_id IN (SELECT id FROM sale_order WHERE om_intake_id = %s)""",
        intake,
        intake,
    )[0][0]
    assert len(owed) == 2, "a 997 and an 855"
    jobs = queued.value(waiting, "om.edi.transaction")
    assert jobs == 2, "one for what each transaction owes"
    queued.call(f"env['om.edi.transaction'].browse({owed})._work_off()")
    assert queued.value(waiting, "om.edi.interchange") == 1, "one for the files of a mailbox"


def test_scheduled_job_does_what_lost_jobs_have_left(queued):
    intake = queued.receive(queued.file_of_orders("LOST", 2))
    queued.rows("DELETE FROM queue_job WHERE state = 'pending' RETURNING id")
    queued.process()
    queued.call("env['om.edi.partner']._cron_send()")
    queued.assert_each_order_once(intake, "LOST", 2)
    assert (
        queued.value("SELECT count(*) FROM om_edi_transaction WHERE direction='out' AND state != 'sent'") == 0
    )


def test_job_of_a_large_file_lets_others_go_first(queued):
    intake = queued.receive(queued.file_of_orders("LONG", 20))
    script = f"""
from odoo.addons.om_edi_x12.models import om_intake_acting
from odoo.addons.om_order_exceptions.models import om_intake_processing
om_intake_acting.BATCH, om_intake_processing.SLICE = 5, 0
env['queue.job'].search([('state', '=', 'pending')]).unlink()
env.cr.commit()
env['om.intake'].browse({intake})._work_off()
"""
    begin = time.monotonic()
    for done in (5, 10, 15, 20):
        queued.call(script)
        assert queued.value("SELECT count(*) FROM sale_order WHERE om_intake_id = %s", intake) == done
        waits = queued.value(f"{JOBS} AND state = 'pending' AND model_name = 'om.intake'")
        assert waits == 1, "the rest is asked for again"
    assert time.monotonic() - begin < 120
