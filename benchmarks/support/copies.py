"""Makes a large database out of a small one: rows that belong together are copied many times, by SQL.

A sample is made by the application itself: master data, or orders with all that came of them. Every table
that got rows by it is copied, with references among the copies, so that a database of 200,000 orders holds
the same proportions of lines, deliveries, documents, events and exceptions as the sample.
"""

from typing import NamedTuple

from psycopg2 import sql

# How rows refer to others without a foreign key: (column of the id, column of the model)
SOFT_REFERENCES = (("res_id", "res_model"), ("res_id", "model"))
# What is no data of the business, or is found by name only once
LEFT_OUT = ("ir_", "bus_", "res_users", "res_groups", "mail_mail", "mail_notification")
KEPT = ("ir_attachment",)


class Table(NamedTuple):
    """Rows of a table that belong to a sample: ``low < id <= high``; copy 1 begins ``offset`` above them."""

    low: int
    high: int
    offset: int = 0

    @property
    def span(self):
        return self.high - self.low


class Copies:
    """Copies samples in one database.

    :param texts: ``{table: {column: SQL}}`` of what has to be unique, or should differ; ``source`` is the
        row and ``n`` the number of the copy
    """

    def __init__(self, cursor, texts):
        self.cursor = cursor
        self.texts = texts
        self.columns, self.moments = {}, {}
        self.restore = {}  # statements that make indexes and foreign keys again, by name
        cursor.execute(
            """SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
                 JOIN information_schema.tables t USING (table_schema, table_name)
                WHERE table_schema = current_schema() AND t.table_type = 'BASE TABLE'
                  AND c.is_generated = 'NEVER'"""
        )
        for table, column, kind in cursor.fetchall():
            self.columns.setdefault(table, []).append(column)
            if kind.startswith("timestamp") or kind == "date":
                self.moments[table, column] = kind
        cursor.execute(
            """SELECT conrelid::regclass::text, attname, confrelid::regclass::text
                 FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
                WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"""
        )
        self.references = {(table, column): other for table, column, other in cursor.fetchall()}

    # -------------------------------------------------------------------------------------- samples

    def last_ids(self):
        """``{table: highest id}``; compare before and after to get a sample."""
        found = {}
        for table, columns in self.columns.items():
            if "id" in columns and (table in KEPT or not table.startswith(LEFT_OUT)):
                self.cursor.execute(
                    sql.SQL("SELECT COALESCE(max(id), 0) FROM {}").format(sql.Identifier(table))
                )
                found[table] = self.cursor.fetchone()[0]
        return found

    def sample(self, before):
        """``{table: Table}`` of the rows that were added since :meth:`last_ids` gave ``before``."""
        return {
            table: Table(before[table], high)
            for table, high in self.last_ids().items()
            if high > before[table]
        }

    # -------------------------------------------------------------------------------------- copying

    def multiply(self, sample, copies, masters=None, masters_count=1, minutes=0):
        """Copy the rows of a sample ``copies`` times.

        :param masters: what :meth:`multiply` gave for the sample to which these rows refer
        :param masters_count: copy ``n`` refers to copy ``n % masters_count`` of those
        :param minutes: how much older each copy is than the one before
        :return: the sample, with the places of its copies
        """
        last = self.last_ids()
        placed = {table: rows._replace(offset=last[table] - rows.low) for table, rows in sample.items()}
        links = [table for table in self.columns if self.is_link(table, sample)]
        self.let_go_of([*sample, *links])
        for table in [*sample, *links]:
            self.copy(table, copies, placed, masters or {}, masters_count, minutes)
        for table in sample:
            self.cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [f'"{table}"', placed[table].offset + copies * placed[table].span + placed[table].low],
            )
        return placed

    def finish(self):
        """Make indexes and foreign keys again, take statistics, and commit."""
        self.cursor.execute("SET maintenance_work_mem = '512MB'")
        for statement in self.restore.values():
            self.cursor.execute(statement)
        self.restore.clear()
        self.cursor.execute("ANALYZE")
        self.cursor.execute("RESET maintenance_work_mem")
        self.cursor.commit()

    def is_link(self, table, sample):
        """Is this a table of pairs that refer to the sample?"""
        columns = self.columns[table]
        return "id" not in columns and any(
            self.references.get((table, column)) in sample for column in columns
        )

    def let_go_of(self, tables):
        """Drop indexes and foreign keys of tables until :meth:`finish`.

        Copied rows are not checked: they are as right as those that they were copied from.
        """
        self.cursor.execute(
            """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
                 FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)""",
            [tables],
        )
        foreign = {}
        for table, name, definition in self.cursor.fetchall():
            self.cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            unchecked = definition.removesuffix(" NOT VALID")
            foreign[table, name] = f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {unchecked} NOT VALID'
        self.cursor.execute(
            """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
                WHERE indrelid::regclass::text = ANY(%s)
                  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)""",
            [tables],
        )
        for name, definition in self.cursor.fetchall():
            self.cursor.execute(f"DROP INDEX {name}")
            self.restore[name] = definition
        self.restore.update(foreign)

    def copy(self, table, copies, placed, masters, masters_count, minutes):
        """Insert the copies of one table's rows."""
        values = []
        for column in self.columns[table]:
            value = f'source."{column}"'
            if column == "id":
                value = self.moved(value, placed[table])
            elif written := self.texts.get(table, {}).get(column):
                value = written
            elif other := self.references.get((table, column)):
                value = self.referred(value, other, placed, masters, masters_count)
            elif minutes and (kind := self.moments.get((table, column))):
                value = f"({value} - n * interval '{minutes} minutes')::{kind}"
            else:
                for id_column, model in SOFT_REFERENCES:
                    if column == id_column and model in self.columns[table]:
                        value = self.referred_softly(value, model, placed)
            values.append(value)
        names = ", ".join(f'"{column}"' for column in self.columns[table])
        # names and expressions are the benchmark's own
        self.cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)}'
            f' FROM "{table}" AS source, generate_series(1, {copies}) AS n'
            f" WHERE {self.belongs(table, placed)} ORDER BY n"
        )

    def belongs(self, table, placed):
        """SQL: is the row of the sample?"""
        if table in placed:
            return self.within("source.id", placed[table])
        column, other = next(
            (column, other)
            for column in self.columns[table]
            if (other := self.references.get((table, column))) in placed
        )
        return self.within(f'source."{column}"', placed[other])

    @staticmethod
    def within(value, rows):
        return f"{value} > {rows.low} AND {value} <= {rows.high}"

    @staticmethod
    def moved(value, rows, number="n"):
        return f"{value} + {rows.offset} + ({number} - 1) * {rows.span}"

    def referred(self, value, table, placed, masters, masters_count):
        """SQL of a reference: to the same copy of the sample, to a copy of the masters, or as it was."""
        if rows := placed.get(table):
            return f"CASE WHEN {self.within(value, rows)} THEN {self.moved(value, rows)} ELSE {value} END"
        if (rows := masters.get(table)) and masters_count > 1:
            number = f"n % {masters_count}"
            return (
                f"CASE WHEN {self.within(value, rows)} AND {number} > 0"
                f" THEN {self.moved(value, rows, f'({number})')} ELSE {value} END"
            )
        return value

    def referred_softly(self, value, model, placed):
        """SQL of a reference whose table stands in the row."""
        cases = " ".join(
            f"WHEN source.\"{model}\" = '{table.replace('_', '.')}' AND {self.within(value, rows)}"
            f" THEN {self.moved(value, rows)}"
            for table, rows in placed.items()
        )
        return f"CASE {cases} ELSE {value} END" if cases else value
