from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.om_order_exceptions.stages import GATES

from ..exposure import HELD, PASSED, QUOTATION, RELEASED, Exposure, OpenOrder

# Prefix of the codes of credit exceptions: an order with one of them open is held by credit.
CREDIT_CODES = "E-CRD-%"
TURNS = {"passed": PASSED, "released": RELEASED, "held": HELD, "quotation": QUOTATION}

RECEIVABLE = """
WITH item AS (
    SELECT partner.commercial_partner_id AS partner, item.id, item.move_id, item.parent_state,
           item.amount_residual AS amount, item.reconciled
      FROM res_partner partner
      JOIN account_move_line item ON item.partner_id = partner.id
      JOIN account_account account ON account.id = item.account_id
     WHERE partner.commercial_partner_id = ANY(%(partners)s)
       AND (item.reconciled IS NOT TRUE OR item.parent_state = 'draft')
       AND item.parent_state IN ('posted', 'draft')
       AND item.company_id = ANY(%(branches)s)
       AND account.account_type = 'asset_receivable'
       AND account.non_trade IS NOT TRUE
), part AS (
    SELECT partner,
           SUM(amount) FILTER (WHERE amount > 0) AS debit,
           -SUM(amount) FILTER (WHERE amount < 0) AS credit,
           NULL::numeric AS draft
      FROM item
     WHERE parent_state = 'posted'
  GROUP BY partner
 UNION ALL
    SELECT item.partner, NULL, NULL, SUM(item.amount)
      FROM item
      JOIN account_move move ON move.id = item.move_id
     WHERE item.parent_state = 'draft'
       AND move.move_type IN ('out_invoice', 'out_receipt')
  GROUP BY item.partner
 UNION ALL
    SELECT item.partner, SUM(matched.amount), NULL, NULL
      FROM item
      JOIN account_partial_reconcile matched ON matched.credit_move_id = item.id
      JOIN account_move_line debit ON debit.id = matched.debit_move_id AND debit.parent_state = 'posted'
     WHERE item.parent_state = 'draft'
  GROUP BY item.partner
)
SELECT partner, SUM(debit), SUM(credit), SUM(draft) FROM part GROUP BY partner
"""

ORDERS = """
    WITH wanted AS (
        SELECT orders.id, partner.commercial_partner_id AS partner, TRUE AS confirmed,
               orders.currency_rate, orders.amount_total, orders.amount_untaxed
          FROM res_partner partner
          JOIN sale_order orders ON orders.partner_invoice_id = partner.id
         WHERE partner.commercial_partner_id = ANY(%(partners)s)
           AND orders.company_id = ANY(%(branches)s)
           AND orders.state = 'sale'
           AND orders.invoice_status <> 'invoiced'  -- nothing is left of C and E then
     UNION ALL
        SELECT orders.id, partner.commercial_partner_id, orders.state = 'sale',
               orders.currency_rate, orders.amount_total, orders.amount_untaxed
          FROM sale_order orders
          JOIN res_partner partner ON partner.id = orders.partner_invoice_id
         WHERE orders.id = ANY(%(orders)s)
           AND NOT (orders.state = 'sale' AND orders.invoice_status <> 'invoiced')
    ), line AS (
        SELECT wanted.id AS order_id, wanted.partner, wanted.confirmed,
               COALESCE(NULLIF(wanted.currency_rate, 0), 1)::float8 AS rate,
               line.id, line.is_downpayment,
               line.product_id, unit.factor::float8 AS factor, line.product_uom_qty::float8 AS ordered,
               line.qty_delivered::float8 AS delivered, line.qty_invoiced::float8 AS invoiced,
               COALESCE(
                   line.price_total / NULLIF(line.product_uom_qty, 0),
                   -- delivered without being ordered: the order's own share of tax
                   line.price_unit * (1 - line.discount / 100)
                   * COALESCE(wanted.amount_total / NULLIF(wanted.amount_untaxed, 0), 1)
               )::float8 AS price
          FROM wanted
          JOIN sale_order_line line ON line.order_id = wanted.id
     LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
         WHERE line.display_type IS NULL
    ), billed AS (
        SELECT line.id,
               SUM(item.quantity * unit.factor / line.factor)
                   FILTER (WHERE move.state = 'draft' AND move.move_type = 'out_refund') AS draft_credits,
               SUM(CASE WHEN move.move_type = 'out_refund' THEN -item.price_total ELSE item.price_total END)
                   FILTER (WHERE line.is_downpayment AND move.state <> 'cancel'
                             AND NOT (move.state = 'draft' AND move.move_type = 'out_refund')) AS prepaid
          FROM line
          JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
          JOIN account_move_line item ON item.id = rel.invoice_line_id
          JOIN account_move move ON move.id = item.move_id
     LEFT JOIN uom_uom unit ON unit.id = item.product_uom_id
      GROUP BY line.id
    ), demand AS (
        SELECT line.id,
               SUM(CASE WHEN move.product_id = line.product_id
                        THEN move.product_uom_qty::float8 * unit.factor::float8 / line.factor
                        ELSE line.ordered END)
                   FILTER (WHERE move.state NOT IN ('done', 'cancel')
                             AND move.origin_returned_move_id IS NULL) AS quantity
          FROM line
          JOIN stock_move move ON move.sale_line_id = line.id
          JOIN uom_uom unit ON unit.id = move.product_uom
      GROUP BY line.id
    ), quantity AS (
        SELECT line.order_id, line.partner, line.rate, line.confirmed, line.price, billed.prepaid,
               GREATEST(0, line.delivered - on_invoices.quantity) AS unbilled,
               LEAST(
                   GREATEST(0, line.ordered - GREATEST(line.delivered, on_invoices.quantity)),
                   CASE WHEN demand.id IS NULL OR NOT line.confirmed THEN line.ordered
                        ELSE COALESCE(demand.quantity, 0) END
               ) AS undelivered
          FROM line
     LEFT JOIN billed ON billed.id = line.id
     LEFT JOIN demand ON demand.id = line.id
    CROSS JOIN LATERAL (
                   SELECT line.invoiced + COALESCE(billed.draft_credits, 0)::float8 AS quantity
               ) on_invoices
    ), value AS (
        SELECT order_id AS id, partner, rate, confirmed,
               GREATEST(0, SUM(unbilled * price)) AS unbilled,
               GREATEST(
                   0,
                   SUM((unbilled + GREATEST(undelivered, 0)) * price) - COALESCE(SUM(prepaid), 0)::float8
               ) AS open
          FROM quantity
      GROUP BY order_id, partner, rate, confirmed
    ), total AS (
        SELECT partner, id,
               CASE WHEN NOT confirmed THEN 'quotation'
                    WHEN EXISTS (SELECT FROM om_exception exception
                                  WHERE exception.order_id = value.id
                                    AND exception.is_open
                                    AND exception.code LIKE %(codes)s
                                    AND exception.blocks = ANY(%(blocking)s)) THEN 'held'
                    WHEN (SELECT decision.verdict
                            FROM om_credit_decision decision
                           WHERE decision.order_id = value.id
                             AND decision.verdict IN ('released', 'ended')
                        ORDER BY decision.id DESC
                           LIMIT 1) = 'released' THEN 'released'
                    ELSE 'passed' END AS turn,
               LEAST(unbilled, open) / rate AS unbilled,
               (open - LEAST(unbilled, open)) / rate AS value
          FROM value
    )
    SELECT partner, CASE WHEN id = ANY(%(orders)s) THEN id END, turn, SUM(unbilled), SUM(value)
      FROM total
  GROUP BY 1, 2, 3
"""


class ResPartner(models.Model):
    """Exposure of customers: two SQL statements for any number of them."""

    _inherit = "res.partner"

    def _om_exposure(self, company):
        """Exposure of these commercial partners in a company and its branches.

        :param company: ``res.company``; its root counts, with all branches
        :return: ``{partner id: Exposure}``, for each of these partners, in the root's currency
        """
        return self._om_exposure_and_orders(company)[0]

    def _om_exposure_and_orders(self, company, orders=None):
        """Exposure without some orders, and what each of those orders adds.

        :param company: ``res.company``; its root counts, with all branches
        :param orders: ``sale.order`` recordset, quotations too, of these partners
        :return: ``({partner id: Exposure}, {order id: OpenOrder})``. Two queries.
        """
        # sudo: exposure does not depend on who looks; branches and documents of others count
        root = company.sudo().root_id
        branches = root.search([("id", "child_of", root.id)]).ids
        parts = defaultdict(dict)
        for partner, *amounts in self.env.execute_query(self._om_receivable_sql(branches)):
            parts[partner].update(zip(("open_items", "unapplied", "drafts"), amounts, strict=True))
        shares = {}
        names = {PASSED: "orders", RELEASED: "released", HELD: "held"}
        asked = orders.ids if orders else []
        for partner, order, turn, unbilled, value in self.env.execute_query(
            self._om_orders_sql(branches, asked)
        ):
            unbilled, value = float(unbilled or 0.0), float(value or 0.0)
            if order:
                shares[order] = OpenOrder(unbilled, value, TURNS[turn])
                continue
            mine = parts[partner]
            mine["unbilled"] = mine.get("unbilled", 0.0) + unbilled
            mine[names[TURNS[turn]]] = value
        currency = root.currency_id
        exposures = {}
        for partner in self.ids:
            rounded = {name: currency.round(float(amount or 0.0)) for name, amount in parts[partner].items()}
            exposures[partner] = Exposure(**rounded)
        shares = {
            order: OpenOrder(currency.round(share.unbilled), currency.round(share.value), share.turn)
            for order, share in shares.items()
        }
        return exposures, shares

    @api.model
    def _om_flush_for(self, fields_by_model):
        for model, names in fields_by_model.items():
            self.env[model].flush_model(names)

    def _om_receivable_sql(self, branches):
        """Parts A, B and D by commercial partner.

        Company currency at the rate at which each item was booked (P10). Other than trade receivables
        are left out. A draft credit note does not lower exposure: it is nobody's promise yet. Nor does a
        payment that was set back to draft: Odoo 19 leaves it matched, so that its invoice looks paid;
        what is matched with drafts is counted again here.
        """
        self._om_flush_for(
            {
                "account.move.line": [
                    "account_id", "amount_residual", "company_id", "parent_state", "partner_id", "reconciled",
                ],
                "account.move": ["move_type"],
                "account.account": ["account_type", "non_trade"],
                "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id"],
                "res.partner": ["commercial_partner_id"],
            }
        )  # fmt: skip
        return SQL(
            RECEIVABLE,
            branches=branches,
            partners=self.ids,
        )

    def _om_orders_sql(self, branches, orders):
        """Parts C and E of confirmed orders by payer and turn; of ``orders`` one row each, quotations too.

        Per line, in the line's unit, at its price with tax and discount:

        - C = max(0, delivered - on invoices). A draft invoice counts as an invoice (it is in part D); a
          draft credit note does not. Over-delivery counts, received returns lower it.
        - E = max(0, ordered - max(delivered, on invoices)), at most what its open moves still bring: a
          cancelled backorder or a return is not delivered again. A line without moves (services, drop
          shipment not yet ordered) counts in full. So does a kit that has any open move, and a quotation:
          moves that it has are of a former life that was cancelled.

        Down payments that are on invoices and not yet deducted lower the order's E, then its C. No part
        of an order falls below zero, so that a rebate on one order makes no room for another. Amounts are
        converted at the order's own stored rate. Locked orders count: locking is a setting, not an end.
        """
        self._om_flush_for(
            {
                "sale.order": [
                    "amount_total", "amount_untaxed", "company_id", "currency_rate", "invoice_status",
                    "partner_invoice_id", "state",
                ],
                "sale.order.line": [
                    "discount", "display_type", "invoice_lines", "is_downpayment", "order_id", "price_total",
                    "price_unit", "product_id", "product_uom_id", "product_uom_qty", "qty_delivered",
                    "qty_invoiced",
                ],
                "account.move": ["move_type", "state"],
                "account.move.line": ["move_id", "price_total", "product_uom_id", "quantity"],
                "stock.move": [
                    "origin_returned_move_id", "product_id", "product_uom", "product_uom_qty", "sale_line_id",
                    "state",
                ],
                "uom.uom": ["factor"],
                "om.exception": ["blocks", "code", "is_open", "order_id"],
                "om.credit.decision": ["order_id", "verdict"],
                "res.partner": ["commercial_partner_id"],
            }
        )  # fmt: skip
        return SQL(
            ORDERS,
            partners=self.ids,
            branches=branches,
            orders=orders,
            codes=CREDIT_CODES,
            blocking=list(GATES["release"]),
        )
