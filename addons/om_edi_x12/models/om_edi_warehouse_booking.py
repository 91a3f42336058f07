from collections import defaultdict
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import float_compare

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.stages import INTERNAL

PRECISION = 6


class Entry(NamedTuple):
    """A quantity of one move as a warehouse reports it, in the move's unit.

    :param lot: ``stock.lot``, or empty
    :param lot_name: name of a lot that is new with a receipt
    :param package: name of the package that holds it
    :param damaged: it goes to the damaged stock
    """

    move: Any
    quantity: float
    lot: Any = None
    lot_name: str = ""
    package: str = ""
    damaged: bool = False


class Plan(NamedTuple):
    """What one document does.

    :param entries: :class:`Entry` list
    :param final: keys of lines of which no more comes
    :param strangers: ``[(Reported, product, product that was ordered)]`` that nobody ordered
    :param damaged: ``{key: quantity}`` that arrived damaged
    """

    entries: list
    final: set
    strangers: list
    damaged: dict


class OmEdiWarehouseBooking(models.AbstractModel):
    """Puts what a warehouse reports on the transfers that ordered it, and validates them."""

    _name = "om.edi.warehouse.booking"
    _inherit = "om.edi.map"
    _description = "EDI Booking of a Warehouse's Report"

    _om_lots_are_new = False  # may a lot come that is not known here yet?

    @api.model
    def _plan(self, order, lines, moves, lookup):
        """Which moves the lines of one document fill.

        :param order: the 940 or 943
        :param lines: ``Reported`` list
        :param moves: its moves that are still open
        :return: :class:`Plan`
        :raise ValueError: a line that nobody can book; the sentence says why
        """
        plan = Plan([], set(), [], defaultdict(float))
        room = {move: move.product_uom_qty for move in moves}
        for line in lines:
            product = lookup.product(line)
            fitting = moves.filtered(lambda move, product=product: move.product_id == product)
            if line.line_ref in {move._om_edi_key() for move in fitting}:
                fitting = fitting.filtered(lambda move, line=line: move._om_edi_key() == line.line_ref)
            keys = {key for key in order.told["lines"] if key.endswith(f"-{product.id}")}
            if line.original or not keys:
                self._stranger(order, line, product, lookup, plan)
                continue
            if line.final:
                told = {move._om_edi_key() for move in fitting}
                plan.final.update(told or keys)
            if line.quantity <= 0 and line.damaged <= 0:
                continue
            if not fitting:
                raise ValueError(
                    self.env._(
                        "%(item)s: %(document)s has nothing left of it, and %(quantity)s more are reported.",
                        item=line.text,
                        document=order.display_name,
                        quantity=f"{line.quantity:f}",
                    )
                )
            self._fill(line, fitting, room, lookup, plan)
        return plan

    def _stranger(self, order, line, product, lookup, plan):
        """Something was shipped that ``order`` does not name: for a person to decide, never for us."""
        ordered = product.browse()
        if line.original:
            ordered = lookup.items[line.original].product
            if line.final and ordered:
                plan.final.update(key for key in order.told["lines"] if key.endswith(f"-{ordered.id}"))
        if line.quantity > 0:
            plan.strangers.append((line, product, ordered))

    def _fill(self, line, moves, room, lookup, plan):
        """Share the quantity of a line among the moves that fit; the last one takes what is too much."""
        product = moves.product_id
        lot = lookup.lot(line, product)
        if line.lot and not lot and not self._om_lots_are_new and product.tracking != "none":
            raise ValueError(
                self.env._(
                    "%(item)s: there is no lot %(lot)s of %(product)s.",
                    item=line.text,
                    lot=line.lot,
                    product=product.display_name,
                )
            )
        left = lookup.quantity(line, line.quantity, moves[0].product_uom)
        shares = self._shares(line, left)
        unit = moves[0].product_uom
        for position, move in enumerate(moves):
            is_last = position == len(moves) - 1
            for index, (package, quantity) in enumerate(shares):
                in_unit = unit._compute_quantity(quantity, move.product_uom, round=False)
                taken = in_unit if is_last else min(in_unit, max(room[move], 0))
                if float_compare(taken, 0, precision_digits=PRECISION) <= 0:
                    continue
                room[move] -= taken
                shares[index] = (
                    package,
                    quantity - move.product_uom._compute_quantity(taken, unit, round=False),
                )
                plan.entries.append(
                    Entry(move, round(taken, PRECISION), lot, "" if lot else line.lot, package)
                )
        if line.damaged > 0:
            move = moves[-1]
            damaged = lookup.quantity(line, line.damaged, move.product_uom)
            plan.damaged[move._om_edi_key()] += damaged
            if move.picking_type_id.warehouse_id.om_edi_damaged_location_id:
                plan.entries.append(
                    Entry(move, round(damaged, PRECISION), lot, "" if lot else line.lot, damaged=True)
                )

    def _shares(self, line, quantity):
        """``[(package, quantity)]`` of a line.

        :raise ValueError: several packages of which nobody can say how much each holds
        """
        if not line.packs:
            return [("", quantity)]
        count = len(line.packs)
        if count > 1 and round(quantity % count, PRECISION):
            raise ValueError(
                self.env._(
                    "%(item)s: %(quantity)g pieces in %(count)s packages: which holds how many can't be "
                    "told. Ask the warehouse for one LX per package.",
                    item=line.text,
                    quantity=quantity,
                    count=count,
                )
            )
        return [(package, quantity / count) for package in line.packs]

    @api.model
    def _book(self, plans, lookup):
        """Put the entries of these plans on their moves, and validate the transfers.

        :return: the transfers, done
        """
        entries = [entry for plan in plans for entry in plan.entries]
        moves = self.env["stock.move"].union(*(entry.move for entry in entries))
        if not moves:
            return moves.picking_id
        held = moves._om_held("ship").with_context(om_has_left=INTERNAL)
        held._action_assign()  # from where the goods went
        reserved = {
            move: [
                [line, line.product_uom_id._compute_quantity(line.quantity, move.product_uom, round=False)]
                for line in move.move_line_ids
            ]
            for move in moves
        }
        packages = lookup.find_packages(entry.package for entry in entries if entry.package)
        vals_list = []
        for entry in entries:
            package = packages[entry.package].id if entry.package else False
            vals_list += self._line_values(entry, reserved[entry.move], package)
        moves.move_line_ids.unlink()
        # what somebody ticked off beforehand leaves when the warehouse says so
        (moves.picking_id.move_ids - moves).filtered(
            lambda move: move.picked and move.state not in ("done", "cancel")
        ).picked = False
        lines = held.move_line_ids.browse()
        lines.create([vals for vals in vals_list if vals["move_id"] in held.ids])
        lines.with_env(self.env).create([vals for vals in vals_list if vals["move_id"] not in held.ids])
        (moves - held).picking_id._action_done()
        if held:
            held.picking_id._action_done()
            # what has not left stays held
            rest = held.picking_id.with_env(self.env).backorder_ids.move_ids
            rest._om_held("release")._do_unreserve()
        return moves.picking_id

    def _left_while_held(self, transaction, order, plan, held):
        """The finding that goods have left while their order was held, or ``[]``.

        :param held: the moves of held orders
        """
        entries = [entry for entry in plan.entries if entry.move in held]
        if not entries:
            return []
        moves = held.browse().union(*(entry.move for entry in entries))
        quantities = defaultdict(float)
        for entry in entries:
            quantities[entry.move.product_id] += entry.move.product_uom._compute_quantity(
                entry.quantity, entry.move.product_id.uom_id
            )
        return [
            Finding(
                order.order_id or moves.picking_id[:1],
                found=self.env._(
                    "%(document)s: %(goods)s left the warehouse",
                    document=transaction.display_name,
                    goods=", ".join(
                        f"{quantity:g} {product.uom_id.name} {product.display_name}"
                        for product, quantity in quantities.items()
                    ),
                )[:500],
                expected=moves._om_held_orders("ship")._om_held_message(),
                key=f"{transaction.reference}:{transaction.event_ref}:held",
                amount=sum(
                    entry.quantity * (entry.move.sale_line_id.price_reduce_taxinc or 0) for entry in entries
                ),
            )
        ]

    def _line_values(self, entry, reserved, package):
        """Values of the move lines of one entry: from where it is reserved, as far as it is."""
        move = entry.move
        target = move.location_dest_id
        if entry.damaged:
            target = move.picking_type_id.warehouse_id.om_edi_damaged_location_id
        vals = {
            "move_id": move.id,
            "picking_id": move.picking_id.id,
            "company_id": move.company_id.id,
            "product_id": move.product_id.id,
            "product_uom_id": move.product_uom.id,
            "location_dest_id": target.id,
            "result_package_id": package,
            "picked": True,
        }
        left, vals_list = entry.quantity, []
        for chunk in reserved:
            line, there = chunk
            if left <= 0 or there <= 0 or (entry.lot and line.lot_id != entry.lot):
                continue
            taken = min(left, there)
            chunk[1] -= taken
            left = round(left - taken, PRECISION)
            lot = entry.lot or line.lot_id
            vals_list.append(
                {
                    **vals,
                    "quantity": taken,
                    "location_id": line.location_id.id,
                    "lot_id": lot.id,
                    "lot_name": entry.lot_name if not lot else False,
                    "package_id": line.package_id.id,
                    "owner_id": line.owner_id.id,
                }
            )
        if left > 0:
            vals_list.append(
                {
                    **vals,
                    "quantity": left,
                    "location_id": move.location_id.id,
                    "lot_id": entry.lot.id if entry.lot else False,
                    "lot_name": entry.lot_name or False,
                }
            )
        return vals_list
