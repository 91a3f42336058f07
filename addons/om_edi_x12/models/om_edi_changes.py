"""What mapping a received document again would change on its business records, field by field.

Each map of a received document has ``_replay(documents)``, which tells it for documents of one partner that
were acted on, ``{document: Replayed}``, and changes nothing; and ``_apply_replay(document, changes)``.
"""

from typing import Any, NamedTuple

from odoo import models


class Change(NamedTuple):
    """One field that would change.

    :param place: which record or line, for people; empty for the record of the whole document
    :param field: its label: what the differences of many documents are grouped by
    :param write: what the map needs to apply it
    :param refusal: why it can't be applied, and what to do instead
    """

    place: str
    field: str
    before: str
    after: str
    write: Any = None
    refusal: str = ""

    @property
    def shown(self):
        """What makes it the same change when it is looked at again."""
        return (self.place or "", self.field or "", self.before or "", self.after or "")


class Replayed(NamedTuple):
    """What a replay of one document would do.

    :param refusal: why nothing of it can be applied, and what to do instead
    :param whole: its changes are applied together or not at all
    """

    changes: list
    refusal: str = ""
    whole: bool = False

    @property
    def applicable(self):
        """The changes that can be applied."""
        return [] if self.refusal else [change for change in self.changes if not change.refusal]


def label(record, name):
    """Label of a field."""
    return record._fields[name]._description_string(record.env)


def text(value):
    """A value of a field for people."""
    if isinstance(value, models.BaseModel):
        return ", ".join(name for name in value.mapped("display_name") if name)
    return "" if value is False or value is None else str(value)


def changed(record, name, value):
    """``(before, after)`` as text where ``value`` is not what the field holds; ``None`` where it is."""
    field = record._fields[name]
    if field.type in ("one2many", "many2many"):
        return None
    before = record[name]
    if field.type == "many2one":
        after = record.env[field.comodel_name].browse(value or False)
        return (text(before), text(after)) if before != after else None
    if field.type in ("float", "monetary"):
        same = round(before or 0.0, 6) == round(value or 0.0, 6)
    elif field.type == "selection":
        labels = dict(field._description_selection(record.env))
        same = (before or False) == (value or False)
        before, value = labels.get(before, before), labels.get(value, value)
    else:
        if field.type == "date":
            value = field.to_date(value) if value else False
        same = (before or False) == (value or False)
    return None if same else (text(before), text(value))


def changes_of(record, values, place="", refusal=""):
    """List of :class:`Change`: those of these values that ``record`` does not have; for :func:`write`."""
    return [
        Change(place, label(record, name), *pair, (record, name, value), refusal)
        for name, value in values.items()
        if (pair := changed(record, name, value))
    ]


def write(changes):
    """Write what :func:`changes_of` found."""
    values = {}
    for change in changes:
        record, name, value = change.write
        values.setdefault(record, {})[name] = value
    for record, vals in values.items():
        record.write(vals)
