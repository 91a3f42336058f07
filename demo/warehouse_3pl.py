"""The day of the warehouse that Gateway Logistics runs: 940 out, 945s in, a receipt, and its stock."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from odoo import fields
from odoo.fields import Command

from odoo.addons.om_edi_x12 import x12

WAREHOUSE = x12.Party("WH", "GATEWAY LOGISTICS")


class Warehouse3pl:
    """What Gateway does, and what comes of it here."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.as_user = company.as_user
        self.now = datetime.now().replace(microsecond=0)
        self.warehouse = company.gateway
        self.gateway = self.warehouse.om_edi_partner_id
        self.control = 5000

    def run(self):
        """One thing after the other, each kept."""
        places = self.env["stock.location"].create(
            [
                {"name": name, "location_id": self.warehouse.lot_stock_id.id, "usage": "internal"}
                for name in ("On Hold", "Damaged")
            ]
        )
        self.warehouse.write(
            {
                "om_edi_hold_location_id": places[0].id,
                "om_edi_damaged_location_id": places[1].id,
                "om_edi_stock_tolerance": 0.5,
            }
        )
        self.company.company.om_edi_adjust_limit = 25
        for step in (self.ship_in_two_parts, self.keep_silent, self.receive_goods, self.tell_stock):
            step()
            self.env.cr.commit()

    def order(self, customer, reference, lines):
        """A confirmed order that Reno ships; its 940 is sent."""
        order = self.as_user("specialist", self.env["sale.order"]).create(
            {
                "partner_id": customer.id,
                "client_order_ref": reference,
                "warehouse_id": self.warehouse.id,
                "commitment_date": datetime.combine(self.now.date() + timedelta(days=9), time(16)),
                "order_line": [
                    Command.create(
                        {"product_id": self.company.products[code].id, "product_uom_qty": quantity}
                    )
                    for code, quantity in lines
                ],
            }
        )
        order.action_confirm()
        self.send()
        return order

    def send(self):
        """Send Gateway what it is owed."""
        self.env.cr.commit()
        self.gateway._send()
        self.env.cr.commit()

    def receive(self, *documents):
        """Gateway puts one interchange into its inbox; it is fetched and processed."""
        self.control += 1
        envelope = x12.Envelope(
            sender_qualifier=self.gateway.qualifier,
            sender_id=self.gateway.identifier,
            receiver_qualifier=self.gateway.our_qualifier,
            receiver_id=self.gateway.our_identifier,
            control_number=self.control,
            when=self.now,
        )
        sets = [
            x12.OutTransaction(set_id=document.SET_ID, control_number=number, segments=document.segments())
            for number, document in enumerate(documents, start=1)
        ]
        group = x12.OutGroup(functional_id=documents[0].GROUP, control_number=self.control, transactions=sets)
        inbox = self.env["om.edi.transport.folder"]._folders(self.gateway.mailbox_id)[0]
        name = f"{documents[0].SET_ID}_{self.control}.edi"
        (inbox / name).write_bytes(x12.write(envelope, [group]))
        self.gateway.mailbox_id._poll()
        self.env["om.intake"].search([("state", "in", ("received", "processing"))], order="id")._process()
        self.send()

    def shipped(self, picking, shipment, *lines):
        """A 945. ``lines``: ``(part number, quantity, W1201)``."""
        return x12.ShippingAdvice(
            status="F",
            number=picking.om_edi_order_id.reference,
            date=self.now.date(),
            shipment_id=shipment,
            parties=[WAREHOUSE],
            references=[x12.Reference("CN", f"PRO{shipment[-4:]}"), x12.Reference("BM", shipment)],
            freight=x12.Freight(mode="M", scac="ABFS"),
            lines=[
                x12.ShippedLine(
                    number=number,
                    status=status,
                    shipped=Decimal(quantity),
                    unit="EA",
                    items={"VN": code},
                    packs=[f"00{x12.sscc('0', '0799999', int(shipment[-4:]) * 10 + number)}"],
                )
                for number, (code, quantity, status) in enumerate(lines, start=1)
            ],
        )

    def ship_in_two_parts(self):
        """One 940, two 945s; at the end four plates are missing, and no more will come."""
        order = self.order(
            self.company.summit, "SK-8801", [("KTL-17", 60), ("MUG-350B", 120), ("PLT-12", 24)]
        )
        picking = order.picking_ids
        self.receive(self.shipped(picking, "GW20881", ("KTL-17", 60, "CC"), ("MUG-350B", 80, "BP")))
        rest = order.picking_ids.filtered(lambda p: p.state == "assigned")
        self.receive(self.shipped(rest, "GW20894", ("MUG-350B", 40, "CC"), ("PLT-12", 20, "CP")))

    def keep_silent(self):
        """One order that Gateway has not answered in time."""
        late = self.order(self.company.summit, "SK-8802", [("PLT-12", 48)])
        # as if it had been sent yesterday
        late.sudo().picking_ids.om_edi_order_id.answer_due_at = fields.Datetime.now() - timedelta(hours=3)
        self.env["om.edi.transaction"]._cron_silent()

    def receive_goods(self):
        """A vendor's delivery is announced by 943; the 944 says that three of it are broken."""
        vendor = self.env["res.partner"].create({"name": "Sierra Glassworks", "is_company": True})
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "partner_id": vendor.id,
                "origin": "P00412",
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.company.products["CRF-1L"].id,
                            "product_uom_qty": 96,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self.send()
        broken = x12.ReceiptException(Decimal(3), "EA", "01")
        self.receive(
            x12.TransferReceipt(
                status="F",
                date=self.now.date(),
                receipt_number="GR7710",
                number=picking.om_edi_order_id.reference,
                parties=[WAREHOUSE],
                lines=[x12.ReceivedLine(Decimal(93), "EA", {"VN": "CRF-1L"}, exceptions=[broken])],
            )
        )

    def tell_stock(self):
        """The evening's 846: a shipment that is not reported yet, a miscount, and two mugs too many."""
        stock = self.warehouse._om_edi_stock()
        told = {"CRF-1L": -5, "PLT-12": -48, "MUG-350B": 2}
        lines = []
        for product in dict.fromkeys(product for product, _lot, _status in stock):
            here = {status: stock[product, "", status][0] for status in ("available", "hold", "damaged")}
            code = product.default_code
            quantities = [("17", sum(here.values()) + told.get(code, 0)), ("20", here["damaged"])]
            lines.append(
                x12.StockItem(
                    str(len(lines) + 1),
                    {"VN": code},
                    quantities=[
                        x12.StockQuantity(kind, Decimal(str(quantity)), "EA")
                        for kind, quantity in quantities
                        if quantity or kind == "17"
                    ],
                )
            )
        self.receive(
            x12.InventoryAdvice("00", "DD", "GW-STOCK", self.now.date(), parties=[WAREHOUSE], lines=lines)
        )
