"""Time grows linearly with size, whatever the shape of the file.

Measured in processor time, the best of several runs, and with a wide margin: the exact figures are the
benchmark's business.  What is guarded against here is quadratic growth.
"""

from __future__ import annotations

from io import BytesIO
from time import process_time

import pytest
import x12
from conftest import file_of, group_of, set_of

LINE = ["PO1*1*5*EA*2.50**BP*12345*VP*ABC", "PID*F****A WIDGET OF MIDDLING SIZE"]
HEAD = ["BEG*00*SA*PO1**20260102", "N1*ST*SHOP*92*01", "N3*1 ROAD", "N4*TOWN*OH*44139"]


def order(lines: int, control: int, line=LINE) -> list[str]:
    return set_of("850", [*HEAD, *line * lines, f"CTT*{lines}*{lines * 5}"], f"{control:06d}")


def many(transactions: int, lines: int, line=LINE) -> bytes:
    return file_of(group_of([s for i in range(transactions) for s in order(lines, i + 1, line)]))


def seconds_per_megabyte(data: bytes, runs: int = 4) -> float:
    best = float("inf")
    for _ in range(runs):
        start = process_time()
        for _event in x12.read(BytesIO(data)):
            pass
        best = min(best, process_time() - start)
    return best / len(data) * 1e6


def test_ten_times_the_transactions_take_ten_times_as_long():
    seconds_per_megabyte(many(300, 15))
    assert seconds_per_megabyte(many(6000, 15)) < 1.5 * seconds_per_megabyte(many(600, 15))


def test_one_transaction_of_many_lines_is_as_fast_as_many():
    seconds_per_megabyte(many(300, 15))
    assert seconds_per_megabyte(many(1, 50_000)) < 1.6 * seconds_per_megabyte(many(3000, 15))


@pytest.mark.parametrize(
    "line",
    [
        ["PO1*1*FIVE*EA"],
        ["ZZZ*1"],
        ["PO1*1*5*EA", "N3*NO PARTY"],
        ["PO1*1**EA", "PID"],
        ["HL*1**S"],
        ["LS*LDT"],
    ],
    ids=["bad element", "unknown segment", "no loop", "condition", "foreign segment", "open loop"],
)
def test_broken_files_take_linear_time(line):
    small, large = many(1, 500, line), many(1, 8000, line)
    assert seconds_per_megabyte(large, 2) < 3 * seconds_per_megabyte(small, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"ISA" + b"*" * 200_000,
        file_of([])[:106] + b"~" * 500_000,
        file_of([])[:106] + b"GS*" * 100_000,
        file_of([])[:106] + b"ST*850*0001~" * 30_000,
        file_of(group_of(["ST*850*0001", "A" * 1_000_000])),
        file_of(group_of(["ST*850*0001", "N1" + "*" * 500_000])),
        file_of(group_of(["ST*850*0001", "SLN" + "*" * 5 + ">" * 500_000])),
        file_of(group_of(["ST*850*0001", *["HL*1*1*S"] * 20_000])),
        file_of([s for i in range(20_000) for s in ("GS*PO", "GE")]),
        file_of([]) * 2000,
    ],
    ids=range(10),
)
def test_hostile_bytes_do_not_hang(data):
    start = process_time()
    try:
        for _event in x12.read(BytesIO(data)):
            pass
    except x12.X12Error:
        pass
    assert process_time() - start < 6
