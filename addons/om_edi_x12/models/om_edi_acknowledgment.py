from collections import defaultdict

from odoo import api, fields, models

from odoo.addons.om_order_exceptions.detection import Finding

LATE, REJECTED = "E-EDI-ACKLATE", "E-EDI-ACKREJ"
# What answers other documents is not answered itself.
ANSWERS = ("997", "999", "TA1")
BATCH = 500


class OmEdiTransaction(models.Model):
    """What a partner says to the documents that we sent, and when it should have said it.

    The clock runs from the delivery, by the minutes of the partner's flow of received 997s. Late
    (E-EDI-ACKLATE) and rejected (E-EDI-ACKREJ) documents are cases in the queue. They end by themselves
    when the answer comes, or when the partner accepts what was sent again in their place.
    """

    _inherit = "om.edi.transaction"

    sent_at = fields.Datetime(readonly=True)
    ack_due_at = fields.Datetime("Acknowledgment Due", readonly=True)
    acknowledged_at = fields.Datetime(readonly=True)
    ack_source = fields.Json(readonly=True, help="Model and id of the record that holds what is refused.")
    ack_segments = fields.Json(readonly=True, help="Ordinals of the segments that are refused; ST is 1.")
    ack_late = fields.Boolean("Found Late", readonly=True, help="A case was opened when it was not answered.")

    _ack_due_idx = models.Index(
        "(ack_due_at) WHERE ack_state IS NULL AND ack_late IS NOT TRUE AND ack_due_at IS NOT NULL"
    )

    def _delivered(self):
        """Note that these documents are with the partner, and start the clock of its answer."""
        now = fields.Datetime.now()
        self.write({"state": "sent", "sent_at": now})
        waiting = self.filtered(lambda t: not t.ack_state and t.set_id not in ANSWERS)
        for partner, transactions in waiting.grouped("edi_partner_id").items():
            if flow := partner._receives("997"):
                transactions.ack_due_at = flow._due_at(now)

    # ---------------------------------------------------------------------------------------- late

    @api.model
    def _cron_ack_late(self):
        """Open a case for each document that is not acknowledged in time, once."""
        domain = [
            ("ack_due_at", "<", fields.Datetime.now()),
            ("ack_state", "=", False),
            ("ack_late", "=", False),
            ("resend_ids", "=", False),  # the clock of what replaces it runs
        ]
        while late := self.search(domain, order="ack_due_at, id", limit=BATCH):
            late.ack_late = True
            self.env["om.exception"]._raise(LATE, [transaction._late_finding() for transaction in late])
            if not self.env["ir.cron"]._om_progress(len(late), remaining=self.search_count(domain)):
                break

    def _late_finding(self):
        due = fields.Datetime.context_timestamp(self, self.ack_due_at)
        return Finding(
            self,
            found=self.env._(
                "%(document)s (interchange %(number)s): not acknowledged",
                document=self.display_name,
                number=f"{self.interchange_id.control_number:09d}",
            ),
            expected=self.env._("a 997 by %s", f"{due:%Y-%m-%d %H:%M %Z}"),
            key="ack",
            amount=self._amount_at_stake(),
            values={"partner_id": self.edi_partner_id.partner_id.commercial_partner_id.id},
            # one call to the partner clears all that lie in one interchange
            cause=f"interchange {self.interchange_id.id}",
        )

    def _amount_at_stake(self):
        return self.move_id.amount_total or self.order_id.amount_total

    # ------------------------------------------------------------------------------------- answered

    @api.model
    def _note_verdicts(self, verdicts):
        """Note what the partner says to documents of ours; open and close the cases of that.

        :param verdicts: ``{transaction: (A, E or R, [x12.Finding], [further reasons])}``
        """
        if not verdicts:
            return
        now = fields.Datetime.now()
        answered, accepted = self.union(*verdicts), self.browse()
        by_state = defaultdict(self.browse)
        rejections = []
        for transaction, (state, errors, reasons) in verdicts.items():
            by_state[state] |= transaction
            if state in ("A", "E"):
                accepted |= transaction
            if state != "A":
                rejections.append(transaction._rejection(state, errors, reasons))
        for state, transactions in by_state.items():
            transactions.write({"ack_state": state, "acknowledged_at": now})
        # what an earlier answer found no longer counts
        by_state["A"].filtered("findings").write(
            {"findings": False, "ack_source": False, "ack_segments": False}
        )
        replaced, level = self.browse(), accepted.resend_of_id
        while level := level - replaced:
            replaced |= level
            level = level.resend_of_id
        kinds = self.env["om.exception.type"]
        findings = {kinds._id_by_code(REJECTED): rejections, kinds._id_by_code(LATE): []}
        findings.pop(False, None)
        findings.pop(None, None)
        self.env["om.exception"]._sync(findings, checked=answered | replaced)

    def _rejection(self, state, errors, reasons):
        """The case of a document that the partner refuses, or takes with errors."""
        sources = [self._source(error) for error in errors]
        texts = []
        for error, source in zip(errors, sources, strict=True):
            told = source and self.env._(
                "%(message)s Ours: %(place)s.", message=error.message, place=str(source)
            )
            texts.append(told or error.message)
        texts += reasons
        self.findings = "\n".join(texts)
        first = next(filter(None, sources), None)
        self.ack_source = first and [first.record._name, first.record.id]
        self.ack_segments = sorted({error.segment for error in errors if error.segment}) or False
        verdict = dict(self._fields["ack_state"]._description_selection(self.env))[state]
        lines = {source.line for source in sources if source and source.line}
        return Finding(
            self,
            found=f"{self.display_name}: {verdict}. {' '.join(texts)}"[:500],
            expected=self.env._("accepted"),
            key="ack",
            line=lines.pop() if len(lines) == 1 else None,
            amount=self._amount_at_stake(),
            severity="1" if state == "R" else "2",
            values={"partner_id": self.edi_partner_id.partner_id.commercial_partner_id.id},
        )
