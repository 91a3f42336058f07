from collections import defaultdict

from odoo import models
from odoo.tools import float_compare, formatLang

from ...detection import Finding, detector


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
        for line, contract in expected.items():
            order = line.order_id
            net = line.price_unit * (1 - line.discount / 100)
            percent = order.partner_id.commercial_partner_id.with_company(order.company_id).om_price_tolerance
            tolerance = abs(contract) * (percent or order.company_id.om_price_tolerance) / 100
            if float_compare(abs(net - contract), tolerance, precision_rounding=0.005) <= 0:
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
        groups = defaultdict(lambda: self.env["sale.order.line"])
        for order in self:
            for line in order.order_line:
                if line._om_has_contract_price():
                    groups[order.pricelist_id, order.date_order.date(), order.company_id] |= line
        prices = {}
        for (pricelist, _day, company), lines in groups.items():
            lines = lines.with_company(company)
            date = lines[0].order_id.date_order
            rules = pricelist._get_applicable_rules(lines.product_id, date) if pricelist else None
            for line in lines:
                product = line.product_id.with_context(**line._get_product_price_context())
                quantity = line.product_uom_qty or 1.0
                in_product_unit = line.product_uom_id._compute_quantity(
                    quantity, product.uom_id, raise_if_failure=False
                )
                rule = self.env["product.pricelist.item"]
                for candidate in rules or ():
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
