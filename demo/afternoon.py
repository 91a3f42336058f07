"""The day's afternoon: what a specialist finds in the queue and on orders, in every stage of its life."""

import base64
import io
from datetime import datetime, time, timedelta

from PIL import Image, ImageDraw

from odoo.exceptions import UserError
from odoo.fields import Command


def receipt(*lines):
    """A picture of a signed delivery receipt, as the driver's telephone sends it."""
    image = Image.new("RGB", (420, 60 + 26 * len(lines)), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((8, 8, 411, image.height - 9), outline="black")
    for number, line in enumerate(("DELIVERY RECEIPT", *lines)):
        pen.text((24, 22 + 26 * number), line, fill="black")
    data = io.BytesIO()
    image.save(data, "PNG")
    return base64.b64encode(data.getvalue())


class Afternoon:
    """Cases that wait, were accepted, are overdue or belong together; changes; short goods; an incident."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.as_user = company.as_user
        self.today = datetime.now().date()

    def run(self):
        """One thing after the other, each kept."""
        for step in (
            self.one_cause,
            self.waits_for_the_customer,
            self.accepted_by_the_manager,
            self.short_goods,
            self.changes,
            self.proof_and_damage,
            self.incident,
            self.escalate,
        ):
            step()
            self.env.cr.commit()

    def order(self, customer, reference, lines, days=8, **values):
        """A quotation of the specialist. ``lines``: ``(part number, quantity[, price])``."""
        commands = []
        for code, quantity, *price in lines:
            line = {"product_id": self.company.products[code].id, "product_uom_qty": quantity}
            commands.append(Command.create({**line, "price_unit": price[0]} if price else line))
        return self.as_user("specialist", self.env["sale.order"]).create(
            {
                "partner_id": customer.id,
                "client_order_ref": reference,
                "commitment_date": datetime.combine(self.today + timedelta(days=days), time(16)),
                "order_line": commands,
                **values,
            }
        )

    def exceptions(self, code, orders=None):
        domain = [("code", "=", code), ("is_open", "=", True), ("is_parent", "=", False)]
        if orders is not None:
            domain.append(("order_id", "in", orders.ids))
        return self.env["om.exception"].search(domain)

    def one_cause(self):
        """Customers still order the blender that has ended: one row in the queue."""
        company = self.company
        orders = self.env["sale.order"]
        for customer, reference, quantity in (
            (company.prairie, "PR-2301", 12),
            (company.lakeview, "LA-2302", 24),
            (company.lakeview, "LA-2303", 6),
            (company.maple, "MK-3110", 4),  # wants to be asked first
        ):
            orders |= self.order(customer, reference, [("BLD-2", quantity)])
        orders.action_confirm()

    def waits_for_the_customer(self):
        """Nobody knows the unit: the buyer is asked."""
        exceptions = self.exceptions("E-UOM") or self.exceptions("E-SHP-UNK")
        exceptions.type_id.sla_pause = True
        exceptions = self.as_user("specialist", exceptions)
        exceptions.action_claim()
        exceptions.env["om.exception.wait"].create(
            {
                "exception_ids": exceptions.ids,
                "waiting_on": "customer",
                "waiting_for": "what their unit means",
                "follow_up_on": self.today + timedelta(days=1),
            }
        ).action_apply()

    def accepted_by_the_manager(self):
        """A price below the list that the manager had promised; another one that nobody had."""
        order = self.order(self.company.lakeview, "LA-2305", [("TST-4S", 12, 49.0)])
        order.action_confirm()
        self.company.resolve(
            self.exceptions("E-PRC-DIFF", order),
            "fix_accept",
            login="manager",
            cause="prc_promo",
            reason="Opening offer for the new hotel, agreed on the telephone",
            waiver_expires=self.today + timedelta(days=14),
        )
        order.action_confirm()
        self.order(self.company.prairie, "PR-2306", [("PLT-12", 24, 21.5)]).action_confirm()

    def short_goods(self):
        """Carafes are short in Columbus; Reno has some, more are on their way, steel ones are there."""
        east = self.company.east
        receipt_type = east.in_type_id
        carafe = self.company.products["CRF-1L"]
        arrival = self.env["stock.picking"].create(
            {
                "picking_type_id": receipt_type.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": east.lot_stock_id.id,
                "scheduled_date": datetime.combine(self.today + timedelta(days=9), time(14)),
                "origin": "Glassworks 7734",
                "move_ids": [
                    Command.create(
                        {
                            "product_id": carafe.id,
                            "product_uom_qty": 60,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": east.lot_stock_id.id,
                            "date": datetime.combine(self.today + timedelta(days=9), time(14)),
                        }
                    )
                ],
            }
        )
        arrival.action_confirm()
        first = self.order(self.company.lakeview, "LA-2307", [("CRF-1L", 20), ("MUG-350B", 24)])
        second = self.order(self.company.summit, "SU-2308", [("CRF-1L", 10)])
        (first + second).action_confirm()
        self.env.cr.commit()
        for exception in self.exceptions("E-STK-SHORT", first + second):
            self.as_user("specialist", exception)._om_propose()
        for exception in self.exceptions("E-STK-SHORT", second):
            self.company.resolve(exception, "fix_best_proposals", cause="inv_stockout")

    def changes(self):
        """One change waits for the manager, one is applied, one came too late, one is the customer's own."""
        company = self.company
        requests = self.as_user("specialist", self.env["om.change.request"])
        dear = self.order(company.prairie, "PR-2310", [("KTL-17", 24), ("TST-4S", 12)])
        fewer = self.order(company.summit, "SU-2311", [("MUG-350B", 48), ("PLT-12", 12)])
        own = self.order(company.maple, "MK-3111", [("MUG-350B", 72), ("TST-4S", 6)])
        (dear + fewer + own).action_confirm()
        line = dear.order_line[0]
        request = requests._om_request(
            dear,
            {dear.id: [{"kind": "price", "order_line_id": line.id, "price_unit": line.price_unit * 0.95}]},
            source="customer",
            note="The buyer was promised the price of the catalogue that ended last week.",
            requested_by_id=company.prairie.id,
        )
        request.action_evaluate()
        request.action_apply()
        request = requests._om_request(
            fewer,
            {fewer.id: [{"kind": "quantity", "order_line_id": fewer.order_line[0].id, "quantity": 36}]},
            source="customer",
            note="One pallet less, please.",
            requested_by_id=company.summit.id,
        )
        request.action_evaluate()
        request.action_apply()
        self.refuse_late_cancellation()
        paula = self.env["res.users"].search([("login", "=", "portal")]).partner_id
        own._om_portal_ask(
            {f"quantity_{own.order_line[0].id}": "96", "note": "Our autumn sale goes well: more mugs."}, paula
        )

    def refuse_late_cancellation(self):
        """The customer cancels what has left the house: refused, with the way to a return."""
        shipped = self.env["stock.picking"].search(
            [
                ("state", "=", "done"),
                ("picking_type_code", "=", "outgoing"),
                ("sale_id.partner_id", "in", self.company.accounts.ids),
            ],
            order="id desc",
        )
        order = shipped.sale_id.filtered(lambda sale: sale.delivery_status == "full")[:1]
        request = self.as_user("specialist", self.env["om.change.request"])._om_request(
            order,
            {order.id: [{"kind": "cancel_order"}]},
            source="customer",
            note="Please cancel, the store is being rebuilt.",
            requested_by_id=order.partner_id.id,
        )
        request.action_evaluate()
        try:
            request.action_apply()
        except UserError as refusal:
            request.refusal = str(refusal)
            request.action_refuse()

    def proof_and_damage(self):
        """One delivery is signed for; of another the customer reports a crushed carton, with a picture."""
        delivered = self.env["stock.picking"].search(
            [
                ("state", "=", "done"),
                ("picking_type_code", "=", "outgoing"),
                ("sale_id.partner_id", "in", (self.company.accounts + self.company.maple).ids),
            ],
            order="date_done desc",
        )
        maple = delivered.filtered(lambda picking: picking.partner_id == self.company.maple)
        signed, damaged = (maple or delivered)[:1], (delivered - maple)[1:2]
        self.as_user("specialist", self.env["om.delivery.proof"]).create(
            {
                "picking_ids": signed.ids,
                "received_by": "J. Baker, receiving",
                "file": receipt(signed.name, signed.partner_id.name, "4 cartons, in good order", "J. Baker"),
                "file_name": "receipt.png",
            }
        ).action_apply()
        picture = self.as_user("specialist", self.env["ir.attachment"]).create(
            {
                "name": "receipt_with_damage.png",
                "datas": receipt(damaged.name, damaged.partner_id.name, "1 carton crushed!", "R. Stone"),
            }
        )
        line = damaged.move_ids.sale_line_id[:1]
        self.company.report(
            damaged,
            "E-POD-DISC",
            "1 carton crushed, noted on the receipt",
            expected=f"{line.product_uom_qty:g} in good order",
            order_line_id=line.id,
            amount=line.price_unit * 2,
            attachment_ids=[Command.set(picture.ids)],
        )

    def incident(self):
        """Snow closes the highway: who is hit, and what the customers are told."""
        open_orders = self.env["sale.order"].search(
            [
                ("state", "=", "sale"),
                ("partner_id", "in", (self.company.prairie + self.company.summit).ids),
                ("delivery_status", "!=", "full"),
            ]
        )
        incident = self.as_user("specialist", self.env["om.incident"]).create(
            {
                "name": "Snow closes Interstate 80 west of Omaha",
                "kind": "weather",
                "severity": "2",
                "order_ids": [Command.set(open_orders.ids)],
                "notice_text": "<p>Snow has closed the highway. Trucks leave as soon as it is open,"
                " with one or two days of delay.</p>",
            }
        )
        incident.action_prepare_notices()

    def escalate(self):
        """The jobs that run by themselves, once."""
        self.env["om.exception"]._cron_escalate()
