from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    om_rma_line_id = fields.Many2one(
        "om.rma.line", "Return Line", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    om_credited_line_id = fields.Many2one(
        "account.move.line",
        "Credited Invoice Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Line of the original invoice that this line of a credit memo takes back.",
    )
    om_credit_line_ids = fields.One2many("account.move.line", "om_credited_line_id", readonly=True)

    def _om_credited_product(self):
        """A rounding line names the invoice line that it credits, but no product."""
        return super()._om_credited_product() or self.om_credited_line_id.product_id
