from collections import defaultdict
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import OrderedSet

from .om_edi_commitment import OPEN_ANSWERS

# Fields of a move that decide what its warehouse has to be told
MOVE_FIELDS = frozenset(("state", "product_uom_qty", "quantity", "picking_id"))


class StockPicking(models.Model):
    """Transfers of a warehouse that a 3PL runs: what it was told, and what it answered."""

    _inherit = "stock.picking"

    om_edi_order_id = fields.Many2one(
        "om.edi.transaction",
        "Warehouse Order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The 940 or 943 that this transfer, or the one it is a backorder of, was sent to the 3PL with.",
    )
    om_edi_is_untold = fields.Boolean(compute="_compute_om_edi_is_untold", compute_sudo=True)
    om_edi_answer_state = fields.Selection(related="om_edi_order_id.answer_state", string="Warehouse Answer")
    om_edi_answer_due_at = fields.Datetime(related="om_edi_order_id.answer_due_at")
    om_carrier_scac = fields.Char("SCAC", copy=False, help="Standard carrier alpha code, such as UPSN.")
    om_tracking_ref = fields.Char("Tracking or PRO Number", copy=False)
    om_bill_of_lading = fields.Char("Bill of Lading", copy=False)
    om_edi_transaction_ids = fields.One2many(
        "om.edi.transaction", "picking_id", "EDI Documents", readonly=True
    )
    om_edi_transaction_count = fields.Integer(
        compute="_compute_om_edi_transaction_count",
        compute_sudo=True,  # the warehouse opens transfers, too
    )

    @api.depends("om_edi_transaction_ids", "om_edi_order_id")
    def _compute_om_edi_transaction_count(self):
        counts = dict(
            self.env["om.edi.transaction"]._read_group(
                [("picking_id", "in", self.ids)], ["picking_id"], ["__count"]
            )
        )
        for picking in self:
            told_before = picking.om_edi_order_id and picking.om_edi_order_id.picking_id != picking
            picking.om_edi_transaction_count = counts.get(picking, 0) + bool(told_before)

    @api.depends("state", "om_edi_order_id", "picking_type_id")
    def _compute_om_edi_is_untold(self):
        """Ready in a 3PL's warehouse that does not know of it, for instance from before it was the 3PL's."""
        for picking in self:
            partner = picking._om_edi_warehouse_partner()
            set_id = picking._om_edi_order_set()
            picking.om_edi_is_untold = bool(
                picking.state == "assigned"
                and not picking.om_edi_order_id
                and set_id
                and partner._sends(set_id)
            )

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            self._om_edi_schedule_order()
        return result

    def _create_backorder_picking(self):
        """What is left of an order to the warehouse stays part of it until the warehouse closes it."""
        backorder = super()._create_backorder_picking()
        if self.om_edi_answer_state in OPEN_ANSWERS:
            backorder.om_edi_order_id = self.om_edi_order_id
        return backorder

    def action_om_open_edi(self):
        """Open the EDI documents of this transfer, with the one that told the warehouse."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_transaction")
        domain = ["|", ("picking_id", "=", self.id), ("id", "=", self.om_edi_order_id.id)]
        return {**action, "domain": domain, "context": {}}

    def action_om_edi_tell(self):
        """Tell the 3PL now, where nothing that happened to the transfer has told it."""
        self.check_access("write")
        if stopped := self._om_edi_stopped():
            raise UserError(
                self.env._(
                    "%s: the warehouse said that it has no more. Decide about that exception first.",
                    ", ".join(stopped.mapped("name")),
                )
            )
        self._om_edi_schedule_order()
        return True

    # ------------------------------------------------------------------------- telling the warehouse

    def _om_edi_warehouse_partner(self):
        """The trading partner that runs the warehouse of this transfer, or none."""
        return self.picking_type_id.warehouse_id.om_edi_partner_id

    def _om_edi_order_set(self):
        """Which document tells the warehouse of this transfer: ``"940"``, ``"943"`` or none."""
        self.ensure_one()
        if self._is_to_external_location():
            return "940"
        if self.picking_type_code == "incoming" and self.location_id.usage != "customer":
            return "943"
        return ""

    def _om_edi_schedule_order(self):
        """Tell the warehouses what is new with these transfers, once, before this transaction commits.

        At its end: a hold that comes with the same transaction must not be overtaken by a shipping order.
        """
        # sudo: whoever moves goods need not be allowed to read trading partners
        told = self.sudo().filtered(lambda picking: picking._om_edi_warehouse_partner())
        if not told:
            return
        pending = self.env.cr.precommit.data.setdefault("om_edi_x12.warehouse_orders", OrderedSet())
        if not pending:
            self.env.cr.precommit.add(partial(self.browse()._om_edi_settle_orders))
        pending.update(told.ids)

    @api.model
    def _om_edi_settle_orders(self):
        pending = self.env.cr.precommit.data.pop("om_edi_x12.warehouse_orders", ())
        # sudo: as above; what is owed to a partner does not depend on who causes it
        pickings = self.sudo().browse(pending).exists()
        pickings.sale_id._om_settle_checks()
        by_set = defaultdict(self.browse)
        for picking in pickings:
            if set_id := picking._om_edi_order_set():
                by_set[set_id] |= picking
        for set_id, of_set in by_set.items():
            self.env[f"om.edi.map.{set_id}"].sudo()._settle(of_set)

    def _om_edi_stopped(self):
        """Transfers of these that are not ordered from the warehouse again before somebody has decided.

        The warehouse said that it will not ship, or has not received, more of a line. One query.
        """
        # sudo: a case stops the transfer whoever may read it
        cases = (
            self.env["om.exception"]
            .sudo()
            .search(
                [
                    ("code", "=", "E-3PL-DIFF"),
                    ("is_open", "=", True),
                    ("key", "=like", "%:short"),
                    "|",
                    ("order_line_id", "in", self.move_ids.sale_line_id.ids),
                    "&",
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                ]
            )
        )
        of_pickings = set(cases.filtered(lambda case: case.res_model == self._name).mapped("res_id"))
        return self.filtered(
            lambda picking: picking.id in of_pickings or picking.move_ids.sale_line_id & cases.order_line_id
        )

    def _om_edi_quantities(self, field, states=None):
        """Quantities of these transfers' moves by line: ``{key: quantity in the move's unit}``.

        :param field: ``quantity`` (reserved or done) or ``product_uom_qty`` (wanted)
        :param states: states of the moves that count; all but cancelled and done when left out
        """
        quantities = defaultdict(float)
        for move in self.move_ids:
            if move.state in states if states else move.state not in ("done", "cancel"):
                quantities[move._om_edi_key()] += move[field]
        return {key: round(quantity, 6) for key, quantity in quantities.items() if quantity}


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        result = super().write(vals)
        if MOVE_FIELDS & vals.keys():
            self.picking_id._om_edi_schedule_order()
        return result

    def _om_edi_key(self):
        """What this move is called in documents to the warehouse: the same for its backorders."""
        self.ensure_one()
        return f"{self.sale_line_id.id or 0}-{self.product_id.id}"
