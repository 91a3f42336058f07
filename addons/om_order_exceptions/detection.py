"""What a detector is and what it returns.

A detector is a method of the document's model, named ``_om_detect_<name>``, that takes a recordset
and returns a list of :class:`Finding`; its number of queries must not grow with the recordset. The
decorator :func:`detector` names the exception code and the fields it reads, so that a write on one
of them re-runs this detector and no other.

**Suspects by one query, diagnosis by the ORM.** Nearly all documents are clean. A detector of orders
may therefore say in SQL which orders *may* have its finding: all these conditions are asked in one
query for any number of orders, and the method sees the suspects only. The condition must hold for
every order that the method would find something on; it may hold for more. What it may name:

================  ==============================================================================
alias             row
================  ==============================================================================
``o``             ``sale_order``
``company``       ``res_company`` of the order
``customer``      ``res_partner`` of the order; ``partner``: its commercial partner;
                  ``shipping``: where the goods go
``clock.now``     the moment of the check (naive UTC; the database's ``now()`` knows no frozen time)
``l``             ``sale_order_line`` (``suspect_line`` only, as all below)
``product``       ``product_product`` and ``template``: ``product_template``; NULL for notes
``stock.free``    on hand less reserved of the line's product in the order's warehouse, in the
                  product's unit; NULL where there is none
================  ==============================================================================
"""

from typing import Any, NamedTuple


class Finding(NamedTuple):
    """One thing that is wrong on one document.

    :param record: the document (one record)
    :param found: what stands there, for people
    :param expected: what should stand there, for people
    :param key: tells apart several findings of one code on one document (or line); the same cause
        must give the same key at each run
    :param line: the document's line, or an empty value
    :param amount: money at risk, in the currency of the document
    :param severity: overrides the type's severity when not ``None``
    :param values: ``{field: plain value}`` of the exception that an addon keeps up to date beside these
    :param cause: what several findings of one code have in common when one cure ends them all, such as
        a part number; ``None``: as the type says
    """

    record: Any
    found: str
    expected: str = ""
    key: str = ""
    line: Any = None
    amount: float = 0.0
    severity: Any = None
    values: Any = None
    cause: Any = None

    @property
    def identity(self):
        """Key that is unique for open exceptions of one type on one document."""
        return f"{self.line.id}:{self.key}" if self.line else self.key


def detector(code, *, order=(), line=(), fields=(), suspect_order="", suspect_line=""):
    """Mark a method as a detector of exception ``code``. Several may detect the same code.

    :param code: code of the ``om.exception.type``, such as ``E-DUP``
    :param order: names of the order's fields that the detector reads
    :param line: names of the order line's fields that the detector reads
    :param fields: names of the fields that the detector of another document than an order reads
    :param suspect_order: SQL condition on an order, see above; ``%`` is written ``%%``
    :param suspect_line: SQL condition on one of its lines. With neither the method sees all orders.
    """

    def mark(method):
        method._om_code = code
        method._om_fields = frozenset((*order, *fields))
        method._om_line_fields = frozenset(line)
        method._om_suspect_order = suspect_order
        method._om_suspect_line = suspect_line
        return method

    return mark
