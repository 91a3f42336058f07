from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

# What of a line a fact is made of.
MEASURED = frozenset(
    (
        "product_uom_qty",
        "product_uom_id",
        "customer_lead",
        "om_customer_cancelled_qty",
        "product_id",
        "route_ids",
        "warehouse_id",
    )
)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    om_confirmed_at = fields.Datetime(
        compute="_compute_om_confirmed", store=True, copy=False, help="When the line was first binding."
    )
    om_confirmed_qty = fields.Float(
        "Confirmed Quantity",
        compute="_compute_om_confirmed",
        store=True,
        copy=False,
        digits="Product Unit",
        help="Ordered quantity when the line became binding. Later changes leave it as it is.",
    )
    om_customer_cancelled_qty = fields.Float(
        "Cancelled by Customer",
        copy=False,
        digits="Product Unit",
        help="How much of the confirmed quantity the customer cancelled in time. It is no longer owed; "
        "what we cut ourselves still is.",
    )

    _om_customer_cancelled_positive = models.Constraint(
        "CHECK (om_customer_cancelled_qty IS NULL OR om_customer_cancelled_qty >= 0)",
        "The quantity that the customer cancelled cannot be negative.",
    )

    def _auto_init(self):
        """Take the quantities of orders confirmed before this addon came, in one statement.

        Computing the snapshot through the ORM would take minutes on a large database.
        """
        if not column_exists(self.env.cr, "sale_order_line", "om_confirmed_at"):
            create_column(self.env.cr, "sale_order_line", "om_confirmed_at", "timestamp")
            create_column(self.env.cr, "sale_order_line", "om_confirmed_qty", "numeric")
            self.env.cr.execute(
                """
                UPDATE sale_order_line
                   SET om_confirmed_at = sale_order.date_order, om_confirmed_qty = product_uom_qty
                  FROM sale_order
                 WHERE sale_order.id = order_id AND sale_order.state = 'sale'
                """
            )
        return super()._auto_init()

    @api.depends("state")
    def _compute_om_confirmed(self):
        """Remember the quantity when the line becomes binding; forget it when the order is reset.

        A snapshot: it depends on the state alone, so a quantity that changes later does not move it.
        """
        now = fields.Datetime.now()
        for line in self:
            if line.state == "sale" and not line.om_confirmed_at:
                line.om_confirmed_at = now
                line.om_confirmed_qty = line.product_uom_qty
            elif line.state in ("draft", "sent"):
                line.om_confirmed_at = False
                line.om_confirmed_qty = 0.0
            else:
                line.om_confirmed_at = line.om_confirmed_at
                line.om_confirmed_qty = line.om_confirmed_qty

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["om.kpi.dirty"]._mark(lines=lines.filtered(lambda line: line.state == "sale").ids)
        return lines

    def write(self, vals):
        if "product_uom_qty" in vals:
            # reading takes a snapshot that is due, before the quantity changes in the same transaction
            self.mapped("om_confirmed_qty")
        result = super().write(vals)
        if not MEASURED.isdisjoint(vals):
            confirmed = self.filtered(lambda line: line.state in ("sale", "cancel"))
            self.env["om.kpi.dirty"]._mark(lines=confirmed.ids)
        return result
