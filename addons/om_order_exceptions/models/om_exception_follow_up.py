from functools import partial

from odoo import api, models
from odoo.tools.misc import clean_context

from ..stages import INTERNAL

FOLLOWED = frozenset(("state", "user_id", "amount", "severity", "follow_up_on"))


class OmException(models.Model):
    """What follows from new and changed cases, once per transaction for all of them.

    Before the transaction commits, cases of one cause get their parent, parents get their figures, and
    owners get their activities. So it costs the same for one case and for a thousand, and nothing for
    orders that are clean.
    """

    _inherit = "om.exception"

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        cases._schedule_follow_up()
        return cases

    def write(self, vals):
        result = super().write(vals)
        if FOLLOWED & vals.keys() and self.env.context.get("om_following") is not INTERNAL:
            self._schedule_follow_up()
        return result

    def _schedule_follow_up(self):
        touched = self.env.cr.precommit.data.setdefault("om_order_exceptions.touched", set())
        if not touched:
            self.env.cr.precommit.add(partial(self.browse()._run_follow_ups))
        touched.update(self.ids)

    @api.model
    def _run_follow_ups(self):
        touched = self.env.cr.precommit.data.get("om_order_exceptions.touched", set())
        ids = sorted(touched)
        touched.clear()
        context = {
            **clean_context(self.env.context),
            "tracking_disable": True,
            "om_transition": INTERNAL,
            "om_following": INTERNAL,
        }
        # sudo: it follows from the cases, not from who changed them
        cases = self.sudo().with_context(context).browse(ids).exists()  # pylint: disable=context-overridden
        parents = cases._group_by_cause()
        (cases | parents)._sync_activities()
