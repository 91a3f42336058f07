"""Reading a big interchange: the memory does not grow with the number of its transactions."""

import json

# About 20 MB. What is read is not acted on here.
ORDERS = 11_000
LINES = 34

STORE = """
from pathlib import Path
env["om.intake"]._receive(Path({path!r}).read_bytes(), "upload", file_name="big.edi")
env.cr.commit()
"""
READ = """
import json, re, time
from pathlib import Path

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

intake = env["om.intake"].search([("file_name", "=", "big.edi")], order="id desc", limit=1)
type(intake)._x12_act = lambda self: None
before = peak()
start = time.monotonic()
intake._process()
seconds = time.monotonic() - start
print(json.dumps(dict(
    state=intake.state, message=intake.message, size=intake.size, seconds=seconds, before=before, peak=peak(),
    orders=len(env["om.edi.transaction"].search([("intake_id", "=", intake.id), ("direction", "=", "in")])),
)))
intake._finish("failed")  # nobody acts on it later
env.cr.commit()
"""


def read(trading, path, data):
    """Store bytes, and read them in a fresh process; return its figures (seconds, MB)."""
    path.write_bytes(data)
    trading.call(STORE.format(path=str(path)))
    figures = json.loads(trading.call(READ))
    text = "{size:,} bytes, {orders:,} orders: {seconds:.1f} s, peak {peak:.0f} MB, before {before:.0f} MB"
    print(text.format(**figures))
    return figures


def test_memory_does_not_grow_with_the_number_of_orders_in_a_file(trading, tmp_path):
    orders = [ORDERS // 10, ORDERS]
    small, big = (
        read(trading, tmp_path / "big.edi", trading.file_of_orders(f"BIG{n}", n, sender="FINCH", lines=LINES))
        for n in orders
    )
    assert [small["orders"], big["orders"]] == orders
    assert small["state"] == big["state"] == "processing"
    assert big["size"] > 20_000_000
    assert big["peak"] < small["peak"] + 40
    assert big["seconds"] < 60


def test_memory_does_not_grow_with_the_number_of_faults_in_a_file(trading, tmp_path):
    orders = [ORDERS // 10, ORDERS]
    small, big = (
        read(
            trading,
            tmp_path / "big.edi",
            # every order has a date that does not exist and declares more segments than it has
            trading.file_of_orders(f"BAD{n}", n, sender="FINCH")
            .replace(b"DTM*002*20", b"DTM*002*99")
            .replace(b"~SE*", b"~SE*9"),
        )
        for n in orders
    )
    assert [small["orders"], big["orders"]] == orders
    assert small["state"] == big["state"] == "failed"
    assert "more" in big["message"]
    assert len(big["message"]) < 10_000
    assert big["peak"] < small["peak"] + 60, "what is wrong with each order is told in one 997"
    assert big["seconds"] < 60
