"""What a customer owes and will owe, and how orders compete for what is left of the limit.

Exposure is in company currency, tax included:

=============  =========================================================================  ====
part           what it is                                                                 sign
=============  =========================================================================  ====
open_items     A: posted receivable items with an open debit                                +
unapplied      B: posted receivable items with an open credit (payments, credit notes)      -
unbilled       C: delivered and not on any invoice                                          +
drafts         D: draft invoices                                                            +
orders         E: confirmed, not delivered, not held by credit, not released by a person    +
released       E: the same of orders that a credit analyst released                         +
held           E: the same of orders that credit holds back; not owed until released        0
=============  =========================================================================  ====

Plain Python: knows nothing of Odoo.
"""

from typing import NamedTuple

# Turns in which orders compete for a limit.
PASSED, RELEASED, HELD, QUOTATION = range(4)


class Exposure(NamedTuple):
    """Parts of one customer's exposure in one company."""

    open_items: float = 0.0
    unapplied: float = 0.0
    unbilled: float = 0.0
    drafts: float = 0.0
    orders: float = 0.0
    released: float = 0.0
    held: float = 0.0

    @property
    def debt(self):
        """What has left the house and is not paid: A - B + C + D."""
        return self.open_items - self.unapplied + self.unbilled + self.drafts

    @property
    def total(self):
        """Exposure that counts against the limit: A - B + C + D + E."""
        return self.debt + self.orders + self.released


class OpenOrder(NamedTuple):
    """What one order adds: ``unbilled`` to part C, ``value`` to part E; and its turn."""

    unbilled: float = 0.0
    value: float = 0.0
    turn: int = QUOTATION


class Verdict(NamedTuple):
    """Result for one order: what was there without it, and by how much it is over the limit."""

    limit: float
    exposure: Exposure
    value: float
    over: float

    @property
    def parts(self):
        """The figures as plain values, as an exception and a decision keep them."""
        return {
            "credit_limit": self.limit,
            **self.exposure._asdict(),
            "order_value": self.value,
            "over": max(self.over, 0.0),
        }


def compete(limit, exposure, orders, authorised=frozenset()):
    """Let orders compete for the room that one customer has under the limit.

    :param limit: the limit, above zero
    :param exposure: :class:`Exposure` without any of ``orders``
    :param orders: ``[(order, OpenOrder)]`` in their order of preference
    :param authorised: orders that a person released; they pass, whatever the limit
    :return: ``{order: Verdict}``; an order passes when ``over`` is not above zero or it is authorised

    First those that passed before: what an analyst released beside them does not take their room.
    Then what was released; then held orders; then quotations. In each turn the first that fits takes
    the room; one that does not fit leaves it to the next. What is delivered counts for all, first.
    """
    used = exposure._replace(unbilled=exposure.unbilled + sum(order.unbilled for _key, order in orders))
    verdicts = {}

    def turn(key, order):
        return RELEASED if key in authorised else order.turn

    for key, order in sorted(orders, key=lambda pair: turn(*pair)):
        at = turn(key, order)
        # what people released counts against the next ones, not against those that passed before
        before = used.debt + used.orders + (used.released if at != PASSED else 0.0)
        over = before + order.value - limit if order.value > 0 else 0.0
        verdicts[key] = Verdict(limit, used, order.value, round(over, 6))
        if at == RELEASED:
            used = used._replace(released=used.released + order.value)
        elif round(over, 6) <= 0:
            used = used._replace(orders=used.orders + order.value)
        else:
            used = used._replace(held=used.held + order.value)
    return verdicts
