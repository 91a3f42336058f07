"""Copies of databases, Odoo in this process, and rows in volume."""

import os
from contextlib import closing, contextmanager

import psycopg2
from psycopg2 import sql


def create_database(name, template):
    """A copy of the template; whoever started this run drops what begins with its prefix."""
    with closing(psycopg2.connect(dbname="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )


def open_odoo(database, *options):
    """Odoo in this process: ``(environment of the superuser, cursor)``."""
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(
        ["-c", os.environ["OM_ODOO_CONF"], "-d", database, "--no-http", "--log-level", "warn", *options],
        setup_logging=True,
    )
    cursor = Registry(database).cursor()
    return odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {"tracking_disable": True}), cursor


@contextmanager
def odoo_on_a_copy(name):
    """Odoo in this process, on a copy of the template: the environment of the superuser."""
    database = f"{os.environ['OM_DB_PREFIX']}_{name}"
    create_database(database, os.environ["OM_TEMPLATE_DB"])
    env, cursor = open_odoo(database)
    with closing(cursor):
        yield env


def copy_rows(cursor, table, condition, series, **replaced):
    """Insert the rows of ``table`` that meet a condition once per number of a series."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    columns = [name for (name,) in cursor.fetchall()]
    values = [replaced.get(name, f'source."{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(  # names and expressions are the benchmark's own
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} '
        f'FROM "{table}" AS source, {series} WHERE {condition}'
    )
    # checks of foreign keys keep the plan made for a small table, until it is analyzed
    cursor.execute(f'ANALYZE "{table}"')
    cursor.commit()
