from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..stages import INTERNAL
from .om_exception import OPEN_STATES
from .om_score_weight import TIERS

# Dragging a card to another column does what the button of the same meaning does; what needs a dialog
# (waiting for whom, cured how) is not dragged.
MOVES = {"open": "_give_back", "in_progress": "action_claim"}


class OmException(models.Model):
    """What the work queue shows and does beside the life cycle of a case."""

    _inherit = "om.exception"

    state = fields.Selection(group_expand="_expand_states")
    # of the order, stored with the score: the queue filters and groups by them
    ship_cutoff = fields.Datetime("Ship Cut-off", compute="_compute_score", store=True)
    tier = fields.Selection(TIERS, "Customer Tier", compute="_compute_score", store=True)
    is_due_today = fields.Boolean("Due Today", compute="_compute_is_due_today")

    _owner_idx = models.Index("(user_id, score DESC, sla_deadline, id) WHERE is_open IS TRUE")
    _top_idx = models.Index("(score DESC, sla_deadline, id) WHERE is_open IS TRUE AND parent_id IS NULL")
    _cutoff_idx = models.Index("(ship_cutoff) WHERE is_open IS TRUE AND ship_cutoff IS NOT NULL")

    @api.depends("is_open", "sla_deadline")
    @api.depends_context("tz")
    def _compute_is_due_today(self):
        today = fields.Date.context_today(self)
        for exception in self:
            due = exception.is_open and exception.sla_deadline
            exception.is_due_today = bool(
                due and fields.Datetime.context_timestamp(exception, due).date() <= today
            )

    @api.model
    def get_unusual_days(self, date_from, date_to=None):
        """Days off of the company, which the calendar shows in grey."""
        start, end = (fields.Datetime.to_datetime(day) for day in (date_from, date_to or date_from))
        # sudo: everybody may know when the company is closed
        return self.env.company.sudo().resource_calendar_id._get_unusual_days(start, end)

    @api.model
    def _expand_states(self, states, domain):
        """Columns of the kanban: those that work moves between are there, also when they are empty."""
        shown = {*states, *OPEN_STATES}
        return [state for state, _label in self._fields["state"].selection if state in shown]

    def write(self, vals):
        """A card that is dragged to another column goes through the action of that state."""
        move = MOVES.get(vals.get("state")) if len(vals) == 1 else None
        if move and self.env.context.get("om_transition") is not INTERNAL:
            return getattr(self, move)()
        return super().write(vals)

    def _give_back(self):
        """Give claimed and waiting exceptions back to the queue."""
        self._check_specialist()
        self.filtered(lambda e: e.state == "in_progress").action_release_claim()
        waiting = self.filtered(lambda e: e.state == "waiting")
        waiting._resume()
        waiting.with_context(om_transition=INTERNAL).write({"state": "open"})
        return True

    def action_waive(self):
        """Open the dialog with *Accept as it is* chosen.

        :raise AccessError: the caller is no order manager
        :raise UserError: one of the types may not be waived
        """
        if not self.env.user.has_group("om_order_exceptions.group_manager"):
            raise AccessError(self.env._("Only order managers waive exceptions."))
        accept = self.env.ref("om_order_exceptions.fix_accept")
        for kind in self.type_id:
            if not kind.waivable or accept not in kind.fix_ids:
                raise UserError(self.env._("%s can't be waived. Cure it, or cancel the order.", kind.name))
        action = self.action_resolve()
        return {**action, "context": {**action["context"], "default_fix_id": accept.id}}

    def action_cure(self, fix_id):
        """Open the dialog with one fix action chosen, as the order's answer proposes it."""
        action = self.action_resolve()
        return {**action, "context": {**action["context"], "default_fix_id": fix_id}}
