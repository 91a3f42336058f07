from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..facts import measure

EXCLUSIONS = [
    ("customer", "Cancelled by customer in time"),
    ("duplicate", "Duplicate or mistake"),
    ("sample", "Sample"),
    ("internal", "Internal"),
    ("test", "Test"),
]


class OmKpiOrderLine(models.Model):
    """Service level of one confirmed order line of goods: a fact, measured by the system.

    Not measured: services (delivery charges among them), down payments, expenses, notes, lines of
    nothing. A kit is measured as ordered, not by its components. Quantities are in the product's
    unit of measure, money in the company's currency at the invoice's date, dates in the time zone of
    the ship-to (else of the company's working hours).

    ===============  =============================================================================
    ``ordered_qty``  as confirmed; when the order grew later, as it is now. A later cut does not
                     reduce it
    ``net_qty``      ordered less what the customer cancelled in time: the most that can be filled
    window           from *deliver not before* (if given) to the promised date of the order, else
                     to its date plus the line's lead time; whole days
    shipment         a done transfer out to the customer. Returns do not rewrite history
    ``is_mature``    filled, or its window has ended: only these are in a denominator. A line past
                     its window and not delivered is in it as a failure
    ===============  =============================================================================

    Outcomes, of which a line has exactly one:

    ============  =========  =========  ======  ==================================================
    outcome       in full    on time    OTIF
    ============  =========  =========  ======  ==================================================
    ``otif``      yes        yes        yes     filled inside its window
    ``early``     yes        yes        no      filled by the window's end, partly before its start
    ``late``      yes        no         no      filled after the window's end
    ``overdue``   no         no         no      window ended, balance still owed
    ``short``     no         no         no      window ended, balance cancelled
    ``open``      not mature                    window has not ended, not filled yet
    ``excluded``  not mature                    in no figure; ``exclusion`` says why
    ============  =========  =========  ======  ==================================================
    """

    _name = "om.kpi.order.line"
    _description = "Service Level of Order Line"
    _inherit = "om.kpi.measure"
    _order = "window_end desc, id desc"
    _rec_name = "order_line_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    order_id = fields.Many2one("sale.order", required=True, readonly=True, index=True, ondelete="cascade")
    order_line_id = fields.Many2one("sale.order.line", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade")
    categ_id = fields.Many2one("product.category", "Product Category", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    uom_id = fields.Many2one(
        "uom.uom", "Unit", readonly=True, help="Of the product; all quantities are in it."
    )
    confirmed_at = fields.Datetime("Confirmed", readonly=True)
    window_start = fields.Date(readonly=True, help="First day on which the goods are welcome, if any.")
    window_end = fields.Date(readonly=True, help="Last day on which the goods are on time.")
    closes_at = fields.Datetime("Window Ends At", readonly=True)

    ordered_qty = fields.Float("Ordered", digits="Product Unit", readonly=True, help="As confirmed.")
    net_qty = fields.Float("Net Ordered", digits="Product Unit", readonly=True)
    first_qty = fields.Float("First Shipment", digits="Product Unit", readonly=True)
    window_qty = fields.Float("Shipped in Window", digits="Product Unit", readonly=True)
    shipped_qty = fields.Float("Shipped", digits="Product Unit", readonly=True)
    due_qty = fields.Float("Due", digits="Product Unit", readonly=True, help="Net ordered on measured lines.")
    fill_first_qty = fields.Float("Filled on First Shipment", digits="Product Unit", readonly=True)
    fill_window_qty = fields.Float("Filled in Window", digits="Product Unit", readonly=True)
    fill_final_qty = fields.Float("Filled", digits="Product Unit", readonly=True)
    backorder_qty = fields.Float("Backordered", digits="Product Unit", readonly=True)
    first_ship_date = fields.Date("First Shipped", readonly=True)
    last_ship_date = fields.Date("Last Shipped", readonly=True)

    outcome = fields.Selection(
        [
            ("open", "Not due yet"),
            ("otif", "On time in full"),
            ("early", "Early"),
            ("late", "Late"),
            ("overdue", "Overdue"),
            ("short", "Short"),
            ("excluded", "Not measured"),
        ],
        required=True,
        readonly=True,
    )
    exclusion = fields.Selection(EXCLUSIONS, "Not Measured Because", readonly=True)
    is_mature = fields.Boolean("Measured", readonly=True)
    is_first_full = fields.Boolean("Full on First Shipment", readonly=True)
    is_in_full = fields.Boolean("In Full", readonly=True)
    is_on_time = fields.Boolean("On Time", readonly=True)
    is_otif = fields.Boolean("OTIF", readonly=True)
    is_backorder = fields.Boolean("Backorder", readonly=True)
    invoiced_qty = fields.Float("Invoiced", digits="Product Unit", readonly=True)
    invoiced_amount = fields.Monetary(readonly=True, help="Untaxed, posted invoices less credit notes.")
    exception_count = fields.Integer("Exceptions", readonly=True, help="Exceptions ever raised on this line.")

    due_line_count = fields.Integer("Lines Due", compute="_compute_om_figures", aggregator="sum")
    otif_line_count = fields.Integer("Lines OTIF", compute="_compute_om_figures", aggregator="sum")
    unit_fill_first_rate = fields.Float(
        "Unit Fill, First Shipment",
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Units filled by the first shipment / units due.",
    )
    unit_fill_rate = fields.Float(
        "Unit Fill",
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Units filled by all shipments / units due.",
    )
    unit_otif_rate = fields.Float(
        "Unit OTIF",
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Units filled inside the window / units due.",
    )
    line_fill_rate = fields.Float(
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Lines full on the first shipment / lines due.",
    )
    in_full_rate = fields.Float(
        compute="_compute_om_figures", aggregator="avg", digits=(16, 2), help="Lines in full / lines due."
    )
    on_time_rate = fields.Float(
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Lines in full at the end of their window / lines due.",
    )
    otif_rate = fields.Float(
        "OTIF Rate",
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Lines filled inside their window / lines due.",
    )
    backorder_rate = fields.Float(
        compute="_compute_om_figures",
        aggregator="avg",
        digits=(16, 2),
        help="Lines short on the first shipment with a balance kept open / lines due.",
    )
    unit_backorder_rate = fields.Float(
        compute="_compute_om_figures", aggregator="avg", digits=(16, 2), help="Units backordered / units due."
    )

    _line_uniq = models.UniqueIndex("(order_line_id)", "A line has one fact.")
    _window_idx = models.Index("(company_id, window_end)")
    _waiting_idx = models.Index("(closes_at) WHERE outcome = 'open'")

    _om_counts = {"due_line_count": "is_mature", "otif_line_count": "is_otif"}
    _om_rates = {
        "unit_fill_first_rate": ("fill_first_qty", "due_qty"),
        "unit_fill_rate": ("fill_final_qty", "due_qty"),
        "unit_otif_rate": ("fill_window_qty", "due_qty"),
        "line_fill_rate": ("is_first_full", "is_mature"),
        "in_full_rate": ("is_in_full", "is_mature"),
        "on_time_rate": ("is_on_time", "is_mature"),
        "otif_rate": ("is_otif", "is_mature"),
        "backorder_rate": ("is_backorder", "is_mature"),
        "unit_backorder_rate": ("backorder_qty", "due_qty"),
    }

    @api.model
    @tools.ormcache()
    def _time_zones(self):
        """Time zones that PostgreSQL knows: an old name on a partner must not stop the measuring."""
        return tuple(name for (name,) in self.env.execute_query(SQL("SELECT name FROM pg_timezone_names")))

    @api.model
    def _refresh(self, order_ids):
        """Measure all lines of these orders. One statement.

        :param order_ids: ids of ``sale.order``; of those that are gone nothing is left
        """
        self.env.flush_all()
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        self.env.cr.execute(measure(order_ids, fields.Datetime.now(), self._time_zones(), digits))
        self.env.invalidate_all(flush=False)

    def action_open_order(self):
        """Open the order of this line."""
        self.ensure_one()
        return self.order_id._om_open_form()

    def action_measure_again(self):
        """Have the orders of these lines measured again, after a change of master data.

        :raise AccessError: the user is not a manager of order management
        """
        if not self.env.user.has_group("om_order_exceptions.group_manager"):
            raise AccessError(self.env._("Only order managers may have lines measured again."))
        self.env["om.kpi.dirty"]._mark(orders=self.order_id.ids)
        self.env["ir.cron"]._om_trigger("om_kpi.cron_refresh")
        return True
