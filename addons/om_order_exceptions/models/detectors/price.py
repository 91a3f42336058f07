from bisect import bisect
from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL, float_compare, formatLang

from ...detection import Finding, detector

# Up to so many orders their lines are looked at as records.
FEW = 10

# A line of which it is plain that it has its contract price: no rule of the pricelist is about its product,
# and what stands on it is the product's own price, with nothing to convert or to add.
PLAIN_PRICE = """
    l.price_unit = template.list_price AND COALESCE(l.discount, 0) = 0
    AND l.om_substituted_product_id IS NULL
    AND l.product_uom_id = template.uom_id AND COALESCE(product.combination_indices, '') = ''
    AND o.currency_id = company.currency_id AND o.fiscal_position_id IS NULL
    AND (SELECT COUNT(DISTINCT currency_id) FROM res_company) = 1
    AND NOT EXISTS (SELECT FROM product_template_attribute_value_sale_order_line_rel extra
                     WHERE extra.sale_order_line_id = l.id)
    AND NOT EXISTS (SELECT FROM product_pricelist_item rule
                     WHERE rule.pricelist_id = o.pricelist_id
                       AND (rule.product_id IS NULL OR rule.product_id = product.id)
                       AND (rule.product_tmpl_id IS NULL OR rule.product_tmpl_id = template.id))
"""


class PricedLine(NamedTuple):
    """What decides the contract price of an order line, and the net unit price that it has."""

    line_id: int
    pricelist_id: int
    currency_id: int
    fiscal_position_id: int
    product_id: int
    product_uom_id: int
    quantity: float
    date: object
    is_single: bool  # its contract price is that of no other line
    customer_id: int
    net: float


class PriceRules:
    """The rules of some pricelists for some products in a period, read once.

    They answer for ``product.pricelist._get_applicable_rules`` while many prices are asked for one by
    one, and say which lines must have the same price: one of them is computed then.
    """

    def __init__(self, pricelists, products, first, last):
        items = pricelists.env["product.pricelist.item"]
        self.of = {}
        wanted = pricelists
        while wanted:
            domain = Domain(wanted[0]._get_applicable_rules_domain(products, last))
            domain = domain.map_conditions(lambda c, wanted=wanted: self._widen(c, wanted, first))
            found = items.search_fetch(
                domain,
                ["pricelist_id", "product_id", "product_tmpl_id", "categ_id", "date_start", "date_end"],
            )
            self.of.update({pricelist.id: items for pricelist in wanted})
            self.of.update(
                {pricelist.id: rules for pricelist, rules in found.grouped("pricelist_id").items()}
            )
            # and those on which they are based
            wanted = found.base_pricelist_id.filtered(lambda pricelist: pricelist.id not in self.of)
        self.has_bases = any(rules.base_pricelist_id for rules in self.of.values())
        self.has_steps = any(rule.min_quantity for rules in self.of.values() for rule in rules)
        self.turns = sorted(
            moment
            for rules in self.of.values()
            for rule in rules
            for moment in (rule.date_start, rule.date_end)
            if moment
        )
        self._by_target = {pricelist: self._index(rules) for pricelist, rules in self.of.items()}

    @staticmethod
    def _widen(condition, pricelists, first):
        """A condition of one pricelist at one moment, for several of them since ``first``."""
        if condition.field_expr == "pricelist_id":
            return Domain("pricelist_id", "in", pricelists.ids)
        if condition.field_expr == "date_end" and condition.operator == ">=":
            return Domain("date_end", ">=", first)
        return condition

    @staticmethod
    def _index(rules):
        """``{product, template or None for all others: [position]}`` of rules in Odoo's order."""
        index = defaultdict(list)
        for position, rule in enumerate(rules):
            index[rule.product_id or rule.product_tmpl_id or None].append(position)
        return index

    def applicable(self, pricelist, product, date):
        """Rules of ``pricelist`` that may hold for ``product`` (one record) at ``date``, the first first."""
        rules, index = self.of[pricelist.id], self._by_target[pricelist.id]
        targets = (product, product.product_tmpl_id, None)
        positions = sorted(position for target in targets for position in index.get(target, ()))
        return rules.browse(rules[position].id for position in positions).filtered(
            lambda rule: (
                (not rule.date_start or rule.date_start <= date)
                and (not rule.date_end or rule.date_end >= date)
            )
        )

    def likeness(self, row, company_currency_id):
        """Lines with an equal value have the same contract price."""
        moment = None
        if self.has_bases or row.currency_id != company_currency_id:
            moment = row.date.date()  # a rate of exchange may be in it
        return (
            *row[1:6],
            row.quantity if self.has_steps else None,
            bisect(self.turns, row.date) if self.turns else None,
            moment,
            row.line_id if row.is_single else None,
        )


class SaleOrder(models.Model):
    """Prices against the customer's pricelist."""

    _inherit = "sale.order"

    @detector(
        "E-PRC-DIFF",
        order=("partner_id", "pricelist_id"),
        line=(
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "price_unit",
            "discount",
            "om_po_price",
            "om_substituted_price",
        ),
        suspect_line=f"product.id IS NOT NULL AND l.display_type IS NULL AND ({PLAIN_PRICE}) IS NOT TRUE",
    )
    def _om_detect_price_difference(self):
        """A line's net unit price differs from the pricelist by more than the customer's tolerance.

        Delivery charges, down payments, rewards and lines of combos have no contract price and are
        left out, and so is what is invoiced and posted. Two queries, and one for each level of
        pricelists that are based on others.
        """
        rows = self._om_priced_lines()
        if not rows:
            return []
        company = self.env.company
        pricelists = self.env["product.pricelist"].browse(
            {row.pricelist_id for row in rows if row.pricelist_id}
        )
        products = self.env["product.product"].browse({row.product_id for row in rows})
        dates = [row.date for row in rows]
        rules = PriceRules(pricelists, products, min(dates), max(dates))
        alike = defaultdict(list)
        for row in rows:
            alike[rules.likeness(row, company.currency_id.id)].append(row)
        first_lines = self.env["sale.order.line"].browse(same[0].line_id for same in alike.values())
        contracts = dict(zip(alike, first_lines._om_contract_prices(rules), strict=True))

        # half a unit of the last digit in which a price can be entered is no difference
        digits = self.env["decimal.precision"].precision_get("Product Price")
        slack = 10**-digits / 2
        off = {}
        for likeness, same in alike.items():
            contract = contracts[likeness]
            for row in same:
                if row.net == contract:
                    continue  # as nearly all are: no need to ask for the customer's tolerance
                customer = self.env["res.partner"].browse(row.customer_id).with_company(company)
                percent = customer.om_price_tolerance or company.om_price_tolerance
                tolerance = abs(contract) * percent / 100 + slack
                if float_compare(abs(row.net - contract), tolerance, precision_digits=digits + 4) > 0:
                    off[row.line_id] = contract
        return [
            Finding(
                line.order_id,
                found=formatLang(self.env, line._om_net_price(), currency_obj=line.currency_id),
                expected=formatLang(self.env, off[line.id], currency_obj=line.currency_id),
                line=line,
                amount=abs(line._om_net_price() - off[line.id]) * line.product_uom_qty,
                # a price above the contract is what a customer will refuse to pay
                severity="1" if line._om_net_price() > off[line.id] else "2",
            )
            for line in self.env["sale.order.line"].browse(off)
            if line._om_has_contract_price()
        ]

    def _om_contract_prices(self):
        """Net unit price by the pricelist of each line that has one.

        :return: ``{sale.order.line: price}`` in the order's currency, per unit of the line
        """
        lines = self.order_line.filtered(lambda line: line._om_has_contract_price())
        if not lines:
            return {}
        dates = lines.order_id.mapped("date_order")
        rules = PriceRules(self.pricelist_id, lines.product_id, min(dates), max(dates))
        return dict(zip(lines, lines._om_contract_prices(rules), strict=True))

    def _om_priced_lines(self):
        """What is compared: of few orders from their records, which whoever works on them has read.

        :return: ``[PricedLine]``
        """
        if len(self) > FEW:
            return self._om_read_priced_lines()
        return [
            PricedLine(
                line.id,
                order.pricelist_id.id,
                order.currency_id.id,
                order.fiscal_position_id.id,
                line.product_id.id,
                line.product_uom_id.id,
                line.product_uom_qty,
                order.date_order,
                bool(line.product_no_variant_attribute_value_ids or line.om_substituted_product_id),
                order.om_commercial_partner_id.id,
                line._om_net_price(),
            )
            for order in self
            for line in order.order_line
            if line.product_id and not (line.display_type or line.is_downpayment or line.is_expense)
            if not line.combo_item_id
        ]

    def _om_read_priced_lines(self):
        """The same of many orders, without a record per line. One query.

        :return: ``[PricedLine]``
        """
        lines = self.env["sale.order.line"]
        configured = lines._fields["product_no_variant_attribute_value_ids"]
        return [
            PricedLine(*row)
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT l.id, o.pricelist_id, o.currency_id, o.fiscal_position_id, l.product_id,
                           l.product_uom_id, l.product_uom_qty::float, o.date_order,
                           l.om_substituted_product_id IS NOT NULL
                           OR EXISTS (SELECT 1 FROM %(configured)s WHERE %(line)s = l.id),
                           o.om_commercial_partner_id,
                           l.price_unit::float * (1 - COALESCE(l.discount, 0)::float / 100)
                      FROM sale_order_line l
                      JOIN sale_order o ON o.id = l.order_id
                     WHERE l.order_id = ANY(%(ids)s) AND l.product_id IS NOT NULL AND l.display_type IS NULL
                       AND l.is_downpayment IS NOT TRUE AND l.is_expense IS NOT TRUE
                       AND l.combo_item_id IS NULL
                    """,
                    configured=SQL.identifier(configured.relation),
                    line=SQL.identifier(configured.column1),
                    ids=list(self._ids),
                )
            )
        ]


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _om_net_price(self):
        """Unit price after discount, in the order's currency, per unit of the line."""
        return self.price_unit * (1 - self.discount / 100)

    def _om_contract_prices(self, rules):
        """Net unit price of each line by its pricelist.

        :param rules: ``PriceRules`` of the pricelists and products of these lines
        :return: list of prices in the orders' currencies, per unit of the line, in the order of ``self``
        """
        prices = []
        for line in self:
            if line.om_substituted_product_id:
                # a substitute goes at the price of what was ordered
                prices.append(line.om_substituted_price)
                continue
            order = line.order_id
            product = line.product_id.with_context(**line._get_product_price_context())
            quantity = line.product_uom_qty or 1.0
            in_product_unit = line.product_uom_id._compute_quantity(
                quantity, product.uom_id, raise_if_failure=False
            )
            pricelist = order.pricelist_id.with_context(om_price_rules=rules)
            rule = self.env["product.pricelist.item"]
            for candidate in pricelist._get_applicable_rules(product, order.date_order):
                if candidate._is_applicable_for(product, in_product_unit):
                    rule = candidate
                    break
            price = rule._compute_price(
                product, quantity, line.product_uom_id, order.date_order, currency=order.currency_id
            )
            prices.append(line._om_taxed_like_the_line(price))
        return prices

    def _om_has_contract_price(self):
        """Is there a pricelist price to hold this line against?"""
        self.ensure_one()
        return bool(
            self.product_id
            and not self.display_type
            and not self.is_downpayment
            and not self._is_delivery()
            and not self.combo_item_id
            and self.product_type != "combo"
            and not self.is_expense
            and not self._is_global_discount()
            and (self.state != "sale" or self.qty_invoiced_posted < (self.product_uom_qty or 1.0))
        )

    def _om_taxed_like_the_line(self, price):
        """``price`` of the product, adapted when a fiscal position turns an included tax around."""
        if not self.order_id.fiscal_position_id:
            return price
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        if not any(taxes.mapped("price_include")):
            return price
        return self.product_id._get_tax_included_unit_price_from_price(
            price, product_taxes=taxes, fiscal_position=self.order_id.fiscal_position_id
        )


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _get_applicable_rules(self, products, date, **kwargs):
        """Answer from rules that were read once, where many prices are asked for one by one."""
        rules = self.env.context.get("om_price_rules")
        if not self or not isinstance(rules, PriceRules):  # our own object can't come by RPC
            return super()._get_applicable_rules(products, date, **kwargs)
        return rules.applicable(self, products, date)
