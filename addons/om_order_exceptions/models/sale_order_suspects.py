import hashlib

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from ..planned import PREFIX, define_function, drop_functions
from .om_exception import OPEN_STATES

# Up to so many orders are asked about with the plan that the connection keeps; for more a plan of their
# own is worth its time.
FEW = 100

# Orders and their lines. Of few, each is looked up by itself: the plan is kept, and OFFSET 0 leaves it no
# other way. One that begins with the whole table is quadratic, and looks best where the table has been empty.
ORDERS = "sale_order o"
LINES = "sale_order_line l JOIN sale_order o ON o.id = l.order_id"
FEW_ORDERS = """unnest(%(ids)s) AS asked (id)
      CROSS JOIN LATERAL (SELECT * FROM sale_order WHERE id = asked.id OFFSET 0) o
"""
FEW_LINES = f"""{FEW_ORDERS}
      CROSS JOIN LATERAL (SELECT * FROM sale_order_line WHERE order_id = o.id OFFSET 0) l
"""
# What belongs to the order once; joins that no condition names cost nothing, PostgreSQL drops them.
ORDER_ROWS = """
      LEFT JOIN res_company company ON company.id = o.company_id
      LEFT JOIN res_partner customer ON customer.id = o.partner_id
      LEFT JOIN res_partner partner ON partner.id = o.om_commercial_partner_id
      LEFT JOIN res_partner shipping ON shipping.id = o.partner_shipping_id
"""
LINE_ROWS = """
      LEFT JOIN product_product product ON product.id = l.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
"""
# Stock of the lines' products: line by line for few orders, all of it in one go for many
FEW_FREE_STOCK = """
      LEFT JOIN LATERAL (
            SELECT SUM(quant.quantity - quant.reserved_quantity) AS free
              FROM stock_quant quant
              JOIN stock_location location ON location.id = quant.location_id AND location.usage = 'internal'
             WHERE quant.product_id = l.product_id AND location.warehouse_id = o.warehouse_id
      ) stock ON template.is_storable
"""
FREE_STOCK = """
      LEFT JOIN (
            SELECT quant.product_id, location.warehouse_id,
                   SUM(quant.quantity - quant.reserved_quantity) AS free
              FROM stock_quant quant
              JOIN stock_location location ON location.id = quant.location_id AND location.usage = 'internal'
             WHERE quant.product_id IN (SELECT product_id FROM sale_order_line WHERE order_id = ANY(%(ids)s))
          GROUP BY quant.product_id, location.warehouse_id
      ) stock ON stock.product_id = l.product_id AND stock.warehouse_id = o.warehouse_id
"""
# One pass over the rows; a condition that is not wanted is not looked at
SUSPECTS = """
    SELECT named.label, named.ids
      FROM (
            SELECT {columns}
              FROM {rows}
             CROSS JOIN (SELECT %(now)s::timestamp AS now) clock
             WHERE {asked}
           ) AS suspects ({names})
     CROSS JOIN LATERAL (VALUES {pairs}) AS named (label, ids)
     WHERE named.ids IS NOT NULL
"""
# Orders that have exceptions: what is gone has to be closed
KNOWN = f"""
    SELECT 'known', array_agg(DISTINCT res_id)
      FROM om_exception
     WHERE order_id = ANY(%(ids)s) AND res_model = 'sale.order' AND state IN {(*OPEN_STATES, "waived")}
"""
ARGUMENTS = {"_ids": "int[]", "_now": "timestamp", "_wanted": "text[]"}


class SaleOrder(models.Model):
    """Which orders have to be looked at: the conditions of all detectors, asked in one query."""

    _inherit = "sale.order"

    def _register_hook(self):
        """Let the database keep the plan of the query about few orders."""
        result = super()._register_hook()
        name, arguments, statement, returns = self._om_suspect_function()
        if not self._om_has_function(name):
            define_function(self.env.cr, name, arguments, statement, returns)
            self.env.registry.clear_cache()
        return result

    def init(self):
        """Drop the functions of former versions; the registry makes its own when it is loaded."""
        result = super().init()
        drop_functions(self.env.cr, f"{PREFIX}suspects_")
        return result

    def _om_suspects(self, codes):
        """Ask for the suspects of all detectors, and for the hits of all rules, in one query."""
        self.env.flush_all()
        methods = self._om_suspect_methods(None if codes is None else frozenset(codes))
        branches = [self._om_suspect_query(methods)]
        for kind in self.env["om.exception.type"]._rules():
            if codes is None or kind.code in codes:
                hits = self._search(kind._rule_domain() & Domain("id", "in", self._ids))
                branches.append(
                    SQL("SELECT %s, array_agg(DISTINCT id) FROM (%s) hits", f"rule {kind.id}", hits.select())
                )
        found = dict.fromkeys(methods, self.browse())
        for label, ids in self.env.execute_query(SQL(" UNION ALL ").join(branches)):
            found[label] = found.get(label, self.browse()) | self.browse(ids)
        return found, found.pop("known")

    def _om_suspect_query(self, methods):
        """The query for the suspects of these detector methods among these orders: ``(label, ids)``."""
        name, *_definition = self._om_suspect_function()
        values = {"ids": list(self._ids), "now": fields.Datetime.now(), "wanted": list(methods)}
        if len(self) <= FEW and self._om_has_function(name):
            return SQL("SELECT * FROM %s(%s, %s, %s)", SQL.identifier(name), *values.values())
        return SQL(self._om_suspect_statement(few=False), **values)

    @api.model
    @tools.ormcache("codes")
    def _om_suspect_methods(self, codes):
        """Names of the detector methods that have a condition, of the types that are in use.

        :param codes: frozenset of exception codes, or ``None`` for all
        """
        active = self.env["om.exception.type"]._type_ids()
        return tuple(
            method
            for code, methods in self._om_detectors().items()
            if code in active and (codes is None or code in codes)
            for method in methods
            if any(self._om_conditions(method))
        )

    @api.model
    def _om_conditions(self, method):
        """Conditions of a detector method: ``(on the order, on a line)``."""
        function = getattr(type(self), method)
        return function._om_suspect_order, function._om_suspect_line

    @api.model
    @tools.ormcache()
    def _om_suspect_function(self):
        """The database's function for few orders: ``(name, arguments, statement, what it returns)``.

        Its name tells its content: where addons with other detectors are installed, it is another one.
        """
        statement = self._om_suspect_statement(few=True) % {
            name.removeprefix("_"): name for name in ARGUMENTS
        }
        digest = hashlib.sha256(statement.encode()).hexdigest()[:16]
        return f"{PREFIX}suspects_{digest}", ARGUMENTS, statement, "TABLE (label text, ids int[])"

    @api.model
    @tools.ormcache("name")
    def _om_has_function(self, name):
        """Is the function there? While addons are being installed it is not."""
        return bool(self.env.execute_query(SQL("SELECT FROM pg_proc WHERE proname = %s", name)))

    @api.model
    @tools.ormcache("few")
    def _om_suspect_statement(self, few):
        """The query that all installed detectors make up.

        :param few: order by order, for a plan that is kept
        :return: text with ``%(ids)s``, ``%(now)s`` and ``%(wanted)s``
        """
        of_order, of_line = {}, {}
        for methods in self._om_detectors().values():
            for method in methods:
                on_order, on_line = self._om_conditions(method)
                if on_order:
                    of_order[method] = on_order
                if on_line:
                    of_line[method] = on_line
        orders, lines, stock = (FEW_ORDERS, FEW_LINES, FEW_FREE_STOCK) if few else (ORDERS, LINES, FREE_STOCK)
        orders += ORDER_ROWS
        lines += ORDER_ROWS + LINE_ROWS
        if any("stock." in condition for condition in of_line.values()):
            lines += stock
        branches = [
            self._om_suspect_branch(conditions, rows, "TRUE" if few else f"{key} = ANY(%(ids)s)")
            for conditions, rows, key in ((of_order, orders, "o.id"), (of_line, lines, "l.order_id"))
            if conditions
        ]
        return " UNION ALL ".join([*branches, KNOWN])

    @api.model
    def _om_suspect_branch(self, conditions, rows, asked):
        names = [f"s{number}" for number in range(len(conditions))]
        return SUSPECTS.format(
            columns=", ".join(
                f"array_agg(o.id) FILTER (WHERE '{method}' = ANY(%(wanted)s) AND ({condition}))"
                for method, condition in conditions.items()
            ),
            rows=rows,
            asked=asked,
            names=", ".join(names),
            pairs=", ".join(f"('{method}', {name})" for method, name in zip(conditions, names, strict=True)),
        )
