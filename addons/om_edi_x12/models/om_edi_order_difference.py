from odoo import fields
from odoo.tools import float_compare

from .om_edi_map_850 import DELIVERY, LAST_DAY, SHIPMENT

# BCH01, element 353
CANCELLATION, REPLACEMENT = "01", "05"
# POC02, element 670, and what of a line it changes
ADD, DELETE = "AI", "DI"
MORE, LESS = "QI", "QD"
NOTHING = ("NC", "OC")
QUANTITY = (MORE, LESS, "PQ", "PR", "RQ", "QS", "CA", "RZ", "RB", "")
PRICE = ("PC", "CC", "PQ", "PR", "CA", "RZ", "RB", "")
RESCHEDULING = ("CT", "RS", "PR", "RQ", "CA", "RZ", "RB", "")
KNOWN = frozenset((ADD, DELETE, *NOTHING, *QUANTITY, *PRICE, *RESCHEDULING))
# codes with which a line may name another item than the one ordered
REPLACING = ("CA", "RZ", "RB", "")
# key of the dates in what an 860 asks for, beside the numbers of its lines
DATES = ""
OTHER_DATES = (("om_requested_ship_date", SHIPMENT), ("om_cancel_after", LAST_DAY))


class OrderDifference:
    """What an 860 changes on a confirmed order.

    ==========  ============================================================================
    attribute   meaning
    ==========  ============================================================================
    lines       values of the lines of a change request
    problems    what can't be understood, for people; nothing is changed then
    notes       dates beside that of delivery, which are taken over with the change
    asked       per line of the 860 what the customer wants, for the answer (865); and its dates
    ==========  ============================================================================
    """

    def __init__(self, order, change, lookup, numbers, without=None):
        """
        :param numbers: POC01 of each line, empty where it was not sent
        :param without: the change request of this 860, where it is mapped again
        """
        self.env = order.env
        self.order = order
        self.change = change
        self.lookup = lookup
        self.lines, self.problems, self.notes, self.asked = [], [], [], {}
        self.differences = lookup.partner.change_quantity == "difference"
        self.replaces = change.purpose == REPLACEMENT
        self.goods = order.order_line.filtered(lambda line: line.product_id and not line.display_type)
        self.pending = self._pending(without)
        if change.purpose == CANCELLATION:
            self.lines.append({"kind": "cancel_order"})
            for line, number in zip(change.lines, numbers, strict=True):
                self.asked[line.number] = {"line": self._ours(line, number)[0].id, "quantity": 0.0}
            return
        named = self.goods.browse()
        for line, number in zip(change.lines, numbers, strict=True):
            named |= self._take(line, number)
        if self.replaces:
            for ours in self.goods.filtered(lambda line: line.om_po_line and line.product_uom_qty) - named:
                self.lines.append({"kind": "cancel_line", "order_line_id": ours.id})
        self._take_dates(named)
        self._take_ship_to()

    def _pending(self, without):
        """Quantities that earlier requests of this order ask for and that are not decided on yet."""
        still_open = self.order.om_change_ids.filtered(
            lambda request: (
                request.source == "edi"
                and request != without
                and request.state in ("draft", "evaluated", "approval", "warehouse")
            )
        )
        lines = still_open.sorted("id").line_ids.filtered(
            lambda line: line.kind in ("quantity", "cancel_line")
        )
        return {line.order_line_id: line.quantity * (line.kind == "quantity") for line in lines}

    def _problem(self, line, text, reason="rejected"):
        self.problems.append(self.env._("line %(number)s: %(problem)s", number=line.number, problem=text))
        self.asked.setdefault(line.number, {})["reason"] = reason

    # ------------------------------------------------------------------------------------- lines

    def _take(self, line, number):
        """Note what one line changes.

        :param number: POC01, empty where it was not sent
        :return: the order lines that it names
        """
        _env = self.env._
        code = "" if self.replaces and line.change not in (ADD, DELETE) else line.change
        asked = self.asked[line.number] = {}
        ours, several = self._ours(line, number)
        asked["line"] = ours.id
        if code not in KNOWN:
            self._problem(line, _env("POC02 says %s, on which nobody here acts", code))
        elif code in NOTHING:
            pass
        elif several:
            self._problem(line, _env("it stands on several lines here; change them by hand"))
        elif code == ADD and ours.product_uom_qty and not self.replaces:
            self._problem(line, _env("is to be added, but the order has it already"))
        elif code == ADD and not ours or not ours and self.replaces:
            self._add(line, asked)
        elif not ours:
            self._problem(line, _env("the order has no such line"))
        elif code == DELETE:
            asked["quantity"] = 0.0
            if ours.product_uom_qty > ours.qty_delivered or not ours.qty_delivered and ours.product_uom_qty:
                self.lines.append(
                    {"kind": "cancel_line", "order_line_id": ours.id, "om_po_line": line.number}
                )
        else:
            self._change(line, ours, code, asked)
        return ours

    def _ours(self, line, number):
        """``(order line that a line of the 860 names, or none; are there several?)``."""
        if number:
            named = self.goods.filtered(lambda ours: ours.om_po_line == number)
        else:
            product = self.lookup.items[self.lookup._named(line)][0]
            named = self.goods.filtered(lambda ours: product and ours.product_id == product)
        living = named.filtered("product_uom_qty")
        return (living or named)[:1], len(living) > 1

    def _resolved(self, line):
        """``(product, unit)`` that a line names; what can't be found is empty, and a problem."""
        product, implied, _candidates = self.lookup.items[self.lookup._named(line)]
        if not product:
            text = self.lookup._item_text(line) or "?"
            self._problem(line, self.env._("item %s can't be found", text), "item")
            return product, implied
        unit = self.lookup._unit(line, product, implied)
        if not unit:
            self._problem(line, self.env._("unit %s can't be found", line.unit or "?"), "unit")
        return product, unit

    def _add(self, line, asked):
        product, unit = self._resolved(line)
        if not product or not unit:
            return
        if not line.quantity:
            self._problem(line, self.env._("is to be added without a quantity"))
            return
        values = {
            "kind": "add_line",
            "product_id": product.id,
            "quantity": float(line.quantity),
            "discount": 0.0,
            "om_po_line": line.number,
            "om_unit_id": unit.id,
            "om_po_values": {
                "om_po_line": line.number,
                "om_po_item": self.lookup._item_text(line),
                "om_po_pack": line.pack or 0,
                "om_raw": line.raw,
                **self._po_values(line, line.quantity),
            },
        }
        if line.price is not None:
            values["price_unit"] = asked["price"] = float(line.price)
        else:
            values["price_unit"] = self.order.pricelist_id._get_product_price(
                product, float(line.quantity), currency=self.order.currency_id, uom=unit
            )
        self.lines.append(values)
        asked["quantity"] = float(line.quantity)

    def _change(self, line, ours, code, asked):
        """A line that stays: its item, quantity and price."""
        product = ours.product_id
        if line.items:
            product, unit = self._resolved(line)
            if not product or not unit:
                return
            if product != ours.product_id and code not in REPLACING:
                self._problem(
                    line,
                    self.env._(
                        "names %(theirs)s, the order has %(ours)s there",
                        theirs=product.display_name,
                        ours=ours.product_id.display_name,
                    ),
                )
                return
            if line.unit and product == ours.product_id and unit != ours.product_uom_id:
                self._problem(
                    line,
                    self.env._(
                        "comes in %(theirs)s, the order has it in %(ours)s",
                        theirs=line.unit,
                        ours=ours.product_uom_id.name,
                    ),
                    "unit",
                )
                return
        elif line.unit and ours.om_po_unit and line.unit.upper() != ours.om_po_unit.upper():
            self._problem(line, self.env._("comes in %s, another unit than ordered", line.unit), "unit")
            return
        quantity = self._quantity(line, ours, code)
        if quantity is None:
            return
        price = float(line.price) if line.price is not None and code in PRICE else None
        common = {"order_line_id": ours.id, "om_po_line": line.number, "discount": 0.0}
        net = ours._om_edi_net_price()
        if product != ours.product_id:
            rest = quantity - ours.qty_delivered
            values = {"om_po_item": self.lookup._item_text(line), "om_raw": line.raw}
            values |= {"om_po_line": line.number, **self._po_values(line, quantity)}
            self.lines.append(
                {
                    **common,
                    "kind": "substitute",
                    "product_id": product.id,
                    "quantity": rest,
                    "price_unit": net if price is None else price,
                    "om_po_values": values,
                }
            )
            asked.update(quantity=rest, price=price)
            return
        if float_compare(quantity, ours.product_uom_qty, precision_digits=4):
            kind = "quantity" if quantity else "cancel_line"
            self.lines.append(
                {
                    **common,
                    "kind": kind,
                    "quantity": quantity,
                    "price_unit": ours.price_unit,
                    "om_po_values": {"om_po_quantity": quantity},
                }
            )
        if code in QUANTITY and line.quantity is not None:
            asked["quantity"] = quantity
        if price is not None:
            asked["price"] = price
            if float_compare(price, net, precision_digits=4):
                self.lines.append(
                    {
                        **common,
                        "kind": "price",
                        "quantity": quantity,
                        "price_unit": price,
                        "om_po_values": {"om_po_price": price},
                    }
                )

    def _quantity(self, line, ours, code):
        """The new quantity of a line, or ``None`` where what it says contradicts itself."""
        before = self.pending.get(ours, ours.product_uom_qty)
        if code not in QUANTITY or line.quantity is None:
            return ours.product_uom_qty
        said = float(line.quantity)
        if self.differences and code in (MORE, LESS):
            said = before + said if code == MORE else before - said
        if said < 0 or (code == MORE and said < before) or (code == LESS and said > before):
            self._problem(
                line,
                self.env._(
                    "POC02 says %(code)s, but %(before)g are ordered and POC03 says %(quantity)g. Is it the "
                    "new quantity or the difference? See the trading partner.",
                    code=code,
                    before=before,
                    quantity=float(line.quantity),
                ),
            )
            return None
        return said

    @staticmethod
    def _po_values(line, quantity):
        return {
            "om_po_quantity": float(quantity),
            "om_po_unit": line.unit or False,
            "om_po_price": float(line.price or 0),
        }

    # ---------------------------------------------------------------------------- dates and ship-to

    def _take_dates(self, named):
        """A new day for the whole order; days of single lines are for a person."""
        day = self._first(self.change.dates, DELIVERY)
        if not day:
            of_lines = {
                self._first(line.dates, DELIVERY)
                for line in self.change.lines
                if self.replaces or line.change in (*RESCHEDULING, ADD)
            } - {None}
            now = self.order._om_promised_day()
            if of_lines and of_lines != {now}:
                rest = self.goods.filtered("product_uom_qty") - named
                if len(of_lines) > 1 or rest:
                    self.problems.append(
                        self.env._("single lines are to come on other days: an order has one day here")
                    )
                    return
                day = of_lines.pop()
        if day and day != self.order._om_promised_day():
            self.lines.append({"kind": "date", "date": self.order._om_noon(day)})
            self._note_date("om_requested_date", day)
        for name, qualifiers in OTHER_DATES:
            if (day := self._first(self.change.dates, qualifiers)) and day != self.order[name]:
                label = self.order._fields[name]._description_string(self.env)
                self.notes.append(f"{label}: {self.order[name] or ''} → {day}")
                self._note_date(name, day)

    def _note_date(self, name, day):
        self.asked.setdefault(DATES, {})[name] = fields.Date.to_string(day)

    @staticmethod
    def _first(dates, qualifiers):
        return next((fields.Date.to_date(dates[q]) for q in qualifiers if dates.get(q)), None)

    def _take_ship_to(self):
        for party in self.change.parties:
            if party.entity != "ST":
                continue
            scheme, code = self.lookup._party_code(party)
            if not code or (scheme, code) == (self.order.om_ship_to_scheme, self.order.om_ship_to_code):
                continue
            address = self.lookup.addresses.get((self.lookup.customer.id, scheme, code))
            if not address:
                self.problems.append(self.env._("ship-to %s is no address of the customer here", code))
            elif address != self.order.partner_shipping_id:
                self.lines.append({"kind": "ship_to", "partner_shipping_id": address.id})
