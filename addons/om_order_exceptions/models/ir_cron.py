from odoo import api, models, modules


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _om_trigger(self, xmlid, at=None, units=None):
        """Ask a scheduled job to run as soon as this transaction is committed, or at a later time.

        Asking again in the same transaction costs nothing.

        :param units: the records that the work is about, where they have a method ``_work_off()``, which
            does what waits of them: at any time, by several processes at once, and again after a stop. The
            scheduled job finds them by itself; an addon that has other processes do the work extends this
            method and gives the records to them.
        """
        asked = self.env.cr.precommit.data.setdefault("om_order_exceptions.triggers", set())
        if (xmlid, at) in asked:
            return
        asked.add((xmlid, at))
        # sudo: whoever causes work may not read scheduled jobs
        if cron := self.sudo().env.ref(xmlid, raise_if_not_found=False):
            cron._trigger(at)

    @api.model
    def _om_progress(self, processed=0, remaining=None):
        """Keep what a job has done so far; in tests, which are one transaction, only write it out.

        :return: the seconds that are left for this run
        """
        if modules.module.current_test:
            self.env.flush_all()
            return float("inf")
        return self._commit_progress(processed, remaining=remaining)
