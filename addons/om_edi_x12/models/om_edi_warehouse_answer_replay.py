from collections import defaultdict

from odoo import api, models

from .om_edi_changes import Change, Replayed, changes_of, label, write
from .om_edi_warehouse_lookup import WarehouseLookup


class OmEdiWarehouseAnswer(models.AbstractModel):
    """The replay of received 945s and 944s: what they say by the mapping of today, against what was booked.

    Goods that have moved are not moved by a replay. What they say of the whole shipment, such as the carrier,
    can be put on the transfer later as well.
    """

    _inherit = "om.edi.warehouse.answer"

    @api.model
    def _replay(self, documents):
        """What mapping these answers again would change on the transfers that they have validated."""
        partner = documents.edi_partner_id
        read, lines, found = {}, {}, {}
        for document in documents:
            try:
                read[document] = self._read(document)
                lines[document] = self._lines(read[document], partner)
            except ValueError as error:
                found[document] = Replayed([], str(error))
        lookup = WarehouseLookup(self.env, partner, [line for of_one in lines.values() for line in of_one])
        repeats = self._repeats_of(documents)
        for document, reported in lines.items():
            picking = document.picking_id
            if document in repeats or not picking or picking.state != "done":
                text_ = self.env._("Nothing was booked from it: there is nothing to map again.")
                found[document] = Replayed([], text_)
                continue
            changes = changes_of(picking, self._notes(read[document]))
            try:
                changes += self._booked_changes(picking, reported, lookup)
            except ValueError as error:
                found[document] = Replayed([], str(error))
            else:
                found[document] = Replayed(changes)
        return found

    @api.model
    def _repeats_of(self, documents):
        """Those of these documents that only repeat an earlier one. One query."""
        booked = self.env["om.edi.transaction"].search(
            [
                ("edi_partner_id", "=", documents.edi_partner_id.id),
                ("direction", "=", "in"),
                ("set_id", "=", self._om_set_id()),
                ("picking_id", "in", documents.picking_id.ids),
                ("state", "=", "done"),
            ],
            order="id desc",
        )
        first = {(document.picking_id, document.event_ref): document for document in booked}
        return documents.filtered(lambda d: first.get((d.picking_id, d.event_ref), d) != d)

    @api.model
    def _booked_changes(self, picking, reported, lookup):
        """Quantities and packages that were booked and would be booked now: list of :class:`Change`.

        :raise ValueError: an item or a unit is not known now
        """
        line_model = self.env["stock.move.line"]
        ordered = (
            picking.sale_id.order_line.product_id
            | picking.move_ids.product_id
            | picking.backorder_ids.move_ids.product_id
        )
        now, packs_now = defaultdict(float), defaultdict(set)
        for line in reported:
            product = lookup.product(line)
            if line.original or product not in ordered or line.quantity <= 0:
                continue  # nobody ordered it: it is not booked
            key = (product, line.lot if product.tracking != "none" else "")
            now[key] += lookup.quantity(line, line.quantity, product.uom_id)
            packs_now[key].update(line.packs)
        if not now:
            return []
        then, packs_then = defaultdict(float), defaultdict(set)
        damaged = picking.picking_type_id.warehouse_id.om_edi_damaged_location_id
        lots_named = {product for product, lot in now if lot}
        for line in picking.move_line_ids:
            if damaged and line.location_dest_id == damaged:
                continue
            named = line.product_id in lots_named
            key = (line.product_id, (line.lot_id.name or "") if named else "")
            then[key] += line.quantity_product_uom
            packs_then[key].update(line.result_package_id.filtered("name").mapped("name"))
        found = []
        for key in dict.fromkeys((*then, *now)):
            product, lot = key
            place = " ".join(filter(None, (product.display_name, lot)))
            if product.uom_id.compare(then[key], now[key]):
                quantities = (f"{then[key]:g}", f"{now[key]:g}")
                refusal = self._moved_refusal(picking)
                found.append(Change(place, label(line_model, "quantity"), *quantities, refusal=refusal))
            if packs_now[key] and packs_then[key] != packs_now[key]:
                names = (", ".join(sorted(packs)) for packs in (packs_then[key], packs_now[key]))
                field = label(line_model, "result_package_id")
                found.append(Change(place, field, *names, refusal=self._moved_refusal(picking)))
        return found

    @api.model
    def _moved_refusal(self, picking):
        if self._om_answers == "940":
            return self.env._(
                "%s has left. Take back or send after what differs with a return or a new delivery; correct "
                "the count by an inventory adjustment. Then replay the 856.",
                picking.name,
            )
        return self.env._(
            "%s is received. Return what differs to the vendor, or correct the count by an inventory "
            "adjustment.",
            picking.name,
        )

    @api.model
    def _apply_replay(self, _document, changes):
        """Put what the document says of the whole shipment on its transfer."""
        write(changes)
