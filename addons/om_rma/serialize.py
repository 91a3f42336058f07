"""Let one transaction at a time decide about a set of rows.

PostgreSQL's ``REPEATABLE READ``, in which Odoo runs, makes a plain row lock too weak for a guard that
sums up *other* rows: whoever waited for the lock goes on with the snapshot it took before, and does
not see what the first one added. A row that was *written* since the snapshot, however, ends the
second transaction with a serialisation failure, and Odoo runs its request again on fresh data.
"""

from odoo.tools import SQL


def serialize(records):
    """Write the rows of ``records`` without changing them; see the module's text.

    :param records: any recordset; sort order is by id, so that two callers do not deadlock
    """
    if not records:
        return
    table = SQL.identifier(records._table)
    records.env.cr.execute(
        SQL(
            """
            UPDATE %(table)s SET write_date = %(table)s.write_date
              FROM (SELECT id FROM %(table)s WHERE id IN %(ids)s ORDER BY id FOR NO KEY UPDATE) AS locked
             WHERE %(table)s.id = locked.id
            """,
            table=table,
            ids=tuple(records.ids),
        )
    )
