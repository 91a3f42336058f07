from odoo import api, models

from odoo.addons.om_order_exceptions.detection import Finding

from .om_edi_commitment import OPEN_ANSWERS
from .om_edi_map_855 import number

NEW, REPLACEMENT, CANCELLATION = "N", "R", "F"


class OmEdiWarehouseOrder(models.AbstractModel):
    """What a warehouse run by a 3PL is told of a transfer: once, and again when the transfer changes.

    The document that told it (``om_edi_order_id`` of the transfer) stays the one of all its backorders
    until the warehouse has answered for all of it. ``told`` keeps what the warehouse goes by.
    """

    _name = "om.edi.warehouse.order"
    _inherit = "om.edi.map"
    _description = "EDI Order to a Warehouse"

    _om_set = ""
    _om_answer = ""

    @api.model
    def _trace_records(self, document, lines):
        """The move behind each line: N9 LI repeats what we call it."""
        moves = document.picking_id.move_ids.grouped(lambda move: move._om_edi_key())
        nothing = document.picking_id.move_ids.browse()
        keys = (next((segment[2] for segment in line if segment[:2] == ["N9", "LI"]), "") for line in lines)
        return [moves.get(key, nothing)[:1] for key in keys]

    @api.model
    def _settle(self, pickings):
        """Bring what the warehouses were told in line with these transfers, as superuser."""
        ready = pickings.filtered(
            lambda picking: (
                picking.state == "assigned"
                and not picking.om_edi_order_id
                and picking._om_edi_warehouse_partner()._sends(self._om_set)
            )
        )
        for picking in ready - ready._om_edi_stopped():
            self._tell(picking, NEW)
        orders = pickings.om_edi_order_id.filtered(lambda order: order.answer_state in OPEN_ANSWERS)
        if not orders:
            return
        told = self.env["stock.picking"].search([("om_edi_order_id", "in", orders.ids)])
        for order, of_order in told.grouped("om_edi_order_id").items():
            self._compare(order, of_order)

    @api.model
    def _tell(self, picking, status):
        """Owe the document of one transfer; the transfer remembers it."""
        told = {
            "lines": picking._om_edi_quantities("quantity"),
            "ship_to": picking.partner_id.id,
            "final": [],
        }
        if not told["lines"]:
            return
        partner = picking._om_edi_warehouse_partner()
        picking.om_edi_order_id = self._owe(picking, partner, told, status)

    @api.model
    def _owe(self, picking, partner, told, status):
        answers = {}
        if status != CANCELLATION:
            answers = {
                "told": told,
                "answer_state": "waiting",
                "answer_due_at": partner._answer_due_at(self._om_answer),
            }
        return self.env["om.edi.transaction"]._owe(
            partner,
            self._om_set,
            lambda: self._build(picking, told, status).segments(partner._version(self._om_set)),
            picking.om_edi_order_id.reference or picking.name,
            order_id=picking.sale_id.id,
            picking_id=picking.id,
            **answers,
        )

    @api.model
    def _compare(self, order, pickings):
        """Tell the warehouse when less is wanted than it was told, or somewhere else, or nothing."""
        pickings = pickings.sorted("id")
        waiting = pickings.filtered(lambda picking: picking.state not in ("done", "cancel"))
        gone = pickings._om_edi_quantities("quantity", ("done",))
        left = {key: round(told - gone.get(key, 0), 6) for key, told in order.told["lines"].items()}
        left = {key: quantity for key, quantity in left.items() if quantity > 0}
        if not waiting:
            if left:
                self._take_back(order, pickings, left)
            return
        wanted = waiting._om_edi_quantities("product_uom_qty")
        less = {key: min(quantity, wanted.get(key, 0)) for key, quantity in left.items()}
        elsewhere = waiting[-1:].partner_id.id != order.told["ship_to"]
        if less != left or elsewhere:
            self._change(order, waiting[-1:], gone, less)

    @api.model
    def _take_back(self, order, pickings, left):
        """What is left of ``order`` is not to be sent any more."""
        partner = order.edi_partner_id
        order._answer_came("cancelled")
        if self._takes("cancellations", partner):
            self._owe(pickings[-1:], partner, {**order.told, "lines": left}, CANCELLATION)
        else:
            self._ask_to_call(order, self.env._("cancelled"), pickings[-1:])

    @api.model
    def _change(self, order, picking, gone, less):
        """``less`` of what is left of ``order`` is wanted, or it goes elsewhere."""
        partner = order.edi_partner_id
        lines = {key: round(less.get(key, 0) + gone.get(key, 0), 6) for key in order.told["lines"]}
        told = {
            **order.told,
            "lines": {key: quantity for key, quantity in lines.items() if quantity},
            "ship_to": picking.partner_id.id,
        }
        if self._takes("changes", partner) and not gone:
            replacement = self._owe(picking, partner, told, REPLACEMENT)
            order._answer_came("replaced")
            self.env["stock.picking"].search(
                [("om_edi_order_id", "=", order.id)]
            ).om_edi_order_id = replacement
            return
        text = ", ".join(
            f"{move.product_id.display_name}: {number(less.get(move._om_edi_key(), 0)):f}"
            for move in picking.move_ids
        )
        order.told = told  # as somebody will say on the telephone
        self._ask_to_call(order, f"{picking.partner_id.display_name}; {text}", picking)

    @api.model
    def _takes(self, what, partner):  # pylint: disable=unused-argument
        """Does the partner understand changes or cancellations of this document?"""
        return False

    @api.model
    def _ask_to_call(self, order, wanted, picking):
        """Let somebody tell the warehouse what a document can't."""
        self.env["om.exception"]._raise(
            "E-3PL-CHANGE",
            [
                Finding(
                    order.order_id or picking,
                    found=self.env._("%s was sent", order.display_name),
                    expected=wanted[:500],
                    key=f"{order.set_id} {order.reference}",
                    amount=order.order_id.amount_total,
                )
            ],
        )
