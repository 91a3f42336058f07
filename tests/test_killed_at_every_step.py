"""A worker is killed at every commit and at every file that it moves, for each kind of document, both ways.

What it has left is taken over by the next one, which is killed at the next step; the last one comes to its
end. Then every document was acted on once, every answer went out once, and no number is missing.
"""

import pytest
from peer import KETTLE, Peer
from trading import SEND
from x12_bytes import application_advice, order_change, remittance
from x12_bytes_3pl import inventory, shipping_advice, transfer_receipt

DRAFTS = """
for number in (1, 2):
    env["sale.order"].create(
        {{
            "partner_id": edi_partner.partner_id.id,
            "client_order_ref": f"{name}-{{number}}",
            "warehouse_id": warehouse.id,
            "order_line": [Command.create({{"product_id": products[0].id, "product_uom_qty": 10}})],
        }}
    )
"""
CONFIRM = """
for order in env["sale.order"].search([("client_order_ref", "like", "{name}-"), ("state", "=", "draft")]):
    order.action_confirm()
    env.cr.commit()
"""
TRANSFERS = """
supplier = env.ref("stock.stock_location_suppliers")
for number in (1, 2):
    env["stock.picking"].create(
        {{
            "picking_type_id": warehouse.in_type_id.id,
            "location_id": supplier.id,
            "location_dest_id": warehouse.lot_stock_id.id,
            "origin": f"{name}-{{number}}",
            "move_ids": [
                Command.create(
                    {{
                        "product_id": products[0].id,
                        "product_uom_qty": 20,
                        "location_id": supplier.id,
                        "location_dest_id": warehouse.lot_stock_id.id,
                    }}
                )
            ],
        }}
    )
"""
ANNOUNCE = """
for picking in env["stock.picking"].search([("origin", "like", "{name}-"), ("state", "=", "draft")]):
    picking.action_confirm()
    env.cr.commit()
"""
SHIP = """
orders = env["sale.order"].search([("client_order_ref", "like", "{name}-")])
for picking in orders.picking_ids.filtered(lambda picking: picking.state == "assigned"):
    picking.move_ids.picked = True
    picking.button_validate()
    env.cr.commit()
"""
BILL = """
orders = env["sale.order"].search([("client_order_ref", "like", "{name}-")])
for order in orders.filtered(lambda order: order.invoice_status == "to invoice"):
    order._create_invoices().action_post()
    env.cr.commit()
"""
OVERDUE = "env['om.edi.transaction']._cron_ack_late()\nenv.cr.commit()"


@pytest.fixture
def peer(trading, tmp_path):
    trading.log_errors()
    yield lambda *args, **kwargs: Peer(trading, tmp_path, *args, **kwargs)
    assert not trading.log_errors()


RECEIVED = ("before the rename", "after the rename", "_take", "_process:", "_x12_act")  # in every file


def test_850_with_its_855_and_997(peer):
    wren = peer()
    wren.drop_orders()
    wren.kill(steps=[*RECEIVED, "(855)", "(997)"])
    assert sorted(wren.documents("850")) == wren.numbers()
    orders = wren.rows(
        """SELECT o.client_order_ref, o.state, count(l.id), sum(l.product_uom_qty)::int FROM sale_order o
             JOIN sale_order_line l ON l.order_id = o.id
            WHERE o.client_order_ref LIKE '{name}-%%' GROUP BY o.id ORDER BY 1"""
    )
    assert orders == [(number, "sale", 1, 10) for number in wren.numbers()]
    deliveries = wren.rows(
        """SELECT p.state FROM stock_picking p JOIN sale_order o ON o.id = p.sale_id
            WHERE o.client_order_ref LIKE '{name}-%%'"""
    )
    assert deliveries == [("assigned",)] * 2
    wren.assert_sent(*wren.pairs("855"))


def test_860_with_its_865(peer):
    wren = peer()
    wren.drop_orders()
    wren.work()
    wren.drop("PC", *(order_change(n, [("1", "QI", "12", "EA", "", *KETTLE)]) for n in wren.numbers()))
    wren.kill(steps=[*RECEIVED, "(865)", "(997)"])
    changed = wren.rows(
        """SELECT o.client_order_ref, l.product_uom_qty::int, r.state FROM om_change_request r
             JOIN sale_order o ON o.id = r.order_id JOIN sale_order_line l ON l.order_id = o.id
            WHERE o.client_order_ref LIKE '{name}-%%' ORDER BY 1"""
    )
    assert changed == [(number, 12, "applied") for number in wren.numbers()]
    wren.assert_sent(*wren.pairs("855"), *wren.pairs("865"))


def test_856_and_810(peer):
    wren = peer()
    wren.drop_orders()
    wren.work()
    wren.kill(SHIP + BILL + SEND, steps=["(856)", "(810)"])
    shipped = wren.rows(
        """SELECT p.name FROM stock_picking p JOIN sale_order o ON o.id = p.sale_id
            WHERE o.client_order_ref LIKE '{name}-%%' AND p.state = 'done' ORDER BY 1"""
    )
    billed = wren.rows(
        """SELECT m.name FROM account_move m JOIN sale_order o ON o.id = m.om_edi_order_id
            WHERE o.client_order_ref LIKE '{name}-%%' AND m.state = 'posted' ORDER BY 1"""
    )
    assert len(shipped) == len(billed) == 2
    wren.assert_sent(
        *wren.pairs("855"),
        *(("856", name.replace("/", "-")) for [name] in shipped),
        *(("810", name) for [name] in billed),
    )


def test_997(peer):
    """One 855 is accepted, the other one rejected."""
    wren = peer()
    wren.drop_orders()
    wren.work()
    sets = dict(
        wren.rows(
            """SELECT t.control_number, g.control_number FROM om_edi_transaction t
                 JOIN om_edi_group g ON g.id = t.group_id JOIN om_edi_partner p ON p.id = t.edi_partner_id
                WHERE p.name = '{name}' AND t.set_id = '855'"""
        )
    )
    body = [["AK1", "PR", str(*set(sets.values()))]]
    for control, verdict in zip(sorted(sets), ("A", "R"), strict=True):
        body += [["AK2", "855", control], ["AK5", verdict]]
    wren.drop("FA", [*body, ["AK9", "P", "2", "2", "1"]])
    wren.kill(steps=RECEIVED)
    assert wren.rows(
        """SELECT t.ack_state, count(c.id) FROM om_edi_transaction t
             JOIN om_edi_partner p ON p.id = t.edi_partner_id
             LEFT JOIN om_exception c ON c.res_model = 'om.edi.transaction' AND c.res_id = t.id
            WHERE p.name = '{name}' AND t.set_id = '855' GROUP BY t.id ORDER BY 1"""
    ) == [("A", 0), ("R", 1)]
    wren.assert_sent(*wren.pairs("855"))


def test_997_that_never_comes(peer):
    """Each document that waits for it is a case, once, and stays one."""
    wren = peer()
    wren.drop_orders()
    wren.work()
    wren.rows(
        """UPDATE om_edi_transaction SET ack_due_at = now() AT TIME ZONE 'UTC' - interval '1 minute'
            WHERE reference LIKE '{name}-%%' AND set_id = '855' AND ack_due_at IS NOT NULL RETURNING id"""
    )
    wren.kill(OVERDUE, steps=["before the commit", "after the commit"])
    wren.work(OVERDUE)
    assert wren.cases("E-EDI-ACKLATE") == wren.numbers()


def test_997_for_what_we_never_sent(peer):
    wren = peer()
    wren.drop_orders()
    wren.work()
    wren.drop("FA", [["AK1", "PR", "777"], ["AK9", "A", "1", "1", "1"]])
    wren.kill(steps=RECEIVED)
    assert wren.documents("997", "error") == ["PR 777"]
    assert wren.rows(
        """SELECT c.is_open, count(*) FROM om_exception c JOIN om_edi_transaction t ON t.id = c.res_id
             JOIN om_edi_partner p ON p.id = t.edi_partner_id
            WHERE c.res_model = 'om.edi.transaction' AND p.name = '{name}' GROUP BY 1"""
    ) == [(True, 1)]
    assert wren.trading.sent_documents(wren.mailbox) == sorted([*wren.pairs("855"), *wren.acknowledged])


def test_820_and_824(peer):
    wren = peer()
    wren.drop_orders()
    wren.work()
    wren.drop("RA", *(remittance(number, "90", [("INV/0", "90", "100", "")]) for number in wren.numbers()))
    wren.drop("AG", *(application_advice(n, "TR", "PO", n, "855", [("007", "no")]) for n in wren.numbers()))
    wren.kill(steps=[*RECEIVED, "(997)"])
    paid = wren.rows(
        """SELECT r.name, r.amount::int, count(DISTINCT l.id), count(DISTINCT c.id) FROM om_edi_remittance r
             JOIN om_edi_remittance_line l ON l.remittance_id = r.id
             LEFT JOIN om_exception c ON c.res_model = 'om.edi.remittance' AND c.res_id = r.id
            WHERE r.name LIKE '{name}-%%' GROUP BY r.id ORDER BY 1"""
    )
    assert paid == [(number, 90, 1, 1) for number in wren.numbers()]
    assert wren.cases("E-EDI-REFUSED") == wren.numbers()
    wren.assert_sent(*wren.pairs("855"))


def told(wren, set_id):
    """Numbers of the 940s or 943s that the warehouse was sent."""
    found = wren.trading.sent_documents(wren.mailbox)
    return [number for found_set, number in found if found_set == set_id]


def test_940_and_945(peer):
    wren = peer("warehouse", DRAFTS)
    wren.kill(CONFIRM + SEND, steps=["(940)"])
    numbers = told(wren, "940")
    assert len(set(numbers)) == len(numbers) == 2
    wren.assert_sent(*(("940", number) for number in numbers))
    line = {"item": "KET-1", "shipped": 7, "status": "CP"}
    wren.drop("SW", *(shipping_advice(number, [line], shipment=number) for number in numbers))
    wren.kill(steps=[*RECEIVED, "(997)"])
    shipped = wren.rows(
        """SELECT l.qty_delivered::int, count(DISTINCT p.id), count(DISTINCT c.id) FROM sale_order o
             JOIN sale_order_line l ON l.order_id = o.id
             JOIN stock_picking p ON p.sale_id = o.id AND p.state = 'done'
             JOIN om_exception c ON c.order_id = o.id AND c.code = 'E-3PL-DIFF'
            WHERE o.client_order_ref LIKE '{name}-%%' GROUP BY l.id"""
    )
    assert shipped == [(7, 1, 1)] * 2
    wren.assert_sent(*(("940", number) for number in numbers))


def test_943_and_944(peer):
    wren = peer("warehouse", TRANSFERS)
    wren.kill(ANNOUNCE + SEND, steps=["(943)"])
    numbers = told(wren, "943")
    assert len(set(numbers)) == len(numbers) == 2
    wren.drop("RE", *(transfer_receipt(number, [("KET-1", 20, 0)], receipt=number) for number in numbers))
    wren.kill(steps=[*RECEIVED, "(997)"])
    received = wren.rows(
        """SELECT p.state, sum(l.quantity)::int FROM stock_picking p
             JOIN stock_move_line l ON l.picking_id = p.id
            WHERE p.origin LIKE '{name}-%%' GROUP BY p.id"""
    )
    assert received == [("done", 20)] * 2
    stock = wren.rows(
        """SELECT sum(q.quantity)::int FROM stock_quant q
             JOIN stock_warehouse w ON w.lot_stock_id = q.location_id
             JOIN product_product p ON p.id = q.product_id
            WHERE w.name = '{name}' AND p.default_code = 'KET-1'"""
    )
    assert stock == [(140,)]
    wren.assert_sent(*(("943", number) for number in numbers))


def test_846(peer):
    """Two lists of the stock, of which the second one counts."""
    wren = peer("warehouse")
    lists = [[("KET-1", {"17": 97}), ("TOA-1", {"17": 100})], [("KET-1", {"17": 95}), ("TOA-1", {"17": 90})]]
    wren.drop("IB", *(inventory(number, lines) for number, lines in zip(wren.numbers(), lists, strict=True)))
    wren.kill(steps=[*RECEIVED, "(997)"])
    differences = wren.rows(
        """SELECT d.their_quantity::int, d.state FROM om_edi_stock_difference d
             JOIN stock_warehouse w ON w.id = d.warehouse_id WHERE w.name = '{name}' ORDER BY 1"""
    )
    assert differences == [(90, "open"), (95, "open")]
    wren.assert_sent()
