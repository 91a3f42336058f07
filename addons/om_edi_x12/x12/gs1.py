"""GS1 identification keys: check digits of GTIN, GLN and SSCC (GS1 General Specifications, 7.9)."""

from __future__ import annotations

GTIN_QUALIFIERS = {"UP": 12, "UK": 14, "EN": 13, "EO": 8}
"""Product id qualifiers (element 235) whose value ends in a check digit, with its usual length.

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
    if not key.isdigit():
        return False
    return (3 * sum(key[-2::-2]) + sum(key[-1::-2]) - 48 * _weights(len(key))) % 10 == 0


def _weights(length: int) -> int:
    return 3 * (length // 2) + (length + 1) // 2


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
