from odoo import fields, models
from odoo.tools import SQL


class OmKpiOrder(models.Model):
    """Service level of one confirmed order: its measured lines taken together, as all or nothing.

    An order is mature when all of its lines are, so it is in the period in which its last window
    ends. Orders without a measured line (all excluded) are not here.
    """

    _name = "om.kpi.order"
    _description = "Service Level of Order"
    _inherit = "om.kpi.measure"
    _order = "window_end desc, id desc"
    _rec_name = "order_id"
    _auto = False
    _depends = {
        "om.kpi.order.line": ["order_id", "outcome", "window_end"],
        "sale.order": ["user_id", "warehouse_id"],
    }

    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    confirmed_at = fields.Datetime("Confirmed", readonly=True)
    window_end = fields.Date(readonly=True)
    first_ship_date = fields.Date("First Shipped", readonly=True)
    last_ship_date = fields.Date("Last Shipped", readonly=True)
    line_count = fields.Integer("Lines", readonly=True)
    exception_count = fields.Integer("Line Exceptions", readonly=True)
    is_mature = fields.Boolean("Measured", readonly=True)
    is_first_full = fields.Boolean("Full on First Shipment", readonly=True)
    is_in_full = fields.Boolean("In Full", readonly=True)
    is_on_time = fields.Boolean("On Time", readonly=True)
    is_otif = fields.Boolean("OTIF", readonly=True)
    is_backorder = fields.Boolean("Backorder", readonly=True)
    is_first_on_time = fields.Boolean(
        "First Delivery on Time",
        readonly=True,
        help="What Odoo's own effective date tells: the first delivery was on time, whatever came after it.",
    )

    due_order_count = fields.Integer("Orders Due", compute="_compute_om_figures", aggregator="sum")
    otif_order_count = fields.Integer("Orders OTIF", compute="_compute_om_figures", aggregator="sum")
    order_fill_rate = fields.Float(
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Orders of which each line is full on its first shipment / orders due.",
    )
    in_full_rate = fields.Float(
        compute="_compute_om_figures", aggregator="avg", digits=(16, 2), help="Orders in full / orders due."
    )
    on_time_rate = fields.Float(
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Orders of which each line is in full at the end of its window / orders due.",
    )
    otif_rate = fields.Float(
        "OTIF Rate",
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Orders of which each line is filled inside its window / orders due.",
    )
    backorder_rate = fields.Float(
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Orders with a backordered line / orders due.",
    )
    first_on_time_rate = fields.Float(
        "First Delivery on Time Rate",
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Orders whose first delivery was on time / orders due. Overstates: for comparison only.",
    )

    _om_counts = {"due_order_count": "is_mature", "otif_order_count": "is_otif"}
    _om_rates = {
        "order_fill_rate": ("is_first_full", "is_mature"),
        "in_full_rate": ("is_in_full", "is_mature"),
        "on_time_rate": ("is_on_time", "is_mature"),
        "otif_rate": ("is_otif", "is_mature"),
        "backorder_rate": ("is_backorder", "is_mature"),
        "first_on_time_rate": ("is_first_on_time", "is_mature"),
    }

    @property
    def _table_query(self):
        # The flags need the maturity of the whole order: a full line of an order that is not due yet
        # must not be in a numerator whose denominator leaves the order out.
        return SQL(
            """
            SELECT fact.*, sale_order.warehouse_id, sale_order.user_id,
                   is_mature AND all_first_full AS is_first_full,
                   is_mature AND all_in_full AS is_in_full,
                   is_mature AND all_on_time AS is_on_time,
                   is_mature AND all_otif AS is_otif,
                   is_mature AND any_backorder AS is_backorder,
                   is_mature AND COALESCE(first_ship_date <= window_end, FALSE) AS is_first_on_time
              FROM (
                    SELECT order_id AS id, order_id,
                           MIN(company_id) AS company_id, MIN(partner_id) AS partner_id,
                           MIN(confirmed_at) AS confirmed_at, MAX(window_end) AS window_end,
                           MIN(first_ship_date) AS first_ship_date, MAX(last_ship_date) AS last_ship_date,
                           COUNT(*) AS line_count, SUM(exception_count) AS exception_count,
                           BOOL_AND(is_mature) AS is_mature,
                           BOOL_AND(is_first_full) AS all_first_full, BOOL_AND(is_in_full) AS all_in_full,
                           BOOL_AND(is_on_time) AS all_on_time, BOOL_AND(is_otif) AS all_otif,
                           BOOL_OR(is_backorder) AS any_backorder
                      FROM om_kpi_order_line
                     WHERE outcome != 'excluded'
                  GROUP BY order_id
              ) AS fact
              JOIN sale_order ON sale_order.id = fact.order_id
            """
        )

    def action_open_order(self):
        """Open this order."""
        self.ensure_one()
        return self.order_id._om_open_form()
