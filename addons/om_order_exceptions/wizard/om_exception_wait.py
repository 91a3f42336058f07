from odoo import fields, models

from ..models.om_exception_waiting import WAITING_ON


class OmExceptionWait(models.TransientModel):
    """Dialog: whom exceptions wait for, for what, and until when."""

    _name = "om.exception.wait"
    _description = "Wait for an Answer"

    exception_ids = fields.Many2many("om.exception", required=True, readonly=True)
    waiting_on = fields.Selection(WAITING_ON, required=True, default="customer")
    waiting_for = fields.Char("What For", required=True)
    follow_up_on = fields.Date(
        required=True, default=lambda self: fields.Date.add(fields.Date.context_today(self), days=1)
    )

    def action_apply(self):
        """Mark the exceptions as waiting."""
        self.ensure_one()
        self.exception_ids._wait(self.waiting_on, self.waiting_for, self.follow_up_on)
        return {"type": "ir.actions.act_window_close"}


class OmExceptionReopen(models.TransientModel):
    """Dialog: why ended exceptions are opened again."""

    _name = "om.exception.reopen"
    _description = "Reopen Exceptions"

    exception_ids = fields.Many2many("om.exception", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_apply(self):
        """Open the exceptions again."""
        self.ensure_one()
        self.exception_ids._check_specialist()
        self.exception_ids._reopen(self.reason)
        return {"type": "ir.actions.act_window_close"}
