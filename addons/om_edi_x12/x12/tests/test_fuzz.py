"""A short, repeatable fuzz run; the long one is in ../fuzz."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conftest import file_of
from hypothesis import given, settings
from hypothesis import strategies as st
from one_input import one_input

FUZZ = Path(__file__).parents[1] / "fuzz"
SEEDS = sorted((FUZZ / "corpus").iterdir())
TOKENS = [
    b"~",
    b"*",
    b">",
    b"^",
    b"\r\n",
    b"ISA*",
    b"GS*",
    b"ST*",
    b"SE*",
    b"GE*",
    b"IEA*",
    b"\x00",
    b"\xff",
    b"9" * 40,
]
MUTATIONS_PER_SEED = 150


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_mutations_of_a_seed(seed):
    chance = random.Random(seed.name)
    data = seed.read_bytes()
    one_input(data)
    for _ in range(MUTATIONS_PER_SEED):
        one_input(mutated(data, chance))


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to four changes: cut, repeat, overwrite, insert a token."""
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 1, 2, 8, 60)))
        data = chance.choice(
            (
                data[:start] + data[end:],
                data[:end] + data[start:],
                data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :],
                data[:start] + chance.choice(TOKENS) + data[start:],
                data[:start] + chance.choice(TOKENS) + data[end:],
            )
        )
    return data


def test_every_prefix_of_a_file_has_its_ends():
    data = (FUZZ / "corpus" / "850_004010.x12").read_bytes()
    for length in range(len(data)):
        one_input(data[:length])


SEGMENT = st.sampled_from(
    "GS*PO*A*B*20260102*1200*1*X*004010|GE*1*1|IEA*1*000000001|ST*850*0001|SE*4*0001|BEG*00*SA*1**20260102|"
    "PO1*1*5*EA|PO1|N1*ST*A|N3*B|HL*1**S|LS*LDT|LE*LDT|CTT*1|AK1*PO*1|TA1*000000001*260102*1200*A*000|"
    "ISA*00|ZZ|*|ST**|SE|ST*856*0002|ST*997*0003|BSN*00*S*20260102*1200|SLN*1**I*5*EA>1".split("|")
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(SEGMENT, max_size=25), st.sampled_from(["~", "~\r\n"]))
def test_any_order_of_segments(segments, terminator):
    isa = file_of([])[:105].decode()
    one_input("".join(segment + terminator for segment in (isa, *segments)).encode())


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=300))
def test_any_bytes(data):
    one_input(data)
    one_input(file_of([])[:106] + data)
