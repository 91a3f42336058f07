"""System tests: real Odoo processes on real databases, started by `./om test tests`.

`./om test` prepares the templates and says in the environment where things are:
OM_PYTHON, OM_ODOO_CONF, OM_BASE_DB (stock Odoo), OM_TEMPLATE_DB (with the addons installed),
OM_DATA_DIR, OM_DB_PREFIX (every database of this run starts with it and is dropped at its end),
OM_CHROMIUM, and PGHOST, PGPORT, PGUSER for PostgreSQL's own tools.
"""

import itertools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors, sql

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "addons" / "om_edi_x12" / "tests"))  # x12_bytes, which needs no Odoo

NEEDED = ("OM_PYTHON", "OM_ODOO_CONF", "OM_BASE_DB", "OM_TEMPLATE_DB", "OM_DATA_DIR", "OM_DB_PREFIX")
_numbers = itertools.count(1)


def pytest_configure():
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        pytest.exit(f"run these through `./om test tests`: {', '.join(missing)} not set", returncode=4)


def _filestore(database):
    return Path(os.environ["OM_DATA_DIR"]) / "filestore" / database


def _run_sql(statement, *names):
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True  # CREATE and DROP DATABASE refuse a transaction
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    finally:
        connection.close()


def copy_database(template):
    """Copy a database and its filestore (hard links: its files never change); return the name."""
    name = f"{os.environ['OM_DB_PREFIX']}_{next(_numbers)}"
    _run_sql("CREATE DATABASE {} TEMPLATE {}", name, template)
    if _filestore(template).is_dir():
        shutil.copytree(_filestore(template), _filestore(name), copy_function=os.link)
    return name


def drop_database(name):
    for attempts_left in reversed(range(10)):
        try:
            _run_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            break
        except errors.InsufficientPrivilege:  # autovacuum is in it: not ours to end, and soon done
            if not attempts_left:
                raise
            time.sleep(1)
    for folder in (_filestore(name), Path(os.environ["OM_DATA_DIR"]) / "om_edi" / name):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def odoo_db():
    """A fresh database with all addons installed; gone after the test."""
    name = copy_database(os.environ["OM_TEMPLATE_DB"])
    yield name
    drop_database(name)


@pytest.fixture
def stock_db():
    """A fresh database of stock Odoo without any of our addons; gone after the test."""
    name = copy_database(os.environ["OM_BASE_DB"])
    yield name
    drop_database(name)


@pytest.fixture(scope="session")
def trading(tmp_path_factory):
    """A company that trades by X12, with worker processes; its database is shared by the tests."""
    from trading import Trading

    name = copy_database(os.environ["OM_TEMPLATE_DB"])
    company = Trading(name, tmp_path_factory.mktemp("trading") / "odoo.log")
    yield company
    company.close()
    drop_database(name)


def query(database, statement, *params):
    """Rows of a query on a database, for a look at what an Odoo process has left there."""
    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall()
    finally:
        connection.close()


def odoo_command(*args):
    return [os.environ["OM_PYTHON"], "-m", "odoo", *args]


def odoo_options(database, log=None):
    options = ["-c", os.environ["OM_ODOO_CONF"], "-d", database, "--no-http"]
    return [*options, "--logfile", str(log)] if log else options


@pytest.fixture
def run_odoo_shell():
    """Run a script in an Odoo shell, in a process of its own.

    ``run_odoo_shell(db, script)`` waits and returns the CompletedProcess (stdout, stderr as text).
    ``run_odoo_shell(db, script, wait=False)`` returns the running Popen, to be killed or watched; the
    script's own output is on its stdout. Anything else goes to Popen (env, cwd ...).
    """
    started = []

    def run(database, script, wait=True, timeout=300, log=None, **popen):
        process = subprocess.Popen(
            odoo_command("shell", *odoo_options(database, log)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=popen.pop("cwd", ROOT),
            **popen,
        )
        started.append(process)
        if not wait:
            process.stdin.write(script)
            process.stdin.close()
            process.stdin = None  # so that communicate() does not flush a closed file
            return process
        stdout, stderr = process.communicate(script, timeout=timeout)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def run_odoo(tmp_path):
    """Run `odoo ARGS` on a database to its end; return the path of its log. Fails when Odoo does."""

    def run(database, *args, timeout=600):
        log = tmp_path / f"odoo-{next(_numbers)}.log"
        process = subprocess.run(
            odoo_command(*odoo_options(database, log), *args),
            check=False,  # a failure is told with the end of Odoo's log
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            cwd=ROOT,
        )
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:]) if log.exists() else ""
        assert process.returncode == 0, f"odoo {' '.join(args)}\n{process.stdout}\n{tail}"
        return log

    return run
