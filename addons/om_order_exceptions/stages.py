"""Stages of an order at which a gate stands, and which exceptions close which gate.

An exception type names the first stage that it blocks. Blocking is derived from open exceptions
only; there is no hold flag beside them.

=========  ==================================================  =========================
gate       guards                                              closed by exceptions that
                                                               block
=========  ==================================================  =========================
confirm    ``sale.order.action_confirm``                       confirm
release    reservation (``stock.move._action_assign``)         confirm, release
ship       ``stock.move._action_done``                         confirm, release, ship
invoice    ``account.move._post``                              confirm, invoice
=========  ==================================================  =========================

The invoice gate leaves out *release* and *ship*: what has left the house before a hold was put on
the rest of the order is owed and must be billed, and a prepayment invoice is often the very cure of
a release hold.
"""

STAGES = [("confirm", "Confirm"), ("release", "Release"), ("ship", "Ship"), ("invoice", "Invoice")]

GATES = {
    "confirm": ("confirm",),
    "release": ("confirm", "release"),
    "ship": ("confirm", "release", "ship"),
    "invoice": ("confirm", "invoice"),
}


class _Internal:
    """A context value that no client can send, for switches that RPC must not be able to flip.

    JSON and XML-RPC carry only plain values, so ``context.get(key) is INTERNAL`` is true for calls
    from our own code alone.
    """

    __slots__ = ()

    def __repr__(self):
        return "<internal>"


INTERNAL = _Internal()
