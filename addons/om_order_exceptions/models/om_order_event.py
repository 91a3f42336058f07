from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..append_only import guard_table
from ..planned import PREFIX, define_function, drop_functions

KINDS = [
    ("received", "Received"),
    ("entered", "Entered"),
    ("confirmed", "Confirmed"),
    ("held", "Held"),
    ("released", "Released"),
    ("changed", "Changed"),
    ("allocated", "Allocated"),
    ("picked", "Picked"),
    ("packed", "Packed"),
    ("shipped", "Shipped"),
    ("in_transit", "In Transit"),
    ("delivered", "Delivered"),
    ("invoiced", "Invoiced"),
    ("paid", "Paid"),
    ("returned", "Returned"),
    ("credited", "Credited"),
    ("cancelled", "Cancelled"),
    ("document_in", "Document Received"),
    ("document_out", "Document Sent"),
]
# What an event says, with its type in the database
COLUMNS = {
    "order_id": "int4",
    "order_line_id": "int4",
    "order_ref": "text",
    "company_id": "int4",
    "kind": "text",
    "occurred_at": "timestamp",
    "user_id": "int4",
    "quantity": "numeric",
    "note": "text",
    "res_model": "text",
    "res_id": "int4",
}
# Arguments of the function that writes events: an array per column, and for allocations lines and actors
ARGUMENTS = {
    **{name: f"{kind}[]" for name, kind in COLUMNS.items()},
    "now": "timestamp",
    "digits": "int4",
    "position": "numeric",
    "lines": "int4[]",
    "users": "int4[]",
}
WRITE = f"{PREFIX}write_events"
KEPT = {"order_id": "sale_order", "order_line_id": "sale_order_line", "user_id": "res_users"}
PENDING = "om_order_exceptions.events"


class OmOrderEvent(models.Model):
    """One fact in the life of an order: what, when, who, how much.

    Append only: an event is never changed and never deleted, by nobody, the superuser and SQL included
    (see :mod:`..append_only`). A correction is another event, with a negative quantity where it takes
    something back.

    Facts with a quantity are one event per order line, in the line's unit; the others one per order.
    What happened is told by :meth:`_log` and :meth:`_log_lines` and by no other way. Events wait in
    the transaction and are written together by one statement, at the latest before it commits; whoever
    searches them before finds them too. A transaction, or savepoint, that is rolled back takes its
    events with it.
    """

    _name = "om.order.event"
    _description = "Order Event"
    _order = "occurred_at desc, id desc"
    _rec_name = "kind"
    _log_access = False  # nobody writes; who and when are the event's own fields

    order_id = fields.Many2one("sale.order", index=True, ondelete="set null", readonly=True)
    order_ref = fields.Char("Order Reference", required=True, readonly=True)
    order_line_id = fields.Many2one(
        "sale.order.line", index="btree_not_null", ondelete="set null", readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(KINDS, "Event", required=True, readonly=True)
    occurred_at = fields.Datetime("When", required=True, readonly=True)
    recorded_at = fields.Datetime(readonly=True, help="When it came to our knowledge.")
    user_id = fields.Many2one("res.users", "Actor", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True, help="In the unit of the order line.")
    note = fields.Char(readonly=True)
    res_model = fields.Char("Source Model", readonly=True)
    res_id = fields.Many2oneReference("Source", model_field="res_model", readonly=True)

    _time_idx = models.Index("(occurred_at DESC, id DESC)")

    def init(self):
        """Let the database itself refuse to change or delete events."""
        result = super().init()
        guard_table(self.env.cr, self._table, may_become_null=("order_id", "order_line_id", "user_id"))
        drop_functions(self.env.cr, WRITE)
        define_function(
            self.env.cr,
            WRITE,
            {f"_{name}": kind for name, kind in ARGUMENTS.items()},
            self._insert_statement() % {name: f"_{name}" for name in ARGUMENTS},
        )
        return result

    # ---------------------------------------------------------------------------------- append only

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Refused for everybody: events tell what the system did and are logged by what did it."""
        raise AccessError(self.env._("Order events are logged by what happens, not by hand."))

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused for everybody: what happened does not change."""
        raise UserError(self.env._("Order events are append only."))

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("Order events are append only."))

    # ------------------------------------------------------------------------------------ logging

    @api.model
    def _log(self, kind, orders, note="", source=None, occurred_at=None, user=None):
        """Append one event per order.

        :param kind: one of the kinds of this model; *entered* is kept once per order
        :param orders: ``sale.order`` recordset
        :param note: text for people, the same for all
        :param source: the document that shows it (a delivery, an invoice, an intake), one record
        :param occurred_at: when it happened (UTC, naive); now when left out
        :param user: who did it; the current user when left out
        """
        # sudo: whoever causes an event need not be allowed to read the order
        for order in orders.sudo():
            self._append(kind, order, None, 0.0, note, source, occurred_at, user)

    @api.model
    def _log_lines(self, kind, quantities, note="", source=None, occurred_at=None, user=None):
        """Append one event per order line.

        :param quantities: ``{sale.order.line record: quantity in its unit}``; nothing is logged for zero
        :param kind note source occurred_at user: as in :meth:`_log`
        """
        for line, quantity in quantities.items():
            if quantity:
                line = line.sudo()  # sudo: as in _log
                self._append(kind, line.order_id, line, quantity, note, source, occurred_at, user)

    def _append(self, kind, order, line, quantity, note, source, occurred_at, user):
        pending = self._pending()
        if kind == "entered":
            if order.id in pending["entered"]:
                return
            pending["entered"].add(order.id)
        pending["events"].append(
            (
                order.id,
                line.id if line else None,
                order.name,
                order.company_id.id,
                kind,
                occurred_at or fields.Datetime.now(),
                user.id if user else self.env.uid,
                quantity,
                note or None,
                source._name if source else None,
                source.id if source else None,
            )
        )
        # the order's events are read anew; invalidate_recordset would write them now
        for name in ("om_event_ids", "om_timeline"):
            order._fields[name]._invalidate_cache(self.env, order.ids)

    @api.model
    def _allocation_changed(self, lines):
        """Look at what is reserved for these order lines when events are written.

        Reservations come and go in many small steps; the event tells the net change.
        """
        if lines:
            self._pending()["allocation"].update(dict.fromkeys(lines.ids, self.env.uid))

    # ------------------------------------------------------------------------------------- writing

    def _pending(self):
        """What this transaction has not written yet; its end writes it."""
        data = self.env.cr.precommit.data
        if PENDING not in data:
            data[PENDING] = {"events": [], "entered": set(), "allocation": {}}
            # sudo: nobody has the right to write events by hand
            self.env.cr.precommit.add(self.sudo().browse()._write_pending)
        return data[PENDING]

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._write_pending()
        return super()._search(domain, *args, **kwargs)

    @api.private
    def flush_model(self, fnames=None):
        """Write what waits in this transaction; call it before you read the table by SQL."""
        self._write_pending()
        return super().flush_model(fnames)

    @api.model
    def _write_pending(self):
        """Write the events that wait, and the net change of allocations, by one statement.

        SQL, because the ORM's ``create`` costs several times as much for a table without computed
        fields, and because what is allocated is a sum that the database has at hand.
        """
        pending = self.env.cr.precommit.data.get(PENDING)
        if not pending:
            return
        if pending["allocation"]:
            self._flush_allocation()
        del self.env.cr.precommit.data[PENDING]
        events, allocation = pending["events"], pending["allocation"]
        if not events and not allocation:
            return
        # Goods are allocated before they are picked, also where both came in one transaction.
        position = next(
            (i for i, event in enumerate(events) if event[4] in ("picked", "packed", "shipped")), len(events)
        )
        arguments = ", ".join(f"%({name})s::{kind}" for name, kind in ARGUMENTS.items())
        self.env.cr.execute(  # the names are this file's own
            f"SELECT {WRITE}({arguments})",
            {
                **{name: [event[i] for event in events] for i, name in enumerate(COLUMNS)},
                "now": fields.Datetime.now(),
                "digits": self._fields["quantity"].get_digits(self.env)[1],
                "position": position,
                "lines": list(allocation),
                "users": list(allocation.values()),
            },
        )

    def _flush_allocation(self):
        self.env["stock.move.line"].flush_model(["quantity_product_uom", "move_id"])
        self.env["stock.move"].flush_model(
            ["state", "sale_line_id", "location_id", "product_id", "move_orig_ids"]
        )
        self.env["sale.order.line"].flush_model(["product_uom_id", "product_id", "order_id"])

    @api.model
    def _insert_statement(self):
        """The one statement that writes events; it names the values of :data:`ARGUMENTS`."""
        columns = ", ".join(COLUMNS)
        # what was deleted in the meantime is emptied, as the foreign key does later
        kept = ", ".join(
            f"(SELECT id FROM {KEPT[name]} WHERE id = event.{name}) AS {name}"
            if name in KEPT
            else f"event.{name}"
            for name in COLUMNS
        )
        arrays = ", ".join(f"%({name})s" for name in COLUMNS)
        return f"""
            INSERT INTO om_order_event ({columns}, recorded_at)
            SELECT {columns}, %(now)s
              FROM (
                SELECT {kept}, number - 1.0 AS number
                  FROM unnest({arrays}) WITH ORDINALITY AS event ({columns}, number)
                 WHERE kind <> 'entered'
                    OR NOT EXISTS (
                        SELECT FROM om_order_event known
                         WHERE known.order_id = event.order_id AND known.kind = 'entered')
                {self._allocation_query()}
              ) AS fact
             ORDER BY number, order_line_id
        """

    @api.model
    def _allocation_query(self):
        """Part of the statement: what is allocated to order lines now, less what events say.

        Counted where goods leave the stock: on the first of an order line's moves (*Pick*, where there
        is such a step), reserved or done, which a later step does not count again. The plan is kept
        (see :mod:`..planned`): OFFSET 0 lets it begin with the touched lines only.
        """
        return """
            UNION ALL
            SELECT line.order_id, line.id, o.name, o.company_id, 'allocated', %(now)s, touched.user_id,
                   round(allocated.quantity * unit.factor::numeric / line_unit.factor::numeric, %(digits)s)
                   - COALESCE(told.quantity, 0), NULL, NULL, NULL, %(position)s - 0.5
              FROM unnest(%(lines)s, %(users)s) AS touched (line_id, user_id)
             CROSS JOIN LATERAL (SELECT * FROM sale_order_line WHERE id = touched.line_id OFFSET 0) line
             CROSS JOIN LATERAL (SELECT * FROM sale_order WHERE id = line.order_id OFFSET 0) o
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom unit ON unit.id = template.uom_id
              JOIN uom_uom line_unit ON line_unit.id = line.product_uom_id
             CROSS JOIN LATERAL (
                SELECT COALESCE(sum(part.quantity_product_uom), 0) AS quantity
                  FROM stock_move move
                  JOIN stock_move_line part ON part.move_id = move.id
                  JOIN stock_location source ON source.id = move.location_id
                 WHERE move.sale_line_id = line.id
                   AND move.product_id = line.product_id
                   AND move.state <> 'cancel'
                   AND source.usage IN ('internal', 'transit', 'view')
                   AND NOT EXISTS (
                        SELECT FROM stock_move_move_rel chain
                          JOIN stock_move origin ON origin.id = chain.move_orig_id
                         WHERE chain.move_dest_id = move.id AND origin.sale_line_id = line.id)
              ) AS allocated
              LEFT JOIN LATERAL (
                SELECT sum(known.quantity) AS quantity
                  FROM om_order_event known
                 WHERE known.order_line_id = line.id AND known.kind = 'allocated'
              ) AS told ON true
             WHERE round(allocated.quantity * unit.factor::numeric / line_unit.factor::numeric, %(digits)s)
                   <> COALESCE(told.quantity, 0)
        """
