import json

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.models.om_item_resolver import NamedItem

from .. import x12
from .om_edi_traced import Traced

# N103 of X12 and what it means for us
SCHEMES = {"1": "duns", "9": "duns4", "UL": "gln", "91": "seller", "92": "buyer", "2": "scac"}
# PO106 … PO124: qualifiers of X12 element 235, by the way in which the item is found
BUYER_ITEM = ("BP", "IN", "CB", "PI")
GTIN = ("UP", "UK", "EN", "UA", "UI", "EO", "UD")
VENDOR_ITEM = ("VP", "VN", "VA", "VC", "SK", "MG")
# REF01: promotion or deal number; SAC01: what is really taken or charged
PROMOTION = ("PD",)
CHARGED = ("A", "C")
# DTM01 of the dates of an order: delivery, shipment, the last day; the first that is there counts
DELIVERY = ("002", "067", "069", "074")
SHIPMENT = ("010", "118", "037")
LAST_DAY = ("001", "061", "177", "063")
ORIGINAL_PURPOSES = ("00", "06", "07", "")


class OmEdiMap850(models.AbstractModel):
    """850 Purchase Order in: sales orders, all of a batch at once, one query per kind of look-up.

    What can't be resolved never disappears: the order is created with what is known, the line stays
    on it as received, and an exception says what is missing.
    """

    _name = "om.edi.map.850"
    _inherit = "om.edi.map"
    _description = "EDI Map: 850"

    _om_trace_in = (
        Traced("BEG03", "order_id.client_order_ref"),
        Traced("DTM02", "order_id.om_requested_date", DELIVERY, anywhere=True),
        Traced("DTM02", "order_id.om_requested_ship_date", SHIPMENT, anywhere=True),
        Traced("DTM02", "order_id.om_cancel_after", LAST_DAY, anywhere=True),
        Traced("N102+", "order_id.partner_shipping_id", ("ST",)),
        Traced("N102+", "order_id.partner_invoice_id", ("BT",)),
        Traced("MSG01", "order_id.om_customer_note"),
        Traced("MTX02", "order_id.om_customer_note"),
        Traced("ITD01+", "order_id.om_po_terms"),
        Traced("REF02", "order_id.om_promotion_code", PROMOTION),
        Traced("SAC02", "order_id.om_po_allowances", CHARGED, anywhere=True),
    )
    _om_trace_in_lines = (
        "PO1",
        (
            Traced("PO102", "product_uom_qty"),
            Traced("PO103", "product_uom_id"),
            Traced("PO104", "price_unit"),
            Traced("PO106+", "product_id"),
        ),
    )

    @api.model
    def _map_in(self, transactions):
        """Create the orders of received 850s of one trading partner; confirm those that are clean."""
        partner = transactions.edi_partner_id
        originals = {}
        for transaction, parsed in transactions._parsed_all().items():
            po = x12.PurchaseOrder.parse(parsed)
            if reason := self._no_order(parsed, po):
                transaction._fail(reason)
            else:
                originals[transaction] = po
        if not originals:
            return
        customer = partner.partner_id
        context = OrderLookup(self.env, partner, originals.values())
        # without tracking and mails to the salesperson: the timeline and the queue tell what came
        orders = (
            self.env["sale.order"]
            .with_context(tracking_disable=True)
            .create([context.order_values(transaction, po) for transaction, po in originals.items()])
        )
        orders = self.env["sale.order"].browse(orders.ids)
        events = self.env["om.order.event"]
        for order, (transaction, po) in zip(orders, originals.items(), strict=True):
            events._log(
                "received",
                order,
                note=transaction.intake_id.name,
                source=transaction.intake_id,
                occurred_at=transaction.intake_id.received_at,
            )
            transaction.write({"state": "done", "order_id": order.id, "reference": po.number})
        events._log("entered", orders)
        self._raise_map_errors(orders, originals, customer)
        orders._om_check()

    @api.model
    def _no_order(self, parsed, po):
        """Why a received 850 can't become an order at all, for a person; empty when it can."""
        if (po.purpose or "") not in ORIGINAL_PURPOSES:
            return self.env._(
                "BEG01 says %(purpose)s: this 850 is no new order. Handle it by hand, or ask for an 860.",
                purpose=po.purpose,
            )
        received = sum(segment[0] == "PO1" for segment in parsed.segments)
        if received != len(po.lines):
            return self.env._(
                "%(received)s PO1 came, but only %(read)s stand where order lines belong. Half an order is "
                "none: ask the sender to send it again in the right sequence.",
                received=received,
                read=len(po.lines),
            )
        return ""

    @api.model
    def _raise_map_errors(self, orders, documents, customer):
        """What of the documents could not be understood at all blocks their orders."""
        findings = []
        for order, po in zip(orders, documents.values(), strict=True):
            problems = [finding.message for finding in po.findings if finding.severity == "error"]
            if not po.number:
                problems.append(self.env._("BEG03 is empty: the order has no PO number"))
            if not po.lines:
                problems.append(self.env._("there is no PO1: the order has no lines"))
            if po.currency and po.currency != order.currency_id.name:
                problems.append(
                    self.env._(
                        "CUR02 says %(theirs)s, the customer's pricelist is in %(ours)s",
                        theirs=po.currency,
                        ours=order.currency_id.name,
                    )
                )
            if problems:
                findings.append(
                    Finding(
                        order,
                        found="; ".join(problems)[:500],
                        expected=self.env._("a purchase order that can be read whole"),
                        key="850",
                        amount=order.amount_total,
                    )
                )
        if findings:
            self.env["om.exception"]._raise("E-EDI-MAP", findings)


class OrderLookup:
    """All look-ups of a batch of purchase orders, made once, and the values of their orders."""

    def __init__(self, env, partner, orders):
        self.env = env
        self.partner = partner
        self.customer = partner.partner_id.commercial_partner_id
        lines = [line for order in orders for line in order.lines]
        self.items = env["om.item.resolver"]._resolve(map(self._named, lines), partner.company_id)
        self.units = env["uom.uom"]._om_by_code({line.unit for line in lines})
        self.own_units = env["om.edi.unit"]._of(partner)
        self.is_distributed = env["sale.order.line"]._om_is_distributed()
        self.addresses = env["om.partner.identifier"]._resolve(
            {
                (self.customer.id, *self._party_code(party))
                for order in orders
                for party in order.parties
                if party.entity in ("ST", "BT")
            }
        )

    def _named(self, line):
        """How a line names its item: the customer's number, GTINs, our number."""
        kinds = (
            tuple(line.items[qualifier] for qualifier in qualifiers if line.items.get(qualifier))
            for qualifiers in (BUYER_ITEM, GTIN, VENDOR_ITEM)
        )
        return NamedItem(self.customer.id, *kinds)

    @staticmethod
    def _party_code(party):
        """``(scheme, code)`` by which a document names a partner; name and address where it has none."""
        if party.id:
            return SCHEMES.get(party.id_qualifier, "buyer"), party.id
        return "text", " ".join(filter(None, (party.name, *party.address, party.postal)))

    # -------------------------------------------------------------------------------------- orders

    def order_values(self, transaction, po):
        """Values of the ``sale.order`` of one purchase order."""
        customer = self.customer
        vals = {
            "partner_id": customer.id,
            "company_id": self.partner.company_id.id,
            "user_id": self.partner.user_id.id,
            "client_order_ref": po.number or False,
            "origin": f"850 {po.number or transaction.control_number}",
            "om_intake_id": transaction.intake_id.id,
            "om_edi_transaction_id": transaction.id,
            "om_edi_partner_id": self.partner.id,
            "om_edi_is_test": transaction.interchange_id.usage == "T",
            "om_auto_confirm": self.partner.auto_confirm,
            "om_customer_note": "\n".join(po.notes) or False,
            "om_requested_date": self._first_date(po, DELIVERY),
            "om_requested_ship_date": self._first_date(po, SHIPMENT),
            "om_cancel_after": self._first_date(po, LAST_DAY),
            "order_line": [
                Command.create({"sequence": position * 10, **self.line_values(line)})
                for position, line in enumerate(po.lines, start=1)
            ],
        }
        vals.update(self._agreed_values(po))
        ship_to_partner = customer
        for party in po.parties:
            address = self.addresses.get((customer.id, *self._party_code(party)))
            if party.entity == "BT" and address:
                vals["partner_invoice_id"] = address.id
            elif party.entity == "ST":
                scheme, code = self._party_code(party)
                ship_to_partner = address or customer
                vals.update(
                    om_ship_to_scheme=scheme,
                    om_ship_to_code=code,
                    om_ship_to_json=json.dumps(self._party_values(party)),
                    partner_shipping_id=ship_to_partner.id,
                )
        if vals["om_requested_date"]:
            vals["commitment_date"] = self.env["sale.order"]._om_noon_at(
                vals["om_requested_date"], ship_to_partner, self.partner.company_id
            )
        return vals

    @staticmethod
    def _agreed_values(po):
        """What the document says of things that are agreed: terms of payment, allowances, promotions."""
        vals = {}
        if po.terms:
            days = po.terms.days_due if po.terms.days_due is not None else -1
            parts = [po.terms.description]
            if po.terms.discount_percent and po.terms.discount_days is not None:
                parts.append(f"{po.terms.discount_percent:f} % {po.terms.discount_days} d")
            if days >= 0:
                parts.append(f"net {days} d")
            vals.update(om_po_terms=", ".join(filter(None, parts)) or "ITD", om_po_terms_days=days)
        if charges := [*po.charges, *(charge for line in po.lines for charge in line.charges)]:
            vals["om_po_allowances"] = [
                {
                    "indicator": charge.indicator,
                    "code": charge.code,
                    "amount": str(charge.amount) if charge.amount is not None else "",
                    "percent": str(charge.percent) if charge.percent is not None else "",
                    "description": charge.description,
                }
                for charge in charges
                if charge.indicator in CHARGED
            ]
        promotions = [reference.value for reference in po.references if reference.qualifier in PROMOTION]
        if promotions:
            vals["om_promotion_code"] = ", ".join(promotions)
        return vals

    @staticmethod
    def _first_date(po, qualifiers):
        """The first of these dates (DTM01) in the header; else the earliest of the lines."""
        for qualifier in qualifiers:
            if po.dates.get(qualifier):
                return fields.Date.to_date(po.dates[qualifier])
        for qualifier in qualifiers:
            dates = [line.dates[qualifier] for line in po.lines if line.dates.get(qualifier)]
            if dates:
                return fields.Date.to_date(min(dates))
        return False

    @staticmethod
    def _party_values(party):
        street, street2 = (*party.address, "", "")[:2]
        return {
            "name": party.name or "",
            "street": street,
            "street2": street2,
            "city": party.city or "",
            "state": party.state or "",
            "zip": party.postal or "",
            "country": party.country or "",
        }

    def line_values(self, line):
        """Values of one order line; a note with the raw line where item or unit can't be found."""
        product, unit, candidates = self.items[self._named(line)]
        vals = {
            "om_po_line": line.number,
            "om_po_item": self._item_text(line),
            "om_po_quantity": float(line.quantity or 0),
            "om_po_unit": line.unit or False,
            "om_po_price": float(line.price or 0),
            "om_po_pack": line.pack or 0,
            "om_raw": line.raw,
        }
        if product:
            unit = self._unit(line, product, unit)
        if not product or not unit or not line.quantity:
            text = " ".join(
                filter(
                    None,
                    (
                        self._item_text(line),
                        line.description,
                        f"{line.quantity or '?'} {line.unit or ''}".strip(),
                        f"@ {line.price}" if line.price is not None else "",
                    ),
                )
            )
            vals.update(display_type="line_note", name=text, om_po_product_id=product.id)
            return {**vals, "om_candidate_ids": [Command.set(candidates.ids)]} if candidates else vals
        vals.update(product_id=product.id, product_uom_id=unit.id, product_uom_qty=float(line.quantity))
        if not self.is_distributed:
            vals["analytic_distribution"] = False
        if line.price is not None:
            # a technical price that differs marks the price as given: a changed quantity keeps it
            vals.update(price_unit=float(line.price), technical_price_unit=0.0)
        return vals

    def _unit(self, line, product, implied):
        """Our unit of a line: as this partner uses its code, as the item's name implies, or by the code."""
        own, certain = self.env["om.edi.unit"]._pick(self.own_units, line.unit, line.pack, product)
        if certain or not implied:
            implied = own
        if implied:
            return implied
        if not line.unit:
            return product.uom_id
        units = self.units[line.unit]
        return units._om_for_product(product) or units._om_pack_of(line.pack, product)

    @staticmethod
    def _item_text(line):
        """The identifier that stands for the item: the customer's own first, as fix actions remember it."""
        for qualifier in (*BUYER_ITEM, *GTIN, *VENDOR_ITEM):
            if line.items.get(qualifier):
                return line.items[qualifier]
        return next(iter(line.items.values()), line.description or False)
