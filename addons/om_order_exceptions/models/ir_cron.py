from odoo import api, models


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _om_trigger(self, xmlid, at=None):
        """Ask a scheduled job to run as soon as this transaction is committed, or at a later time.

        Asking again in the same transaction costs nothing.
        """
        asked = self.env.cr.precommit.data.setdefault("om_order_exceptions.triggers", set())
        if (xmlid, at) in asked:
            return
        asked.add((xmlid, at))
        # sudo: whoever causes work may not read scheduled jobs
        if cron := self.sudo().env.ref(xmlid, raise_if_not_found=False):
            cron._trigger(at)
