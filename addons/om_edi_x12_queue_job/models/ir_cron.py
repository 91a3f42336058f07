import hashlib

from odoo import SUPERUSER_ID, api, models

ASKED = "om_edi_x12_queue_job.asked"
# What one job does of what a transaction asks for: each document by itself, or all of one partner.
UNITS = {
    "om.intake": lambda intake: intake,
    "om.edi.transaction": lambda document: document.edi_partner_id,
    "om.edi.interchange": lambda interchange: interchange.edi_partner_id.mailbox_id or interchange,
}


class IrCron(models.Model):
    """Work on EDI documents is given to the job queue, unit by unit, instead of waking a scheduled job.

    The scheduled jobs go on looking every few minutes, and do what a lost job has left.
    """

    _inherit = "ir.cron"

    @api.model
    def _om_trigger(self, xmlid, at=None, units=None):
        if units is None or units._name not in UNITS:
            return super()._om_trigger(xmlid, at=at, units=units)
        waiting = self.env.cr.precommit
        if ASKED not in waiting.data:
            waiting.data[ASKED] = {}
            waiting.add(self._om_enqueue)
        asked = waiting.data[ASKED]
        asked[units._name, at] = asked.get((units._name, at), units.browse()) | units
        return None

    def _om_enqueue(self):
        """Store a job for each unit that was asked for, in the transaction that asks."""
        # as the scheduled jobs do it: neither who caused the work nor in which language makes a difference
        env = self.env(user=SUPERUSER_ID, context={})
        for (model, at), units in self.env.cr.precommit.data.pop(ASKED, {}).items():
            for _unit, records in units.with_env(env).grouped(UNITS[model]).items():
                records.with_delay(eta=at, identity_key=self._om_identity(records, at))._work_off()

    @api.model
    def _om_identity(self, records, at):
        """Identity of a job: nothing that waits in the queue is put there twice.

        Of what is owed to a partner the documents are part of it: a job that begins before a transaction is
        committed does not see that transaction's documents, and must not stand for them.
        """
        named = f"{records._name} {records.ids} {at or ''}"
        return f"om_edi {hashlib.sha256(named.encode()).hexdigest()}"
