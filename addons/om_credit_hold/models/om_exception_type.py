from odoo import api, models
from odoo.exceptions import AccessError

# What decides whether credit exceptions are found, what they block and who may end them.
CREDIT_POLICY = frozenset(("active", "blocks", "category", "code", "domain", "fix_ids", "waivable"))


class OmExceptionType(models.Model):
    """Order managers set up exception types; what credit exceptions do is for credit managers to say."""

    _inherit = "om.exception.type"

    def write(self, vals):
        if CREDIT_POLICY & vals.keys():
            self._om_check_credit_policy()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_credit(self):
        self._om_check_credit_policy()

    def _om_check_credit_policy(self):
        if self.env.su or self.env.user.has_group("om_credit_hold.group_credit_manager"):
            return
        if any(kind.category == "credit" for kind in self):
            raise AccessError(self.env._("Only credit managers change what credit exceptions do."))
