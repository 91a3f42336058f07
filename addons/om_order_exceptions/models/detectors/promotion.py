from odoo import models
from odoo.tools import format_date, formatLang

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Promotions that the customer names."""

    _inherit = "sale.order"

    @detector(
        "E-PRO-INELIG",
        order=("partner_id", "date_order", "om_promotion_code"),
        line=("product_id", "product_uom_id", "product_uom_qty", "price_unit", "discount"),
        suspect_order="o.om_promotion_code IS NOT NULL",
    )
    def _om_detect_promotion_not_eligible(self):
        """A promotion that is unknown, out of its dates, not for this order, or over its budget.

        Two queries: the promotions, and what confirmed orders have used of their budgets.
        """
        findings = []
        orders = self.filtered("om_promotion_code")
        spent = orders.om_promotion_ids._spent_by_order()
        for order in orders:
            by_key = order.om_promotion_ids.grouped("code_key")
            for key, code in order._om_promotion_codes().items():
                promotion = by_key.get(key)
                found, expected = (
                    order._om_promotion_problem(promotion, spent[promotion.id])
                    if promotion
                    else (self.env._("%s is unknown", code), self.env._("the code of a promotion"))
                )
                if found:
                    lines = promotion._lines_of(order) if promotion else order.order_line
                    findings.append(
                        Finding(
                            order,
                            found=found,
                            expected=expected,
                            key=key,
                            amount=sum(lines.mapped("price_total")),
                        )
                    )
        return findings

    def _om_promotion_problem(self, promotion, spent):
        """Why this order may not have ``promotion``: ``(found, expected)``; both empty when it may.

        :param spent: ``{order id: amount}`` that confirmed orders have used of its budget
        """
        self.ensure_one()
        code, day = promotion.code, self._om_order_day()
        lines = promotion._lines_of(self)
        if promotion.partner_id and promotion.partner_id != self.partner_id.commercial_partner_id:
            return self.env._("%s is for another customer", code), self.env._("a promotion for this customer")
        if promotion.date_start and day < promotion.date_start:
            date = format_date(self.env, promotion.date_start)
            return self.env._("%s has not begun", code), self.env._("%s or later", date)
        if promotion.date_end and day > promotion.date_end:
            date = format_date(self.env, promotion.date_end)
            return self.env._("%s has ended", code), self.env._("%s or before", date)
        if len(self.om_promotion_ids) > 1 and not promotion.stackable:
            return self.env._("%s beside others", code), self.env._("%s alone", code)
        quantity = sum(
            line.product_uom_id._compute_quantity(line.product_uom_qty, line.product_id.uom_id, round=False)
            for line in lines
        )
        if not lines or quantity < promotion.min_quantity:
            return (
                self.env._("%(code)s with %(quantity)g pieces", code=code, quantity=quantity),
                self.env._("%g of its products or more", promotion.min_quantity or 1),
            )
        if promotion.budget:
            cost = (
                self._om_in_company_currency(sum(lines.mapped("price_subtotal"))) * promotion.discount / 100
            )
            total = cost + sum(amount for order_id, amount in spent.items() if order_id != self.id)
            if promotion.currency_id.compare_amounts(total, promotion.budget) > 0:
                return (
                    self.env._(
                        "%(code)s would cost %(amount)s",
                        code=code,
                        amount=formatLang(self.env, total, currency_obj=promotion.currency_id),
                    ),
                    self.env._(
                        "%s at most",
                        formatLang(self.env, promotion.budget, currency_obj=promotion.currency_id),
                    ),
                )
        return "", ""
