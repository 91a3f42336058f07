"""What the documents share: parties, references, dates, items, terms; each with its way in and out.

Way in: functions that read a `Loop`.  Way out: functions that give segments, lists of text elements, in the
order of the set.  Numbers go out without exponent and trailing zeros; dates as CCYYMMDD.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from ..errors import BuildError
from .outline import Loop, Row

Segment = list[str]
Items = dict[str, str]


class Reference(NamedTuple):
    """REF or N9: qualifier (element 128), identification, description."""

    qualifier: str
    value: str
    description: str = ""


class Schedule(NamedTuple):
    """SCH: quantity and unit wanted at a date."""

    quantity: Decimal | None
    unit: str
    date: date | None


class Contact(NamedTuple):
    """PER: function, name, and numbers by qualifier (TE telephone, EM e-mail, FX fax)."""

    function: str
    name: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


class Carrier(NamedTuple):
    """TD5: carrier by SCAC, mode of transport (element 91), routing in words, service level.

    TD5 has one place for words: the name is sent only where there is no routing.
    """

    scac: str = ""
    name: str = ""
    routing: str = ""
    mode: str = ""
    service: str = ""


@dataclass
class Party:
    """N1 loop: entity (N101), name, identification with its qualifier, address."""

    entity: str
    name: str = ""
    id_qualifier: str = ""
    id: str = ""
    address: list[str] = field(default_factory=list)
    city: str = ""
    state: str = ""
    postal: str = ""
    country: str = ""
    contacts: list[Contact] = field(default_factory=list)


@dataclass
class Terms:
    """ITD: terms of payment.  Percents as given (2 is two per cent), days as numbers, amounts in money."""

    type: str = ""
    basis: str = ""
    discount_percent: Decimal | None = None
    discount_date: date | None = None
    discount_days: int | None = None
    net_date: date | None = None
    days_due: int | None = None
    discount_amount: Decimal | None = None
    description: str = ""


@dataclass
class Charge:
    """SAC: indicator A allowance, C charge; code (element 1300); amount in money; handling (element 331)."""

    indicator: str
    code: str = ""
    amount: Decimal | None = None
    percent: Decimal | None = None
    handling: str = ""
    description: str = ""


class Tax(NamedTuple):
    """TXI: tax code (element 963), amount in money, per cent."""

    code: str
    amount: Decimal | None = None
    percent: Decimal | None = None


# Way in


def read_parties(loop: Loop) -> list[Party]:
    return [_read_party(turn) for turn in loop.turns("N1")]


def _read_party(turn: Loop) -> Party:
    n1, n4 = turn.first("N1"), turn.first("N4")
    # N2 goes on with the name; N3 are the lines of the address.
    names = [n1[2], *(row[i] for row in turn.rows("N2") for i in (1, 2))]
    address = [row[i] for row in turn.rows("N3") for i in (1, 2) if row[i]]
    name = " ".join(filter(None, names))
    return Party(n1[1], name, n1[3], n1[4], address, n4[1], n4[2], n4[3], n4[4], read_contacts(turn))


def read_contacts(loop: Loop) -> list[Contact]:
    contacts = []
    for row in loop.rows("PER"):
        numbers = tuple((row[i], row[i + 1]) for i in (3, 5, 7) if row[i] and row[i + 1])
        contacts.append(Contact(row[1], row[2], numbers))
    return contacts


def read_references(loop: Loop, id_: str = "REF") -> list[Reference]:
    return [Reference(row[1], row[2], row[3]) for row in loop.rows(id_) if row[1]]


def read_dates(loop: Loop) -> dict[str, date]:
    """Dates by qualifier (element 374); the first of each counts."""
    dates: dict[str, date] = {}
    for row in loop.rows("DTM"):
        value = row.date(2)
        if row[1] and value:
            dates.setdefault(row[1], value)
    return dates


def read_items(row: Row, position: int) -> Items:
    """Product ids by qualifier (element 235): pairs from `position` on."""
    pairs = ((row[i], row[i + 1]) for i in range(position, len(row), 2))
    return {qualifier: value for qualifier, value in pairs if qualifier and value}


def read_description(loop: Loop) -> str:
    return " ".join(row[5] for row in loop.rows("PID") if row[5])


def read_notes(loop: Loop) -> list[str]:
    """Free text: MSG, MTX and NTE; under N9 the lines of one turn are one note."""
    notes = [_note(row) for row in loop.rows("MSG", "MTX", "NTE")]
    for turn in loop.turns("N9"):
        notes.append(" ".join(_note(row) for row in turn.rows("MSG", "MTX")))
    return [note for note in notes if note]


def _note(row: Row) -> str:
    return row[1] if row.id == "MSG" else row[2]


def read_carriers(loop: Loop) -> list[Carrier]:
    return [
        Carrier(row[3] if row[2] == "2" else "", "" if row[2] == "2" else row[3], row[5], row[4], row[12])
        for row in loop.rows("TD5")
    ]


def read_terms(loop: Loop) -> Terms | None:
    row = loop.first("ITD")
    if not row.ordinal:
        return None
    return Terms(
        row[1], row[2], row.decimal(3), row.date(4), row.integer(5), row.date(6), row.integer(7),
        row.decimal(8, places=2), row[12],
    )  # fmt: skip


def read_charges(loop: Loop) -> list[Charge]:
    return [
        Charge(row[1], row[2], row.decimal(5, places=2), row.decimal(7), row[12], row[15])
        for row in loop.rows("SAC")
    ]


def read_taxes(loop: Loop) -> list[Tax]:
    return [Tax(row[1], row.decimal(2), row.decimal(3)) for row in loop.rows("TXI")]


# Way out


def number(value: Decimal | int | None) -> str:
    """A decimal number (type R): no exponent, no trailing zeros."""
    if value is None:
        return ""
    try:
        value = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise BuildError(f"{value!r} is not a number") from None
    if not value.is_finite():
        raise BuildError(f"{value!r} is not a number")
    text = format(value, "f")
    return (
        (text.rstrip("0").rstrip(".") if "." in text else text).replace("-0", "0")
        if not value
        else (text.rstrip("0").rstrip(".") if "." in text else text)
    )


def cents(value: Decimal | None) -> str:
    """An amount of money with two implied decimals (type N2); BuildError if it has more."""
    if value is None:
        return ""
    scaled = Decimal(value).scaleb(2)
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise BuildError(f"amount {value} has more than two decimals; round it first")
    return str(int(scaled))


def day(value: date | None) -> str:
    return f"{value:%Y%m%d}" if value else ""


def segment(id_: str, *elements: str) -> list[Segment]:
    """One segment, or none if all its elements are empty.  The caller sees which element was None."""
    return [[id_, *elements]] if any(elements) else []


def write_party(party: Party) -> list[Segment]:
    name, *more = split_text(party.name, 60) or [""]
    segments = [["N1", party.entity, name, party.id_qualifier, party.id]]
    segments += [["N2", *more[i : i + 2]] for i in range(0, len(more), 2)]
    for i in range(0, len(party.address), 2):
        segments.append(["N3", *party.address[i : i + 2]])
    segments += segment("N4", party.city, party.state, party.postal, party.country)
    return segments + write_contacts(party.contacts)


def write_contacts(contacts: Iterable[Contact]) -> list[Segment]:
    return [["PER", c.function, c.name, *(part for pair in c.numbers for part in pair)] for c in contacts]


def write_references(references: Iterable, id_: str = "REF") -> list[Segment]:
    return [[id_, *Reference(*reference)] for reference in references]


def write_dates(dates: dict[str, date]) -> list[Segment]:
    return [["DTM", qualifier, day(value)] for qualifier, value in dates.items()]


def write_items(items: Items, most: int) -> list[str]:
    """Pairs of qualifier and id for the end of a segment; BuildError if there is no room for all."""
    if len(items) > most:
        raise BuildError(
            f"{len(items)} product ids ({', '.join(items)}), but the segment has room for {most}"
        )
    return [part for pair in items.items() for part in pair]


def write_description(description: str) -> list[Segment]:
    """PID with free text, split over several where it is longer than 80 characters."""
    return [["PID", "F", "", "", "", piece] for piece in split_text(description, 80)]


def split_text(text: str, width: int) -> list[str]:
    """Pieces of at most `width` characters, split at blanks where there are any."""
    if len(text) <= width:
        return [text] if text else []
    pieces = []
    text = " ".join(text.split())  # a run of blanks at a cut could not be told from one
    while len(text) > width:
        cut = text.rfind(" ", 0, width + 1)
        cut = cut if cut > 0 else width
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return pieces + [text] if text else pieces


def write_carrier(carrier: Carrier) -> list[Segment]:
    if not any(carrier):
        return []
    qualifier, words = "2" if carrier.scac else "", carrier.routing or carrier.name
    return [["TD5", "", qualifier, carrier.scac, carrier.mode, words, *[""] * 6, carrier.service]]


def write_terms(terms: Terms | None) -> list[Segment]:
    if terms is None:
        return []
    return [
        [
            "ITD", terms.type, terms.basis, number(terms.discount_percent), day(terms.discount_date),
            number(terms.discount_days), day(terms.net_date), number(terms.days_due),
            cents(terms.discount_amount), "", "", "", terms.description,
        ]
    ]  # fmt: skip


def write_charges(charges: Iterable[Charge]) -> list[Segment]:
    return [
        [
            "SAC", c.indicator, c.code, "", "", cents(c.amount), "3" if c.percent is not None else "",
            number(c.percent), "", "", "", "", c.handling, "", "", c.description,
        ]
        for c in charges
    ]  # fmt: skip


def write_taxes(taxes: Iterable) -> list[Segment]:
    return [["TXI", tax.code, number(tax.amount), number(tax.percent)] for tax in (Tax(*t) for t in taxes)]


def hash_total(quantities: Iterable[Decimal | None]) -> str:
    """CTT02: quantities added without regard to decimal point and sign, cut on the left to ten digits."""
    digits = (
        number(quantity).replace(".", "").replace("-", "") for quantity in quantities if quantity is not None
    )
    return str(sum(int(text) for text in digits) % 10**10)
