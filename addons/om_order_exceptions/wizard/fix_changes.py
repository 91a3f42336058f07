from odoo import models
from odoo.exceptions import AccessError


class OmExceptionResolve(models.TransientModel):
    """Fix actions of changed prices, late changes and cancellations."""

    _inherit = "om.exception.resolve"

    def _om_fix_approve_price(self):
        """The new price is right: it is the agreed one from now on. Not by who wrote it."""
        lines = self.exception_ids.order_line_id
        if lines.company_id.filtered("om_change_four_eyes"):
            if self.env.user in lines.om_price_changed_by_id:
                raise AccessError(self.env._("Somebody else has to approve a price that you wrote."))
        lines._om_agree()
        lines._om_price_approved(self.env.user, self.reason or self.env._("Approved after confirmation"))

    def _om_fix_revert_price(self):
        """Put the agreed price back on the lines."""
        for line in self.exception_ids.order_line_id:
            line.write({"price_unit": line.om_agreed_price, "discount": line.om_agreed_discount})

    def _om_fix_apply_change(self):
        """Go on with the change requests behind the cases; managers approve them by it."""
        for request in self._om_change_requests():
            if request.needs_approval and not request.approved_by_id:
                request.action_approve()
            else:
                request.action_apply()

    def _om_fix_refuse_change(self):
        """Refuse the change requests behind the cases."""
        requests = self._om_change_requests()
        requests.write({"refusal": self._need(self.reason, self.env._("the reason"))})
        requests.action_refuse()

    def _om_fix_put_back(self):
        """The goods are on the shelf again."""
        self._om_change_requests().action_put_back_done()

    def _om_change_requests(self):
        return self.env["om.change.request"].browse(
            self.exception_ids.filtered(lambda e: e.res_model == "om.change.request").mapped("res_id")
        )
