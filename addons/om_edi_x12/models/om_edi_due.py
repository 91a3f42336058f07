from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.models.om_exception import OPEN_STATES

LATE = "E-EDI-RESPLATE"
# What is older is no longer looked for; cases that are open stay until their cause is gone.
HORIZON = timedelta(days=30)
# Documents that are owed and were never built: {set: (model, SQL of record, partner, set and start)}.
# Only what began since %(since)s is read, and what has a case, %(known)s.
SOURCES = {
    "855": (
        "sale.order",
        # an order is younger than its 850
        """SELECT o.id, o.om_edi_partner_id AS edi_partner_id, '855' AS set_id,
                  COALESCE(intake.received_at, o.create_date) AS start
             FROM sale_order o
             LEFT JOIN om_intake intake ON intake.id = o.om_intake_id
            WHERE o.om_edi_transaction_id IS NOT NULL
              AND (o.create_date > %(since)s OR o.id = ANY(%(known)s))
              AND NOT EXISTS (SELECT FROM om_edi_transaction t WHERE t.order_id = o.id
                               AND t.set_id = '855' AND t.direction = 'out')""",
    ),
    "856": (
        "stock.picking",
        """SELECT p.id, o.om_edi_partner_id AS edi_partner_id, '856' AS set_id, p.date_done AS start
             FROM stock_picking p
             JOIN sale_order o ON o.id = p.sale_id
             JOIN stock_picking_type kind ON kind.id = p.picking_type_id AND kind.code = 'outgoing'
            WHERE p.state = 'done' AND (p.date_done > %(since)s OR p.id = ANY(%(known)s))
              AND NOT EXISTS (SELECT FROM om_edi_transaction t WHERE t.picking_id = p.id
                               AND t.set_id = '856' AND t.direction = 'out')""",
    ),
    # goods that are with the customer and on no invoice
    "810": (
        "stock.picking",
        """SELECT p.id, o.om_edi_partner_id AS edi_partner_id, '810' AS set_id, p.date_done AS start
             FROM stock_picking p
             JOIN sale_order o ON o.id = p.sale_id
             JOIN stock_picking_type kind ON kind.id = p.picking_type_id AND kind.code = 'outgoing'
            WHERE p.state = 'done' AND (p.date_done > %(since)s OR p.id = ANY(%(known)s))
              AND o.invoice_status = 'to invoice'""",
    ),
    # invoices without a document
    "810 invoice": (
        "account.move",
        """SELECT m.id, o.om_edi_partner_id AS edi_partner_id, '810' AS set_id, m.create_date AS start
             FROM account_move m
             JOIN sale_order o ON o.id = m.om_edi_order_id
            WHERE m.om_edi_order_id IS NOT NULL AND m.state = 'posted' AND m.move_type = 'out_invoice'
              AND (m.create_date > %(since)s OR m.id = ANY(%(known)s))
              AND NOT EXISTS (SELECT FROM om_edi_transaction t WHERE t.move_id = m.id
                               AND t.set_id = '810' AND t.direction = 'out')""",
    ),
    # lists of our stock that were to be sent by now
    "846": (
        "om.edi.flow",
        """SELECT list.id, list.edi_partner_id, list.set_id, list.next_send_at AS start
             FROM om_edi_flow list
            WHERE list.direction = 'out' AND list.set_id = '846' AND list.send_every > 0""",
    ),
    # any document that is built, and not with the partner
    "unsent": (
        "om.edi.transaction",
        """SELECT t.id, t.edi_partner_id, t.set_id, t.create_date AS start
             FROM om_edi_transaction t
            WHERE t.direction = 'out' AND t.state IN ('ready', 'wrapped', 'error')
              AND (t.create_date > %(since)s OR t.id = ANY(%(known)s))""",
    ),
}


class OmEdiFlow(models.Model):
    _inherit = "om.edi.flow"

    clock_from = fields.Datetime(
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        help="What was owed before the document was switched on, or its minutes changed, is not late.",
    )

    def write(self, vals):
        if vals.get("active") or vals.get("due_minutes"):
            vals = {**vals, "clock_from": fields.Datetime.now()}
        return super().write(vals)

    # ------------------------------------------------------------------------------- what we owe

    @api.model
    def _cron_owed_late(self):
        """Open a case for each document that is due to a partner and not sent; close those that are.

        The number of queries grows with the partners that wait for something, not with the documents.
        """
        type_id = self.env["om.exception.type"]._id_by_code(LATE)
        if not type_id:
            return
        cases = self.env["om.exception"].search(
            [("type_id", "=", type_id), ("state", "in", (*OPEN_STATES, "waived"))]
        )
        findings = self._late_findings(cases)
        late = {(f.record._name, f.record.id, f.key) for f in findings}
        self.env["om.exception"]._sync({type_id: findings})
        cases.filtered(
            lambda case: case.is_open and (case.res_model, case.res_id, case.key) not in late
        )._close("auto_closed")

    @api.model
    def _late_findings(self, cases):
        self.env.flush_all()
        now = fields.Datetime.now()
        known = cases.grouped("res_model")
        findings = []
        for source, (model, select) in SOURCES.items():
            rows = self.env.execute_query(
                SQL(
                    # what is owed comes first: it is little, of the orders of a partner there may be many
                    """WITH owed AS MATERIALIZED (%s)
                       SELECT owed.id, flow.id, start
                         FROM owed
                         JOIN om_edi_flow flow ON flow.edi_partner_id = owed.edi_partner_id
                                              AND flow.set_id = owed.set_id
                        WHERE flow.direction = 'out' AND flow.active AND flow.due_minutes > 0
                          AND start + flow.due_minutes * interval '1 minute' < %s
                          AND start >= flow.clock_from
                        ORDER BY owed.id""",
                    SQL(
                        select,
                        since=now - HORIZON,
                        known=known.get(model, cases.browse()).mapped("res_id"),
                    ),
                    now,
                )
            )
            findings += self._findings_of(source, model, rows, now)
        return findings

    @api.model
    def _findings_of(self, source, model, rows, now):
        records = self.env[model].browse(id_ for id_, _flow, _start in rows)
        flows = self.browse(flow_id for _id, flow_id, _start in rows)
        starts, due_of = {}, {}
        for record, flow, (_id, _flow_id, start) in zip(records, flows, rows, strict=True):
            starts.setdefault(flow, []).append((record, start))
        for flow, owed in starts.items():
            dues = flow._due_at_many([start for _record, start in owed])
            due_of.update(((flow, record), due) for (record, _start), due in zip(owed, dues, strict=True))
        return [
            flow._late_finding(source, record, due)
            for (flow, record), due in due_of.items()
            if due and due < now
        ]

    def _late_finding(self, source, record, due):
        partner = self.edi_partner_id
        local = fields.Datetime.context_timestamp(record, due)
        texts = {
            "unsent": self.env._("%s: built, but not sent", record.display_name),
            "810": self.env._("%s: shipped, but not invoiced", record.display_name),
        }
        missing = self.env._("%(record)s: no %(set)s", record=record.display_name, set=self.set_id)
        return Finding(
            record,
            found=texts.get(source, missing),
            expected=self.env._(
                "%(set)s to %(partner)s by %(due)s",
                set=self.set_id,
                partner=partner.name,
                due=f"{local:%Y-%m-%d %H:%M %Z}",
            ),
            key=self.set_id,
            values={"partner_id": partner.partner_id.commercial_partner_id.id},
        )


class StockPicking(models.Model):
    _inherit = "stock.picking"

    _om_done_idx = models.Index("(date_done) WHERE state = 'done'")


class AccountMove(models.Model):
    _inherit = "account.move"

    _om_edi_created_idx = models.Index("(create_date) WHERE om_edi_order_id IS NOT NULL")


class OmEdiTransaction(models.Model):
    _inherit = "om.edi.transaction"

    def _delivered(self):
        """What was late is late no longer."""
        result = super()._delivered()
        ids = {
            "om.edi.transaction": self.ids,
            "sale.order": self.order_id.ids,
            "stock.picking": self.picking_id.ids,
            "account.move": self.move_id.ids,
        }
        # sudo: a case whose cause has gone closes whoever has the documents sent
        cases = (
            self.env["om.exception"]
            .sudo()
            .search(
                [
                    ("code", "=", LATE),
                    ("state", "in", OPEN_STATES),  # as the index of cases by document has it
                    ("res_model", "in", list(ids)),
                    ("res_id", "in", list({id_ for of_model in ids.values() for id_ in of_model})),
                ]
            )
        )
        sets = set(self.mapped("set_id"))
        cases.filtered(lambda case: case.key in sets and case.res_id in ids.get(case.res_model, ()))._close(
            "auto_closed"
        )
        return result
