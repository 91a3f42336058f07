"""What a company that trades over X12 has in its database after years: by real flows, then copied by SQL.

=========  =========================================================================================
masters    a trading partner with stores, articles, part numbers, stock
past       orders that are done: 850, 997, 855, delivery with 856, invoice with 810, all acknowledged
open       orders that are not: some held by exceptions, some to ship, some shipped and not yet billed
=========  =========================================================================================

Of 100 orders 98 are past. The past is two years long, what is open is of the last days.
"""

import base64

from .copies import Copies
from .edi_company import Company, in_one_transaction

LINES = 3
SAMPLE = 40  # orders of a sample: past, and open
FILE = 10  # orders that come in one file
OPEN = 50  # one order of so many is open
TRADING = 20  # trading partners that have orders
SHOWN = (
    "sale_order",
    "sale_order_line",
    "om_intake",
    "om_edi_interchange",
    "om_edi_transaction",
    "om_order_event",
    "om_exception",
    "stock_move",
    "account_move",
    "product_product",
    "res_partner",
)
PASSING = ("stock_quant", "om_kpi_dirty")
TWO_YEARS, DAYS = 2 * 365 * 24 * 60, 2 * 24 * 60
NUMBERED = "source.{} || '-' || n"
# what is unique in the database, or is looked up by its text
TEXTS = {
    "product_product": {"default_code": NUMBERED.format("default_code")},
    "om_edi_partner": {"identifier": NUMBERED.format("identifier")},
    "sale_order": {
        "name": NUMBERED.format("name"),
        "client_order_ref": NUMBERED.format("client_order_ref"),
        "om_po_key": "source.om_po_key || n",
    },
    "om_intake": {
        "name": NUMBERED.format("name"),
        "sha256": "md5(source.sha256 || n)",
        "delivery_key": NUMBERED.format("delivery_key"),
    },
    "om_edi_mailbox": {"directory": NUMBERED.format("directory")},
    "om_edi_interchange": {
        "control_number": "source.control_number + n * 1000",
        "file_name": NUMBERED.format("file_name"),
    },
    "om_edi_group": {"control_number": "source.control_number + n * 1000"},
    "om_edi_transaction": {
        "reference": "CASE WHEN source.set_id IN ('997', '999', 'TA1') THEN source.reference"
        " ELSE source.reference || '-' || n END"
    },
    # one for all lines with the same cause stands on the company
    "om_exception": {
        "key": "CASE WHEN source.res_model = 'res.company' THEN source.key || '-' || n ELSE source.key END"
    },
    "stock_picking": {"name": NUMBERED.format("name")},
    "account_move": {"name": NUMBERED.format("name")},
    "stock_package": {"name": NUMBERED.format("name"), "om_sscc": "NULL"},
}


class History:
    """The database of a company that has traded for years.

    :param orders: how many there are, about
    :param partners: copies of the trading partner with its stores and articles
    """

    def __init__(self, env, orders, partners):
        self.env = env
        self.copies = Copies(env.cr, TEXTS)
        before = self.copies.last_ids()
        self.company = Company(env)
        masters = self.copies.sample(before)
        self.specialist = self.new_specialist()
        past = self.sample_of(self.past_orders)
        unfinished = self.sample_of(self.open_orders)
        masters = self.copies.multiply(masters, max(partners, TRADING) - 1)
        for sample, count, minutes in (
            (past, orders * (OPEN - 1) // OPEN, TWO_YEARS),
            (unfinished, orders // OPEN, DAYS),
        ):
            copies = max(count // SAMPLE - 1, 1)
            self.copies.multiply(sample, copies, masters, TRADING, max(minutes // copies, 1))
        self.copies.finish()
        # the clocks have run all the time
        env.cr.execute("UPDATE om_edi_flow SET clock_from = clock_from - INTERVAL '3 years'")
        env.cr.commit()
        env.invalidate_all()
        env.registry.clear_all_caches()

    def new_specialist(self):
        return self.env["res.users"].create(
            {
                "name": "Bench Specialist",
                "login": "bench",
                "group_ids": [(4, self.env.ref("om_order_exceptions.group_specialist").id)],
            }
        )

    def counts(self):
        """``{table: rows}`` as the statistics know them."""
        self.env.cr.execute(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE relname = ANY(%s) ORDER BY 2 DESC",
            [list(SHOWN)],
        )
        return dict(self.env.cr.fetchall())

    def sample_of(self, make_orders):
        """The rows that these orders bring; without stock and what a job clears away, which don't grow."""
        before = self.copies.last_ids()
        make_orders()
        sample = self.copies.sample(before)
        return {table: rows for table, rows in sample.items() if table not in PASSING}

    # ---------------------------------------------------------------------------------------- flows

    def past_orders(self):
        """From the 850 to the invoice, all acknowledged; a quarter had wrong prices at first."""
        wrong = self.take_in("DEAR", FILE, price=7)
        if not wrong.om_open_exception_ids:
            raise SystemExit("the customer's wrong prices were not found")
        for line in wrong.order_line:
            line.price_unit = line.product_id.list_price
        wrong._om_check()
        orders = wrong | self.take_in("PAST", SAMPLE - FILE)
        self.confirm(orders)
        self.send(acknowledged=True)
        self.deliver(orders)
        self.send(acknowledged=True)
        self.invoice(orders)
        self.send(acknowledged=True)
        self.env.cr.commit()

    def open_orders(self):
        """Of 40 orders 10 are held by exceptions, 10 wait for their goods, 10 are shipped, 10 are billed."""
        held = self.take_in("HELD", FILE, item="UNKNOWN-{}")
        if not held.om_open_exception_ids:
            raise SystemExit("the orders that should be held are not")
        orders = self.take_in("OPEN", SAMPLE - FILE)
        self.confirm(orders)
        self.send(acknowledged=True)
        shipped = orders[: 2 * FILE]
        self.deliver(shipped)
        self.send(acknowledged=True)
        self.invoice(shipped[:FILE])
        self.unanswered = self.send()[-1:]  # not acknowledged yet
        self.env.cr.commit()

    def take_in(self, number, count, **options):
        """Receive files of ten 850s; returns their orders."""
        orders = self.env["sale.order"]
        for first in range(0, count, FILE):
            data = self.company.orders(FILE, LINES, f"{number}-{first}", **options)
            orders |= self.company.receive(data).order_ids
        return orders.sorted("id")

    def confirm(self, orders):
        with in_one_transaction():
            orders.action_confirm()
            self.env.flush_all()
        self.expect(orders, "sale")

    def deliver(self, orders):
        """Everything leaves at once."""
        for order in orders:
            for picking in order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel")):
                picking.button_validate()
                self.expect(picking, "done")
        self.env.flush_all()

    def invoice(self, orders):
        invoices = orders._create_invoices()
        invoices.action_post()
        self.expect(invoices, "posted")
        self.env.flush_all()

    @staticmethod
    def expect(records, state):
        if other := records.filtered(lambda record: record.state != state):
            raise SystemExit(f"{other[0].display_name} is {other[0].state}, not {state}")

    def send(self, acknowledged=False):
        """Every document that is ready leaves, a few in an interchange, and is acknowledged or not.

        :return: the interchanges
        """
        with in_one_transaction():
            ready = self.env["om.edi.transaction"].search([("state", "=", "ready")], order="id")
            ready.write({"state": "wrapped"})  # wait for their turn
            for first in range(0, len(ready), FILE // 2):
                ready[first : first + FILE // 2].write({"state": "ready"})
                self.company.edi_partner._send()
            sent = ready.interchange_id
            self.expect(sent, "sent")
            self.env.flush_all()
        if acknowledged:
            for interchange in sent:
                self.acknowledge(interchange)
        return sent

    def acknowledge(self, interchange):
        """Receive the 997 of an interchange that we sent."""
        from odoo.addons.om_edi_x12 import x12

        for event in x12.read(base64.b64decode(interchange.payload)):
            if isinstance(event, x12.GroupEnd) and event.group.functional_id != "FA":
                segments = x12.acknowledge(event)
                body = "".join("*".join(map(str, segment)) + "~\n" for segment in segments)
                self.company.receive(self.company.interchange("FA", "997", [body]))
