"""Rubbish through the real intake: always a state and a reason, never a traceback, never half an order."""

import random
import re

from x12_bytes import interchange, purchase_order

LINES = [("1", "10", "EA", "100", "VN", "KET-1"), ("2", "5", "EA", "40", "VN", "TOA-1")]
ORDERS = 3


def mutation(data, dice, kind):
    """``data`` cut, flipped, doubled, shuffled or mixed with rubbish at random places."""
    place, other = sorted(dice.sample(range(len(data)), 2))
    if kind == "cut":
        return data[:place]
    if kind == "flip":
        flipped = bytearray(data)
        for _flip in range(dice.randint(1, 4)):
            flipped[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        return bytes(flipped)
    if kind == "gap":
        return data[:place] + data[other:]
    if kind == "twice":
        return data[:other] + data[place:]
    if kind == "insert":
        return data[:place] + dice.randbytes(3) + data[place:]
    segments = data.split(b"~")
    first, second = dice.sample(range(len(segments) - 1), 2)
    segments[first], segments[second] = segments[second], segments[first]
    return b"~".join(segments)


def rubbish(dice):
    yield b""
    yield b"\0" * 300
    yield b"ISA"
    yield b"ISA" + b"*" * 200
    yield b"PK\x03\x04 a zip file"
    yield b"\xef\xbb\xbfISA*00*"
    yield "ISA*00*\N{SNOWMAN}".encode("utf-16")
    for size in (1, 105, 106, 107, 5000, 100_000):
        yield dice.randbytes(size)
    yield b"ISA" + dice.randbytes(5000)


def test_rubbish_is_visible_and_makes_no_half_order(trading):
    trading.log_errors()
    dice = random.Random(20261123)
    documents = list(rubbish(dice))
    for number in range(48):
        orders = [purchase_order(f"RUB{number}-{order}", LINES) for order in range(ORDERS)]
        valid = interchange(*orders, control=8000 + number, sender="FINCH")
        documents.append(mutation(valid, dice, ("flip", "insert", "cut", "gap", "twice", "swap")[number % 6]))
    script = (
        f"for data in {documents!r}:\n"
        "    env['om.intake']._receive(data, 'upload', file_name='rubbish.edi')\n"
        "    env.cr.commit()\n"
    )
    first = trading.value("SELECT COALESCE(max(id), 0) FROM om_intake")
    trading.call(script)
    trading.process()
    assert not trading.log_errors()

    intakes = trading.rows("SELECT id, state, message FROM om_intake WHERE id > %s ORDER BY id", first)
    assert len(intakes) == len(documents)
    for (intake, state, message), data in zip(intakes, documents, strict=True):
        assert state in ("done", "attention", "failed", "duplicate"), data
        assert message or state == "done", data
        assert not re.search(r"Traceback|Error\b.*\(|object has no attribute|NoneType", message or ""), (
            message
        )
        assert trading.value("SELECT attempts <= 1 FROM om_intake WHERE id = %s", intake)

    states = [state for _intake, state, _message in intakes]
    assert states[: len(list(rubbish(dice)))].count("failed") >= 13
    assert states.count("failed") < len(states), "some mutations are harmless"

    # an order comes from a transaction that was accepted and acted on, and has all of its lines
    for order, transaction, state, ack in trading.rows(
        """SELECT o.id, t.id, t.state, t.ack_state FROM sale_order o
             LEFT JOIN om_edi_transaction t ON t.id = o.om_edi_transaction_id WHERE o.om_intake_id > %s""",
        first,
    ):
        assert (state, ack in ("A", "E")) == ("done", True), (order, transaction)
    counted = trading.call(
        f"""
orders = env["sale.order"].search([("om_intake_id", "in", {[intake for intake, *_rest in intakes]})])
for order in orders:
    transaction = order.om_edi_transaction_id
    mark = transaction.interchange_id._received_delimiters()
    raw = transaction._bytes()
    found = sum(s.strip().startswith(b"PO1" + mark.element) for s in raw.split(mark.terminator))
    lines = order.order_line.filtered("om_raw")
    print(order.id, found, len(lines), len(order.order_line))
"""
    )
    figures = [tuple(map(int, line.split())) for line in counted.splitlines()]
    assert len(figures) > 30
    for order, found, lines, all_lines in figures:
        assert found == lines == all_lines, order
