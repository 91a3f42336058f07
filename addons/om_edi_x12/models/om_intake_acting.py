import logging
from functools import partial

from odoo import models, modules

from odoo.addons.om_order_exceptions.stages import INTERNAL
from odoo.addons.om_order_exceptions.transactions import COLLISIONS, NOT_THE_DOCUMENT, in_step, roll_back

from .intake_reader import SHOWN_FINDINGS

_logger = logging.getLogger(__name__)

# Documents a step acts on before it commits. Large enough to share queries, small enough to lose little.
BATCH = 50
# Orders that are reserved before a commit: all of a batch in one turn. Workers that took turns within their
# batches would stay in step, and wait for each other at every batch.
RESERVED = BATCH
# Key of the turn to reserve, and how often a worker looks for it: for some ten seconds.
RESERVING, LOOKS = 850, 500


class OmIntake(models.Model):
    """X12 files: act on what they ask for, batch by batch.

    Goods are reserved after each batch, in short steps of their own, so that processes that confirm orders
    of the same products do not undo each other's batches.
    """

    _inherit = "om.intake"

    def _x12_act(self):
        """Act on the pending transactions, batch by batch, until none is left or the time is up.

        A batch that collides with another process is tried again in smaller parts: they are faster.
        """
        transactions = self.env["om.edi.transaction"]
        size = BATCH
        self._x12_reserve(self._x12_unreserved())
        while self._claim():
            pending = transactions.search(self._x12_pending_domain(), order="id", limit=size)
            try:
                if not pending:
                    self._x12_finish()
                    self._end_step()
                    return
                for (_partner, set_id), batch in pending.grouped(
                    lambda t: (t.edi_partner_id, t.set_id)
                ).items():
                    if set_id == "850":
                        batch = batch.with_context(om_reserve_later=INTERNAL)
                    batch._act()
                go_on = self._end_step()
                size = min(2 * size, BATCH)
            except COLLISIONS:
                if size == 1 or modules.module.current_test:
                    raise
                roll_back(self.env, pause=0.5)
                size = max(size // 4, 1)
                continue
            self._x12_reserve(pending.filtered(lambda transaction: transaction.set_id == "850").order_id)
            if not go_on:
                return

    def _x12_unreserved(self):
        """Orders of this file that were confirmed, and perhaps not reserved before the process stopped."""
        orders = self.env["sale.order"].search([("om_intake_id", "=", self.id), ("state", "=", "sale")])
        if not orders:
            return orders
        waiting = [
            ("sale_line_id.order_id", "in", orders.ids),
            ("state", "in", ("confirmed", "partially_available")),
        ]
        return self.env["stock.move"].search(waiting).sale_line_id.order_id

    def _x12_reserve(self, orders):
        """Reserve for confirmed orders of this file, some at a time, each time committed."""
        orders = orders.filtered(lambda order: order.state == "sale")
        company_id = self.company_id.id
        for start in range(0, len(orders), RESERVED):
            part = orders[start : start + RESERVED]
            in_step(self.env, partial(self._x12_reserve_step, part, company_id))

    def _x12_reserve_step(self, orders, company_id):
        if not modules.module.current_test:
            self._x12_take_turn(company_id)
        if self._claim():
            self._x12_reserve_each(orders)

    def _x12_take_turn(self, company_id):
        """Let another worker of the company end its step first, which would undo this one.

        It saves work and no more: a step that collides all the same is done again. The turn is taken by the
        first statement of the transaction, so that it sees what the other has reserved.
        """
        for look in range(LOOKS):
            roll_back(self.env, pause=0.04 if look else 0)
            self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RESERVING, company_id])
            if self.env.cr.fetchone()[0]:
                return

    def _x12_reserve_each(self, orders):
        """Reserve for all of these; when that fails one by one, so that one order stops no other."""
        try:
            with self.env.cr.savepoint():
                orders._om_reserve()
        except NOT_THE_DOCUMENT:
            raise
        except Exception:
            if len(orders) > 1:
                for order in orders:
                    self._x12_reserve_each(order)
            else:
                _logger.warning(
                    "Order %s is not reserved; the stock scheduler will", orders.name, exc_info=True
                )

    def _x12_finish(self):
        """Nothing is pending any more: set the final state."""
        failed = self.env["om.edi.transaction"].search(
            [("intake_id", "=", self.id), ("direction", "=", "in"), ("state", "in", ("error", "rejected"))],
            order="id",
            limit=SHOWN_FINDINGS,
        )
        lines = [self.message] if self.message else []
        lines += [
            f"{transaction.display_name}: {transaction.findings}"
            for transaction in failed
            if transaction.state == "error"
        ]
        self._finish("attention" if failed or self.message else "done", "\n".join(lines) or False)
