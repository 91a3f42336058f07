from odoo import fields, models
from odoo.tools import SQL


class OmEdiTimeliness(models.Model):
    """Every EDI document with what it counts in the measures of timeliness.

    A rate is the average of a column that is 100, 0, or empty where the document does not count, so that it
    is weighted right in every grouping.

    =================  ============================================  ==================================
    rate               100 when                                       counts when
    =================  ============================================  ==================================
    On Time            acknowledged within the partner's minutes     acknowledged, or past due
    Accepted           verdict A or E                                acknowledged
    First Pass         sent: on time, without errors, the first      as On Time
                       time; received: done without a failure        received and looked at
    =================  ============================================  ==================================

    A rejection in time is on time, and not accepted. What is young and unanswered does not count yet.
    """

    _name = "om.edi.timeliness"
    _description = "EDI Timeliness"
    _auto = False
    _rec_name = "transaction_id"
    _order = "occurred_at desc"
    _depends = {
        "om.edi.transaction": [
            "direction",
            "set_id",
            "state",
            "company_id",
            "edi_partner_id",
            "sent_at",
            "ack_due_at",
            "acknowledged_at",
            "ack_state",
            "resend_of_id",
            "failed_once",
        ]
    }

    transaction_id = fields.Many2one("om.edi.transaction", "Document", readonly=True)
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], readonly=True)
    set_id = fields.Char("Kind", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    edi_partner_id = fields.Many2one("om.edi.partner", "Trading Partner", readonly=True)
    occurred_at = fields.Datetime("Date", readonly=True)
    hours = fields.Float("Hours to Acknowledgment", readonly=True, aggregator="avg", digits=(16, 1))
    on_time_rate = fields.Float("On Time (%)", readonly=True, aggregator="avg", digits=(16, 1))
    accepted_rate = fields.Float("Accepted (%)", readonly=True, aggregator="avg", digits=(16, 1))
    has_verdict = fields.Boolean("Acknowledged or Past Due", readonly=True)
    first_pass_rate = fields.Float("First Pass (%)", readonly=True, aggregator="avg", digits=(16, 1))

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT t.id, t.id AS transaction_id, t.direction, t.set_id, t.company_id, t.edi_partner_id,
                   COALESCE(t.sent_at, t.create_date) AS occurred_at,
                   EXTRACT(epoch FROM t.acknowledged_at - t.sent_at) / 3600 AS hours,
                   counts AS has_verdict,
                   CASE WHEN counts THEN 100 * COALESCE(t.acknowledged_at <= t.ack_due_at, false)::int
                    END AS on_time_rate,
                   CASE WHEN t.direction = 'out' AND t.acknowledged_at IS NOT NULL
                        THEN 100 * (t.ack_state IN ('A', 'E'))::int END AS accepted_rate,
                   CASE WHEN counts THEN 100 * COALESCE(t.acknowledged_at <= t.ack_due_at
                                                       AND t.ack_state = 'A'
                                                       AND t.resend_of_id IS NULL, false)::int
                        WHEN t.direction = 'in' AND t.state != 'pending'
                        THEN 100 * COALESCE(t.state = 'done' AND t.ack_state = 'A'
                                      AND t.failed_once IS NOT TRUE, false)::int
                    END AS first_pass_rate
              FROM om_edi_transaction t
             CROSS JOIN LATERAL (
                   SELECT t.direction = 'out' AND t.ack_due_at IS NOT NULL
                          AND (t.acknowledged_at IS NOT NULL
                               OR t.ack_due_at < now() AT TIME ZONE 'UTC') AS counts
                 ) due
             WHERE t.set_id NOT IN ('997', '999', 'TA1')
            """
        )
