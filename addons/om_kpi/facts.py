"""The SQL that measures order lines.

One statement measures every line of the orders whose ids are pushed into it, from what stands in the
sales, stock and accounting tables. Orders are the unit of work, so that a line that is no more, or no
longer confirmed, loses its fact in the same step.

``line``      what was ordered, by whom, for when; time zone of the ship-to
``leg``       stock moves of those lines that go towards the customer, returns left out
``need``      components of a kit: how much of each the line needs
``progress``  components of a kit: share of the need that had gone after each shipment
``shipment``  quantity of the ordered product (or kit) by shipment, with its day at the ship-to
``delivery``  a line's shipments added up

Quantities are in the product's own unit of measure: ``quantity * factor of its unit / factor of the
product's unit``. They are rounded once, at the end, so that three thirds make a whole.
"""

from odoo.tools import SQL

# Columns of a fact that measuring fills; all but the key are replaced when a line is measured again.
# fmt: off
COLUMNS = (
    "order_line_id", "order_id", "company_id", "currency_id", "partner_id", "product_id", "categ_id",
    "uom_id", "warehouse_id", "user_id", "confirmed_at", "window_start", "window_end", "closes_at",
    "ordered_qty", "net_qty", "first_qty", "window_qty", "shipped_qty", "due_qty", "fill_first_qty",
    "fill_window_qty", "fill_final_qty", "backorder_qty", "first_ship_date", "last_ship_date",
    "is_first_full", "is_in_full", "is_on_time", "is_otif", "is_backorder", "is_mature", "outcome",
    "exclusion", "invoiced_qty", "invoiced_amount", "exception_count",
)
# fmt: on


def measure(order_ids, now, zones, digits):
    """Statement that measures the lines of these orders and writes their facts.

    :param order_ids: ids of ``sale.order``
    :param now: moment of measuring, naive UTC
    :param zones: names of the time zones that PostgreSQL knows
    :param digits: decimals of a quantity
    """
    return SQL(
        """
        WITH line AS (
            SELECT l.id, l.order_id, l.product_id, l.product_uom_qty, o.state AS order_state,
                   o.company_id, company.currency_id, o.om_commercial_partner_id AS partner_id,
                   template.categ_id, template.uom_id, l.warehouse_id,
                   COALESCE(l.salesman_id, o.user_id) AS user_id,
                   o.date_order AS confirmed_at, o.om_kpi_exclusion AS exclusion, o.om_deliver_not_before,
                   uom.factor AS line_factor, unit.factor AS unit_factor,
                   GREATEST(l.om_confirmed_qty, l.product_uom_qty) AS ordered,
                   COALESCE(l.om_customer_cancelled_qty, 0) AS cancelled,
                   COALESCE(o.commitment_date, o.date_order + l.customer_lead * INTERVAL '1 day')
                       AS promised_at,
                   CASE WHEN ship_to.tz = ANY(%(zones)s) THEN ship_to.tz
                        WHEN calendar.tz = ANY(%(zones)s) THEN calendar.tz
                        ELSE 'UTC' END AS zone
              FROM sale_order_line l
              JOIN sale_order o ON o.id = l.order_id
              JOIN res_company company ON company.id = o.company_id
              JOIN product_product product ON product.id = l.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom uom ON uom.id = l.product_uom_id
              JOIN uom_uom unit ON unit.id = template.uom_id
         LEFT JOIN res_partner ship_to ON ship_to.id = o.partner_shipping_id
         LEFT JOIN resource_calendar calendar ON calendar.id = company.resource_calendar_id
             WHERE o.id = ANY(%(order_ids)s)
               AND o.state IN ('sale', 'cancel')
               AND l.om_confirmed_at IS NOT NULL
               AND GREATEST(l.om_confirmed_qty, l.product_uom_qty) > 0
               AND template.type = 'consu'
               AND l.display_type IS NULL
               AND l.is_downpayment IS NOT TRUE
               AND l.is_expense IS NOT TRUE
        ), promise AS (
            SELECT line.*,
                   CASE WHEN om_deliver_not_before IS NOT NULL
                        THEN LEAST(om_deliver_not_before, local.day) END AS window_start,
                   local.day AS window_end,
                   -- midnight after the last day of the window, where the goods go
                   (local.day + 1)::timestamp AT TIME ZONE zone AT TIME ZONE 'UTC' AS closes_at
              FROM line,
                   LATERAL (SELECT (promised_at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS day) AS local
        ), leg AS (
            SELECT move.sale_line_id AS line_id, move.product_id, move.location_id, move.state, move.date,
                   COALESCE(move.picking_id, -move.id) AS shipment,
                   move.product_uom_qty * uom.factor AS demand,
                   move.quantity * uom.factor AS quantity,
                   move.product_id = promise.product_id AS is_ordered_product,
                   move.state = 'done' AND (
                       destination.usage = 'customer'
                       OR (destination.usage = 'transit' AND destination.company_id IS NULL)
                   ) AS has_left
              FROM stock_move move
              JOIN promise ON promise.id = move.sale_line_id
              JOIN uom_uom uom ON uom.id = move.product_uom
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location destination ON destination.id = move.location_dest_id
             WHERE source.usage != 'customer'
               AND destination.usage != 'inventory'
               AND (move.origin_returned_move_id IS NULL OR move.to_refund)
        ), kit AS (
            SELECT line_id FROM leg GROUP BY line_id HAVING NOT BOOL_OR(is_ordered_product)
        ), need AS (
            -- with several steps each of them carries the demand once, and the first one carries all of it
            SELECT line_id, product_id, MAX(demand) AS demand
              FROM (
                    SELECT line_id, product_id, SUM(demand) AS demand
                      FROM leg JOIN kit USING (line_id)
                  GROUP BY line_id, product_id, location_id
              ) AS step
          GROUP BY line_id, product_id
        ), progress AS (
            SELECT line_id, shipped.shipment, shipped.date,
                   MIN(gone.quantity / NULLIF(need.demand, 0)) AS share
              FROM (
                    SELECT line_id, shipment, MAX(date) AS date FROM leg JOIN kit USING (line_id)
                     WHERE has_left GROUP BY line_id, shipment
              ) AS shipped
              JOIN need USING (line_id),
                   LATERAL (
                    SELECT COALESCE(SUM(quantity), 0) AS quantity FROM leg
                     WHERE has_left AND leg.line_id = shipped.line_id AND leg.product_id = need.product_id
                       AND (leg.date, leg.shipment) <= (shipped.date, shipped.shipment)
                   ) AS gone
          GROUP BY line_id, shipped.shipment, shipped.date
        ), complete_kit AS (
            -- kits that are whole; the small term makes up for thirds
            SELECT line_id, shipment, date, FLOOR(share * promise.product_uom_qty + 0.000001) AS quantity,
                   line_factor
              FROM progress JOIN promise ON promise.id = line_id
        ), shipped AS (
            SELECT line_id, shipment, MAX(date) AS date, SUM(quantity) AS quantity
              FROM leg WHERE has_left AND is_ordered_product
          GROUP BY line_id, shipment
             UNION ALL
            SELECT line_id, shipment, date,
                   (quantity - COALESCE(LAG(quantity) OVER (PARTITION BY line_id ORDER BY date, shipment), 0))
                   * line_factor
              FROM complete_kit
        ), shipment AS (
            SELECT line_id, shipped.quantity / unit_factor AS quantity, window_start, window_end,
                   (shipped.date AT TIME ZONE 'UTC' AT TIME ZONE zone)::date AS day,
                   ROW_NUMBER() OVER (PARTITION BY line_id ORDER BY shipped.date, shipment) AS position
              FROM shipped JOIN promise ON promise.id = line_id
             WHERE shipped.quantity > 0
        ), delivery AS (
            SELECT line_id,
                   SUM(quantity) AS total,
                   SUM(quantity) FILTER (WHERE position = 1) AS first,
                   SUM(quantity) FILTER (WHERE day <= window_end) AS by_end,
                   SUM(quantity) FILTER (WHERE day BETWEEN COALESCE(window_start, day) AND window_end)
                       AS inside,
                   MIN(day) AS first_day, MAX(day) AS last_day
              FROM shipment GROUP BY line_id
        ), balance AS (
            SELECT line_id, BOOL_OR(state NOT IN ('done', 'cancel')) AS is_open FROM leg GROUP BY line_id
        ), invoice AS (
            SELECT rel.order_line_id AS line_id,
                   SUM(item.quantity * uom.factor * CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END)
                       AS quantity,
                   -SUM(item.balance) AS amount
              FROM sale_order_line_invoice_rel rel
              JOIN promise ON promise.id = rel.order_line_id
              JOIN account_move_line item ON item.id = rel.invoice_line_id
              JOIN account_move move ON move.id = item.move_id
              JOIN uom_uom uom ON uom.id = item.product_uom_id
             WHERE item.parent_state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
          GROUP BY rel.order_line_id
        ), exception AS (
            SELECT order_line_id AS line_id, COUNT(*) AS count
              FROM om_exception JOIN promise ON promise.id = order_line_id
          GROUP BY order_line_id
        ), quantity AS (
            SELECT promise.*,
                   ROUND(ordered * line_factor / unit_factor, %(digits)s) AS ordered_qty,
                   ROUND(GREATEST(ordered - cancelled, 0) * line_factor / unit_factor, %(digits)s) AS net_qty,
                   ROUND(COALESCE(delivery.first, 0), %(digits)s) AS first_qty,
                   ROUND(COALESCE(delivery.by_end, 0), %(digits)s) AS by_end_qty,
                   ROUND(COALESCE(delivery.inside, 0), %(digits)s) AS window_qty,
                   ROUND(COALESCE(delivery.total, 0), %(digits)s) AS shipped_qty,
                   delivery.first_day, delivery.last_day,
                   COALESCE(balance.is_open, FALSE) AND order_state = 'sale' AS is_open,
                   ROUND(COALESCE(invoice.quantity, 0) / unit_factor, %(digits)s) AS invoiced_qty,
                   COALESCE(invoice.amount, 0) AS invoiced_amount,
                   COALESCE(exception.count, 0) AS exception_count
              FROM promise
         LEFT JOIN delivery ON delivery.line_id = promise.id
         LEFT JOIN balance ON balance.line_id = promise.id
         LEFT JOIN invoice ON invoice.line_id = promise.id
         LEFT JOIN exception ON exception.line_id = promise.id
        ), verdict AS (
            SELECT quantity.*,
                   CASE WHEN exclusion IS NOT NULL OR net_qty <= 0 THEN 'excluded'
                        WHEN window_qty >= net_qty THEN 'otif'
                        WHEN by_end_qty >= net_qty THEN 'early'
                        WHEN shipped_qty >= net_qty THEN 'late'
                        WHEN closes_at > %(now)s THEN 'open'
                        WHEN is_open THEN 'overdue'
                        ELSE 'short' END AS outcome
              FROM quantity
        ), flag AS (
            SELECT verdict.*,
                   outcome NOT IN ('open', 'excluded') AS is_mature,
                   outcome != 'excluded' AND first_qty >= net_qty AS is_first_full,
                   outcome IN ('otif', 'early', 'late') AS is_in_full,
                   outcome IN ('otif', 'early') AS is_on_time,
                   outcome = 'otif' AS is_otif,
                   outcome NOT IN ('open', 'excluded') AND first_qty < net_qty
                       AND (shipped_qty > first_qty OR is_open) AS is_backorder
              FROM verdict
        ), gone AS (
            DELETE FROM om_kpi_order_line
             WHERE order_id = ANY(%(order_ids)s) AND order_line_id NOT IN (SELECT id FROM line)
        )
        INSERT INTO om_kpi_order_line (%(columns)s)
        SELECT id, order_id, company_id, currency_id, partner_id, product_id, categ_id, uom_id, warehouse_id,
               user_id, confirmed_at, window_start, window_end, closes_at,
               ordered_qty, net_qty, first_qty, window_qty, shipped_qty,
               CASE WHEN is_mature THEN net_qty ELSE 0 END,
               CASE WHEN is_mature THEN LEAST(first_qty, net_qty) ELSE 0 END,
               CASE WHEN is_mature THEN LEAST(window_qty, net_qty) ELSE 0 END,
               CASE WHEN is_mature THEN LEAST(shipped_qty, net_qty) ELSE 0 END,
               CASE WHEN is_backorder THEN net_qty - first_qty ELSE 0 END,
               first_day, last_day, is_first_full, is_in_full, is_on_time, is_otif, is_backorder, is_mature,
               outcome, CASE WHEN outcome = 'excluded' THEN COALESCE(exclusion, 'customer') END,
               invoiced_qty, invoiced_amount, exception_count
          FROM flag
         ORDER BY id
        ON CONFLICT (order_line_id) DO UPDATE SET (%(columns)s) = (%(excluded)s)
        """,
        order_ids=list(order_ids),
        now=now,
        zones=list(zones),
        digits=digits,
        columns=SQL(", ").join(SQL.identifier(name) for name in COLUMNS),
        excluded=SQL(", ").join(SQL("EXCLUDED.%s", SQL.identifier(name)) for name in COLUMNS),
    )
