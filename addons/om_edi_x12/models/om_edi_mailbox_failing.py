from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.om_order_exceptions.detection import Finding

# A host that answers again within minutes is no case for a person.
PATIENCE = timedelta(minutes=10)


class OmEdiMailbox(models.Model):
    """Whether a mailbox works: when files came last, and a case for a person while it fails."""

    _inherit = "om.edi.mailbox"

    last_received = fields.Datetime(compute="_compute_last_received", help="When a file came by it last.")
    state = fields.Selection(
        [("new", "Not Used Yet"), ("working", "Working"), ("failing", "Failing")], compute="_compute_state"
    )

    def _compute_last_received(self):
        self.env["om.intake"].flush_model(["edi_mailbox_id", "received_at"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id, (SELECT max(received_at) FROM om_intake WHERE edi_mailbox_id = box.id)
                     FROM unnest(%s) AS box(id)""",
                self.ids,
            )
        )
        last = dict(rows)
        for mailbox in self:
            mailbox.last_received = last.get(mailbox._origin.id, False)

    @api.depends("last_error", "last_poll")
    def _compute_state(self):
        for mailbox in self:
            used = "working" if mailbox.last_poll or mailbox.last_received else "new"
            mailbox.state = "failing" if mailbox.last_error else used

    def _polled(self, errors):
        """A mailbox that fails for a while is a case in the queue; it closes when the mailbox works again."""
        failed_before = bool(self.failing_since)
        result = super()._polled(errors)
        if errors or failed_before:
            self._om_sync_connection()
        return result

    def _om_sync_connection(self):
        """Open or close the exceptions of these mailboxes."""
        type_id = self.env["om.exception.type"]._id_by_code("E-EDI-CONN")
        if not type_id:
            return
        findings = [
            Finding(
                mailbox,
                found=f"{mailbox.name}: {mailbox.last_error}"[:500],
                expected=self.env._("a mailbox that works"),
                key="connection",
            )
            for mailbox in self
            if mailbox.last_error and mailbox.failing_since + PATIENCE <= fields.Datetime.now()
        ]
        self.env["om.exception"]._sync({type_id: findings}, checked=self)


class OmIntake(models.Model):
    _inherit = "om.intake"

    _mailbox_idx = models.Index("(edi_mailbox_id, received_at) WHERE edi_mailbox_id IS NOT NULL")
