from decimal import Decimal
from typing import NamedTuple

from odoo.addons.om_order_exceptions.models.om_item_resolver import NamedItem

from .om_edi_map_850 import BUYER_ITEM, GTIN, VENDOR_ITEM


class Reported(NamedTuple):
    """One line of what a warehouse reports, whatever document it stands in.

    :param item: how it names the item
    :param text: the same for people
    :param quantity: what was shipped, or received in good order, in ``unit``
    :param line_ref: our own name of the line, where the warehouse repeats it
    :param packs: packages that hold it
    :param final: no more of the line will come
    :param original: the item that was ordered, where another one was shipped
    :param damaged: what arrived damaged, in ``unit``
    """

    item: NamedItem
    text: str
    quantity: Decimal
    unit: str
    lot: str = ""
    line_ref: str = ""
    packs: tuple = ()
    final: bool = False
    original: NamedItem | None = None
    damaged: Decimal = Decimal(0)


class WarehouseLookup:
    """All look-ups of a batch of a warehouse's documents, made once."""

    def __init__(self, env, partner, reported, lots=True):
        self.env = env
        names = {line.item for line in reported} | {line.original for line in reported if line.original}
        self.items = env["om.item.resolver"]._resolve(names, partner.company_id)
        self.units = env["uom.uom"]._om_by_code({line.unit for line in reported})
        self.own_units = env["om.edi.unit"]._of(partner)
        self.lots = self._find_lots(reported, partner.company_id) if lots else {}
        self.packages = {}

    @staticmethod
    def named(partner, items, upc=""):
        """``NamedItem`` of product ids by qualifier. Numbers of its own are mapped as a customer's are."""
        buyer, gtin, vendor = (
            tuple(items[qualifier] for qualifier in qualifiers if items.get(qualifier))
            for qualifiers in (BUYER_ITEM, GTIN, VENDOR_ITEM)
        )
        return NamedItem(
            partner.partner_id.commercial_partner_id.id, buyer, (*gtin, upc) if upc else gtin, vendor
        )

    def _find_lots(self, reported, company):
        names = {line.lot for line in reported if line.lot}
        if not names:
            return {}
        lots = self.env["stock.lot"].search(
            [("name", "in", list(names)), ("company_id", "in", (company.id, False))]
        )
        return {(lot.product_id, lot.name): lot for lot in lots}

    def product(self, line):
        """
        :raise ValueError: nobody knows the item, or several products have this number
        """
        match = self.items[line.item]
        if match.product:
            return match.product
        if match.candidates:
            raise ValueError(
                self.env._(
                    "%(item)s may be any of %(products)s. Map it, then try again.",
                    item=line.text,
                    products=", ".join(match.candidates.mapped("display_name")),
                )
            )
        raise ValueError(
            self.env._("No product is known as %s. Map it for the 3PL, then try again.", line.text)
        )

    def quantity(self, line, quantity, unit):
        """``quantity`` of a line in ``unit`` (``uom.uom``).

        What the document calls its unit counts, as this partner means it; only without one what the
        item's number implies, such as that of a case.

        :raise ValueError: its unit of measure is unknown, or can't be converted
        """
        match = self.items[line.item]
        if line.unit:
            theirs, _certain = self.env["om.edi.unit"]._pick(self.own_units, line.unit, 0, match.product)
            theirs = theirs or self.units[line.unit]._om_for_product(match.product)
        else:
            theirs = match.unit or unit
        if not theirs or not theirs._has_common_reference(unit):
            raise ValueError(
                self.env._(
                    "%(item)s: the unit %(theirs)s is not one of %(product)s, which is counted in %(ours)s.",
                    item=line.text,
                    theirs=line.unit or "?",
                    product=match.product.display_name,
                    ours=unit.name,
                )
            )
        return theirs._compute_quantity(float(quantity), unit, round=False)

    def lot(self, line, product):
        """The ``stock.lot`` that a line names; empty where it names none, or we do not know it."""
        return self.lots.get((product, line.lot), self.env["stock.lot"])

    def find_packages(self, names):
        """``{name: stock.package}`` of these names, new ones where there are none. Two queries."""
        names = [name for name in dict.fromkeys(names) if name not in self.packages]
        if not names:
            return self.packages
        packages = self.env["stock.package"]
        known = packages.search([("name", "in", names), ("quant_ids", "=", False)])
        self.packages.update({package.name: package for package in known})
        new = [name for name in names if name not in self.packages]
        for package in packages.create([{"name": name} for name in new]):
            self.packages[package.name] = package
        return self.packages
