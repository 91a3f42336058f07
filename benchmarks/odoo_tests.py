"""Odoo's own tests of sale, stock and sale_stock, on stock Odoo and with our addons installed.

    ./om bench odoo_tests                          the hub alone
    ./om bench odoo_tests --addons all             the whole suite
    ./om bench odoo_tests --reuse                  compare with the stock results of the last run
    ./om bench odoo_tests --blocks E-PRC-DIFF=     with that exception type blocking nothing (or a stage)
    ./om bench odoo_tests -k test_sale_flow        some tests only

Runs the tests that Odoo runs by default (tours of a browser left out) twice, each on a database of its
own, and compares them test by test. Tests that must differ are listed with their exception and the
reason in tests/odoo_tests_differences.tsv; any other difference makes the run fail, and so does a
listed test that differs no longer, or differs without that exception.

The file is a plugin of pytest, too: it chooses the tests, and notes which of our exceptions were open
when a test ended, so that a difference names its detector.
"""

import argparse
import csv
import functools
import inspect
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import psycopg2
from psycopg2 import sql

HERE = Path(__file__).resolve().parent
LISTED = HERE.parent / "tests" / "odoo_tests_differences.tsv"
MODULES = ("sale", "stock", "sale_stock")


# ----------------------------------------------------------------------------------- plugin of pytest


def pytest_collection_modifyitems(config, items):
    """Keep what Odoo would run: standard tests, of the module that defines them, without a browser."""
    if not config.getoption("--odoo-database"):
        return
    chosen = [item for item in items if _is_chosen(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


def _is_chosen(item):
    case = getattr(item, "cls", None)
    if case is None or case.__module__ != item.module.__name__:
        return False
    if "standard" not in getattr(case, "test_tags", {"standard"}):
        return False
    source = inspect.getsource(inspect.unwrap(item.obj))
    return "start_tour(" not in source and "browser_js(" not in source


def pytest_runtest_call(item):
    """Note the codes of our open exceptions before the test's transaction is rolled back."""
    test = item.obj

    @functools.wraps(test)
    def noting(*args, **kwargs):
        try:
            return test(*args, **kwargs)
        finally:
            item.user_properties.append(("codes", " ".join(_open_codes(item.instance))))

    item.obj = noting


def _open_codes(case):
    env = getattr(case, "env", None)
    if env is None or "om.exception" not in env.registry:
        return []
    try:
        with env.cr.savepoint(flush=False):
            env.cr.execute(
                "SELECT DISTINCT kind.code FROM om_exception JOIN om_exception_type kind ON kind.id = type_id"
                " WHERE state IN ('open', 'in_progress', 'waiting') AND kind.blocks IS NOT NULL"
            )
            return sorted(code for [code] in env.cr.fetchall())
    except psycopg2.Error:  # the test has left its transaction broken
        return []


# ------------------------------------------------------------------------------------- the two runs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--addons", default="om_order_exceptions", help="comma separated, or all")
    parser.add_argument("--reuse", action="store_true", help="stock results of the last run")
    parser.add_argument("--blocks", action="append", default=[], metavar="CODE=STAGE")
    parser.add_argument("-k", default="", help="only tests of this name")
    arguments = parser.parse_args()
    results = Path(os.environ["OM_DATA_DIR"]).parent / "odoo_tests"
    results.mkdir(exist_ok=True)

    stock = results / "stock.xml"
    if not (arguments.reuse and stock.exists()):
        run(copy_of(os.environ["OM_BASE_DB"], "stock"), stock, arguments.k)
    ours = results / "ours.xml"
    if arguments.addons == "all":
        database = copy_of(os.environ["OM_TEMPLATE_DB"], "ours")
    else:
        database = copy_of(os.environ["OM_BASE_DB"], "ours")
        install(database, arguments.addons)
    settings = dict(setting.split("=") for setting in arguments.blocks)
    for code, stage in settings.items():
        set_blocks(database, code, stage)
    run(database, ours, arguments.k)
    return compare(
        read(stock), read(ours), arguments.addons, partial=bool(arguments.k), switched=settings.keys()
    )


def copy_of(template, name):
    """Copy a database; whoever started this run drops what begins with its prefix."""
    database = f"{os.environ['OM_DB_PREFIX']}_{name}"
    with closing(psycopg2.connect(dbname="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(template)
                )
            )
    return database


def install(database, addons):
    command = ["-m", "odoo", "-c", os.environ["OM_ODOO_CONF"], "-d", database, "-i", addons]
    subprocess.run(
        [os.environ["OM_PYTHON"], *command, "--stop-after-init", "--no-http", "--log-level=error"], check=True
    )


def set_blocks(database, code, stage):
    """Let exceptions of type ``code`` block from ``stage`` on; nothing where it is empty."""
    with closing(psycopg2.connect(dbname=database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("UPDATE om_exception_type SET blocks = %s WHERE code = %s", (stage or None, code))


def run(database, report, name=""):
    """Run Odoo's tests in ``database`` by pytest and write its report."""
    import odoo.addons.sale

    addons = Path(odoo.addons.sale.__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [os.environ["OM_PYTHON"], "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "odoo_tests"]
    command += [f"--odoo-database={database}", f"--odoo-config={os.environ['OM_ODOO_CONF']}", "--odoo-http"]
    command += [f"--junitxml={report}", "--continue-on-collection-errors", "--tb=short", "-o", "addopts="]
    if name:
        command += ["-k", name]
    say(f"Odoo's tests in {database}; what fails is told at the end")
    with report.with_suffix(".log").open("w") as log:
        done = subprocess.run(
            [*command, *(str(addons / module / "tests") for module in MODULES)],
            env=environment,
            cwd=HERE.parent,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    if done.returncode not in (0, 1):
        sys.exit(f"pytest ended with code {done.returncode}, see {log.name}")


# ------------------------------------------------------------------------------------- their results


def read(report):
    """``{test: (outcome, codes of ours, first line of the error)}`` of a report of pytest."""
    found = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}".split("addons.")[-1]
        outcome, message = "passed", ""
        for child in case:
            if child.tag in ("failure", "error", "skipped") and outcome != "failed":
                outcome = "skipped" if child.tag == "skipped" else "failed"
                message = (child.get("message") or "").split("\n")[0]
        codes = " ".join(p.get("value") for p in case.iter("property") if p.get("name") == "codes")
        found[name] = (outcome, codes, message)
    return found


def listed(switched=()):
    """``{test: codes}`` of the tests that may differ: one of these exceptions is open then, ``-`` for none.

    :param switched: codes that the run has set to block something else: they explain nothing
    """
    if not LISTED.exists():
        return {}
    with LISTED.open(encoding="utf-8") as file:
        rows = csv.reader((line for line in file if not line.startswith("#")), delimiter="\t")
        codes = {row[0]: set(row[1].split()) - set(switched) for row in rows if row}
    return {test: expected for test, expected in codes.items() if expected}


def compare(stock, ours, addons, partial=False, switched=()):
    """Tell what differs; 1 where a difference is not listed, or a listed one is none.

    :param partial: only some tests were run on our side
    :param switched: codes whose stage is not that of a fresh installation
    """
    expected = listed(switched)
    for name, results in (("stock", stock), (addons, ours)):
        outcomes = [outcome for outcome, *_rest in results.values()]
        say(f"{name}: " + ", ".join(f"{outcomes.count(o)} {o}" for o in ("passed", "failed", "skipped")))
    differing = {
        test: (was, ours.get(test, ("missing", "", "")))
        for test, (was, *_rest) in stock.items()
        if (test in ours or not partial) and was != ours.get(test, ("missing", "", ""))[0]
    }
    unlisted = {
        test
        for test, (_was, (_now, codes, _message)) in differing.items()
        if expected.get(test, set()).isdisjoint({"-", *codes.split()})
    }
    for test, (was, (now, codes, message)) in sorted(differing.items()):
        found = "DIFFERS" if test in unlisted else "listed"
        say(f"{found}\t{test}\t{was} -> {now}\t{codes}\t{message[:200]}")
    stale = {test for test in expected.keys() & stock.keys() & ours.keys() if test not in differing}
    for test in sorted(stale):
        say(f"STALE\t{test}\tdiffers no longer: take it out of {LISTED.name}")
    say(f"{len(differing)} differ, {len(unlisted)} of them not listed; {len(stale)} listed for nothing")
    return 1 if unlisted or stale else 0


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
