from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from ..detection import Finding
from .om_exception import OPEN_STATES

CHECKED_STATES = ("draft", "sent", "sale")
# Orders of one query at the re-scan: enough to make its fixed cost small, few enough to commit often
RESCAN_BATCH = 5000

# The order and what belongs to it once; joins that no condition names cost nothing, PostgreSQL drops them.
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
SUSPECTS = """
    SELECT unnest(ARRAY[{labels}]) AS label, o.id
      FROM {rows}
     CROSS JOIN (SELECT %(now)s::timestamp AS now) clock
     WHERE {key} = ANY(%(ids)s) AND ({any})
"""


class SaleOrder(models.Model):
    """Orders are checked by detectors and by administrators' rules."""

    _name = "sale.order"
    _inherit = ["sale.order", "om.checked"]

    _om_rescan_idx = models.Index(
        "(id) WHERE state IN ('draft', 'sent', 'sale') AND invoice_status <> 'invoiced'"
    )

    def _om_checkable(self):
        return self.filtered(lambda order: order.state in CHECKED_STATES)

    def _om_checked(self):
        self._om_confirm_when_clean()

    @api.model
    @tools.ormcache()
    def _om_codes_by_field(self):
        """Fields of orders, with those that administrators' rules read."""
        codes = defaultdict(set)
        for field, of_field in super()._om_codes_by_field().items():
            codes[field].update(of_field)
        for kind in self.env["om.exception.type"]._rules():
            for field in kind._rule_fields()[0]:
                codes[field].add(kind.code)
        return {field: frozenset(of_field) for field, of_field in codes.items()}

    @api.model
    @tools.ormcache()
    def _om_codes_by_line_field(self):
        """Which exceptions may come or go with a field of an order's line, or with a line.

        A rule reads the fields that its domain names, and the lines as a whole: an amount of the order
        may change with any of them.

        :return: ``{order line field: frozenset of exception codes}``
        """
        codes = defaultdict(set)
        for code, methods in self._om_detectors().items():
            for method in methods:
                for field in getattr(type(self), method)._om_line_fields:
                    codes[field].add(code)
        for kind in self.env["om.exception.type"]._rules():
            for field in kind._rule_fields()[1] | codes.keys():
                codes[field].add(kind.code)
        return {field: frozenset(of_field) for field, of_field in codes.items()}

    def _om_lines_changed(self, field_names=None):
        """Check these orders for what their lines decide, before this transaction commits.

        :param field_names: fields that changed on lines; all when left out, for lines that come or go
        """
        by_field = self._om_codes_by_line_field()
        names = by_field if field_names is None else field_names
        self._om_schedule_check(set().union(*(by_field[name] for name in names if name in by_field)))

    # -------------------------------------------------------------------------------------- suspects

    def _om_suspects(self, codes):
        """Ask for the suspects of all detectors, and for the hits of all rules, in one query."""
        self.env.flush_all()
        methods, statement = self._om_suspect_statement(None if codes is None else frozenset(codes))
        branches = [SQL(statement, ids=list(self._ids), now=fields.Datetime.now())] if statement else []
        for kind in self.env["om.exception.type"]._rules():
            if codes is None or kind.code in codes:
                hits = self._search(kind._rule_domain() & Domain("id", "in", self._ids))
                branches.append(
                    SQL("SELECT %s AS label, id FROM (%s) hits", f"rule {kind.id}", hits.select())
                )
        branches.append(
            SQL(
                "SELECT 'known' AS label, res_id AS id FROM om_exception"
                " WHERE order_id = ANY(%s) AND res_model = %s AND state IN %s",
                list(self._ids),
                self._name,
                (*OPEN_STATES, "waived"),
            )
        )
        found = self.env.execute_query(
            SQL(
                "SELECT label, array_agg(DISTINCT id) FROM (%s) suspects"
                " WHERE label IS NOT NULL GROUP BY label",
                SQL(" UNION ALL ").join(branches),
            )
        )
        suspects = {
            **dict.fromkeys(methods, self.browse()),
            **{label: self.browse(ids) for label, ids in found},
        }
        return suspects, suspects.pop("known", self.browse())

    @api.model
    @tools.ormcache("codes")
    def _om_suspect_statement(self, codes):
        """The part of the query that the installed detectors make up.

        :param codes: frozenset of exception codes, or ``None`` for all
        :return: ``((methods that have a condition), statement with %(ids)s and %(now)s, or "")``
        """
        active = self.env["om.exception.type"]._type_ids()
        of_order, of_line = {}, {}
        for code, methods in self._om_detectors().items():
            if code in active and (codes is None or code in codes):
                for method in methods:
                    function = getattr(type(self), method)
                    for condition, of in (
                        (function._om_suspect_order, of_order),
                        (function._om_suspect_line, of_line),
                    ):
                        if condition:
                            of[method] = condition
        stock = FREE_STOCK if any("stock." in text for text in of_line.values()) else ""
        lines = ORDER_ROWS + LINE_ROWS + stock
        branches = [
            SUSPECTS.format(
                labels=", ".join(f"CASE WHEN {text} THEN '{name}' END" for name, text in of.items()),
                rows=rows,
                key=key,
                any=" OR ".join(f"({text})" for text in of.values()),
            )
            for of, key, rows in (
                (of_order, "o.id", "sale_order o" + ORDER_ROWS),
                (of_line, "l.order_id", "sale_order_line l JOIN sale_order o ON o.id = l.order_id" + lines),
            )
            if of
        ]
        return tuple(of_order | of_line), " UNION ALL ".join(branches)

    def _om_rule_findings(self, suspects, codes):
        return {
            kind.id: [
                Finding(order, found=kind.name, amount=order.amount_total)
                for order in suspects.get(f"rule {kind.id}", ())
            ]
            for kind in self.env["om.exception.type"]._rules()
            if codes is None or kind.code in codes
        }

    # --------------------------------------------------------------------------------------- re-scan

    @api.model
    def _om_open_domain(self):
        """Orders that may still go wrong, or be put right."""
        return Domain("state", "in", CHECKED_STATES) & (
            Domain("invoice_status", "!=", "invoiced")
            | Domain("om_open_exception_count", ">", 0)
            # what is billed before it is shipped may still be shipped late
            | Domain("delivery_status", "in", ("pending", "started", "partial"))
        )

    @api.model
    def _cron_rescan(self):
        """Look again at all open orders, for what time and other documents have changed."""
        crons, parameters = self.env["ir.cron"], self.env["ir.config_parameter"]
        name = "om_order_exceptions.rescanned_to"
        done = int(parameters.get_param(name, 0))
        open_orders = self._om_open_domain()
        remaining = self.search_count(open_orders & Domain("id", ">", done))
        crons._commit_progress(remaining=remaining)
        while orders := self.search(open_orders & Domain("id", ">", done), order="id", limit=RESCAN_BATCH):
            orders._om_check()
            done = orders[-1].id
            parameters.set_param(name, done)
            if not crons._commit_progress(len(orders)):
                return
        parameters.set_param(name, 0)
