from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

PENDING = "om_kpi.dirty"


class OmKpiDirty(models.Model):
    """Queue of orders whose facts are out of date.

    Append only for those who change orders: each transaction adds its orders by one ``INSERT`` just
    before it commits. There is neither a unique index nor a foreign key, so that two transactions
    that touch the same order never wait for each other here. The job takes rows away before it
    measures: a change that commits meanwhile leaves a new row, and the order is measured again.
    """

    _name = "om.kpi.dirty"
    _description = "Order to be Measured"
    _log_access = False
    _rec_name = "order_id"

    order_id = fields.Integer(required=True, index=True, help="Database id of the sales order.")

    @api.model
    def _mark(self, orders=(), lines=(), invoices=()):
        """Have orders measured again after this transaction.

        :param orders: ids of ``sale.order``
        :param lines: ids of ``sale.order.line``
        :param invoices: ids of ``account.move``
        """
        if not (orders or lines or invoices):
            return
        pending = self.env.cr.precommit.data.get(PENDING)
        if not pending:
            pending = self.env.cr.precommit.data[PENDING] = {
                "orders": set(),
                "lines": set(),
                "invoices": set(),
            }
            self.env.cr.precommit.add(partial(self.browse()._insert_marks))
        pending["orders"].update(orders)
        pending["lines"].update(lines)
        pending["invoices"].update(invoices)

    @api.model
    def _insert_marks(self):
        """Write down what this transaction has marked, with one statement."""
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if not pending:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO om_kpi_dirty (order_id)
                SELECT id FROM sale_order WHERE id = ANY(%(orders)s)
                 UNION
                SELECT order_id FROM sale_order_line WHERE id = ANY(%(lines)s)
                 UNION
                SELECT line.order_id
                  FROM account_move_line item
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
                  JOIN sale_order_line line ON line.id = rel.order_line_id
                 WHERE item.move_id = ANY(%(invoices)s)
                """,
                **{name: list(ids) for name, ids in pending.items()},
            )
        )
        self.invalidate_model()

    @api.model
    def _mark_all(self):
        """Have every order that was ever confirmed measured again, by the job."""
        self.env.cr.execute(
            "INSERT INTO om_kpi_dirty (order_id) SELECT id FROM sale_order WHERE state IN ('sale', 'cancel')"
        )
        self.invalidate_model()
        self.env["ir.cron"]._om_trigger("om_kpi.cron_refresh")

    @api.model
    def _mark_windows_ended(self):
        """Queue the lines whose window has ended unfilled: nobody writes anything when time passes."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO om_kpi_dirty (order_id)
                SELECT DISTINCT order_id FROM om_kpi_order_line WHERE outcome = 'open' AND closes_at <= %s
                """,
                fields.Datetime.now(),
            )
        )
        self.invalidate_model()

    @api.model
    def _claim(self, limit):
        """Take up to ``limit`` orders off the queue.

        :return: set of ids of ``sale.order``
        """
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM om_kpi_dirty WHERE id IN (
                    SELECT id FROM om_kpi_dirty
                     WHERE order_id IN (
                        SELECT order_id FROM om_kpi_dirty GROUP BY order_id ORDER BY MIN(id) LIMIT %s
                     ) FOR UPDATE SKIP LOCKED
                ) RETURNING order_id
                """,
                limit,
            )
        )
        self.invalidate_model()
        return {order_id for (order_id,) in rows}

    @api.model
    def _cron_refresh(self, batch=500):
        """Measure what is queued, ``batch`` orders to a transaction."""
        self._mark_windows_ended()
        while order_ids := self._claim(batch):
            self.env["om.kpi.order.line"]._refresh(order_ids)
            if not self.env["ir.cron"]._commit_progress(len(order_ids), remaining=self.search_count([])):
                break
