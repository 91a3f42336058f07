from collections import defaultdict

from odoo import models
from odoo.fields import Domain
from odoo.tools import float_compare, formatLang

from ...detection import Finding, detector


class Period:
    """Products and times of many prices, and the rules that hold for them, by pricelist."""

    def __init__(self, products, moments):
        self.products, self.first, self.last = products, min(moments), max(moments)
        self.rules = {}

    def since_first(self, condition):
        """The condition on the end of a rule, for the whole period instead of its last moment."""
        if condition.field_expr == "date_end" and condition.operator == ">=":
            return Domain("date_end", ">=", self.first)
        return condition


class SaleOrder(models.Model):
    """Prices against the customer's pricelist."""

    _inherit = "sale.order"

    @detector(
        "E-PRC-DIFF",
        order=("partner_id", "pricelist_id"),
        line=("product_id", "product_uom_id", "product_uom_qty", "price_unit", "discount", "om_po_price"),
    )
    def _om_detect_price_difference(self):
        """A line's net unit price differs from the pricelist by more than the customer's tolerance.

        Delivery charges, down payments, rewards and lines of combos have no contract price and are
        left out, and so is what is invoiced and posted. One query per pricelist.
        """
        findings = []
        expected = self._om_contract_prices()
        # half a unit of the last digit in which a price can be entered is no difference
        digits = self.env["decimal.precision"].precision_get("Product Price")
        slack = 10**-digits / 2
        for line, contract in expected.items():
            order = line.order_id
            net = line.price_unit * (1 - line.discount / 100)
            percent = order.partner_id.commercial_partner_id.with_company(order.company_id).om_price_tolerance
            tolerance = abs(contract) * (percent or order.company_id.om_price_tolerance) / 100
            if float_compare(abs(net - contract), tolerance + slack, precision_digits=digits + 4) <= 0:
                continue
            findings.append(
                Finding(
                    order,
                    found=formatLang(self.env, net, currency_obj=order.currency_id),
                    expected=formatLang(self.env, contract, currency_obj=order.currency_id),
                    line=line,
                    amount=abs(net - contract) * line.product_uom_qty,
                    # a price above the contract is what a customer will refuse to pay
                    severity="1" if net > contract else "2",
                )
            )
        return findings

    def _om_contract_prices(self):
        """Net unit price by the pricelist of each line that has one.

        :return: ``{sale.order.line: price}`` in the order's currency, per unit of the line
        """
        groups = defaultdict(list)
        for order in self:
            for line in order.order_line:
                if line._om_has_contract_price():
                    groups[order.pricelist_id, order.company_id].append(line.id)
        prices = {}
        for (pricelist, company), line_ids in groups.items():
            lines = self.env["sale.order.line"].browse(line_ids).with_company(company)
            period = Period(lines.product_id, lines.order_id.mapped("date_order"))
            pricelist = pricelist.with_company(company).with_context(om_price_period=period)
            for line in lines:
                date = line.order_id.date_order
                product = line.product_id.with_context(**line._get_product_price_context())
                quantity = line.product_uom_qty or 1.0
                in_product_unit = line.product_uom_id._compute_quantity(
                    quantity, product.uom_id, raise_if_failure=False
                )
                rule = self.env["product.pricelist.item"]
                for candidate in pricelist._get_applicable_rules(product, date):
                    if candidate._is_applicable_for(product, in_product_unit):
                        rule = candidate
                        break
                price = rule._compute_price(
                    product, quantity, line.product_uom_id, date, currency=line.order_id.currency_id
                )
                prices[line] = line._om_taxed_like_the_line(price)
        return prices


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

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
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        if not self.order_id.fiscal_position_id or not any(taxes.mapped("price_include")):
            return price
        return self.product_id._get_tax_included_unit_price_from_price(
            price, product_taxes=taxes, fiscal_position=self.order_id.fiscal_position_id
        )


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _get_applicable_rules(self, products, date, **kwargs):
        """Read the rules of a period once, where many prices of it are asked for one by one.

        That goes for the pricelists, too, on which those of the orders are based.
        """
        period = self.env.context.get("om_price_period")
        if not self or not isinstance(period, Period):  # our own object can't come by RPC
            return super()._get_applicable_rules(products, date, **kwargs)
        if self.id not in period.rules:
            domain = Domain(self._get_applicable_rules_domain(period.products, period.last, **kwargs))
            items = self.env["product.pricelist.item"]
            period.rules[self.id] = items.search(domain.map_conditions(period.since_first))
        return period.rules[self.id].filtered(
            lambda rule: (
                (not rule.date_start or rule.date_start <= date)
                and (not rule.date_end or rule.date_end >= date)
            )
        )
