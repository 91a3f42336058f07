from odoo import fields, models
from odoo.exceptions import UserError


class OmDeliveryProof(models.TransientModel):
    """What proves that a delivery has arrived: when, who signed, and the paper."""

    _name = "om.delivery.proof"
    _description = "Proof of Delivery"

    picking_ids = fields.Many2many("stock.picking", string="Deliveries", required=True)
    delivered_at = fields.Datetime("Delivered", required=True, default=fields.Datetime.now)
    received_by = fields.Char(help="Who signed for the goods.")
    file = fields.Binary("Signed Document")
    file_name = fields.Char()

    def action_apply(self):
        """Record the proof on the deliveries and in the timeline of their orders.

        :raise UserError: neither a name nor a document proves it
        """
        self.ensure_one()
        self.picking_ids.check_access("write")
        if not (self.received_by or "").strip() and not self.file:
            raise UserError(self.env._("Say who received the goods, or attach the signed document."))
        attachment = self.env["ir.attachment"]
        if self.file:
            attachment = attachment.create(
                {"name": self.file_name or self.env._("Proof of delivery"), "datas": self.file}
            )
        self.picking_ids._om_prove_delivery(self.delivered_at, self.received_by or "", attachment)
        return {"type": "ir.actions.act_window_close"}
