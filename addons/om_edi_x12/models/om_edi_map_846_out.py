import math
from datetime import date
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain

from .. import x12
from .om_edi_map_846 import AVAILABLE
from .om_edi_map_855 import number
from .om_edi_owed import Owed
from .om_edi_traced import Traced

FULL, CHANGES = "00", "04"  # BIA01, element 353
SELLER_INVENTORY = "SI"  # BIA02, element 755
SELLERS_CODE = "91"  # N103
MOST_LINES = 10_000  # LIN loops of an 846


class OmEdiMap846(models.AbstractModel):
    """846 Inventory Advice out: what a trading partner may order of our stock, a list per warehouse.

    =================  ==============================================================================
    what               how
    =================  ==============================================================================
    items              the customer's assortment; without one, the products of its part numbers
    quantity (33)      Odoo's free quantity in the warehouse, less the flow's safety stock
    unit               as the partner names it for the item; whole ones where it is not the product's
    0                  nothing is left, is sold no more, or is no longer in the assortment
    =================  ==============================================================================

    A list of changes only has what differs from what the partner was told last.
    """

    _inherit = "om.edi.map.846"

    _om_trace_out = (Traced("BIA03", "reference"), Traced("N104", "warehouse_id.code", ("WH",)))
    _om_trace_out_lines = (
        "LIN",
        (Traced("LIN02+", "default_code"), Traced("PID05", "product_tmpl_id.name")),
    )

    @api.model
    def _trace_products(self, document, lines):
        """The product of each line: by its place in what the partner was told."""
        products = self.env["product.product"]
        codes = [dict(zip(line[0][2::2], line[0][3::2], strict=False)) for line in lines]
        known = products.with_context(active_test=False).search(
            [("id", "in", [int(key) for key in document.told or {}])]
        )
        of_code = {}
        for product in known:
            for pair in product._om_edi_items().items():
                of_code[pair] = product
        return [
            next((of_code[pair] for pair in named.items() if pair in of_code), products) for named in codes
        ]

    @api.model
    def _owe(self, flow):
        """Owe the stock lists of one flow, one per warehouse; none where there is nothing to tell.

        :return: the transactions
        """
        flow = flow.sudo()  # sudo: what is in stock does not depend on who has it told
        partner = flow.edi_partner_id
        stock = StockTold(flow)
        now = fields.Datetime.context_timestamp(partner, fields.Datetime.now())
        owed = []
        for warehouse in flow._stock_warehouses():
            before = stock.told_before(warehouse)
            lines, told = stock.lines(warehouse, before)
            if lines or not before:
                reference = f"{warehouse.code}-{now:%y%m%d-%H%M%S}"
                owed.append(
                    Owed(
                        partner,
                        reference,
                        partial(stock.advice, warehouse, reference, lines, before),
                        {"warehouse_id": warehouse.id, "told": told},
                    )
                )
        return self.env["om.edi.transaction"]._owe_all("846", owed)

    @api.model
    def _build(self, document):
        """The ``x12.InventoryAdvice`` of one stock list, as the stock is now."""
        document = document.sudo()  # sudo: as above
        stock = StockTold(document.edi_partner_id._sends("846"))
        before = stock.told_before(document.warehouse_id, document)
        lines, document.told = stock.lines(document.warehouse_id, before)
        return stock.advice(document.warehouse_id, document.reference, lines, before)


class StockTold:
    """What a trading partner is told of our stock: its items and how it names them, read at once."""

    def __init__(self, flow):
        self.env = flow.env(context={**flow.env.context, "active_test": False})
        self.flow = flow
        self.partner = flow.edi_partner_id
        self.company = self.partner.company_id
        self.customer = self.partner.partner_id.commercial_partner_id
        self.codes_of_product, self.codes_of_unit = {}, {}
        for (code, pack, product_id), unit in self.env["om.edi.unit"]._of(self.partner).items():
            if product_id:
                self.codes_of_product.setdefault(product_id, (code, unit))
            elif not pack:
                self.codes_of_unit.setdefault(unit, code)
        items = self.env["om.customer.item"].search(
            [("partner_id", "=", self.customer.id), ("company_id", "in", (self.company.id, False))],
            order="id",
        )
        self.items = {item.product_id: item for item in items.sorted(lambda item: bool(item.company_id))}
        self.products = self._assortment().filtered("is_storable").sorted("id")

    def _assortment(self):
        """Products of which the partner is told. Two queries, whatever its assortment."""
        entries = self.env["om.customer.assortment"].search(
            [("partner_id", "=", self.customer.id), ("company_id", "in", (self.company.id, False))]
        )
        if not entries:
            return self.env["product.product"].union(*self.items)
        today = fields.Date.context_today(self.partner)
        valid = entries.filtered(lambda e: (e.date_start or date.min) <= today <= (e.date_end or date.max))
        return self.env["product.product"].search(
            Domain("company_id", "in", (self.company.id, False))
            & (
                Domain("product_tmpl_id", "in", valid.product_tmpl_id.ids)
                | Domain("categ_id", "child_of", valid.categ_id.ids)
            )
        )

    def told_before(self, warehouse, document=None):
        """``{product id: what it was told}`` of the last list of a warehouse that the partner has.

        :param document: the list that is built again: only what came before it counts
        """
        domain = [
            ("edi_partner_id", "=", self.partner.id),
            ("warehouse_id", "=", warehouse.id),
            ("direction", "=", "out"),
            ("set_id", "=", "846"),
            ("state", "in", ("ready", "wrapped", "sent")),
            ("ack_state", "in", (False, "A", "E")),
            *([("id", "<", document.id)] if document else []),
        ]
        return self.env["om.edi.transaction"].search(domain, order="id desc", limit=1).told or {}

    def lines(self, warehouse, before):
        """What a list of one warehouse says.

        :return: ``({product: (quantity, unit code)} to tell, what the partner knows then)``
        """
        products = self.products.with_context(warehouse_id=warehouse.id).with_company(self.company)
        now = {product: self._line(product) for product in products}
        told = {str(product.id): _as_told(line) for product, line in now.items()}
        gone = [int(key) for key, was in before.items() if key not in told and not was.startswith("0 ")]
        for product in self.env["product.product"].browse(gone).exists():
            now[product] = (0, self._unit(product)[0])
            told[str(product.id)] = _as_told(now[product])
        if before and self.flow.stock_scope == "changes":
            now = {p: line for p, line in now.items() if told[str(p.id)] != before.get(str(p.id))}
        return now, told

    def _line(self, product):
        """``(quantity, unit code)`` of one product in the warehouse of its context."""
        code, unit = self._unit(product)
        if not product.active or not product.sale_ok:
            return 0, code
        free = product.free_qty * (1 - self.flow.safety_percent / 100) - self.flow.safety_quantity
        if unit == product.uom_id:
            return max(product.uom_id.round(free, rounding_method="DOWN"), 0), code
        # half a case can't be ordered
        return max(math.floor(product.uom_id._compute_quantity(free, unit, round=False) + 1e-6), 0), code

    def _unit(self, product):
        """``(code, uom.uom)`` in which the partner counts a product."""
        if product.id in self.codes_of_product:
            return self.codes_of_product[product.id]
        item = self.items.get(product)
        unit = item and item.product_uom_id or product.uom_id
        return self.codes_of_unit.get(unit) or unit._om_edi_code(), unit

    def advice(self, warehouse, reference, lines, before):
        """The ``x12.InventoryAdvice`` of these lines.

        :raise ValueError: there is nothing to tell, or more than one document can hold
        """
        if not 0 < len(lines) <= MOST_LINES:
            raise ValueError(
                self.env._(
                    "%(count)s items to tell, an 846 has 1 to %(most)s. See the assortment and the part "
                    "numbers of %(customer)s.",
                    count=len(lines),
                    most=MOST_LINES,
                    customer=self.customer.display_name,
                )
            )
        is_full = self.flow.stock_scope != "changes" or not before
        return x12.InventoryAdvice(
            purpose=FULL if is_full else CHANGES,
            report_type=SELLER_INVENTORY,
            number=reference,
            date=fields.Date.context_today(self.partner),
            parties=[self._warehouse_party(warehouse), self.company.partner_id._om_edi_party("VN")],
            lines=[
                x12.StockItem(
                    number=str(position),
                    items=self._items(product),
                    description=(product.name or "")[:80],
                    quantities=[x12.StockQuantity(AVAILABLE, number(quantity), code)],
                )
                for position, (product, (quantity, code)) in enumerate(lines.items(), start=1)
            ],
        )

    @staticmethod
    def _warehouse_party(warehouse):
        """N1 WH: by the code that partners know of its address, else by its short name."""
        address = warehouse.partner_id
        party = address._om_edi_party("WH") if address else x12.Party(entity="WH", name=warehouse.name)
        if not party.id:
            party.id_qualifier, party.id = SELLERS_CODE, warehouse.code
        return party

    def _items(self, product):
        """Identifiers of a product: the customer's part number first."""
        item = self.items.get(product)
        return {**({"IN": item.code} if item else {}), **product._om_edi_items()}


def _as_told(line):
    quantity, code = line
    return f"{number(quantity):f} {code}"
