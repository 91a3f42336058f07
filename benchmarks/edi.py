"""What taking in 850s costs: beside a bare create, with more of them in a run, and in a large database.

    ./om bench edi [--orders 1000] [--few 100] [--rounds 3] [--in-database 200000] [--small-database 1000]
                   [--only bare | database]
    ./om bench edi --orders 100 --few 20 --rounds 1 --in-database 5000      for a quick look

**Beside a bare create.** An interchange of 850s with 15 lines each is received and processed: hash,
envelope, validation, 997, mapping, orders, timeline. The same values are then created in one batch by
``sale.order.create`` alone. Detectors are off in both, orders are not confirmed. Targets: at most 1.15
times, and no more queries an order at many than at few.

**In a large database.** The same company after 1,000 and after 200,000 orders, with all that came of them
(``support/edi_history.py``), in two databases; a few orders are taken in by each in turn, with all
detectors on. Target: within 10 %. And what the jobs and screens of EDI look up there.

Each round is rolled back. Time is processor time of this process plus that of its PostgreSQL backend: the
machine may be shared. The figure of several rounds is their median, a ratio the median of their ratios.
"""

import argparse
import gc
import os
import statistics
import sys
import time
from contextlib import ExitStack, closing

from support.database import create_database, odoo_on_a_copy, open_odoo
from support.edi_company import Company
from support.edi_history import History
from support.edi_lookups import report_lookups
from support.measure import measured
from support.output import say

LINES = 15
BESIDE_BARE = 1.15
IN_LARGE = 1.10
# What came with the document that is rolled back
LINKS = ("om_intake_id", "om_edi_transaction_id", "om_edi_partner_id")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1000, help="850s of the larger run")
    parser.add_argument("--few", type=int, default=100, help="850s of the smaller run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in-database", type=int, default=200_000, help="orders of the large database")
    parser.add_argument("--small-database", type=int, default=1000, help="orders of the small database")
    parser.add_argument("--only", choices=("bare", "database"))
    options = parser.parse_args()
    met = []
    if options.only != "database":
        met += report_bare(options)
    if options.only != "bare":
        met += report_database(options)
    say("\nall targets met" if all(met) else "\nNOT all targets met")
    return 0 if all(met) else 1


def verdict(met):
    return "met" if met else "NOT met"


def medians(rounds, *names):
    return [statistics.median(figures[name] for figures in rounds) for name in names]


# ------------------------------------------------------------------------------- beside a bare create


def report_bare(options):
    """Print the figures of the runs; returns whether each target was met."""
    with odoo_on_a_copy("edi") as env:
        env["om.exception.type"].search([]).active = False
        bench = BesideBare(Company(env))
        bench.round(5)  # registries, caches and prepared plans are warm for both
        results = {}
        for count in (options.few, options.orders):
            say(f"{count} 850s of {LINES} lines, {options.rounds} rounds")
            results[count] = [bench.round(count) for _round in range(options.rounds)]
    say(
        f"\n{'':8}{'bare create':^33}{'intake':^33}\n"
        f"{'orders':>8}" + 2 * f"{'CPU':>11}{'wall':>11}{'queries/o':>11}" + f"{'ratio':>9}"
    )
    ratios, queries = {}, {}
    for count, rounds in results.items():
        cells = ""
        for name in ("bare", "intake"):
            cpu, wall, made = medians([figures[name] for figures in rounds], "cpu", "wall", "queries")
            cells += f"{cpu:>10.2f}s{wall:>10.2f}s{made / count:>11.2f}"
            queries[name, count] = made / count
        ratios[count] = statistics.median(r["intake"]["cpu"] / r["bare"]["cpu"] for r in rounds)
        say(f"{count:>8}{cells}{ratios[count]:>8.2f}x")
    met = [
        ratios[options.orders] <= BESIDE_BARE,
        queries["intake", options.orders] <= queries["intake", options.few],
    ]
    say(f"\nat most {BESIDE_BARE} times a bare create: {verdict(met[0])}")
    say(f"queries an order do not grow from {options.few} to {options.orders}: {verdict(met[1])}\n")
    return met


class BesideBare:
    """Takes in 850s, and creates orders with the values that their mapping asked for."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.rounds = 0

    def round(self, count):
        """``{"intake": figures, "bare": figures}`` of so many orders, each rolled back.

        Who is first pays for memory that the other finds: they take turns.
        """
        self.rounds += 1
        data = self.company.orders(count, LINES)
        self.company.last_number -= 1  # it is rolled back, and comes again
        values = self._values(data)
        ways = {"intake": lambda: self.company.receive(data), "bare": lambda: self._create(values)}
        figures = {}
        for name in sorted(ways, reverse=self.rounds % 2):
            self.env.invalidate_all()
            gc.collect()
            with measured(self.env.cr) as figures[name]:
                ways[name]()
            self.env.cr.rollback()
        self.env.invalidate_all()
        return figures

    def _values(self, data):
        """What the mapping of these 850s asks ``sale.order.create`` for."""
        values, orders = [], type(self.env["sale.order"])
        create = orders.create

        def remember(records, vals_list):
            values.extend(
                {name: value for name, value in vals.items() if name not in LINKS} for vals in vals_list
            )
            return create(records, vals_list)

        self.env.invalidate_all()
        orders.create = remember
        try:
            self.company.receive(data)
        finally:
            orders.create = create
        self.env.cr.rollback()
        return values

    def _create(self, values):
        self.env["sale.order"].with_context(tracking_disable=True).create(values)
        self.env.flush_all()


# -------------------------------------------------------------------------------- in a large database


def report_database(options):
    """Print what intakes and look-ups cost in a small and a large database; returns whether it is met."""
    sizes = {options.small_database: 20, options.in_database: 400}
    with ExitStack() as stack:
        histories = {}
        for orders, partners in sizes.items():
            start = time.monotonic()
            database = f"{os.environ['OM_DB_PREFIX']}_edi_{orders}"
            create_database(database, os.environ["OM_TEMPLATE_DB"])
            env, cursor = open_odoo(database)
            stack.enter_context(closing(cursor))
            histories[orders] = History(env, orders, partners)
            say(f"a database with {orders:,} orders was made in {time.monotonic() - start:.0f} s")
        small, large = histories.values()
        say("\n" + "".join(f"{name}: {count:,}   " for name, count in large.counts().items()))
        met = report_intakes(histories, options)
        report_lookups(small, large)
    return [met]


def report_intakes(histories, options):
    rounds = {orders: [] for orders in histories}
    for number in range(options.rounds + 7):  # the first one is for warmth; more, for they are short
        for orders, history in histories.items():
            figures = take_in(history, options.few, f"R{number}")
            if number:
                rounds[orders].append(figures)
    say(
        f"\nintake of {options.few} 850s of {LINES} lines, all detectors on\n\n"
        f"{'orders in database':>20}{'CPU':>10}{'wall':>10}{'CPU/order':>12}{'queries/order':>15}{'ratio':>8}"
    )
    first, ratio = next(iter(rounds.values())), 1
    for orders, results in rounds.items():
        cpu, wall, queries = medians(results, "cpu", "wall", "queries")
        ratio = statistics.median(
            mine["cpu"] / other["cpu"] for mine, other in zip(results, first, strict=True)
        )
        say(
            f"{orders:>20,}{cpu:>9.2f}s{wall:>9.2f}s{cpu / options.few * 1000:>10.1f}ms"
            f"{queries / options.few:>15.2f}{ratio:>7.2f}x"
        )
    say(f"\nthe same within 10 %: {verdict(ratio <= IN_LARGE)}")
    return ratio <= IN_LARGE


def take_in(history, count, number):
    """Figures of an intake of so many 850s; rolled back."""
    company, cursor = history.company, history.env.cr
    data = company.orders(count, LINES, number)
    company.last_number -= 1
    history.env.invalidate_all()
    with measured(cursor) as figures:
        company.receive(data)
    cursor.rollback()
    history.env.invalidate_all()
    return figures


if __name__ == "__main__":
    sys.exit(main())
