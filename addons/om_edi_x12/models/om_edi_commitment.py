from odoo import api, fields, models

from odoo.addons.om_order_exceptions.detection import Finding

OPEN_ANSWERS = ("waiting", "partial")


class OmEdiTransaction(models.Model):
    """A document that we sent and that its receiver has to answer in time, such as a 940 by 945s.

    ==========  ==========================================================================
    answer      meaning
    ==========  ==========================================================================
    waiting     nothing has come yet
    partial     something has come, and more is to come
    answered    all has come, or the receiver said that no more will
    cancelled   we have taken it back
    replaced    we have sent another one in its place
    ==========  ==========================================================================

    Silence beyond the time agreed is an exception (E-3PL-SILENT); it closes itself with the answer.
    """

    _inherit = "om.edi.transaction"

    answer_state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("partial", "In Part"),
            ("answered", "Answered"),
            ("cancelled", "Taken Back"),
            ("replaced", "Replaced"),
        ],
        "Answer",
        readonly=True,
    )
    answer_due_at = fields.Datetime("Answer Due", readonly=True)
    answered_at = fields.Datetime("Last Answer", readonly=True)
    told = fields.Json(
        readonly=True,
        help="What the receiver goes by: quantities per line, where to, and lines that it calls final.",
    )
    event_ref = fields.Char(
        "Shipment or Receipt", readonly=True, help="Tells apart the answers to one document."
    )

    _silent_idx = models.Index("(answer_due_at) WHERE answer_state IN ('waiting', 'partial')")
    _reference_idx = models.Index(
        "(edi_partner_id, set_id, reference) WHERE answer_state IS NOT NULL OR event_ref IS NOT NULL"
    )

    def _answer_came(self, state, due_at=False):
        """Note that an answer came, or is not waited for any more; what said that it is late ends."""
        self.write({"answer_state": state, "answered_at": fields.Datetime.now(), "answer_due_at": due_at})
        self._end_silence()

    def _end_silence(self):
        # sudo: whoever reads in the answer need not be allowed to read exceptions
        self.env["om.exception"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("code", "=", "E-3PL-SILENT"),
                ("state", "in", ("open", "in_progress", "waiting", "waived")),
            ]
        )._close("auto_closed")

    @api.model
    def _cron_silent(self):
        """Raise an exception for each document whose answer is late."""
        now = fields.Datetime.now()
        late = self.search([("answer_state", "in", OPEN_ANSWERS), ("answer_due_at", "<", now)])
        self.env["om.exception"]._raise("E-3PL-SILENT", [transaction._silence() for transaction in late])

    def _silence(self):
        """The finding that this document's answer is late."""
        self.ensure_one()
        due = fields.Datetime.context_timestamp(self, self.answer_due_at)
        last = self.answered_at and fields.Datetime.context_timestamp(self, self.answered_at)
        if last:
            found = self.env._(
                "%(document)s: nothing since %(last)s",
                document=self.display_name,
                last=f"{last:%Y-%m-%d %H:%M %Z}",
            )
        else:
            found = self.env._("%s: no answer", self.display_name)
        return Finding(
            self,
            found=found,
            expected=self.env._("an answer by %s", f"{due:%Y-%m-%d %H:%M %Z}"),
            key="answer",
            amount=self.order_id.amount_total,
        )
