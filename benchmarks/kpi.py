"""Service level from facts against Odoo's own sales report: one database, one run.

    ./om bench kpi [--orders 25000]

Real orders are confirmed and delivered through Odoo, then copied by SQL to the wanted volume (ten
lines each, 24 months, 2,000 customers). Every time is the best of three; both sides answer the calls
that the web client makes for a pivot.
"""

import argparse
import statistics
import time

from support.database import copy_rows, odoo_on_a_copy
from support.output import say

LINES = 10
CUSTOMERS = 2000
MONTHS = 24


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=25_000)
    orders = parser.parse_args().orders
    with odoo_on_a_copy("kpi") as env:
        say(f"building {orders} orders of {LINES} lines")
        build(env, orders)
        report(env)


# --------------------------------------------------------------------------------------------- volume


def build(env, orders):
    order = deliver_one(env)
    cursor = env.cr
    customer = order.partner_id.id
    cursor.execute("SELECT COALESCE(MAX(id), 0) FROM res_partner")
    (first_customer,) = cursor.fetchone()
    copy_rows(
        cursor,
        "res_partner",
        f"id = {customer}",
        f"generate_series(1, {CUSTOMERS}) AS n",
        id=f"{first_customer} + n",
        name="'Customer ' || n",
        complete_name="'Customer ' || n",
        commercial_partner_id=f"{first_customer} + n",
    )
    # copy n of the order: its customer, and a day within the last 24 months
    who = f"{first_customer} + 1 + n % {CUSTOMERS}"
    when = f"now() AT TIME ZONE 'UTC' - INTERVAL '1 day' * (10 + n % ({MONTHS} * 30))"
    base = 10_000_000  # ids of copies, far from all others
    series = f"generate_series(1, {orders}) AS n"
    copy_rows(
        cursor,
        "sale_order",
        f"id = {order.id}",
        series,
        id=f"{base} + n",
        name="'COPY' || n",
        date_order=when,
        # one order in eight was promised for the day before it left
        commitment_date=f"{when} + INTERVAL '1 day' * (CASE WHEN n % 8 = 0 THEN 1 ELSE 3 END)",
        partner_id=who,
        partner_invoice_id=who,
        partner_shipping_id=who,
        om_commercial_partner_id=who,
    )
    first_line = order.order_line[0].id
    copy_rows(
        cursor,
        "sale_order_line",
        f"order_id = {order.id}",
        series,
        id=f"{base} + n * {LINES} + source.id - {first_line}",
        order_id=f"{base} + n",
        order_partner_id=who,
        om_confirmed_at=when,
    )
    copy_rows(
        cursor,
        "stock_move",
        f"sale_line_id IN (SELECT id FROM sale_order_line WHERE order_id = {order.id})",
        series,
        id=f"{base} + n * {LINES} + source.sale_line_id - {first_line}",
        sale_line_id=f"{base} + n * {LINES} + source.sale_line_id - {first_line}",
        date=f"{when} + INTERVAL '2 days'",
        # every 20th order leaves half of each line at home
        quantity="CASE WHEN n % 20 = 0 THEN source.quantity / 2 ELSE source.quantity END",
        picking_id="NULL",
    )
    env.invalidate_all()


def deliver_one(env):
    """An order of ten lines, confirmed and delivered by Odoo itself."""
    from odoo.fields import Command

    products = env["product.product"].create(
        [{"name": f"Article {n}", "list_price": 10 + n, "is_storable": True} for n in range(LINES)]
    )
    customer = env["res.partner"].create({"name": "Customer", "is_company": True})
    order = env["sale.order"].create(
        {
            "partner_id": customer.id,
            "order_line": [Command.create({"product_id": p.id, "product_uom_qty": 10}) for p in products],
        }
    )
    for product in products:
        env["stock.quant"]._update_available_quantity(product, order.warehouse_id.lot_stock_id, 1000)
    order.action_confirm()
    for move in order.picking_ids.move_ids:
        move.quantity = move.product_uom_qty
        move.picked = True
    order.picking_ids.button_validate()
    env.cr.flush()
    return order


# -------------------------------------------------------------------------------------------- figures


def best_of(env, action, times=3):
    """Seconds of the quickest run, and what it returned."""
    seconds = []
    for _n in range(times):
        env.invalidate_all()
        start = time.perf_counter()
        result = action()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def report(env):
    facts, sales = env["om.kpi.order.line"], env["sale.report"]
    ids = env["sale.order"].search([("state", "=", "sale")], order="id").ids
    batches = [ids[start : start + 500] for start in range(0, len(ids), 500)]
    start = time.perf_counter()
    for batch in batches:
        facts._refresh(batch)
    say(f"measure {len(ids)} orders, {facts.search_count([])} lines: {time.perf_counter() - start:.1f} s")
    env.cr.commit()
    env.cr.execute("ANALYZE om_kpi_order_line")
    again = [best_of(env, lambda batch=batch: facts._refresh(batch), times=1)[0] for batch in batches[:5]]
    say(f"measure 500 orders ({500 * LINES} lines) again: {statistics.median(again):.2f} s")
    env.cr.commit()

    ours = ["due_qty:sum", "fill_final_qty:sum", "unit_fill_rate:avg", "on_time_rate:avg", "in_full_rate:avg"]
    ours.append("otif_rate:avg")
    theirs = ["product_uom_qty:sum", "qty_delivered:sum", "price_subtotal:sum"]
    say(f"\n{'pivot':28}{'facts':>9}{'sale.report':>13}{'ratio':>8}{'groups':>9}")
    for label, mine, other in (
        ("by month", [[], ["window_end:month"]], [[], ["date:month"]]),
        (
            "by month and customer",
            [[], ["partner_id"], ["window_end:month"], ["partner_id", "window_end:month"]],
            [[], ["partner_id"], ["date:month"], ["partner_id", "date:month"]],
        ),
    ):
        quick, groups = best_of(env, lambda mine=mine: facts.formatted_read_grouping_sets([], mine, ours))
        bare, _rows = best_of(env, lambda mine=mine: facts._read_grouping_sets([], mine, ours))
        slow, _groups = best_of(
            env, lambda other=other: sales.formatted_read_grouping_sets([], other, theirs)
        )
        say(f"{label:28}{quick:>8.2f}s{slow:>12.2f}s{slow / quick:>7.1f}x{sum(map(len, groups)):>9}")
        say(f"{'  without formatting':28}{bare:>8.2f}s")
    orders = env["om.kpi.order"]
    seconds, _groups = best_of(
        env, lambda: orders.formatted_read_grouping_sets([], [[], ["window_end:month"]], ["otif_rate:avg"])
    )
    say(f"{'OTIF of orders by month':28}{seconds:>8.2f}s")


if __name__ == "__main__":
    main()
