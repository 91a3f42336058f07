from odoo import api, fields, models
from odoo.exceptions import UserError

# Ways that nobody takes for a customer without asking
NOT_BY_THE_DOZEN = ("cancel",)


class OmExceptionResolve(models.TransientModel):
    """Fix actions of lines that are short or whose product is at the end of its life."""

    _inherit = "om.exception.resolve"

    proposal_ids = fields.Many2many(
        "om.fulfilment.proposal", string="Ways Out", compute="_compute_proposal_ids"
    )
    proposal_id = fields.Many2one(
        "om.fulfilment.proposal",
        compute="_compute_proposal_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', proposal_ids)]",
    )
    needs_consent = fields.Boolean(related="proposal_id.needs_consent")

    @api.depends("exception_ids", "fix_id")
    def _compute_proposal_ids(self):
        for wizard in self:
            proposals = self.env["om.fulfilment.proposal"]
            if wizard.input == "proposal":
                proposals = wizard.exception_ids.proposal_ids.filtered(lambda p: p.state == "proposed")
            wizard.proposal_ids = proposals

    @api.depends("proposal_ids")
    def _compute_proposal_id(self):
        for wizard in self:
            if wizard.proposal_id not in wizard.proposal_ids:
                wizard.proposal_id = wizard.proposal_ids.sorted("rank")[:1]

    def _om_fix_apply_proposal(self):
        """Short line: do what the chosen proposal says."""
        proposal = self._need(self.proposal_id, self.env._("the proposal"))
        if proposal.exception_id != self.exception_ids:
            raise UserError(self.env._("Choose a proposal for one line, or take the best of each line."))
        proposal._apply(self.reason)

    def _om_fix_best_proposals(self):
        """Short lines: do what the best proposal of each says, cancellations and questions left out."""
        best = self.env["om.fulfilment.proposal"]
        for exception, proposals in self.exception_ids._om_propose().grouped("exception_id").items():
            safe = proposals.filtered(lambda p: p.way not in NOT_BY_THE_DOZEN and not p.needs_consent)
            if not safe:
                raise UserError(
                    self.env._(
                        "%s has no proposal that needs no answer of the customer.", exception.display_name
                    )
                )
            best += safe[0]
        if len(best) < len(self.exception_ids):
            raise UserError(self.env._("Some of these lines have no proposal. Resolve them one by one."))
        best._apply()

    def _om_fix_successor(self):
        """Replaced product: order its successor. A customer who wants to be asked has to have agreed."""
        for line in self.exception_ids.order_line_id:
            successor, ratio = line.product_id._om_last_successor()
            if not successor:
                raise UserError(self.env._("%s has no successor.", line.product_id.display_name))
            if line.order_id._om_flags()._om_takes_substitutes() == "no":
                raise UserError(
                    self.env._(
                        "%s takes no substitutes. Reject the line.", line.order_id.partner_id.display_name
                    )
                )
            if line._om_asks_for_substitute():
                self._need((self.reason or "").strip(), self.env._("who agreed, and when"))
            note = self.env._(
                "%(product)s replaced by %(successor)s. %(consent)s",
                product=line.product_id.display_name,
                successor=successor.display_name,
                consent=self.reason or "",
            ).strip()
            line.order_id.message_post(body=note)
            self.env["om.order.event"]._log("changed", line.order_id, note=note)
            line._om_substitute(successor, ratio)

    def _om_fix_limit_quantity(self):
        """Last time buy, run-out, quota: order no more than what is left; nothing left rejects the line."""
        gone = self.exception_ids.filtered(lambda exception: not exception.allowed_quantity)
        for exception in self.exception_ids - gone:
            line = exception.order_line_id
            line.product_uom_qty = line._om_in_line_unit(exception.allowed_quantity)
        if gone:
            self.exception_ids = gone
            self._om_fix_remove_line()
