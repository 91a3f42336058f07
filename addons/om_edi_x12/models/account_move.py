from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    om_edi_order_id = fields.Many2one(
        "sale.order",
        "EDI Order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Order of a trading partner that this invoice bills: an 810 names one purchase order.",
    )

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        self.env["om.edi.map.810"]._owe(posted)
        return posted
