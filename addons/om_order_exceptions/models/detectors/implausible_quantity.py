from odoo import models
from odoo.tools import SQL

from ...detection import Finding, detector

# Years of orders that tell what a customer usually orders
YEARS = 2


class SaleOrder(models.Model):
    """Quantities that nobody meant."""

    _inherit = "sale.order"

    @detector(
        "E-MAX",
        order=("partner_id",),
        line=("product_id", "product_uom_id", "product_uom_qty"),
        suspect_line="""
            product.id IS NOT NULL AND l.display_type IS NULL AND company.om_max_quantity_factor > 0
            AND (o.state != 'sale' OR COALESCE(l.qty_delivered, 0) < l.product_uom_qty)""",
    )
    def _om_detect_implausible_quantity(self):
        """Far more than the customer ever orders of the product.

        The limit is the factor times the median of its earlier confirmed lines, or the median and that
        many robust deviations (1.4826 times the median deviation), whichever is higher: customers whose
        orders vary are given more room. One query.
        """
        findings = []
        history = self._om_quantity_history()
        for order in self:
            company = order.company_id
            for line in order.order_line:
                known, median, deviation = history.get(line.id, (0, 0.0, 0.0))
                if not line._om_is_sold() or not median or known < max(company.om_max_quantity_lines, 1):
                    continue
                factor = company.om_max_quantity_factor
                limit = max(factor * median, median + factor * 1.4826 * deviation)
                quantity = line.product_uom_qty * line.product_uom_id.factor
                if quantity > limit:
                    in_unit = median / line.product_uom_id.factor
                    findings.append(
                        Finding(
                            order,
                            found=f"{line._om_ordered_text()} {line.product_uom_id.name}",
                            expected=self.env._(
                                "about %(usual)g %(unit)s, as on %(count)s lines before",
                                usual=round(in_unit, 2),
                                unit=line.product_uom_id.name,
                                count=known,
                            ),
                            line=line,
                            amount=line.price_total * (1 - median / quantity),
                        )
                    )
        return findings

    def _om_quantity_history(self):
        """What the customers of these orders ordered before, line by line.

        :return: ``{order line id: (number of earlier lines, median, median deviation)}`` in the
            reference unit
        """
        for model, names in (
            ("sale.order", ["om_commercial_partner_id", "state", "date_order", "company_id"]),
            (
                "sale.order.line",
                ["order_id", "product_id", "product_uom_id", "product_uom_qty", "display_type"],
            ),
        ):
            self.env[model].flush_model(names)
        rows = self.env.execute_query(
            SQL(
                """WITH history AS (
                       SELECT line.id, before.product_uom_qty * unit.factor AS quantity
                         FROM sale_order_line line
                         JOIN sale_order o ON o.id = line.order_id
                         JOIN sale_order_line before ON before.product_id = line.product_id
                                                    AND before.order_id != line.order_id
                         JOIN sale_order earlier ON earlier.id = before.order_id
                         JOIN uom_uom unit ON unit.id = before.product_uom_id
                        WHERE line.order_id = ANY(%(orders)s)
                          AND earlier.om_commercial_partner_id = o.om_commercial_partner_id
                          AND earlier.company_id = o.company_id
                          AND earlier.state = 'sale'
                          AND earlier.date_order < o.date_order
                          AND earlier.date_order > o.date_order - %(years)s * INTERVAL '1 year'
                          AND before.product_uom_qty > 0),
                   middle AS (
                       SELECT id, COUNT(*) AS known,
                              PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY quantity) AS median
                         FROM history GROUP BY id)
                   SELECT middle.id, middle.known, middle.median,
                          PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY ABS(history.quantity - middle.median))
                     FROM middle JOIN history ON history.id = middle.id
                    GROUP BY middle.id, middle.known, middle.median""",
                orders=list(self.ids),
                years=YEARS,
            )
        )
        return {line_id: (known, median, deviation) for line_id, known, median, deviation in rows}
