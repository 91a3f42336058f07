from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

# Exceptions that come and go with supply
SUPPLY_CODES = frozenset(("E-STK-SHORT", "E-DTE-LEAD", "E-PROMISE-SLIP", "E-ITM-DISC"))


class SaleOrder(models.Model):
    """Supply: what the customer's flags ask for, and whom a change of supply concerns."""

    _inherit = "sale.order"

    @api.onchange("partner_id")
    def _onchange_om_ship_complete(self):
        if self.partner_id.om_ship_complete:
            self.picking_policy = "one"

    @api.model_create_multi
    def create(self, vals_list):
        """Orders of customers who want all at once ship when all is ready."""
        for vals in vals_list:
            if vals.get("partner_id") and "picking_policy" not in vals:
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                customer = self.env["res.partner"].browse(vals["partner_id"])
                # the flag is read together with the customer's payment terms, which creation reads anyway
                if customer.with_company(company).om_ship_complete:
                    vals["picking_policy"] = "one"
        return super().create(vals_list)

    def _om_zone(self):
        """Name of the time zone where the goods go."""
        self.ensure_one()
        return self.partner_shipping_id.tz or self.company_id.resource_calendar_id.tz or "UTC"

    def _om_flags(self):
        """The customer in the order's company: its commercial partner carries the delivery flags."""
        self.ensure_one()
        return self.partner_id.commercial_partner_id.with_company(self.company_id)

    def _om_ships_complete(self):
        """Must all goods of this order leave at once?"""
        self.ensure_one()
        return self.picking_policy == "one" or self._om_flags().om_ship_complete

    # -------------------------------------------------------------------------- when supply changes

    def _om_supply_pending(self):
        """What to look at again before this transaction commits: ``{"products": ids, "lines": ids}``."""
        return self.env.cr.precommit.data.setdefault(
            "om_order_exceptions.supply", {"products": set(), "lines": set()}
        )

    @api.model
    def _om_supply_changed(self, products=None, lines=None):
        """Look again, once before commit, at the confirmed lines that wait for these products."""
        pending = self._om_supply_pending()
        first = not (pending["products"] or pending["lines"])
        pending["products"].update(products.ids if products else ())
        pending["lines"].update(lines.ids if lines else ())
        if first and (pending["products"] or pending["lines"]):
            self.env.cr.precommit.add(partial(self.browse()._om_follow_supply))

    @api.model
    def _om_follow_supply(self):
        """Bring expected dates up to date, and check the orders whose dates moved or that are short.

        Only lines that hold the products are looked at; orders whose date stays and that have no open
        case are left alone. A constant number of queries for any number of products and lines.
        """
        pending = self._om_supply_pending()
        product_ids, to_check = list(pending["products"]), set(pending["lines"])
        pending["products"].clear()
        pending["lines"].clear()
        waiting = set(to_check)
        if product_ids:
            self.env.flush_all()
            for line_id, has_case in self.env.execute_query(self._om_waiting_lines_sql(product_ids)):
                waiting.add(line_id)
                if has_case:
                    to_check.add(line_id)
        # sudo: whoever receives or reserves goods need not be allowed to read orders
        lines = self.env["sale.order.line"].sudo().browse(waiting).exists()
        moved = lines._om_reforecast()
        lines._om_log_moved_dates(moved)
        concerned = lines.filtered(lambda line: line in moved or line.id in to_check)
        concerned.order_id._om_schedule_check(SUPPLY_CODES)

    @api.model
    def _om_waiting_lines_sql(self, product_ids):
        """Lines that wait for these products, and lines that have an open case about supply."""
        return SQL(
            """
            SELECT move.sale_line_id, FALSE
              FROM stock_move move
             WHERE move.product_id IN %(products)s
               AND move.state IN ('waiting', 'confirmed', 'partially_available')
               AND move.sale_line_id IS NOT NULL
             UNION
            SELECT line.id, TRUE
              FROM om_exception exception
              JOIN sale_order_line line ON line.id = exception.order_line_id
             WHERE exception.is_open
               AND exception.code IN %(codes)s
               AND line.product_id IN %(products)s
            """,
            products=tuple(product_ids),
            codes=tuple(SUPPLY_CODES),
        )

    @api.model
    def _cron_om_reforecast(self):
        """Bring all expected dates up to date: receipts that are overdue move them day by day."""
        lines = self.env["sale.order.line"].search(
            fields.Domain("state", "=", "sale")
            & fields.Domain("move_ids.state", "in", ("waiting", "confirmed", "partially_available"))
        )
        self._om_supply_changed(lines=lines)
