"""Intake of 850s beside a bare batch of sale.order.create with the same values, in the same run.

    ./om bench edi [--orders 1000] [--few 100] [--rounds 3]

An interchange of 850s with 15 lines each is received and processed: hash, envelope, validation, 997, mapping,
orders, timeline. The same values are then created in one batch by ``sale.order.create`` alone. Detectors are
off in both, orders are not confirmed, and each round is rolled back. Time is processor time of this process
plus that of its PostgreSQL backend: the machine may be shared. Targets: at most 1.15 times, and no more
queries an order at many than at few.
"""

import argparse
import io
import statistics
import sys
import time
from contextlib import contextmanager

from support.database import odoo_on_a_copy
from support.output import say

LINES = 15
PRODUCTS = 60
STORES = 20
TARGET = 1.15


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--few", type=int, default=100, help="orders of the smaller run")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with odoo_on_a_copy("edi") as env:
        bench = Bench(env)
        bench.round(5)  # registries, caches and prepared plans are warm for both
        results = {count: bench.rounds(count, options.rounds) for count in (options.few, options.orders)}
    say(f"\n{'orders':>8}{'bare':>10}{'intake':>10}{'ratio':>8}{'queries/order: bare':>22}{'intake':>9}\n")
    for count, result in results.items():
        say(
            f"{count:>8}{result['bare']:>9.2f}s{result['intake']:>9.2f}s{result['ratio']:>7.2f}x"
            f"{result['bare queries']:>22.2f}{result['intake queries']:>9.2f}"
        )
    few, many = results[options.few], results[options.orders]
    met = many["ratio"] <= TARGET and many["intake queries"] <= few["intake queries"]
    say(f"\ntargets {'met' if met else 'NOT met'}: {TARGET} times, queries an order not growing")
    sys.exit(0 if met else 1)


class Bench:
    def __init__(self, env):
        self.env = env
        env["om.exception.type"].search([]).active = False
        self.products = env["product.product"].create(
            [
                {
                    "name": f"Article {n}",
                    "default_code": f"ART-{n}",
                    "list_price": 10 + n,
                    "is_storable": True,
                    "taxes_id": False,
                }
                for n in range(PRODUCTS)
            ]
        )
        self.customer = env["res.partner"].create({"name": "Bench Retail", "is_company": True})
        self.stores = env["res.partner"].create(
            [
                {
                    "name": f"Store {n}",
                    "type": "delivery",
                    "parent_id": self.customer.id,
                    "street": "1 Main",
                    "city": "Dayton",
                    "zip": "45402",
                    "om_identifier_ids": [(0, 0, {"scheme": "buyer", "code": f"{n:04d}"})],
                }
                for n in range(STORES)
            ]
        )
        self.edi_partner = env["om.edi.partner"].create(
            {
                "name": "Bench Retail",
                "partner_id": self.customer.id,
                "identifier": "BENCH",
                "our_identifier": "OMCO",
                "auto_confirm": False,
            }
        )
        env.cr.commit()

    def rounds(self, count, rounds):
        """The median of several rounds."""
        say(f"{count} orders of {LINES} lines, {rounds} rounds")
        results = [self.round(count) for _round in range(rounds)]
        return {name: statistics.median(result[name] for result in results) for name in results[0]}

    def round(self, count):
        env = self.env
        data = interchange(count)
        values = {}
        orders = type(env["sale.order"])
        create = orders.create

        def remember(records, vals_list):
            values.setdefault("all", []).extend(dict(vals) for vals in vals_list)
            return create(records, vals_list)

        # the values are those that the mapping asks for, noted in a run that is not measured
        orders.create = remember
        try:
            self.intake(data)
            env.flush_all()
        finally:
            orders.create = create
        env.cr.rollback()
        env.invalidate_all()
        with self.measured() as intake:
            self.intake(data)
            env.flush_all()
        env.cr.rollback()
        env.invalidate_all()
        bare_values = [bare(vals) for vals in values["all"]]
        with self.measured() as alone:
            env["sale.order"].with_context(tracking_disable=True).create(bare_values)
            env.flush_all()
        env.cr.rollback()
        env.invalidate_all()
        return {
            "bare": alone["seconds"],
            "intake": intake["seconds"],
            "ratio": intake["seconds"] / alone["seconds"],
            "bare queries": alone["queries"] / count,
            "intake queries": intake["queries"] / count,
        }

    def intake(self, data):
        """Receive and process one file, in one transaction that is rolled back."""
        from odoo import modules

        previous = modules.module.current_test
        modules.module.current_test = True  # steps write out instead of committing
        try:
            intake = self.env["om.intake"]._receive(data, "api", file_name="bench.edi")
            intake._process()
            if intake.state != "done":
                raise SystemExit(f"the intake is {intake.state}: {intake.message}")
        finally:
            modules.module.current_test = previous

    @contextmanager
    def measured(self):
        result = {}
        cursor = self.env.cr
        queries, mine, server = cursor.sql_log_count, time.process_time(), self.backend_seconds()
        yield result
        result["seconds"] = time.process_time() - mine + self.backend_seconds() - server
        result["queries"] = cursor.sql_log_count - queries

    def backend_seconds(self):
        """Processor time of the PostgreSQL backend of this connection, where it runs on this machine."""
        import os

        try:
            with open(f"/proc/{self.env.cr._cnx.get_backend_pid()}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare(vals):
    """Values without the links to the document that is rolled back."""
    dropped = ("om_intake_id", "om_edi_transaction_id", "om_edi_partner_id")
    return {name: value for name, value in vals.items() if name not in dropped}


def interchange(count):
    """Bytes of one interchange of 850s."""
    out = io.StringIO()
    none = "00*" + " " * 10
    out.write(f"ISA*{none}*{none}*ZZ*{'BENCH':15}*ZZ*{'OMCO':15}*261123*0830*U*00401*000000001*0*P*>~\n")
    out.write("GS*PO*BENCH*OMCO*20261123*0830*1*X*004010~\n")
    for n in range(count):
        lines = "".join(
            f"PO1*{i + 1}*{1 + i}*EA*{10 + (n + i) % PRODUCTS}**VN*ART-{(n + i) % PRODUCTS}~\n"
            for i in range(LINES)
        )
        body = (
            f"ST*850*{n + 1:04d}~\nBEG*00*SA*BENCH-{n}**20261120~\nDTM*002*20270120~\n"
            f"N1*ST*STORE*92*{n % STORES:04d}~\n{lines}CTT*{LINES}~\n"
        )
        out.write(f"{body}SE*{body.count('~') + 1}*{n + 1:04d}~\n")
    out.write(f"GE*{count}*1~\nIEA*1*000000001~\n")
    return out.getvalue().encode()


if __name__ == "__main__":
    main()
