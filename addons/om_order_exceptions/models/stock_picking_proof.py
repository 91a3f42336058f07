from odoo import fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    """Delivered is what the customer signed for, not what left the dock."""

    _inherit = "stock.picking"

    om_delivered_at = fields.Datetime(
        "Delivered", readonly=True, copy=False, help="As proven by the carrier or by who received the goods."
    )
    om_received_by = fields.Char("Received By", readonly=True, copy=False)
    om_can_prove = fields.Boolean(compute="_compute_om_can_prove")

    def _compute_om_can_prove(self):
        for picking in self:
            picking.om_can_prove = bool(
                picking.state == "done"
                and not picking.om_delivered_at
                # sudo: warehouse users may not read orders
                and picking.sudo().move_ids.filtered(
                    lambda m: m.sale_line_id and m._om_event_kind() == "shipped"
                )
            )

    def action_om_prove_delivery(self):
        """Open the dialog in which the proof of delivery is entered."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Proof of Delivery"),
            "res_model": "om.delivery.proof",
            "view_mode": "form",
            "target": "new",
            "context": {"default_picking_ids": self.ids},
        }

    def _om_log_in_transit(self, occurred_at, note=""):
        """Tell the orders of these deliveries that a carrier has reported them under way.

        :param occurred_at: when, by the carrier's report (naive UTC)
        :param note: what the carrier said, such as the place
        """
        for picking in self:
            # sudo: carriers' reports come in by whoever runs the job
            orders = picking.sudo().move_ids.sale_line_id.order_id
            self.env["om.order.event"]._log(
                "in_transit", orders, note=note, source=picking, occurred_at=occurred_at
            )

    def _om_prove_delivery(self, delivered_at, received_by="", attachments=None):
        """Record that these deliveries have arrived: by hand, from a carrier's event, from an X12 214.

        A delivery that is proven already stays as it is, so that a report may come twice.

        :param delivered_at: when the goods were handed over (naive UTC)
        :param received_by: who signed
        :param attachments: ``ir.attachment`` records that show it
        :raise UserError: a delivery has not left yet, or the time lies in the future
        """
        if delivered_at > fields.Datetime.now():
            raise UserError(self.env._("Goods can't have been delivered in the future."))
        for picking in self.filtered(lambda picking: not picking.om_delivered_at):
            if picking.state != "done":
                raise UserError(self.env._("%s has not been shipped yet.", picking.name))
            picking.write({"om_delivered_at": delivered_at, "om_received_by": received_by})
            note = self.env._("%(picking)s, received by %(name)s", picking=picking.name, name=received_by)
            # sudo: warehouse users may not read orders
            picking.sudo().move_ids.filtered(
                lambda move: move.state == "done" and move.sale_line_id and move._om_event_kind() == "shipped"
            )._om_log_done("delivered", note=note if received_by else picking.name, occurred_at=delivered_at)
            if attachments:
                picking.message_post(
                    body=self.env._("Proof of delivery"), attachment_ids=attachments.copy().ids
                )
