"""A short, repeatable fuzz run; the long one is in ../fuzz."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
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
