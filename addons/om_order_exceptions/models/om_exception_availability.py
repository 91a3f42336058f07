from odoo import api, fields, models


class OmException(models.Model):
    """What cases about availability carry beside the others: ways out, and whether the order is held."""

    _inherit = "om.exception"

    hold_release = fields.Boolean(
        "Holds the Order",
        readonly=True,
        help="Closes the release gate though its type only warns: the customer wants all at once.",
    )
    x12_status = fields.Char(
        "X12 Line Status",
        readonly=True,
        help="X12 element 668 that echoes this case to the customer, where it is not the type's.",
    )
    allowed_quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="How much may be ordered of what is limited, in the product's unit.",
    )
    proposal_ids = fields.One2many("om.fulfilment.proposal", "exception_id", "Proposals", readonly=True)

    @api.depends("hold_release")
    def _compute_blocks(self):
        result = super()._compute_blocks()
        for exception in self:
            if exception.hold_release and exception.blocks not in ("confirm", "release"):
                exception.blocks = "release"
        return result

    def _x12_status(self):
        """X12 element 668 for the line of this case: its own, else the type's; ``""`` where it has none."""
        self.ensure_one()
        return self.x12_status or self.type_id.x12_status or ""

    def action_resolve(self):
        """Open the dialog with the ways out as they are now."""
        action = super().action_resolve()
        if not self.env.context.get("om_keep_proposals"):
            self.filtered(lambda e: "proposal" in e.type_id.fix_ids.mapped("input"))._om_propose()
        return action

    def action_om_proposals(self):
        """Look for the ways out of these short lines and list them, the best of each line first."""
        self._check_specialist()
        self._om_propose()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "om_order_exceptions.action_om_fulfilment_proposal"
        )
        return {**action, "domain": [("exception_id", "in", self.ids)]}

    def _om_propose(self):
        """Make the proposals of these cases anew, as things stand now.

        :return: ``om.fulfilment.proposal``, ranked per case
        """
        cases = self.filtered(lambda e: e.is_open and e.order_line_id)
        # sudo: proposals are made by this step only, from figures of stock and cost
        return self.env["om.fulfilment.proposal"].browse(
            self.env["om.fulfilment.proposal"].sudo()._propose(cases.sudo()).ids
        )
