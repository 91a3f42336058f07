"""The five weeks before the day: orders with their faults, cured and shipped when they would have been.

The clock is moved, nothing else: orders are created, confirmed, cured, shipped and invoiced by the same
methods as today's.
"""

import random
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from freezegun import freeze_time

from odoo.fields import Command

WEEKS = 5
ORDERS_A_DAY = 4
PRICE_FILE_DAYS_AGO = 16  # since then customers get their prices the day they change
# how many of a hundred orders have which fault, before and since the price file
FAULTS_BEFORE = {"price": 26, "date": 12, "ended": 11, "unknown": 9, "duplicate": 8, "changed": 6}
FAULTS_SINCE = {"price": 4, "date": 12, "ended": 11, "unknown": 9, "duplicate": 8, "changed": 6}
GOODS = ("KTL-17", "MUG-350B", "PLT-12", "TST-4S")
LEFT_BEHIND = "SU-1999"  # nobody got to this order: its case is overdue
CAUSES = {
    "price": ("prc_contract", "prc_contract", "prc_contract", "prc_keyed"),
    "date": ("cust_error", "edi_map"),
    "ended": ("md_item",),
    "unknown": ("md_part",),
    "duplicate": ("cust_error", "cust_error", "edi_partner"),
    "changed": ("cust_change",),
}


class Past:
    """What happened before the demo's day."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.random = random.Random(1886)
        self.today = datetime.now().date()
        self.number = 2000
        self.last = {}  # customer: the last purchase order number
        self.left = company.env["sale.order"]

    def run(self):
        """Day after day, then what was learned from them."""
        with freeze_time(datetime.combine(self.today, time(12))) as clock:
            self.clock = clock
            for ago in range(WEEKS * 7, 0, -1):
                day = self.today - timedelta(days=ago)
                if day.weekday() < 5:
                    self.workday(day, ago)
        self.env.cr.commit()
        self.learn()

    @contextmanager
    def at(self, day, hour, minute=0):
        """Do something on ``day`` at that time (UTC), as if it were then."""
        self.clock.move_to(datetime.combine(day, time(hour, minute)))
        # the database's clock can't be moved: records take their creation time from here
        self.env.cr._now = datetime.combine(day, time(hour, minute))
        yield
        self.env.flush_all()
        self.env.cr.commit()

    def workday(self, day, ago):
        """Orders in the morning, cures until the afternoon, then the truck; the bills on Fridays."""
        with self.at(day, 13, 10):
            orders = self.enter(day, FAULTS_BEFORE if ago > PRICE_FILE_DAYS_AGO else FAULTS_SINCE)
            if ago <= 6 and not self.left:
                self.left = orders.create(
                    {
                        **self.order_values(self.company.summit, "price", day),
                        "client_order_ref": LEFT_BEHIND,
                    }
                )
                orders |= self.left
            orders.filtered(lambda order: order.state == "draft").action_confirm()
        for hour in (15, 17):
            with self.at(day, hour, self.random.randrange(60)):
                self.cure(self.exceptions(), all_of_them=hour == 17 and ago > 3)
        with self.at(day, 19, 30):
            self.ship(day)
        if day.weekday() == 4:
            with self.at(day, 20):
                self.bill()

    # ------------------------------------------------------------------------------------- morning

    def enter(self, day, faults):
        """The day's orders, some of them with a fault."""
        orders = self.env["sale.order"]
        values = []
        for _order in range(ORDERS_A_DAY):
            customer = self.random.choice(self.company.accounts)
            fault = self.random.choices([*faults, None], [*faults.values(), 100 - sum(faults.values())])[0]
            if fault == "unknown":
                orders |= self.enter_in_bulk(customer)
            else:
                values.append(self.order_values(customer, fault, day))
        specialist = self.random.choice(("specialist", "nora"))
        return orders | orders.with_user(self.company.users[specialist]).create(values)

    def reference(self, customer):
        self.number += 1
        self.last[customer] = f"{customer.name[:2].upper()}-{self.number}"
        return self.last[customer]

    def order_values(self, customer, fault, day):
        """Values of an order of one or two lines; ``fault`` says what is wrong with it."""
        products = self.company.products
        goods = self.random.sample(GOODS, self.random.choice((1, 2)))
        lines = [
            {"product_id": products[code].id, "product_uom_qty": self.random.choice((2, 4, 6))}
            for code in goods
        ]
        reference = self.last.get(customer) if fault == "duplicate" else None
        values = {
            "partner_id": customer.id,
            "client_order_ref": reference or self.reference(customer),
            "commitment_date": datetime.combine(day + timedelta(days=9), time(16)),
        }
        if fault == "price":
            lines[0]["price_unit"] = round(products[goods[0]].list_price * 0.94, 2)
        elif fault == "ended":
            lines[0]["product_id"] = products["BLD-2"].id
        elif fault == "date":
            values["commitment_date"] = datetime.combine(day - timedelta(days=1), time(16))
        return {**values, "order_line": [Command.create(line) for line in lines]}

    def enter_in_bulk(self, customer):
        """Pasted lines with a part number that nobody knows yet."""
        number = self.random.randrange(1000, 9999)
        text = (
            f"sku\tqty\tpo\nMUG-350B\t12\t{self.reference(customer)}\nX-{number}\t6\t{self.last[customer]}\n"
        )
        entry = self.company.as_user("specialist", self.env["om.bulk.entry"]).create(
            {"partner_id": customer.id, "text": text}
        )
        entry.action_check()
        return self.env["sale.order"].browse(entry.action_enter()["res_id"])

    # --------------------------------------------------------------------------------------- cures

    def exceptions(self):
        return self.env["om.exception"].search(
            [("is_open", "=", True), ("is_parent", "=", False), ("order_id", "not in", self.left.ids)]
        )

    def cure(self, exceptions, all_of_them):
        """The specialists cure what they get to; the orders that are clean then are confirmed."""
        for exception in exceptions:
            if not all_of_them and self.random.random() < 0.5:
                continue
            if exception.exists() and exception.is_open:
                self.cure_one(exception)
        drafts = exceptions.order_id.filtered(lambda order: order.state == "draft")
        drafts.action_confirm()

    def cure_one(self, exception):
        """The usual cure of a kind of exception, with its root cause."""
        products = self.company.products
        fixes = {
            "E-PRC-DIFF": ("price", "fix_contract_price", {}),
            "E-DTE-PAST": ("date", "fix_set_date", {"date": datetime.now().date() + timedelta(days=8)}),
            "E-ITM-DISC": ("ended", "fix_replace_product", {"product_id": products["BLD-3"].id}),
            "E-SUB": ("ended", "fix_successor", {"reason": "Agreed by their buyer on the telephone"}),
            "E-ITM-UNK": ("unknown", "fix_map_item", {"product_id": products["PLT-12"].id}),
            "E-DUP": ("duplicate", "fix_cancel_order", {}),
            "E-SHP-SHORT": ("changed", "fix_keep_backorder", {"reason": "The rest may come later"}),
        }
        if exception.code not in fixes:
            return
        fault, fix, values = fixes[exception.code]
        cause = self.random.choice(CAUSES[fault])
        self.company.resolve(
            exception, fix, login=self.random.choice(("specialist", "nora")), cause=cause, **values
        )

    # ------------------------------------------------------------------------------------- evening

    def ship(self, day):
        """Ship what is ready. Some customers tell later that something is missing."""
        ready = self.env["stock.picking"].search(
            [("picking_type_code", "=", "outgoing"), ("state", "=", "assigned")], order="id"
        )
        for picking in ready:
            for move in picking.move_ids.filtered(lambda move: move.state == "assigned"):
                move.write({"quantity": move.product_uom_qty, "picked": True})
        self.company.as_user("specialist", ready).with_context(skip_backorder=True).button_validate()
        for picking in ready:
            if self.random.random() < 0.1:
                self.complain(picking)

    def complain(self, picking):
        """Damage or loss that the receipt shows, reported and settled."""
        code, found, cause = self.random.choice(
            (
                ("E-POD-DISC", "1 carton crushed, noted on the receipt", "carrier"),
                ("E-SHP-WRONG", "Blue mugs instead of plates in one carton", "wh_pick"),
                ("E-POD-DISC", "2 pieces missing", "wh_pack"),
            )
        )
        case = self.company.report(picking, code, found)
        self.company.resolve(case, "fix_done", cause=cause, reason="Sent again at no charge")

    def bill(self):
        """The week's invoices."""
        orders = self.env["sale.order"].search([("invoice_status", "=", "to invoice")])
        self.company.as_user("billing", orders)._create_invoices().action_post()

    # ------------------------------------------------------------------------------------ learning

    def learn(self):
        """What comes back has become a problem record; one was cured for good, and the figures show it."""
        problems = self.company.as_user("manager", self.env["om.problem"])
        problem = problems.create(
            {
                "name": "Customers order at last season's prices",
                "type_id": self.env.ref("om_order_exceptions.type_prc_diff").id,
                "root_cause_id": self.env.ref("om_order_exceptions.root_cause_prc_contract").id,
                "window_days": 14,
                "why_1": "Orders come in with prices that are not on the pricelist any more",
                "why_2": "Customers read them from a price sheet of the last season",
                "why_3": "The new sheet is sent when a salesperson thinks of it",
                "why_4": "Nobody owns the sending: pricing ends its work with the pricelist",
                "why_5": "The price change has no checklist",
                "containment": "Specialists correct to the pricelist and tell the buyer the new price.",
                "corrective_action": "The price file goes to all customers on the day of the change.",
                "preventive_action": "A price change has a checklist, with each customer's catalogue on it.",
                "corrected_on": self.today - timedelta(days=PRICE_FILE_DAYS_AGO),
            }
        )
        cases = self.env["om.exception"].search(
            [("type_id", "=", problem.type_id.id), ("is_parent", "=", False)]
        )
        self.company.as_user("manager", cases).problem_id = problem
        problem.action_correct()
        problem.action_close()
        problems.sudo()._cron_propose()
        self.env.cr.commit()
