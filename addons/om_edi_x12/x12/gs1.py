"""GS1 identification keys: check digits of GTIN, GLN and SSCC (GS1 General Specifications, 7.9)."""

from __future__ import annotations

GTIN_QUALIFIERS = ("UP", "UK", "EN", "EO")
"""Product id qualifiers (element 235) whose value ends in a check digit.

UI (1-5-5), UA (2-5-5) and element 438 (UPC case code, 1-1-5-5) have none."""
GTIN_LENGTHS = frozenset({8, 12, 13, 14})
DIGIT_VALUES = bytes(range(0x30)) + bytes(range(10)) + bytes(range(0x3A, 0x100))
WEIGHTS = {width: int.from_bytes(b"\x03\x01" * (width // 2), "little") for width in (8, 12, 14)}
TENS = bytes(range(0, 256, 10))


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
    return key.isdigit() and (3 * sum(key[-2::-2]) + sum(key[-1::-2]) - _zeros(len(key))) % 10 == 0


def _zeros(length: int) -> int:
    """The weighted sum of that many characters "0"."""
    return 0x30 * (3 * (length // 2) + (length + 1) // 2)


def is_gtin(key: bytes) -> bool:
    """True for a GTIN of 8, 12, 13 or 14 digits with a valid check digit."""
    return len(key) in GTIN_LENGTHS and has_valid_check_digit(key)


def are_gtins(keys: list[bytes]) -> bool:
    """True if all keys are GTINs, by one multiplication over all of them.

    The digits of all keys make one large integer, a byte per digit.  Times an integer whose bytes are the
    weights, every byte of the product is the weighted sum of as many digits as there are weights: 252 at
    most, so nothing carries.  The byte where a key ends is the sum of that key.
    """
    width = len(keys[0])
    if width not in WEIGHTS or set(map(len, keys)) != {width}:
        if not GTIN_LENGTHS.issuperset(map(len, keys)):
            return False
        width = 14
        keys = [key.rjust(width, b"0") for key in keys]
    digits = b"".join(keys)
    if not digits.isdigit():
        return False
    product = int.from_bytes(digits.translate(DIGIT_VALUES), "big") * WEIGHTS[width]
    sums = product.to_bytes(len(digits) + width - 1, "big")[width - 1 :: width]
    return not sums.translate(None, TENS)


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
