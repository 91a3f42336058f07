"""What checking costs: create and confirm orders, and look at thousands again, beside stock Odoo and OCA.

    ./om bench exceptions [--orders 200] [--rescan 5000] [--rounds 3] [--no-oca]

Three databases, one process each, in one run: stock Odoo, the hub with all its detectors, and OCA's
sale_exception (from PyPI) with five rules. Each has a history of some hundred confirmed orders and fresh
statistics, as a database at work has: on empty tables PostgreSQL changes its plans in the middle of a round,
in one of them earlier than in another. A round creates and confirms the same orders of ten storable lines in
each of them, in turn, and rolls back. Each round has processes of its own, and the one that was first is last
in the next: how the memory of a process happens to lie makes it some percent faster or slower than another
that does the same. Time is processor time of the process plus that of its PostgreSQL backend: the machine may
be shared. The figure of several rounds is their median.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from support.database import copy_rows, create_database, open_odoo
from support.output import say

LINES = 10
HISTORY = 300
PRODUCTS = 50
CUSTOMERS = 20
# An administrator's rules: none of them holds for the orders here, as for nearly all orders.
RULES = {
    "BENCH-1": "[('amount_total', '>', 1000000)]",
    "BENCH-2": "[('partner_id.vat', '=', 'NONE')]",
    "BENCH-3": "[('order_line.discount', '>', 50)]",
    "BENCH-4": "[('client_order_ref', '=', 'STOP')]",
    "BENCH-5": "[('order_line.product_id.default_code', '=', 'STOP')]",
}
OCA_CODE = "if self.amount_total > 1000000:\n    failed = True"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--rescan", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-oca", action="store_true")
    parser.add_argument("--way", choices=("single", "batch"), help="one of the two only, and no second look")
    parser.add_argument("--worker", nargs=3, metavar=("KIND", "DATABASE", "NEW"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return Worker(*options.worker).serve()
    with tempfile.TemporaryDirectory() as folder:
        kinds = ["stock", "hub"] + ([] if options.no_oca else ["oca"])
        if "oca" in kinds:
            os.environ["OM_BENCH_OCA"] = fetch_oca(folder)
        workers = {kind: Process(kind) for kind in kinds}
        try:
            report_orders(workers, options)
            if not options.way:
                report_rescan(workers, options)
        finally:
            for worker in workers.values():
                worker.end()
    return 0


def fetch_oca(folder):
    """OCA's addons from PyPI, unpacked beside the addons of this run. They are AGPL-3 and stay outside."""
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder]
        + ["odoo-addon-base-exception", "odoo-addon-sale-exception"],
        check=True,
    )
    return str(Path(folder) / "odoo" / "addons")


# ------------------------------------------------------------------------------------------ reporting


def report_orders(workers, options):
    say(
        f"create and confirm {options.orders} orders of {LINES} lines, {options.rounds} rounds, CPU seconds\n"
    )
    say(
        f"{'':8}{'':12}{'create':>9}{'confirm':>9}{'together':>10}{'ratio':>8}{'queries/order':>15}{'more':>8}"
    )
    for way in (options.way,) if options.way else ("single", "batch"):
        results = {kind: [] for kind in workers}
        for number in range(options.rounds):
            for worker in workers.values():
                worker.restart()
            for kind in sorted(workers, key=list(workers).index, reverse=number % 2):
                results[kind].append(workers[kind].ask(f"orders {way} {options.orders}"))
        bare = None
        for kind, rounds in results.items():
            create, confirm, together = (
                statistics.median(r[name] for r in rounds) for name in ("create", "confirm", "together")
            )
            queries = rounds[-1]["queries"] / options.orders
            # of each round by itself: what slows the machine down slows both
            ratio = statistics.median(
                mine["together"] / other["together"]
                for mine, other in zip(rounds, results["stock"], strict=True)
            )
            bare = bare or queries
            say(
                f"{way:8}{kind:12}{create:>8.2f}s{confirm:>8.2f}s{together:>9.2f}s{ratio:>7.3f}x"
                f"{queries:>15.2f}{queries - bare:>+8.2f}"
            )


def report_rescan(workers, options):
    say(f"\nlook again at {options.rescan} open orders of {LINES} lines, seconds (best of three)\n")
    for kind in ("hub", "oca"):
        if kind in workers:
            for name, figures in workers[kind].ask(f"rescan {options.rescan}").items():
                say(f"{kind:8}{name:32}{figures['wall']:>7.2f}s{figures['queries']:>8} queries")


class Process:
    """A worker in a process of its own."""

    def __init__(self, kind):
        self.kind = kind
        self.database = f"{os.environ['OM_DB_PREFIX']}_{kind}"
        create_database(self.database, os.environ["OM_BASE_DB"])
        say(f"preparing {kind}")
        self.start("new")

    def start(self, new=""):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", self.kind, self.database, new],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ask("ready")

    def restart(self):
        self.end()
        self.start()

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("a worker of the benchmark has ended; its error is above")
        return json.loads(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


# --------------------------------------------------------------------------------------------- worker


class Worker:
    """Odoo on one database; answers commands with a line of JSON each."""

    modules = {"stock": "", "hub": "om_order_exceptions", "oca": "sale_exception"}

    def __init__(self, kind, database, new):
        self.kind = kind
        options = []
        if kind == "oca":
            from odoo.tools import config

            config.parse_config(["-c", os.environ["OM_ODOO_CONF"]])
            paths = [*config["addons_path"], os.environ["OM_BENCH_OCA"]]
            options = ["--addons-path", ",".join(paths)]
        if new and self.modules[kind]:
            subprocess.run(
                [sys.executable, "-m", "odoo", "-c", os.environ["OM_ODOO_CONF"], "-d", database]
                + [
                    "-i",
                    self.modules[kind],
                    "--stop-after-init",
                    "--no-http",
                    "--log-level",
                    "error",
                    *options,
                ],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        self.env, self.cursor = open_odoo(database, *options)
        if new:
            self.prepare()
        self.products = self.env["product.product"].search([("name", "=like", "Article %")], order="id")
        self.customers = self.env["res.partner"].search([("name", "=like", "Customer %")], order="id")
        if new:
            self.remember()

    def serve(self):
        with closing(self.cursor):
            for line in sys.stdin:
                command, *arguments = line.split()
                sys.stdout.write(json.dumps(getattr(self, command)(*arguments)) + "\n")
                sys.stdout.flush()
        return 0

    def ready(self):
        for way in ("batch", "single"):
            self.orders(way, "5")  # registries, caches and plans are warm for all
        return True

    def prepare(self):
        env = self.env
        products = env["product.product"].create(
            [
                {"name": f"Article {n}", "list_price": 10 + n, "is_storable": True, "taxes_id": False}
                for n in range(PRODUCTS)
            ]
        )
        env["res.partner"].create(
            [
                {
                    "name": f"Customer {n}",
                    "is_company": True,
                    "street": "1 Main",
                    "city": "Dayton",
                    "zip": "45402",
                }
                for n in range(CUSTOMERS)
            ]
        )
        warehouse = env["stock.warehouse"].search([], limit=1)
        for product in products:
            env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 1_000_000)
        if self.kind == "hub":
            env["om.exception.type"].create(
                [
                    {"code": code, "name": code, "domain": domain, "active": False}
                    for code, domain in RULES.items()
                ]
            )
        elif self.kind == "oca":
            rules = [
                {"exception_type": "by_domain", "domain": domain} for domain in list(RULES.values())[:3]
            ] + [{"exception_type": "by_py_code", "code": OCA_CODE}] * 2
            env["exception.rule"].search([]).active = False
            env["exception.rule"].create(
                [
                    {"name": f"Rule {n}", "description": "-", "model": "sale.order", "active": True, **rule}
                    for n, rule in enumerate(rules)
                ]
            )
        env.cr.commit()

    def remember(self):
        """Past orders, confirmed and waiting for their goods to leave."""
        for start in range(0, HISTORY, 50):
            self.env["sale.order"].create(self.values(50, start=10**7 + start)).action_confirm()
            self.cursor.commit()
            self.env.invalidate_all()

    def tidy(self):
        """What autovacuum does in time: rows that were rolled back go, statistics are of today."""
        with closing(psycopg2.connect(dbname=self.cursor.dbname)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")

    def values(self, count, start=0):
        from odoo.fields import Command

        return [
            {
                "partner_id": self.customers[n % CUSTOMERS].id,
                "client_order_ref": f"PO-{start + n}",
                "order_line": [
                    Command.create(
                        {"product_id": self.products[(n + i) % PRODUCTS].id, "product_uom_qty": 1 + i}
                    )
                    for i in range(LINES)
                ],
            }
            for n in range(count)
        ]

    def orders(self, way, count):
        """Create and confirm, one by one or in one batch each; rolled back."""
        orders = self.env["sale.order"]
        values = self.values(int(count))
        batches = [values] if way == "batch" else [[one] for one in values]
        self.tidy()
        self.env.invalidate_all()
        gc.collect()
        with self.measured() as create:
            created = []
            for batch in batches:
                created.append(orders.create(batch))
                self.cursor.flush()
        with self.measured() as confirm:
            for batch in created:
                batch.action_confirm()
                self.cursor.flush()
        states = {order.state for batch in created for order in batch}
        assert states == {"sale"}, states
        self.cursor.rollback()
        self.env.invalidate_all()
        return {
            "create": create["cpu"],
            "confirm": confirm["cpu"],
            "together": create["cpu"] + confirm["cpu"],
            "queries": create["queries"] + confirm["queries"],
        }

    def rescan(self, count):
        """Look at many open orders again; half of them are confirmed."""
        count = int(count)
        sample = self.env["sale.order"].create(self.values(100, start=10**6))
        self.cursor.commit()
        base, copies = 10_000_000, count // 100
        first, first_line = sample[0].id, min(sample.order_line.ids)
        series = f"generate_series(0, {copies - 1}) AS n"
        per_copy = max(sample.order_line.ids) - first_line + 1
        copy_rows(
            self.cursor,
            "sale_order",
            f"id BETWEEN {first} AND {sample[-1].id}",
            series,
            id=f"{base} + n * 100 + source.id - {first}",
            name="'COPY' || n || source.name",
            client_order_ref="source.client_order_ref || '-' || n",
            state="CASE WHEN n % 2 = 0 THEN 'sale' ELSE 'draft' END",
            **({"om_po_key": "source.om_po_key || n"} if self.kind == "hub" else {}),
        )
        copy_rows(
            self.cursor,
            "sale_order_line",
            f"order_id BETWEEN {first} AND {sample[-1].id}",
            series,
            id=f"{base} + n * {per_copy} + source.id - {first_line}",
            order_id=f"{base} + n * 100 + source.order_id - {first}",
        )
        ids = list(range(base, base + count))
        orders = self.env["sale.order"].browse(ids)
        if self.kind == "oca":
            return {"5 rules": self.best(orders.detect_exceptions)}
        figures = {"all detectors": self.best(orders._om_check)}
        rules = self.env["om.exception.type"].with_context(active_test=False)
        rules.search([("code", "in", list(RULES))]).active = True
        self.cursor.commit()
        figures["5 domain rules"] = self.best(lambda: orders._om_check(set(RULES)))
        return figures

    def best(self, action):
        runs = []
        for _n in range(3):
            self.env.invalidate_all()
            with self.measured() as figures:
                action()
            self.cursor.rollback()
            runs.append(figures)
        return min(runs, key=lambda figures: figures["wall"])

    @contextmanager
    def measured(self):
        """CPU seconds of this process and its PostgreSQL backend, wall seconds, queries."""
        figures = {}
        queries, wall, cpu = self.cursor.sql_log_count, time.perf_counter(), self.cpu()
        yield figures
        figures["cpu"] = self.cpu() - cpu
        figures["wall"] = time.perf_counter() - wall
        figures["queries"] = self.cursor.sql_log_count - queries

    def cpu(self):
        """Seconds of processor that this process and its PostgreSQL backend have used."""
        backend = Path(f"/proc/{self.cursor._cnx.info.backend_pid}/schedstat").read_text().split()[0]
        return time.process_time() + int(backend) / 1e9


if __name__ == "__main__":
    sys.exit(main())
