import difflib
import re
from collections import defaultdict
from typing import Any, NamedTuple

from odoo import api, models
from odoo.fields import Domain

from .res_partner import normalize_reference


class NamedItem(NamedTuple):
    """How a customer's document names one item.

    :param customer: id of the commercial partner
    :param buyer: the customer's part numbers
    :param gtin: GTIN, UPC or EAN
    :param vendor: our part numbers
    """

    customer: int
    buyer: tuple = ()
    gtin: tuple = ()
    vendor: tuple = ()


class ItemMatch(NamedTuple):
    """What an item was found to be.

    :param product: ``product.product``; empty where none fits, or several do
    :param unit: ``uom.uom`` that the name implies, such as that of a case's GTIN; often empty
    :param candidates: the products that fit exactly, where there are several
    """

    product: Any
    unit: Any
    candidates: Any


class OmItemResolver(models.AbstractModel):
    """Finds the products that documents name, for every channel, in the same order:

    1. what a specialist mapped for this customer, under whatever kind of number,
    2. GTIN of 8, 12, 13 or 14 digits, compared as numbers: our barcodes and those of packagings,
    3. our own part number.

    The first step that knows the item decides. Where it knows several products, none is taken. What no
    step knows exactly is for a person, who gets suggestions; what the person chooses is remembered as
    the customer's part number, so that step 1 finds it next time.
    """

    _name = "om.item.resolver"
    _description = "Item Resolver"

    @api.model
    def _resolve(self, named, company):
        """Find products. At most three queries for any number of items.

        :param named: iterable of :class:`NamedItem`
        :param company: company that sells
        :return: ``{NamedItem: ItemMatch}`` of all of them
        """
        named = set(named)
        items = self.env["om.customer.item"]._resolve(
            {(item.customer, code) for item in named for code in (*item.buyer, *item.gtin, *item.vendor)},
            company,
        )
        unmapped = [item for item in named if not self._mapped(item, items)]
        gtins, codes = self._by_number(
            {code for item in unmapped for code in item.gtin},
            {code for item in unmapped for code in item.vendor},
            company,
        )
        found = {}
        for item in named:
            if mapped := self._mapped(item, items):
                found[item] = self._match([(mapped.product_id, mapped.product_uom_id)])
                continue
            matches = next((gtins[code] for code in item.gtin if gtins.get(code)), None) or next(
                (codes[code] for code in item.vendor if codes.get(code)), ()
            )
            found[item] = self._match(matches)
        # what is read of one product is read of all
        together = self.env["product.product"].union(*(match.product for match in found.values()))
        return {
            item: match._replace(product=match.product.with_prefetch(together.ids))
            for item, match in found.items()
        }

    @staticmethod
    def _mapped(item, items):
        for code in (*item.buyer, *item.gtin, *item.vendor):
            if mapped := items.get((item.customer, code)):
                return mapped
        return None

    def _match(self, matches):
        """One match from all ``(product, unit)`` that fit."""
        products = self.env["product.product"].union(*(product for product, _unit in matches))
        no_unit = self.env["uom.uom"]
        if len(products) != 1:
            return ItemMatch(products.browse(), no_unit, products)
        units = {unit for _product, unit in matches}
        return ItemMatch(products, units.pop() if len(units) == 1 else no_unit, products.browse())

    @api.model
    def _by_number(self, gtins, codes, company):
        """Products by GTIN and by our own part number, as received. Two queries.

        A barcode of a packaging gives its unit, too. What is archived is found where nothing else is.

        :return: ``({GTIN: {(product.product, uom.uom or empty)}}, {part number: the same})``
        """
        spellings = self._spellings(gtins)
        stripped = {code.strip() for code in codes} - {""}
        numbered = stripped | {code.upper() for code in stripped}
        if not (spellings or numbered):
            return {}, {}
        of_company = Domain("company_id", "in", (company.id, False))
        barcode = Domain("barcode", "in", list(spellings))
        products = (
            self.env["product.product"]
            .with_context(active_test=False)
            .search_fetch(
                (barcode | Domain("default_code", "in", list(numbered))) & of_company,
                ["barcode", "default_code", "active"],
            )
            .with_context(active_test=True)
        )
        no_unit = self.env["uom.uom"]
        by_gtin = defaultdict(set)
        for number, same in products.grouped("barcode").items():
            for gtin in spellings.get(number, ()):
                by_gtin[gtin].update((product, no_unit) for product in same.filtered("active") or same)
        if spellings:
            for packaging in self.env["product.uom"].search(barcode & of_company):
                for gtin in spellings[packaging.barcode]:
                    by_gtin[gtin].add((packaging.product_id, packaging.uom_id))
        by_code = {}
        own = products.grouped("default_code")
        for code in codes:
            same = own.get(code.strip()) or own.get(code.strip().upper())
            if code.strip() and same:
                by_code[code] = {(product, no_unit) for product in same.filtered("active") or same}
        return by_gtin, by_code

    @staticmethod
    def _spellings(gtins):
        """``{GTIN as it may be stored: {as received}}``: with and without leading zeros."""
        spellings = defaultdict(set)
        for gtin in gtins:
            digits = gtin.strip()
            spellings[digits].add(gtin)
            if digits.isdecimal():
                for width in (8, 12, 13, 14):
                    spellings[digits.lstrip("0").zfill(width)].add(gtin)
        spellings.pop("", None)
        return spellings

    # ----------------------------------------------------------------------------------- suggestions

    @api.model
    def _suggest(self, texts, company, limit=3):
        """Products that item texts may mean, the likeliest first. One query for all texts.

        Compares with codes, barcodes and names of what is for sale.

        :param texts: iterable of part numbers and descriptions as received
        :return: ``{text: product.product}``
        """
        words = {text: {w for w in re.split(r"[\s,;]+", text.lower()) if len(w) > 2} for text in texts}
        products = self.env["product.product"]
        # a code may come in another spelling: its parts are looked for, too
        parts = {
            part for of_text in words.values() for word in of_text for part in (word, *self._parts(word))
        }
        if not parts:
            return dict.fromkeys(words, products)
        candidates = products.search(
            Domain("sale_ok", "=", True)
            & Domain("company_id", "in", (company.id, False))
            & Domain.OR(
                Domain(field, "ilike", part)
                for part in sorted(parts)
                for field in ("default_code", "barcode", "name")
            ),
            limit=max(200, 5 * len(words)),
        )
        known = [
            (product, f"{product.default_code or ''} {product.barcode or ''} {product.name}".lower())
            for product in candidates
        ]
        return {
            text: products.union(
                *(product for _likeness, product in self._ranked(text, of_text, known)[:limit])
            )
            for text, of_text in words.items()
        }

    @staticmethod
    def _parts(word):
        return {part for part in re.split(r"[\W_]+", word) if len(part) > 2}

    def _ranked(self, text, words, known):
        """The products of ``known`` that have anything to do with ``text``: ``[(likeness, product)]``."""
        ranked = []
        parts = {part for word in words for part in (word, *self._parts(word))}
        key = normalize_reference(text)
        for product, description in known:
            if not any(part in description for part in parts):
                continue
            likeness = difflib.SequenceMatcher(None, text.lower(), description).ratio()
            if product.default_code:
                likeness += difflib.SequenceMatcher(
                    None, key, normalize_reference(product.default_code)
                ).ratio()
            ranked.append((likeness, product))
        return sorted(ranked, key=lambda pair: (-pair[0], pair[1].id))
