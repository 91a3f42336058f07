from odoo import models


class StockPicking(models.Model):
    """The transfer that puts goods back ends its change request."""

    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        self._om_put_back_ended()
        return result

    def action_cancel(self):
        """A put-back that the warehouse cancels is over, too."""
        result = super().action_cancel()
        self._om_put_back_ended()
        return result

    def _om_put_back_ended(self):
        # sudo: warehouse users do not write requests
        requests = self.env["om.change.request"].sudo()
        if not (returns := self.filtered("return_id")):
            return
        waiting = requests.search([("put_back_ids", "in", returns.ids), ("put_back_state", "=", "open")])
        waiting.filtered(
            lambda request: all(picking.state in ("done", "cancel") for picking in request.put_back_ids)
        )._om_put_back_done()
