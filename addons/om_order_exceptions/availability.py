"""How much of what is asked for can be given, and when. Plain Python, nothing of Odoo.

Supply of one product in one warehouse is what is free now, and receipts that come later. Demands are
served one after the other, in the order in which they are given; each takes what is free first, then
the earliest receipts. What no supply covers has no date.

    >>> from datetime import datetime as dt
    >>> pool = Pool(4, [(dt(2026, 3, 9), 10)])
    >>> pool.take(6)
    [(None, 4), (datetime.datetime(2026, 3, 9, 0, 0), 2)]
    >>> pool.take(9)
    [(datetime.datetime(2026, 3, 9, 0, 0), 8)]
"""

from dataclasses import dataclass, field
from typing import Any

# Below this a difference of quantities is noise of binary floats.
NOISE = 1e-6


class Pool:
    """Supply of one product in one warehouse that demands share."""

    def __init__(self, free=0.0, receipts=()):
        """Start a pool.

        :param free: quantity that is there now and reserved by nobody; less than nothing counts as nothing
        :param receipts: ``(when, quantity)`` pairs in any order
        """
        self.free = max(free, 0.0)
        self._receipts = sorted(([when, quantity] for when, quantity in receipts), key=lambda pair: pair[0])

    def duplicate(self):
        """The same supply once more, to be shared out on its own."""
        return Pool(self.free, self._receipts)

    def take(self, quantity):
        """Take ``quantity`` or what there is of it.

        :return: ``[(when, quantity)]``; ``None`` is now
        """
        parts = []
        if now := min(quantity, self.free):
            self.free -= now
            quantity -= now
            parts.append((None, now))
        for receipt in self._receipts:
            if quantity <= NOISE:
                break
            if share := min(quantity, receipt[1]):
                receipt[1] -= share
                quantity -= share
                parts.append((receipt[0], share))
        return parts


@dataclass
class Supply:
    """What one order line gets: its need, and the parts that cover it, in the product's unit."""

    needed: float = 0.0
    # (when, quantity): ``None`` is now
    parts: list = field(default_factory=list)
    from_stock: bool = True
    needed_by: Any = None

    @property
    def at_hand(self):
        """What could leave now: own reservations and free stock."""
        return sum(quantity for when, quantity in self.parts if when is None)

    @property
    def missing(self):
        """What neither stock nor a planned receipt covers."""
        return max(self.needed - sum(quantity for _when, quantity in self.parts), 0.0)

    @property
    def complete_at(self):
        """When the last piece is there; ``None``: now, or never where something is missing."""
        return max((when for when, _quantity in self.parts if when is not None), default=None)

    def short_at(self, is_in_time):
        """What is not there in time.

        :param is_in_time: function of a moment: is what comes then in time?
        """
        late = sum(quantity for when, quantity in self.parts if when is not None and not is_in_time(when))
        short = late + self.missing
        return short if short > NOISE else 0.0
