from collections import defaultdict
from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from ..availability import NOISE, Pool, Supply


class OmAvailability(models.AbstractModel):
    """Supply and demand of products in warehouses, for any number of order lines at once.

    Three queries whatever the number of lines: free stock, open moves, and none per line. Odoo's own
    forecast (``forecast_availability``) asks per warehouse and delivery date; this follows its rules:

    * what is reserved for a line is its own; free is what nobody has reserved;
    * confirmed demand that is not reserved yet is served in the order in which Odoo reserves: the day of
      reservation, priority, date;
    * goods that were received and wait to be put away are in the house, and count from the day of that
      transfer;
    * what is bought or made for one order (MTO, dropship) belongs to it: it gives the line its date and
      is no supply for others;
    * a receipt whose day has gone by comes today at the earliest;
    * quotations are no demand: each is looked at after all confirmed demand. What is free now is enough
      for it, though, as long as nobody has reserved it.
    """

    _name = "om.availability"
    _description = "Availability"

    @api.model
    def _of_lines(self, lines):
        """Supply of order lines.

        :param lines: ``sale.order.line``; what is no storable product, or is delivered, needs nothing
        :return: ``{line: Supply}``, with ``needed_by`` as naive UTC
        """
        lines = lines.filtered(lambda line: line.product_id.is_storable and not line._om_is_kit())
        stock = self._read(lines.product_id)
        supplies = {}
        quoted = lines.filtered(lambda line: line.state != "sale")
        for line in lines - quoted:
            supplies[line] = self._of_confirmed(line, stock)
        not_from_stock = quoted._om_not_from_stock()
        pools = {}
        for line in quoted.sorted(lambda line: (line.order_id.id, line.sequence, line.id)):
            needed = line._om_in_product_unit(max(line.product_uom_qty - line.qty_delivered, 0.0))
            if line in not_from_stock:
                supplies[line] = Supply(needed, from_stock=False)
                continue
            where = (line.product_id.id, line.warehouse_id.id)
            if (line.order_id.id, where) not in pools:
                pool = stock.left(where)
                pools[line.order_id.id, where] = Pool(stock.free[where], pool._receipts)
            supplies[line] = Supply(needed, pools[line.order_id.id, where].take(needed))
        for line, supply in supplies.items():
            supply.needed_by = line._om_needed_by()
        return supplies

    @api.model
    def _read(self, products):
        """The stock of these products in all warehouses, with confirmed demand served. Two queries."""
        stock = _Stock(fields.Datetime.now())
        if products:
            self.env["stock.quant"].flush_model(
                ["product_id", "location_id", "quantity", "reserved_quantity"]
            )
            self.env["stock.move"].flush_model()
            stock.load_free(self.env.execute_query(self._free_sql(products)))
            stock.load_moves(self.env.execute_query(self._moves_sql(products)))
        return stock

    @api.model
    def _free_sql(self, products):
        return SQL(
            """
            SELECT quant.product_id, place.warehouse_id,
                   -- a shelf that is only to be counted has no quantity yet
                   SUM(COALESCE(quant.quantity, 0) - quant.reserved_quantity)
              FROM stock_quant quant
              JOIN stock_location place ON place.id = quant.location_id
             WHERE quant.product_id IN %(products)s
               AND place.usage = 'internal'
               AND place.warehouse_id IS NOT NULL
             GROUP BY quant.product_id, place.warehouse_id
            """,
            products=tuple(products.ids),
        )

    @api.model
    def _moves_sql(self, products):
        """Open moves: from which warehouse to which one in the end, and what feeds or follows them."""
        return SQL(
            """
            SELECT move.id, move.product_id, move.sale_line_id, move.date, move.product_qty,
                   COALESCE(move.quantity * move.product_qty / NULLIF(move.product_uom_qty, 0), 0),
                   CASE WHEN source.usage = 'internal' THEN source.warehouse_id END,
                   CASE WHEN final.usage = 'internal' THEN final.warehouse_id END,
                   COALESCE(move.reservation_date > %(today)s, TRUE), move.reservation_date, move.priority,
                   ARRAY(SELECT link.move_orig_id
                           FROM stock_move_move_rel link
                           JOIN stock_move orig ON orig.id = link.move_orig_id
                          WHERE link.move_dest_id = move.id AND orig.state NOT IN ('done', 'cancel')),
                   EXISTS(SELECT
                            FROM stock_move_move_rel link
                            JOIN stock_move dest ON dest.id = link.move_dest_id
                            JOIN stock_location place
                              ON place.id = COALESCE(dest.location_final_id, dest.location_dest_id)
                           WHERE link.move_orig_id = move.id
                             AND dest.state NOT IN ('done', 'cancel')
                             AND (place.usage <> 'internal'
                                  OR place.warehouse_id IS DISTINCT FROM final.warehouse_id))
              FROM stock_move move
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location final ON final.id = COALESCE(move.location_final_id, move.location_dest_id)
             WHERE move.product_id IN %(products)s
               AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
            """,
            products=tuple(products.ids),
            today=fields.Date.today(),
        )

    @api.model
    def _of_confirmed(self, line, stock):
        """Supply of a confirmed line: what its own open moves have and get."""
        supply = Supply(from_stock=False)
        for move in stock.of_line(line.id):
            if move.product_id != line.product_id.id or move.comes_back:
                continue
            supply.needed += move.quantity
            supply.from_stock |= move.source is not None and not move.origins
            supply.parts += stock.parts_of(move)
        return supply


class _Move:
    """One open move as `_moves_sql` reads it."""

    __slots__ = (
        "id", "product_id", "sale_line_id", "date", "quantity", "reserved", "source", "final",
        "reserved_later", "reservation_date", "priority", "origins", "is_dedicated",
    )  # fmt: skip

    def __init__(self, row):
        for name, value in zip(self.__slots__, row, strict=True):
            setattr(self, name, value)

    @property
    def comes_back(self):
        """Goods that a customer returns, or that move within the warehouse."""
        return self.final is not None and self.source in (None, self.final)

    @property
    def is_put_away(self):
        return self.source is not None and self.source == self.final

    @property
    def turn(self):
        """Odoo's order of reservation: those that may be reserved today first."""
        urgency = -int(self.priority or 0)
        if self.reserved_later:
            return (1, self.reservation_date or date.max, urgency, self.date, self.id)
        return (0, date.min, urgency, self.date, self.id)


class _Stock:
    """Supply and demand of some products, per product and warehouse: ``(product id, warehouse id)``."""

    def __init__(self, now):
        self.now = now
        self.free = defaultdict(float)
        self.moves = {}
        self._by_line = defaultdict(list)
        self._pools = {}
        self._parts = {}

    def load_free(self, rows):
        for product_id, warehouse_id, quantity in rows:
            self.free[product_id, warehouse_id] = quantity

    def load_moves(self, rows):
        receipts, demands = defaultdict(list), defaultdict(list)
        for move in map(_Move, rows):
            self.moves[move.id] = move
            self._by_line[move.sale_line_id].append(move)
            if move.is_put_away:
                if move.reserved > NOISE:
                    receipts[move.product_id, move.final].append((self.at_earliest(move), move.reserved))
                continue
            if move.final is not None and not move.is_dedicated:
                receipts[move.product_id, move.final].append((self.at_earliest(move), move.quantity))
            if move.source is not None and not move.origins and move.quantity - move.reserved > NOISE:
                demands[move.product_id, move.source].append(move)
        for where in {*self.free, *receipts, *demands}:
            pool = self._pools[where] = Pool(self.free[where], receipts[where])
            for move in sorted(demands[where], key=lambda move: move.turn):
                self._parts[move.id] = pool.take(move.quantity - move.reserved)

    def at_earliest(self, move):
        """When what this move brings is there: not before now."""
        return max(move.date, self.now)

    def left(self, where):
        """A copy of the pool as confirmed demand leaves it."""
        return self._pools.get(where, Pool()).duplicate()

    def of_line(self, line_id):
        """The open moves of a line that end its way: those that feed another move of it are left out."""
        moves = self._by_line.get(line_id, ())
        feeding = {origin for move in moves for origin in move.origins}
        return [move for move in moves if move.id not in feeding]

    def parts_of(self, move):
        """``[(when, quantity)]`` that a move has and gets."""
        parts = [(None, move.reserved)] if move.reserved > NOISE and move.source is not None else []
        rest = move.quantity - (move.reserved if move.source is not None else 0.0)
        if rest <= NOISE:
            return parts
        if move.origins:
            for origin in (self.moves[origin] for origin in move.origins if origin in self.moves):
                for when, quantity in self.parts_of(origin):
                    share = min(quantity, rest)
                    rest -= share
                    if share > NOISE:
                        parts.append((when, share))
            return parts
        if move.source is None:  # from a vendor, from production, from another company
            return [*parts, (self.at_earliest(move), rest)]
        return parts + self._parts.get(move.id, [])
