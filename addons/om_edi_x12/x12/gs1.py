"""GS1 identification keys: check digits of GTIN, GLN and SSCC (GS1 General Specifications, 7.9)."""

from __future__ import annotations

GTIN_QUALIFIERS = ("UP", "UK", "EN", "EO")
"""Product id qualifiers (element 235) whose value ends in a check digit.

UI (1-5-5), UA (2-5-5) and element 438 (UPC case code, 1-1-5-5) have none."""


def check_digit(digits: str) -> int:
    """The check digit that follows `digits` (without one): weights 3 and 1 from the right."""
    if not digits.isdecimal():
        raise ValueError(f"a GS1 key has digits only, not {digits!r}")
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return -total % 10


def has_valid_check_digit(key: str | bytes) -> bool:
    """True if the last digit of an all-digit key is its check digit."""
    if isinstance(key, str):
        key = key.encode("latin-1", "replace")
    key = key.rjust(-(-len(key) // 4) * 4, b"0")
    try:
        return bool(key) and sum(QUADS[key[i : i + 4]] for i in range(0, len(key), 4)) % 10 == 0
    except KeyError:
        return False


def is_gtin(key: bytes) -> bool:
    """True for a GTIN of 8, 12, 13 or 14 digits with a valid check digit."""
    if len(key) != 12:
        return len(key) in (8, 13, 14) and has_valid_check_digit(key)
    try:  # the UPC-12, on every line of every order, gets a way of its own
        return (QUADS[key[:4]] + QUADS[key[4:8]] + QUADS[key[8:]]) % 10 == 0
    except KeyError:
        return False


class _Quads(dict):
    """The weighted sum of four digits, filled when first asked; KeyError for anything but four digits."""

    def __missing__(self, quad: bytes) -> int:
        if len(quad) != 4 or not quad.isdigit():
            raise KeyError(quad)
        self[quad] = total = 3 * sum(map(int, quad.decode()[::2])) + sum(map(int, quad.decode()[1::2]))
        return total


QUADS = _Quads()


def sscc(extension: int | str, prefix: str, serial: int | str) -> str:
    """An SSCC of 18 digits: extension digit, GS1 company prefix, serial reference, check digit.

    The serial is padded with zeros to fill the key; ValueError if it does not fit.
    """
    room = 16 - len(prefix)
    reference = str(serial).rjust(room, "0")
    body = f"{extension}{prefix}{reference}"
    if len(body) != 17 or not body.isdecimal():
        raise ValueError(f"extension {extension}, prefix {prefix} and serial {serial} don't make 17 digits")
    return f"{body}{check_digit(body)}"
