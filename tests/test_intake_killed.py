"""Processes that are killed, and processes side by side: every document is acted on exactly once."""

import random
import signal
import subprocess
import time

import pytest
from conftest import odoo_command, odoo_options
from trading import POLL, PROCESS, SEND

COUNT = 120
ORDERS = "SELECT count(*) FROM sale_order WHERE om_intake_id = %s"
STATE = "SELECT state FROM om_intake WHERE id = %s"
ATTEMPTS = "SELECT attempts FROM om_intake WHERE id = %s"


@pytest.fixture(autouse=True)
def no_errors_in_the_log(trading):
    trading.log_errors()
    yield
    assert not trading.log_errors()


def test_killed_at_many_moments_makes_every_order_once(trading):
    intake = trading.receive(trading.file_of_orders("KILL", COUNT))
    dice = random.Random(850)

    reading = 0
    for delay in (0.0, 0.03, 0.06, 0.1, 0.14, 0.18):
        attempts = trading.value(ATTEMPTS, intake)
        worker = trading.start(PROCESS)
        trading.wait_for(
            "SELECT attempts > %s OR state != 'received' FROM om_intake WHERE id = %s", attempts, intake
        )
        time.sleep(delay)
        trading.kill(worker)
        if trading.value(STATE, intake) != "received":
            break
        reading += 1
        assert not trading.value("SELECT count(*) FROM om_edi_transaction WHERE intake_id = %s", intake)

    acting = 0
    while (seen := trading.value(ORDERS, intake)) < COUNT / 2:
        worker = trading.start(PROCESS)
        trading.wait_for(f"SELECT ({ORDERS}) > %s", intake, seen)
        time.sleep(dice.choice((0, 0, 0.1, 0.3, 0.5)))  # at once: between two batches
        acting += trading.kill(worker)

    anywhere = 0
    while trading.value(ORDERS, intake) < COUNT - 10 and anywhere < 8:
        worker = trading.start(PROCESS)
        time.sleep(dice.uniform(0.1, 2.5))
        anywhere += trading.kill(worker)

    # how many of the kills hit which step depends on the machine
    assert reading >= 1 and acting + anywhere >= 4
    trading.process()
    trading.assert_each_order_once(intake, "KILL", COUNT)


def test_document_that_brings_down_its_process_is_put_aside_and_can_be_tried_again(trading):
    intake = trading.receive(trading.file_of_orders("DOWN", 1))
    poison = """
import os, signal
type(env["om.intake"])._x12_read = lambda self: os.kill(os.getpid(), signal.SIGKILL)
env["om.intake"]._cron_process()
"""
    for _start in range(20):
        assert trading.ended(trading.start(poison)) == -signal.SIGKILL
    trading.call(poison)
    state, message = trading.rows("SELECT state, message FROM om_intake WHERE id = %s", intake)[0]
    assert state == "failed"
    assert "stopped 20 times" in message
    trading.call(f"env['om.intake'].browse({intake}).action_process()\nenv.cr.commit()")
    trading.assert_each_order_once(intake, "DOWN", 1)
    trading.log_errors()


def test_document_that_raises_stops_no_other_and_is_given_up_after_some_errors(trading):
    poisoned = trading.receive(trading.file_of_orders("RAISE", 1))
    sound = trading.receive(trading.file_of_orders("SOUND", 1))
    script = f"""
read = type(env["om.intake"])._x12_read
def poison(self):
    if self.id == {poisoned}:
        raise KeyError("a fault of ours")
    return read(self)
type(env["om.intake"])._x12_read = poison
env["om.intake"]._cron_process()
"""
    trading.call(script)
    trading.assert_each_order_once(sound, "SOUND", 1)
    assert trading.value("SELECT message FROM om_intake WHERE id = %s", poisoned)
    later = "SELECT next_attempt > now() AT TIME ZONE 'UTC' FROM om_intake WHERE id = %s"
    for attempt in range(1, 5):
        assert trading.value(ATTEMPTS, poisoned) == attempt
        assert trading.value(later, poisoned), "not tried again at once"
        trading.rows("UPDATE om_intake SET next_attempt = now() WHERE id = %s RETURNING id", poisoned)
        trading.call(script)
    state, message = trading.rows("SELECT state, message FROM om_intake WHERE id = %s", poisoned)[0]
    assert state == "failed"
    assert "a fault of ours" in message
    assert trading.value("SELECT count(*) FROM om_exception WHERE intake_id = %s", poisoned) == 1
    assert all("a fault of ours" in entry for entry in trading.log_errors())


def test_killed_while_polling_stores_each_file_once(trading):
    stored = "SELECT count(*) FROM om_intake WHERE file_name = 'poll.edi'"
    kills = 0
    for number in range(30):
        # a name that comes again is another file
        name = f"poll{number}.edi" if (trading.folder("inbox") / "poll.edi").exists() else "poll.edi"
        trading.drop(trading.file_of_orders(f"POLL{number}", 1), name)
        worker = trading.start(POLL)
        before = trading.value(stored)
        if number % 2:
            time.sleep(random.uniform(0, 0.06))
        else:
            end = time.monotonic() + 0.3
            while trading.value(stored) == before and time.monotonic() < end:
                pass  # then it dies between the commit and the archive
        kills += trading.kill(worker)
    trading.call(POLL)
    assert kills > 10
    assert not list(trading.folder("inbox").iterdir())
    assert not list(trading.folder("processing").iterdir())
    archived = sorted(path.read_bytes() for path in trading.folder("archive").iterdir())
    assert len(archived) == len(set(archived)) == 30
    assert trading.rows(
        "SELECT state, count(*) FROM om_intake WHERE file_name LIKE 'poll%%.edi' GROUP BY state"
    ) == [("received", 30)]
    trading.process()
    assert trading.value("SELECT count(*) FROM sale_order WHERE client_order_ref ~ '^POLL[0-9]+-1$'") == 30


def test_killed_while_sending_delivers_each_document_once_with_gapless_numbers(trading):
    for number in range(12):
        trading.receive(trading.file_of_orders(f"SEND{number}", 2))
    trading.process()
    owed = "SELECT count(*) FROM om_edi_transaction WHERE direction = 'out' AND state != 'sent'"
    assert trading.value(owed) >= 24
    dice = random.Random(855)
    kills = 0
    # one interchange after another, so that there is something to send at every moment
    one_by_one = """
transactions = env["om.edi.transaction"].search([("state", "=", "ready")], order="id")
for transaction in transactions:
    interchanges = env["om.edi.interchange"]
    partner = transaction.edi_partner_id
    rest = (transactions - transaction).filtered(lambda t: t.state == "ready")
    rest.write({"state": "wrapped"})
    env.flush_all()
    interchanges._wrap(partner)
    rest.write({"state": "ready"})
    env.cr.commit()
    for interchange in interchanges.search([("state", "in", ("ready", "error")), ("direction", "=", "out")]):
        interchange._deliver()
        env.cr.commit()
"""
    for _kill in range(10):
        worker = trading.start(one_by_one)
        time.sleep(dice.uniform(0.02, 0.25))
        kills += trading.kill(worker)
        worker = trading.start(SEND)
        time.sleep(dice.uniform(0, 0.03))
        kills += trading.kill(worker)
    trading.call(SEND)
    assert kills > 5
    assert not trading.value(owed)
    controls, answered, _acks = trading.sent()
    assert controls == list(range(1, len(controls) + 1)), "gap-free, and each number once"
    answered = [number for number in answered if number.startswith("SEND")]
    assert sorted(answered) == sorted(f"SEND{number}-{order}" for number in range(12) for order in (1, 2))
    confirmed = trading.rows(
        "SELECT client_order_ref FROM sale_order WHERE client_order_ref LIKE 'SEND%%' AND state = 'sale'"
    )
    assert sorted(answered) == sorted(ref for [ref] in confirmed), "each is answered once"
    assert not list(trading.folder("outbox").glob(".*")), "nothing half-written is left"


def test_workers_side_by_side_neither_lose_nor_double(trading):
    for number in range(12):
        trading.drop(trading.file_of_orders(f"MANY{number}", 2), f"many{number}.edi")
    pollers = [trading.start(POLL) for _worker in range(3)]
    big = trading.receive(trading.file_of_orders("BIG", 40))
    for worker in pollers:
        trading.finish(worker)
    assert (
        len(trading.rows("SELECT id FROM om_intake WHERE file_name LIKE 'many%%' AND state = 'received'"))
        == 12
    )
    processors = [trading.start(PROCESS) for _worker in range(2)]
    senders = [
        trading.start(f"import time\nfor _ in range(8):\n    {SEND}\n    time.sleep(0.5)")
        for _worker in range(2)
    ]
    for worker in (*processors, *senders):
        trading.finish(worker)
    trading.process()
    trading.call(SEND)
    trading.assert_each_order_once(big, "BIG", 40)
    for number in range(12):
        intake = trading.value("SELECT id FROM om_intake WHERE file_name = %s", f"many{number}.edi")
        trading.assert_each_order_once(intake, f"MANY{number}", 2)
    controls, answered, _acks = trading.sent()
    assert controls == list(range(1, len(controls) + 1))
    answered = [number for number in answered if number.startswith(("MANY", "BIG"))]
    assert len(answered) == len(set(answered)) == 64
    assert {f"BIG-{number}" for number in range(1, 41)} <= set(answered)
    assert not trading.value("SELECT count(*) FROM om_edi_transaction WHERE state = 'error'")


def test_same_file_by_two_ways_at_the_same_time_is_one_document(trading):
    data = trading.file_of_orders("TWIN", 1)
    script = f"""
from odoo.service.model import retrying
intake = retrying(lambda: env["om.intake"]._receive({data!r}, "upload"), env)
env.cr.commit()
print(intake.state)
"""
    states = [trading.finish(worker).strip() for worker in [trading.start(script) for _way in range(4)]]
    assert sorted(states) == ["duplicate", "duplicate", "duplicate", "received"]
    trading.process()
    assert trading.value("SELECT count(*) FROM sale_order WHERE client_order_ref = 'TWIN-1'") == 1


def test_killed_server_goes_on_when_it_is_started_again(trading, tmp_path):
    """The whole way by Odoo's own server: a file in the inbox, scheduled jobs, answers in the outbox."""
    jobs = ("om_order_exceptions.cron_process_intake", "om_edi_x12.cron_poll", "om_edi_x12.cron_send")
    switch = """
from odoo import fields
for xmlid in {}:
    env.ref(xmlid).write({{"active": {}, "nextcall": fields.Datetime.now()}})
env.cr.commit()
"""
    trading.call(switch.format(jobs, True))
    trading.drop(trading.file_of_orders("SERVER", 60), "server.edi")
    begun = "SELECT count(*) FROM sale_order WHERE client_order_ref LIKE 'SERVER-%%'"
    ended = """SELECT state = 'done' AND 60 = (
                   SELECT count(*) FROM om_edi_transaction
                    WHERE reference LIKE 'SERVER-%%' AND direction = 'out' AND state = 'sent')
                 FROM om_intake WHERE file_name = 'server.edi'"""
    log = tmp_path / "server.log"
    command = odoo_command(*odoo_options(trading.database, log), "--max-cron-threads=2")
    for goal in (begun, ended):
        server = subprocess.Popen(command)
        try:
            trading.wait_for(goal, seconds=90, wake=True)
        finally:
            server.kill()
            server.wait()
    trading.call(switch.format(jobs, False))
    intake = trading.value("SELECT id FROM om_intake WHERE file_name = 'server.edi'")
    trading.assert_each_order_once(intake, "SERVER", 60)
    _controls, numbers, _acks = trading.sent()
    numbers = [number for number in numbers if number.startswith("SERVER")]
    assert sorted(numbers) == sorted(f"SERVER-{number}" for number in range(1, 61))
