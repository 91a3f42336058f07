"""Check digits: one key at a time and many at once must agree."""

from __future__ import annotations

import random

import pytest
from x12 import gs1


def keys(widths: tuple[int, ...], spoiled: float, count: int) -> list[bytes]:
    chance = random.Random(f"{widths} {spoiled} {count}")
    made = []
    for _ in range(count):
        body = "".join(chance.choices("0123456789", k=chance.choice(widths) - 1))
        wrong = chance.random() < spoiled
        made.append(f"{body}{(gs1.check_digit(body) + wrong * chance.randint(1, 9)) % 10}".encode())
    return made


@pytest.mark.parametrize("widths", [(8,), (12,), (13,), (14,), (8, 12, 13, 14)])
@pytest.mark.parametrize("count", [1, 2, 15, 400])
def test_many_keys_at_once_are_valid_if_each_is(widths, count):
    valid = keys(widths, 0, count)
    assert gs1.are_gtins(valid) and all(map(gs1.is_gtin, valid))
    for spoiled in (0.01, 0.5):
        some = keys(widths, spoiled, count)
        assert gs1.are_gtins(some) == all(map(gs1.is_gtin, some))


@pytest.mark.parametrize("key", [b"", b"12345678901X", b"1234567", b"123456789", b"00000000000000000000"])
def test_what_is_no_gtin_spoils_the_lot(key):
    assert not gs1.is_gtin(key)
    assert not gs1.are_gtins([key])
    assert not gs1.are_gtins([b"036000291452", key])
