from odoo import fields, models

from .om_kpi_order_line import EXCLUSIONS

# What of an order a fact is made of.
MEASURED = frozenset(
    (
        "state",
        "date_order",
        "commitment_date",
        "om_deliver_not_before",
        "om_kpi_exclusion",
        "partner_id",
        "partner_shipping_id",
        "warehouse_id",
        "user_id",
        "company_id",
    )
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    om_kpi_exclusion = fields.Selection(
        EXCLUSIONS,
        "Not Measured Because",
        copy=False,
        tracking=True,
        help="Leaves the order out of the service level. A cancelled order counts as not delivered "
        "unless this says why it should not.",
    )

    def write(self, vals):
        result = super().write(vals)
        if not MEASURED.isdisjoint(vals):
            changed = (
                self if "state" in vals else self.filtered(lambda order: order.state in ("sale", "cancel"))
            )
            self.env["om.kpi.dirty"]._mark(orders=changed.ids)
        return result

    def action_draft(self):
        """Start over: what the customer cancelled of the former order is not owed less of the new one."""
        result = super().action_draft()
        self.order_line.filtered("om_customer_cancelled_qty").om_customer_cancelled_qty = 0.0
        self.filtered(lambda order: order.om_kpi_exclusion == "customer").om_kpi_exclusion = False
        return result

    def _om_open_form(self):
        """Action that shows this order."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.id,
            "view_mode": "form",
        }
