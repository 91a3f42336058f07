import logging
from datetime import timedelta

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, UserError

from odoo.addons.om_order_exceptions.transactions import COLLISIONS, NOT_THE_DOCUMENT, roll_back

_logger = logging.getLogger(__name__)


class OmEdiFlow(models.Model):
    """When and how a trading partner is told of our stock (846)."""

    _inherit = "om.edi.flow"

    send_every = fields.Integer(
        "Send Every (Minutes)", help="How often the list of our stock is sent by itself. 0: only by hand."
    )
    next_send_at = fields.Datetime("Next Sending", copy=False, help="Empty: as soon as possible.")
    stock_scope = fields.Selection(
        [("full", "Whole List"), ("changes", "Changes Only")],
        "Stock List",
        default="full",
        required=True,
        help="Changes only: what differs from the list before; the first one is whole.",
    )
    stock_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        "om_edi_flow_stock_warehouse_rel",
        "flow_id",
        "warehouse_id",
        "Warehouses",
        domain="[('company_id', '=', company_id)]",
        check_company=True,
        help="Each has a list of its own. Empty: all of the company.",
    )
    safety_quantity = fields.Float(
        "Safety Stock", digits="Product Unit", help="Kept back of each item and warehouse, in its own unit."
    )
    safety_percent = fields.Float("Safety Stock (%)", help="Share of the free quantity that is kept back.")

    _safety_not_negative = models.Constraint(
        "CHECK (COALESCE(safety_quantity, 0) >= 0 AND COALESCE(safety_percent, 0) BETWEEN 0 AND 100)",
        "Safety stock is a quantity of 0 or more, and a share of 0 to 100 %.",
    )
    _send_every_not_negative = models.Constraint(
        "CHECK (COALESCE(send_every, 0) >= 0)", "It can't be sent more often than always."
    )

    def _stock_warehouses(self):
        """Warehouses of whose stock the partner is told."""
        self.ensure_one()
        return self.stock_warehouse_ids or self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id)], order="id"
        )

    def action_open_stock_options(self):
        """Open when and how the list of our stock is sent."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stock List for %s", self.edi_partner_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("om_edi_x12.om_edi_flow_view_form_stock").id, "form")],
            "target": "new",
        }

    def action_send_stock(self):
        """Send the list of our stock now."""
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists send EDI documents."))
        self.check_access("read")
        if wrong := self.filtered(lambda f: (f.direction, f.set_id) != ("out", "846") or not f.active):
            raise UserError(self.env._("%s is no list of our stock that is sent.", wrong[0].display_name))
        sent = self.env["om.edi.transaction"].union(*(flow._send_stock() for flow in self))
        text = self.env._("%s lists of our stock are sent.", len(sent))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": text if sent else self.env._("Nothing has changed."), "type": "info"},
        }

    def _send_stock(self):
        """Owe the stock lists of this flow, and plan the next ones."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self.send_every:
            # sudo: specialists do not write flows
            self.sudo().next_send_at = now + timedelta(minutes=self.send_every)
        return self.env["om.edi.map.846"].with_company(self.company_id)._owe(self)

    @api.model
    def _cron_stock_lists(self):
        """Send the stock lists that are due. One that fails does not stop the others."""
        due = self.search(
            [
                ("direction", "=", "out"),
                ("set_id", "=", "846"),
                ("edi_partner_id.active", "=", True),
                ("send_every", ">", 0),
                "|",
                ("next_send_at", "=", False),
                ("next_send_at", "<=", fields.Datetime.now()),
            ]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for flow in due:
            try:
                # another worker has it where it can't be locked
                if flow.try_lock_for_update(allow_referencing=True):
                    flow._send_stock()
            except COLLISIONS:
                roll_back(self.env)
            except NOT_THE_DOCUMENT:
                raise
            except Exception:
                if modules.module.current_test:
                    raise
                _logger.exception("Could not list the stock for EDI flow %s", flow.id)
                roll_back(self.env)
            if not self.env["ir.cron"]._commit_progress(1):
                break


class OmEdiTransaction(models.Model):
    _inherit = "om.edi.transaction"

    warehouse_id = fields.Many2one(
        "stock.warehouse", readonly=True, index="btree_not_null", ondelete="set null", help="Of a stock list."
    )

    def _built_from(self):
        if (self.set_id, self.direction) == ("846", "out"):
            return self if self.warehouse_id else self.browse()
        return super()._built_from()
