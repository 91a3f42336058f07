"""Two workers on one partner: each claims what the other does not have; numbers wait for a moment only."""

import random
import time

import pytest
from trading import PROCESS, SEND

WAITS = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND wait_event_type = 'Lock' AND query LIKE 'UPDATE om_edi_partner%%'"""


ADDRESSES = """
env["res.partner"].search([("name", "=", "Store 42")]).write(
    {
        "street": "1 Main",
        "city": "Dayton",
        "zip": "45402",
        "state_id": env.ref("base.state_us_35").id,
        "country_id": env.ref("base.us").id,
    }
)
"""


@pytest.fixture(autouse=True, scope="module")
def orders_are_not_held(trading):
    trading.call(ADDRESSES)


@pytest.fixture(autouse=True)
def no_errors_in_the_log(trading):
    trading.log_errors()
    trading.call(SEND)
    yield
    assert not trading.log_errors()


class Gate:
    """A point in a worker's code where it stops until the test lets it go on."""

    def __init__(self, folder):
        self.reached, self.open = folder / "reached", folder / "open"

    def before(self, model, method):
        """A script after which ``method`` of ``model`` first waits at the gate."""
        return f"""
import os, time
def wait_at_gate(original):
    def wrapper(self, *args, **kwargs):
        open({str(self.reached)!r}, "w").close()
        while not os.path.exists({str(self.open)!r}):
            time.sleep(0.01)
        return original(self, *args, **kwargs)
    return wrapper
cls = type(env[{model!r}])
cls.{method} = wait_at_gate(cls.{method})
"""

    def wait(self):
        for _look in range(3000):
            if self.reached.exists():
                return
            time.sleep(0.01)
        raise AssertionError("the worker did not come to the gate")

    def let_go(self):
        self.open.touch()


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path)


def owe(trading, prefix, count):
    """Owe answers ``PREFIX-1`` ... to one partner."""
    trading.call(
        f"""
partner = env["om.edi.partner"].search([("identifier", "=", "BLUEBIRD")])
for number in range(1, {count} + 1):
    reference = f"{prefix}-{{number}}"
    segments = [["BAK", "00", "AD", reference, "20261120"], ["CTT", "0"]]
    assert env["om.edi.transaction"]._owe(partner, "855", segments, reference).state == "ready"
"""
    )


def claims(count):
    """A script after which a worker claims so many documents at once."""
    return f"from odoo.addons.om_edi_x12.models import om_edi_wrapping\nom_edi_wrapping.TOGETHER = {count}\n"


def states(trading, prefix):
    return dict(
        trading.rows(
            f"""SELECT state, count(*) FROM om_edi_transaction
                 WHERE direction = 'out' AND reference LIKE '{prefix}-%%' GROUP BY 1"""
        )
    )


def assert_sent_once(trading, prefix, count):
    assert states(trading, prefix) == {"sent": count}
    controls, answered, _acks = trading.sent()
    assert controls == list(range(1, len(controls) + 1)), "gap-free, and each number once"
    ours = [number for number in answered if number.startswith(f"{prefix}-")]
    assert sorted(ours) == sorted(f"{prefix}-{number}" for number in range(1, count + 1))


def test_received_document_that_another_worker_has_is_skipped_and_taken_later(trading, gate):
    first = trading.receive(trading.file_of_orders("CLAIM", 3))
    second = trading.receive(trading.file_of_orders("FREE", 3))
    holder = trading.start(gate.before("om.edi.map.850", "_map_in") + PROCESS)
    gate.wait()
    trading.call(PROCESS)  # it would hang here if it waited for the other
    trading.assert_each_order_once(second, "FREE", 3)
    assert trading.value("SELECT state FROM om_intake WHERE id = %s", first) == "processing"
    assert trading.kill(holder)
    trading.process()
    trading.assert_each_order_once(first, "CLAIM", 3)


def test_batches_that_confirm_orders_of_the_same_products_do_not_undo_each_other(trading, gate):
    first = trading.receive(trading.file_of_orders("BATCH", 3))
    second = trading.receive(trading.file_of_orders("AGAIN", 3))
    # it looked at the stock before the other reserved
    slow = trading.start(gate.before("sale.order", "_om_confirm_when_clean") + PROCESS)
    gate.wait()
    trading.call(PROCESS)
    trading.assert_each_order_once(second, "AGAIN", 3)
    gate.let_go()
    trading.finish(slow)
    trading.assert_each_order_once(first, "BATCH", 3)
    assert "could not serialize" not in trading.log.read_text()
    assert moves(trading, first, second) == {"assigned": 12}


def test_worker_killed_before_it_reserves_leaves_that_to_the_next(trading, gate):
    intake = trading.receive(trading.file_of_orders("RESERVE", 3))
    worker = trading.start(gate.before("sale.order", "_om_reserve") + PROCESS)
    gate.wait()
    assert trading.kill(worker)
    assert moves(trading, intake) == {"confirmed": 6}
    trading.process()
    trading.assert_each_order_once(intake, "RESERVE", 3)
    assert moves(trading, intake) == {"assigned": 6}


def test_same_number_that_two_workers_enter_at_the_same_time_is_held_as_a_duplicate(trading, gate):
    first = trading.receive(trading.file_of_orders("PAIR", 1))
    second = trading.receive(trading.file_of_orders("PAIR", 1))
    slow = trading.start(gate.before("sale.order", "_om_confirm_when_clean") + PROCESS)
    gate.wait()
    trading.call(PROCESS)
    gate.let_go()
    trading.finish(slow)
    orders = trading.rows(
        """SELECT o.om_intake_id, e.code FROM sale_order o
             LEFT JOIN om_exception e ON e.order_id = o.id AND e.is_open
            WHERE o.om_intake_id IN %s ORDER BY o.id""",
        (first, second),
    )
    assert [code for _intake, code in orders] == [None, "E-DUP"], "the later one"
    (earlier, _none), (later, _code) = orders
    assert moves(trading, earlier) == {"assigned": 2}
    assert "assigned" not in moves(trading, later)


def moves(trading, *intakes):
    """``{state: count}`` of the deliveries of these files' orders."""
    return dict(
        trading.rows(
            """SELECT m.state, count(*) FROM stock_move m JOIN sale_order_line l ON l.id = m.sale_line_id
                 JOIN sale_order o ON o.id = l.order_id WHERE o.om_intake_id = ANY(%s) GROUP BY 1""",
            list(intakes),
        )
    )


def test_documents_to_send_that_another_worker_has_are_left_to_it_and_taken_when_it_dies(trading, gate):
    owe(trading, "SPLIT", 6)
    holder = trading.start(claims(3) + gate.before("om.edi.interchange", "_can_be_built") + SEND)
    gate.wait()
    trading.call(SEND)  # it would hang here if it waited for the other
    assert states(trading, "SPLIT") == {"sent": 3, "ready": 3}
    assert trading.kill(holder)
    trading.call(SEND)
    assert_sent_once(trading, "SPLIT", 6)


@pytest.mark.parametrize("end", ["goes on", "is killed"])
def test_worker_waits_for_the_numbers_of_another_and_follows_without_a_gap(trading, gate, end):
    prefix = "NUMBER" if end == "goes on" else "GAP"
    owe(trading, prefix, 6)
    # it has its numbers, and has not committed them
    holder = trading.start(claims(3) + gate.before("om.edi.interchange", "_fill") + SEND)
    gate.wait()
    other = trading.start(SEND)
    trading.wait_for(WAITS)
    if end == "goes on":
        gate.let_go()
        trading.finish(holder)
    else:
        assert trading.kill(holder)
    trading.finish(other)
    assert "could not serialize" not in trading.log.read_text(), "it goes on with the number as it is then"
    trading.call(SEND)
    assert_sent_once(trading, prefix, 6)


def test_workers_that_are_killed_while_they_send_to_one_partner_leave_neither_gap_nor_double(trading):
    count, dice, kills = 60, random.Random(810), 0
    owe(trading, "CROWD", count)
    script = claims(2) + "env['om.edi.partner'].search([])._send()"
    for _round in range(12):
        workers = [trading.start(script) for _worker in range(3)]
        time.sleep(dice.uniform(0.02, 0.3))
        kills += sum(trading.kill(worker) for worker in workers)
    assert kills >= 3  # a fast machine is done before it is killed
    trading.call("env['om.edi.partner'].search([])._send()")
    assert_sent_once(trading, "CROWD", count)


def test_documents_become_ready_while_workers_send_and_none_is_left(trading):
    senders = [
        trading.start(claims(3) + f"import time\nfor _n in range(10):\n    {SEND}\n    time.sleep(0.1)")
        for _worker in range(2)
    ]
    for number in range(5):
        owe(trading, f"FLOW{number}", 4)
    for worker in senders:
        trading.finish(worker)
    trading.call(SEND)
    for number in range(5):
        assert_sent_once(trading, f"FLOW{number}", 4)
