"""The work queue at 50,000 open exceptions on 50,000 open order lines: what the server answers, and how fast.

    ./om bench work_queue [--cases 50000]

One order with an exception is made by Odoo and copied by SQL: a customer's tier, a cut-off, an owner and
a type differ from copy to copy. The calls are those of the web client, as an order specialist with the
specialist's rules, with the fields that the list asks for. Times are the best of three, caches of
records cold. Target: the first page in under 300 ms.
"""

import argparse
import sys
import time

from support.database import copy_rows, odoo_on_a_copy
from support.output import say

CUSTOMERS = 500
OWNERS = 8
TARGET = 0.3
OPEN = [("is_open", "=", True), ("parent_id", "=", False)]
BASE = 10_000_000  # ids of copies, far from all others


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=50_000)
    cases = parser.parse_args().cases
    with odoo_on_a_copy("queue") as env:
        say(f"building {cases} open exceptions on {cases} open order lines")
        users = build(env, cases)
        in_time = report(env(user=users[0].id))
    sys.exit(0 if in_time else 1)


# --------------------------------------------------------------------------------------------- volume


def build(env, cases):
    """Copies of one order with one line and one exception; returns the owners."""
    users = env["res.users"].with_context(no_reset_password=True)
    groups = env.ref("om_order_exceptions.group_specialist")
    users = users.create(
        [{"login": f"o{n}", "name": f"Owner {n}", "group_ids": [(4, groups.id)]} for n in range(OWNERS)]
    )
    order, case = faulty_order(env)
    cursor = env.cr
    cursor.execute("SELECT COALESCE(MAX(id), 0) FROM res_partner")
    (first_customer,) = cursor.fetchone()
    copy_rows(
        cursor,
        "res_partner",
        f"id = {order.partner_id.id}",
        f"generate_series(1, {CUSTOMERS}) AS n",
        id=f"{first_customer} + n",
        name="'Customer ' || n",
        complete_name="'Customer ' || n",
        commercial_partner_id=f"{first_customer} + n",
    )
    who = f"{first_customer} + 1 + n % {CUSTOMERS}"
    series = f"generate_series(1, {cases}) AS n"
    cutoff = "now() AT TIME ZONE 'UTC' + INTERVAL '1 hour' * (n % 200 + 1)"
    copy_rows(
        cursor,
        "sale_order",
        f"id = {order.id}",
        series,
        id=f"{BASE} + n",
        name="'COPY' || n",
        partner_id=who,
        partner_invoice_id=who,
        partner_shipping_id=who,
        om_commercial_partner_id=who,
        commitment_date=cutoff,
    )
    copy_rows(
        cursor,
        "sale_order_line",
        f"order_id = {order.id}",
        series,
        id=f"{BASE} + n",
        order_id=f"{BASE} + n",
        order_partner_id=who,
    )
    cursor.execute("SELECT array_agg(id ORDER BY id) FROM om_exception_type WHERE active")
    (types,) = cursor.fetchone()
    kind = f"(ARRAY{types})[1 + n % {len(types)}]"
    copy_rows(
        cursor,
        "om_exception",
        f"id = {case.id}",
        series,
        id=f"{BASE} + n",
        res_id=f"{BASE} + n",
        order_id=f"{BASE} + n",
        order_line_id=f"{BASE} + n",
        document_ref="'COPY' || n",
        partner_id=who,
        type_id=kind,
        code=f"(SELECT code FROM om_exception_type WHERE id = {kind})",
        category=f"(SELECT category FROM om_exception_type WHERE id = {kind})",
        user_id=f"{users[0].id} + n % {OWNERS}",
        amount="n % 977 * 10",
        cause_key="NULL",
        parent_id="NULL",
        ship_cutoff=cutoff,
        sla_deadline="now() AT TIME ZONE 'UTC' + INTERVAL '1 minute' * (n % 5000 - 500)",
    )
    env.invalidate_all()
    rescore(env)
    for table in ("sale_order", "om_exception", "res_partner"):
        cursor.execute(f'ANALYZE "{table}"')
    cursor.commit()
    return users


def faulty_order(env):
    """An order of Odoo's own making whose price is off the pricelist, and its exception."""
    from odoo.fields import Command

    env.user.group_ids += env.ref("product.group_product_pricelist")
    product = env["product.product"].create({"name": "Kettle", "list_price": 100, "is_storable": True})
    customer = env["res.partner"].create(
        {
            "name": "Customer",
            "is_company": True,
            "property_product_pricelist": env["product.pricelist"].create({"name": "Contract"}).id,
        }
    )
    line = {"product_id": product.id, "product_uom_qty": 10, "price_unit": 80}
    order = env["sale.order"].create({"partner_id": customer.id, "order_line": [Command.create(line)]})
    order._om_check()
    env.cr.flush()
    return order, order.om_exception_ids.filtered("is_open")[:1]


def rescore(env):
    """All scores, in the batches of the job that the scheduler runs; prints what one batch takes."""
    orders = env["sale.order"]
    start = time.perf_counter()
    orders._cron_rescore_all()
    done = 0
    for model in (orders, env["om.exception"]):
        while due := model._om_rescore_due():
            done += len(due)
            env.cr.commit()
            env.invalidate_all()
    seconds = time.perf_counter() - start
    say(f"score of all {done} orders and exceptions: {seconds:.1f} s, {1000 * seconds / done:.2f} ms each")


# -------------------------------------------------------------------------------------------- figures


def list_fields(env):
    """The fields of the list view, as the web client asks for them."""
    models = env["om.exception"].get_views([(False, "list")])["models"]["om.exception"]["fields"]
    arch = env["om.exception"].get_views([(False, "list")])["views"]["list"]["arch"]
    named = {name for name in models if f'name="{name}"' in arch}
    return {
        name: {"fields": {"display_name": {}}} if models[name]["type"] == "many2one" else {}
        for name in named
        if not models[name]["type"].endswith("2many")
    }


def report(env):
    cases = env["om.exception"]
    specification = list_fields(env)
    say(f"\nas an order specialist, {len(specification)} fields a row, 80 rows a page")
    say(f"{'call':44}{'ms':>8}{'queries':>9}")
    mine = [*OPEN, ("user_id", "=", env.uid)]
    today = [*OPEN, ("blocks", "in", ("confirm", "release", "ship")), ("ship_cutoff", "<", "today +1d")]

    def page(domain, offset=0, order="score desc, sla_deadline, id"):
        return cases.web_search_read(
            domain, specification, offset=offset, limit=80, order=order, count_limit=10001
        )

    first = measure(env, "first page", lambda: page(OPEN))
    measure(env, "first page, mine", lambda: page(mine))
    measure(env, "first page, blocks shipping today", lambda: page(today))
    measure(env, "first page, by due time", lambda: page(OPEN, order="sla_deadline, id"))
    measure(env, "page 100", lambda: page(OPEN, offset=99 * 80))
    measure(env, "first page, every open case (no grouping)", lambda: page([("is_open", "=", True)]))
    for name in ("type_id", "user_id", "state", "partner_id", "tier", "ship_cutoff:day"):
        measure(
            env,
            f"groups by {name}",
            lambda name=name: cases.web_read_group(OPEN, [name], ["amount:sum", "__count"], limit=80),
        )
    measure(
        env,
        "pivot of causes, money and minutes",
        lambda: cases.formatted_read_grouping_sets(
            OPEN, [[], ["root_cause_id"]], ["amount:sum", "minutes_open:sum", "__count"]
        ),
    )
    orders = env(su=True)["sale.order"].search([("om_is_open", "=", True)], limit=80, order="om_score desc")
    measure(env, "why 80 orders do not ship, and their cures", lambda: orders.mapped("om_answer"))
    only_what_changed(env(su=True))
    say(f"\nfirst page {1000 * first:.0f} ms, target under {1000 * TARGET:.0f} ms")
    return first < TARGET


def measure(env, label, action):
    """Seconds of the quickest of three calls with cold record caches; prints them with the queries."""
    action()  # plans and registry caches are warm on a server that runs
    seconds = []
    for _n in range(3):
        env.invalidate_all()
        start, queries = time.perf_counter(), env.cr.sql_log_count
        action()
        seconds.append(time.perf_counter() - start)
        queries = env.cr.sql_log_count - queries
    say(f"{label:44}{1000 * min(seconds):>8.0f}{queries:>9}")
    return min(seconds)


def only_what_changed(env):
    """100 orders become urgent: how long that takes, and that no other row is written."""
    orders = env["sale.order"].search([("om_is_open", "=", True)], limit=100, order="id desc")
    env.cr.execute("SELECT id, xmin::text FROM sale_order UNION ALL SELECT -id, xmin::text FROM om_exception")
    before = dict(env.cr.fetchall())
    env.invalidate_all()
    start, queries = time.perf_counter(), env.cr.sql_log_count
    orders.write({"om_priority": "1"})
    env.flush_all()
    seconds, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    env.cr.execute("SELECT id, xmin::text FROM sale_order UNION ALL SELECT -id, xmin::text FROM om_exception")
    written = {key for key, xmin in env.cr.fetchall() if before.get(key) != xmin}
    say(f"{'100 orders become urgent: score of these':44}{1000 * seconds:>8.0f}{queries:>9}")
    say(f"  rows written: {sum(k > 0 for k in written)} orders, {sum(k < 0 for k in written)} exceptions")
    env.cr.rollback()


if __name__ == "__main__":
    main()
