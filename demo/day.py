"""The demo company's day: files arrive, orders are checked, cured, shipped, invoiced, returned.

Everything goes the way it goes in production: files through the partners' inboxes, fixes through the
resolve dialog of the specialist, deliveries and invoices through their buttons.
"""

from datetime import date, timedelta

from .afternoon import Afternoon
from .bluebird import Bluebird, sample
from .warehouse_3pl import Warehouse3pl


class Day:
    """One run of the day."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.as_user = company.as_user
        self.today = date.today()
        self.bluebird = Bluebird(company)

    def run(self):
        """The whole day, step by step."""
        self.receive("bluebird", "bluebird_850.edi", "bluebird_850.edi", "bluebird_850_resent_order.edi")
        self.receive("bluebird", "bluebird_850_cut.edi", "unknown_sender_850.edi")
        self.receive("harbor", "harbor_850.edi")
        self.enter_orders()
        self.cure()
        changed = self.change_after_pick()
        self.ship(tomorrow=changed)
        self.invoice()
        self.bluebird.take()
        self.take_back()
        self.order_from_gateway()
        Afternoon(self.company).run()
        Warehouse3pl(self.company).run()
        self.send()
        self.env["om.kpi.dirty"]._cron_refresh()
        self.send()

    def receive(self, mailbox, *names):
        """Put sample files into a partner's inbox, fetch them, process them and send the answers."""
        box = self.company.mailboxes[mailbox]
        inbox = self.env["om.edi.transport.folder"]._folders(box)[0]
        for number, name in enumerate(names):
            (inbox / f"{number}_{name}").write_bytes(sample(name, self.today))
        box._poll()
        self.env["om.intake"].search([("state", "in", ("received", "processing"))], order="id")._process()
        self.send()

    def send(self):
        """Send what is owed to all partners."""
        self.env.cr.commit()
        self.env["om.edi.partner"].search([])._send()
        self.env.cr.commit()

    def enter_orders(self):
        """The specialist keys an order in; a customer signs a quotation in the portal."""
        orders = self.as_user("specialist", self.env["sale.order"])
        products = self.company.products

        def order(lines, **values):
            return orders.create(
                {
                    "partner_id": self.company.maple.id,
                    "order_line": [
                        (0, 0, {"product_id": products[code].id, "product_uom_qty": quantity})
                        for code, quantity in lines
                    ],
                    **values,
                }
            )

        order([("KTL-17", 12), ("MUG-350B", 48)], client_order_ref="MK-3101").action_confirm()
        late = order(
            [("TST-4S", 6)],
            client_order_ref="MK-3102",
            commitment_date=f"{self.today - timedelta(days=2)} 16:00:00",
        )
        late.sudo()._validate_order()  # as the portal does when a customer signs: held at release
        order([("FRP-1L", 24), ("NAP-L6", 12)], client_order_ref="MK-3103")
        self.env.cr.commit()

    def cure(self):
        """The specialist cures some of what stands in the queue; the rest is left for whoever looks."""
        press = self.company.products["FRP-1L"]
        self.resolve("E-ITM-UNK", "fix_map_item", product_id=press.id)
        self.resolve("E-PRC-DIFF", "fix_contract_price")
        late = self.exceptions("E-DTE-PAST").filtered(lambda e: e.order_id.om_edi_partner_id)
        self.resolve_these(late, "fix_set_date", date=self.today + timedelta(days=9))
        self.resolve("E-DUP", "fix_cancel_order")
        self.send()

    def exceptions(self, code):
        """Open exceptions of one code on orders that came by EDI."""
        return self.env["om.exception"].search(
            [("code", "=", code), ("is_open", "=", True), ("order_id.om_edi_partner_id", "!=", False)]
        )

    def resolve(self, code, fix, **values):
        """Run a fix action on all open exceptions of one code."""
        self.resolve_these(self.exceptions(code), fix, **values)

    def resolve_these(self, exceptions, fix, **values):
        self.company.resolve(exceptions, fix, **values)
        self.env.cr.commit()

    def change_after_pick(self):
        """Bluebird wants fewer mugs (860) when they are picked already: a manager has to decide.

        :return: the delivery, which is held until then
        """
        order = self.env["sale.order"].search([("client_order_ref", "=", "4500017807")])
        delivery = order.picking_ids.filtered(lambda picking: picking.state == "assigned")
        delivery.move_line_ids.picked = True
        self.receive("bluebird", "bluebird_860.edi")
        return delivery

    def ship(self, tomorrow):
        """The warehouse ships what is released and on hand, but what waits; one order goes in two parts."""
        pickings = self.env["stock.picking"].search(
            [("picking_type_code", "=", "outgoing"), ("state", "=", "assigned")], order="id"
        )
        for number, picking in enumerate(pickings - tomorrow):
            for move in picking.move_ids:
                # the second delivery goes out in two parts, so that there is a backorder to look at
                move.quantity = move.product_uom_qty // 2 if number == 1 else move.product_uom_qty
                move.picked = bool(move.quantity)
            self.as_user("specialist", picking).with_context(skip_backorder=True).button_validate()
            self.env.cr.commit()
        self.send()

    def invoice(self):
        """Billing invoices what was shipped."""
        orders = self.env["sale.order"].search([("invoice_status", "=", "to invoice")], order="id")
        invoices = self.as_user("billing", orders)._create_invoices()
        invoices.action_post()
        self.env.cr.commit()
        self.send()

    def order_from_gateway(self):
        """An order that the 3PL ships: it is told by a 940 and has not answered yet."""
        self.as_user("specialist", self.env["sale.order"]).create(
            {
                "partner_id": self.company.summit.id,
                "client_order_ref": "SU-2240",
                "warehouse_id": self.company.gateway.id,
                "order_line": [
                    (0, 0, {"product_id": self.company.products[code].id, "product_uom_qty": quantity})
                    for code, quantity in (("KTL-17", 24), ("MUG-350B", 96))
                ],
            }
        ).action_confirm()
        self.env.cr.commit()
        self.send()

    def take_back(self):
        """Two kettles come back dented and are credited at the invoice's price; more mugs are announced."""
        self.announce_return("MUG-350B", 12, "om_rma.reason_not_needed")
        rma = self.announce_return("KTL-17", 2, "om_rma.reason_damaged")
        for picking in rma.picking_ids:
            for move in picking.move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})
            self.as_user("returns", picking).button_validate()
        rma.action_credit()
        self.as_user("billing", rma).action_post_credit_memos()
        self.env.cr.commit()

    def announce_return(self, code, quantity, reason):
        """A returns clerk authorises the return of what a customer bought and was billed for."""
        line = self.env["sale.order.line"].search(
            [
                ("product_id", "=", self.company.products[code].id),
                ("qty_delivered", ">=", quantity),
                ("qty_invoiced", ">=", quantity),
                ("order_id.om_edi_partner_id", "!=", False),
            ],
            order="id",
            limit=1,
        )
        rma = self.as_user("returns", self.env["om.rma"]).create(
            {
                "partner_id": line.order_id.partner_id.id,
                "reason_id": self.env.ref(reason).id,
                "line_ids": [(0, 0, {"order_line_id": line.id, "quantity": quantity})],
            }
        )
        rma.action_authorise()
        return rma
