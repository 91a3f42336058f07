"""The gaps of stock Odoo that this suite closes, shown side by side.

The same script, as the same ordinary salesperson, runs on stock Odoo and on a database with the suite.
A gap that a later Odoo closes by itself fails here, too: then the suite may lose something.
"""

import json

import pytest

SCRIPT = """
import json
from datetime import timedelta
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

env = env(context=dict(env.context, tracking_disable=True))
groups = ("sales_team.group_sale_salesman_all_leads", "stock.group_stock_user")
salesperson = env["res.users"].create(
    {
        "name": "Sally Sales",
        "login": "sally",
        "group_ids": [Command.link(env.ref(name).id) for name in ("base.group_user", *groups)],
    }
)
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
counter = iter(range(100))


def product(**values):
    item = env["product.product"].create(
        {"name": f"Item {next(counter)}", "list_price": 100, "is_storable": True, "taxes_id": False,
         "invoice_policy": "delivery", **values}
    )
    env["stock.quant"]._update_available_quantity(item, warehouse.lot_stock_id, 1000)
    return item


def customer(**values):
    return env["res.partner"].create({"name": f"Customer {next(counter)}", "is_company": True, **values})


def order(partner, item, quantity=1, **values):
    return env["sale.order"].with_user(salesperson).create(
        {
            "partner_id": partner.id,
            "order_line": [Command.create({"product_id": item.id, "product_uom_qty": quantity})],
            **values,
        }
    )


def confirmed(quotation):
    quotation.action_confirm()
    return quotation.state == "sale"


def ships(confirmed_order):
    picking = confirmed_order.picking_ids
    picking.action_assign()
    picking.move_ids.write({"quantity": confirmed_order.order_line.product_uom_qty, "picked": True})
    picking.with_context(skip_backorder=True).button_validate()
    return picking.state == "done"


def ship(confirmed_order, quantity):
    picking = confirmed_order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
    picking.move_ids.write({"quantity": quantity, "picked": True})
    picking.with_context(skip_backorder=True).button_validate()
    return picking


def nothing_wrong():  # an order without a fault goes all the way on both
    sound = order(customer(), product(), 3)
    return confirmed(sound) and ships(sound)


def G1():  # an order of 5,000 of a customer with a limit of 1,000 is shipped
    env.company.account_use_credit_limit = True
    partner = customer(use_partner_credit_limit=True, credit_limit=1000)
    big = order(partner, product(), 50)
    return confirmed(big) and ships(big)


def G2():  # what is ordered and not yet shipped does not count against the limit
    env.company.account_use_credit_limit = True
    partner = customer(use_partner_credit_limit=True, credit_limit=1000)
    item = product()
    first = order(partner, item, 9)
    first.action_confirm()
    second = order(partner, item, 9)
    return confirmed(second) and ships(second)


def G4():  # four of ten delivered in time count as on time
    sold = order(customer(), product(), 10, commitment_date=fields.Datetime.now() + timedelta(days=1))
    sold.action_confirm()
    ship(sold, 4)
    if "om.kpi.order.line" not in env:
        return sold.effective_date <= sold.commitment_date
    facts = env["om.kpi.order.line"]
    facts._refresh(sold.ids)
    fact = facts.search([("order_id", "=", sold.id)])
    return fact.is_on_time or fact.is_in_full or not fact.first_qty == 4


def G6():  # the same PO again, by a colleague of the buyer, in another spelling
    partner = customer()
    buyer, colleague = (env["res.partner"].create({"name": n, "parent_id": partner.id}) for n in "AB")
    item = product()
    order(buyer, item, client_order_ref="PO-77").action_confirm()
    return confirmed(order(colleague, item, client_order_ref="po-77 "))


def G8():  # an order that is delivered in full is cancelled
    sold = order(customer(), product(), 3)
    sold.action_confirm()
    ship(sold, 3)
    sold.action_cancel()
    return sold.state == "cancel"


def G9():  # a return of 99 for a delivery of 3
    sold = order(customer(), product(), 3)
    sold.action_confirm()
    picking = ship(sold, 3)
    wizard = env["stock.return.picking"].with_user(salesperson).with_context(
        active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
    ).create({})
    wizard.product_return_moves.quantity = 99
    back = env["stock.picking"].with_user(salesperson).browse(wizard.action_create_returns()["res_id"])
    back.move_ids.write({"quantity": 99, "picked": True})
    back.button_validate()
    return back.state == "done" and sum(back.move_ids.mapped("quantity")) == 99


def G10_unsaleable():  # a product taken off sale after the quotation was written
    item = product()
    quotation = order(customer(), item)
    item.sale_ok = False
    return confirmed(quotation)


def G10_archived():
    item = product()
    quotation = order(customer(), item)
    item.active = False
    return confirmed(quotation)


def G11():  # a promise ten days in the past
    return confirmed(order(customer(), product(), commitment_date=fields.Datetime.now() - timedelta(days=10)))


def G14():  # the price of a confirmed order is written from 100 to 1 and billed
    sold = order(customer(), product(), 3)
    sold.action_confirm()
    ship(sold, 3)
    sold.order_line.price_unit = 1
    env.cr.flush()
    invoice = sold.sudo()._create_invoices()
    invoice.action_post()
    return invoice.state == "posted" and invoice.amount_untaxed == 3


def open_gap(gap):
    env.flush_all()
    savepoint = env.cr.savepoint()
    try:
        return bool(gap())
    except AccessError:
        raise  # a gap is not closed by locking the salesperson out
    except UserError:
        return False
    finally:
        savepoint.close(rollback=True)


GAPS = [G1, G2, G4, G6, G8, G9, G10_unsaleable, G10_archived, G11, G14]
print("VERDICTS", json.dumps({gap.__name__: open_gap(gap) for gap in [nothing_wrong, *GAPS]}))
"""
GAPS = ("G1", "G2", "G4", "G6", "G8", "G9", "G10_unsaleable", "G10_archived", "G11", "G14")


def verdicts(process):
    lines = [line for line in process.stdout.splitlines() if line.startswith("VERDICTS ")]
    assert lines, process.stderr[-4000:]
    return json.loads(lines[0].removeprefix("VERDICTS "))


@pytest.fixture
def on_stock_odoo(stock_db, run_odoo_shell):
    return verdicts(run_odoo_shell(stock_db, SCRIPT))


@pytest.fixture
def with_the_suite(odoo_db, run_odoo_shell):
    return verdicts(run_odoo_shell(odoo_db, SCRIPT))


def test_gaps_are_open_on_stock_odoo_and_closed_by_the_suite(on_stock_odoo, with_the_suite):
    assert on_stock_odoo.pop("nothing_wrong") and with_the_suite.pop("nothing_wrong")
    assert on_stock_odoo == dict.fromkeys(GAPS, True)
    assert with_the_suite == dict.fromkeys(GAPS, False)
