"""A table to which rows are added and in which none is changed or deleted, not even by SQL.

The ORM's own refusals keep out what goes through the ORM. A trigger keeps out the rest: a deletion
that cascades, a script, a hand on the database. It lets one thing pass, the foreign key that empties
a reference when the record it points at is deleted (a quotation, say): that is the database's own
work, inside another trigger, and changes nothing else.
"""

from odoo.tools import SQL

FUNCTION = "om_append_only"


def guard_table(cr, table, may_become_null=()):
    """Make ``table`` append only; safe to call again.

    :param may_become_null: columns that a foreign key ``ON DELETE SET NULL`` may empty
    """
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS $guard$
            BEGIN
                IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1
                   AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV
                   AND jsonb_strip_nulls(to_jsonb(NEW)) <@ to_jsonb(OLD)
                THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION USING
                    MESSAGE = TG_TABLE_NAME || ' is append only: ' || TG_OP || ' refused',
                    ERRCODE = 'restrict_violation';
            END $guard$;
            DROP TRIGGER IF EXISTS %(rows)s ON %(table)s;
            CREATE TRIGGER %(rows)s BEFORE UPDATE OR DELETE ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION %(function)s(%(columns)s);
            DROP TRIGGER IF EXISTS %(truncate)s ON %(table)s;
            CREATE TRIGGER %(truncate)s BEFORE TRUNCATE ON %(table)s
                FOR EACH STATEMENT EXECUTE FUNCTION %(function)s();
            """,
            function=SQL.identifier(FUNCTION),
            table=SQL.identifier(table),
            rows=SQL.identifier(f"{table}_append_only"),
            truncate=SQL.identifier(f"{table}_no_truncate"),
            columns=SQL(", ").join(may_become_null),
        )
    )


def drop_guard(cr):
    """Remove the trigger from all tables, such as before an addon is uninstalled."""
    cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(FUNCTION)))
