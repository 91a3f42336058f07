"""What can be done about a line that is short, what each way costs, and which is best. Plain Python.

=============  ============================================  =======================================
way            legal when                                    costs
=============  ============================================  =======================================
wait           a day is known                                penalty on all that waits
split          not ship-complete; shipments and their        a shipment; penalty on the rest
               values within the customer's limits
warehouse      another warehouse has all of it; where it     a shipment, where the order's other
               makes one more shipment, as for a split       goods leave from here
substitute     the customer takes substitutes, and all of    margin lost by its higher cost
               it is free
cancel         not ship-complete                             margin of what is not delivered
=============  ============================================  =======================================

The penalty is a share of the value of late goods, per day of delay and once. Ranking: total cost, then
the earlier day, then the order of this table. All amounts are in the company's currency, quantities in
the product's unit.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

WAYS = ("wait", "split", "warehouse", "substitute", "cancel")


class Warehouse(NamedTuple):
    """Another warehouse that has all of it."""

    id: int
    name: str


class Substitute(NamedTuple):
    """Another product that is free in the quantity that replaces all of it."""

    id: int
    name: str
    ratio: float
    cost: float
    needs_consent: bool


@dataclass
class Situation:
    """A short line, its order and what its customer allows."""

    needed: float
    at_hand: float
    needed_by: date
    today: date
    complete_on: Any = None  # day on which the last piece is there; ``None``: not known
    price: float = 0.0
    cost: float = 0.0
    other_value: float = 0.0  # of the order's other goods that are still to leave
    shipments: int = 0  # of this order, so far
    freight: float = 0.0
    penalty_rate: float = 0.0  # percent a day
    penalty_once: float = 0.0  # percent, as soon as anything is late
    ship_complete: bool = False
    max_shipments: int = 0
    min_ship_value: float = 0.0
    warehouses: list = field(default_factory=list)
    substitutes: list = field(default_factory=list)

    @property
    def missing(self):
        """What is not at hand."""
        return self.needed - self.at_hand

    @property
    def soonest(self):
        """Day on which goods at hand are promised: as asked for, or today when that has gone by."""
        return max(self.needed_by, self.today)

    def penalty(self, value, day):
        """Penalty for goods of ``value`` that come on ``day``."""
        days = max((day - self.needed_by).days, 0)
        return value * (self.penalty_rate * days + (self.penalty_once if days else 0.0)) / 100

    def may_split(self, *values):
        """Is one more shipment legal? ``values`` are those of the shipments that it makes."""
        return (
            not self.ship_complete
            and (not self.max_shipments or self.shipments + 2 <= self.max_shipments)
            and min(values) >= self.min_ship_value
        )


@dataclass
class Option:
    """One way out, with its price."""

    way: str
    promise: Any
    now: float
    later: float = 0.0
    freight: float = 0.0
    margin: float = 0.0
    penalty: float = 0.0
    warehouse: Any = None
    substitute: Any = None

    @property
    def total(self):
        """What it costs in all, to the cent."""
        return round(self.freight + self.margin + self.penalty, 2)

    @property
    def turn(self):
        """Sort key, see the top of this file."""
        name = (self.warehouse or self.substitute or ("", ""))[1]
        return (self.total, self.promise or date.max, WAYS.index(self.way), name)


def options(situation):
    """The legal ways out of a situation, the best first."""
    found = [
        *_wait(situation),
        *_split(situation),
        *_warehouse(situation),
        *_substitute(situation),
        *_cancel(situation),
    ]
    return sorted(found, key=lambda option: option.turn)


def _wait(s):
    if s.complete_on:
        promise = max(s.complete_on, s.soonest)
        late = s.needed * s.price + (s.other_value if s.ship_complete else 0.0)
        yield Option("wait", promise, 0.0, s.needed, penalty=s.penalty(late, promise))


def _split(s):
    if not s.complete_on or not 0 < s.at_hand < s.needed:
        return
    if s.may_split(s.at_hand * s.price + s.other_value, s.missing * s.price):
        promise = max(s.complete_on, s.soonest)
        penalty = s.penalty(s.missing * s.price, promise) + s.penalty(s.at_hand * s.price, s.soonest)
        yield Option("split", promise, s.at_hand, s.missing, freight=s.freight, penalty=penalty)


def _warehouse(s):
    alone = not s.other_value
    if alone or s.may_split(s.needed * s.price, s.other_value):
        penalty = s.penalty(s.needed * s.price, s.soonest)
        for warehouse in s.warehouses:
            yield Option(
                "warehouse",
                s.soonest,
                s.needed,
                freight=0.0 if alone else s.freight,
                penalty=penalty,
                warehouse=warehouse,
            )


def _substitute(s):
    penalty = s.penalty(s.needed * s.price, s.soonest)
    for substitute in s.substitutes:
        margin = max(substitute.ratio * substitute.cost - s.cost, 0.0) * s.needed
        yield Option("substitute", s.soonest, s.needed, margin=margin, penalty=penalty, substitute=substitute)


def _cancel(s):
    if not s.ship_complete:
        margin = max(s.price - s.cost, 0.0) * s.missing
        penalty = s.penalty(s.at_hand * s.price, s.soonest)
        promise = s.soonest if s.at_hand else None
        yield Option("cancel", promise, s.at_hand, margin=margin, penalty=penalty)
