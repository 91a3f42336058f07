from odoo import models
from odoo.exceptions import AccessError, LockError, UserError

from ..stages import INTERNAL


class OmException(models.Model):
    """Who works on a case: two people never work on the same one."""

    _inherit = "om.exception"

    def action_claim(self):
        """Take open exceptions: the caller becomes their owner.

        The row is locked, so that of two who claim at the same moment the second one fails; a claim of a
        parent is one of its children, too.

        :raise UserError: somebody else works on one of them; the message names who
        """
        self._check_specialist()
        exceptions = self._with_children()
        claimed = exceptions.filtered(lambda e: e.state in ("open", "waiting"))
        try:
            claimed.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is taking one of these exceptions just now. Try again.")
            ) from error
        for exception in exceptions - claimed:
            if exception.state == "in_progress" and exception.user_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(exception)s is being worked on by %(user)s.",
                        exception=exception.display_name,
                        user=exception.user_id.name,
                    )
                )
        claimed._take()
        return True

    def action_release_claim(self):
        """Give exceptions back to the queue; nobody works on them then.

        :raise UserError: somebody else works on one of them
        """
        self._check_specialist()
        exceptions = self._with_children().filtered(lambda e: e.state == "in_progress")
        for exception in exceptions:
            if exception.user_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(exception)s is being worked on by %(user)s. A manager may take it over.",
                        exception=exception.display_name,
                        user=exception.user_id.name,
                    )
                )
        exceptions.with_context(om_transition=INTERNAL).write({"state": "open"})
        return True

    def action_take_over(self):
        """Take exceptions, also those that somebody else works on. For managers.

        :raise AccessError: the caller is no order manager
        """
        if not self.env.user.has_group("om_order_exceptions.group_manager"):
            raise AccessError(self.env._("Only order managers take over what others work on."))
        exceptions = self._with_children().filtered("is_open")
        exceptions.lock_for_update()
        exceptions._take()
        return True

    def _take(self):
        self._resume()
        self.with_context(om_transition=INTERNAL).write({"state": "in_progress", "user_id": self.env.uid})
