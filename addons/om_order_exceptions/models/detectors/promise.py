from odoo import models
from odoo.tools import format_date

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Promises that move."""

    _inherit = "sale.order"

    @detector(
        "E-PROMISE-SLIP",
        order=("commitment_date",),
        line=("om_forecast_date", "om_line_commitment_date", "customer_lead"),
        suspect_line="""o.state = 'sale' AND l.qty_delivered < l.product_uom_qty
            AND l.om_forecast_date
              > l.om_promised_date + make_interval(days => company.om_promise_tolerance)""",
    )
    def _om_detect_slipped_promise(self):
        """A confirmed line is expected later than promised, by more than the company tolerates."""
        findings = []
        for line in self.order_line:
            if not line._om_has_slipped() or line.qty_delivered >= line.product_uom_qty:
                continue
            order = line.order_id
            findings.append(
                Finding(
                    order,
                    found=format_date(self.env, order._om_day_there(line.om_forecast_date)),
                    expected=format_date(self.env, order._om_day_there(line.om_promised_date)),
                    line=line,
                    key="slip",
                    amount=line._om_value_of(
                        line._om_in_product_unit(line.product_uom_qty - line.qty_delivered)
                    ),
                )
            )
        return findings
