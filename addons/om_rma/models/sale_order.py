from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # sudo: whoever may read the document sees how many returns it has; opening them takes their rights
    om_rma_ids = fields.Many2many(
        "om.rma", compute="_compute_om_rma_ids", compute_sudo=True, string="Return Authorisations"
    )
    om_rma_count = fields.Integer(compute="_compute_om_rma_ids", compute_sudo=True)

    @api.depends("order_line.om_rma_line_ids.rma_id")
    def _compute_om_rma_ids(self):
        for order in self:
            order.om_rma_ids = order.order_line.om_rma_line_ids.rma_id
            order.om_rma_count = len(order.om_rma_ids)

    def action_om_return(self):
        """Open a new return of these orders' goods, with all that can still be returned.

        :raise UserError: nothing of these orders can be returned, or they are of several customers
        """
        free = self.order_line.filtered(lambda line: not line.display_type and line.om_returnable > 0)
        if not free:
            raise UserError(self.env._("Nothing that was delivered is left to be returned."))
        if len(self.partner_id.commercial_partner_id) > 1 or len(self.company_id) > 1:
            raise UserError(self.env._("Choose orders of one customer and one company for a return."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return"),
            "res_model": "om.rma",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_partner_id": self.partner_id[:1].id,
                "default_company_id": self.company_id.id,
                "default_line_ids": [
                    Command.create({"order_line_id": line.id, "quantity": line.om_returnable})
                    for line in free
                ],
            },
        }

    def _om_return_action(self):
        """A change that comes too late leads to a return authorisation."""
        return self.action_om_return()

    def action_om_view_rmas(self):
        """Open the returns of this order."""
        self.ensure_one()
        return self.env["om.rma"]._records_action(self.om_rma_ids, self.env._("Returns of %s", self.name))
