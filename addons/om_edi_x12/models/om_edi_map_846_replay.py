from odoo import api, models

from .. import x12
from .om_edi_changes import Change, Replayed, label, text

COMPARED = ("their_quantity", "our_quantity", "quantity", "proposal")


class OmEdiMap846(models.AbstractModel):
    """The replay of received 846s: the differences in stock that would be open, against those that are.

    Only the last list of a warehouse can be compared again, and only with the stock to which it belongs.
    """

    _inherit = "om.edi.map.846"

    @api.model
    def _replay(self, documents):
        """What comparing these lists again would change among the open differences."""
        partner = documents.edi_partner_id
        parsed = documents._parsed_all()
        last = self.env["om.edi.transaction"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("direction", "=", "in"),
                ("set_id", "=", "846"),
                ("state", "=", "done"),
                ("id", ">=", min(documents.ids)),
            ],
            order="id",
        )
        advices = {
            document: x12.InventoryAdvice.parse(parsed_)
            for document, parsed_ in {**(last - documents)._parsed_all(), **parsed}.items()
        }
        warehouses = {
            document: partner._named_warehouse(advice.parties) for document, advice in advices.items()
        }
        last_of = {warehouses[document]: document for document in last}
        found = {}
        for document in documents:
            warehouse = warehouses[document]
            if not warehouse:
                found[document] = Replayed([], self.env._("It can't be told which warehouse this is about."))
            elif (later := last_of.get(warehouse, document)) != document:
                refusal = self.env._(
                    "A later list of %(warehouse)s came: replay %(later)s.",
                    warehouse=warehouse.name,
                    later=later.display_name,
                )
                found[document] = Replayed([], refusal)
            else:
                changes = self._compared_again(document, warehouse, advices[document])
                found[document] = Replayed(changes, changes and self._moved_since(document, warehouse), True)
        return found

    @api.model
    def _compared_again(self, document, warehouse, advice):
        """Compare, look, and undo it: list of :class:`Change`."""
        before = self._open_differences(warehouse)
        savepoint = self.env.cr.savepoint()
        try:
            self.with_context(mail_notify_force_send=False)._compare(document, warehouse, advice)
            after = self._open_differences(warehouse)
        finally:
            savepoint.close(rollback=True)
        nothing = dict.fromkeys(COMPARED, "")
        differences = self.env["om.edi.stock.difference"]
        return [
            Change(place, label(differences, name), was[name], is_[name])
            for place in dict.fromkeys((*before, *after))
            for was, is_ in [(before.get(place, nothing), after.get(place, nothing))]
            for name in COMPARED
            if was[name] != is_[name]
        ]

    @api.model
    def _open_differences(self, warehouse):
        """``{place: {field: value}}`` of the open differences of a warehouse, as text."""
        differences = self.env["om.edi.stock.difference"].search(
            [("warehouse_id", "=", warehouse.id), ("state", "=", "open")], order="id"
        )
        labels = dict(differences._fields["status"]._description_selection(self.env))
        return {
            f"{difference.display_name}, {labels[difference.status]}": {
                name: f"{difference[name]:g}" if name != "proposal" else text(difference.proposal)
                for name in COMPARED
            }
            for difference in differences
        }

    @api.model
    def _moved_since(self, document, warehouse):
        """Why the list can't be compared with the stock of now; empty when it can."""
        moved = self.env["stock.move.line"].search_count(
            [
                ("state", "=", "done"),
                ("date", ">", document.intake_id.received_at),
                ("product_id.is_storable", "=", True),
                "|",
                ("location_id", "child_of", warehouse.view_location_id.id),
                ("location_dest_id", "child_of", warehouse.view_location_id.id),
            ],
            limit=1,
        )
        if not moved:
            return ""
        return self.env._(
            "Goods have moved in %s since this list came. Ask the warehouse for a new 846.", warehouse.name
        )

    @api.model
    def _apply_replay(self, document, _changes):
        """Compare the stock with this list again."""
        advice = x12.InventoryAdvice.parse(document._parsed())
        self._compare(document, document.edi_partner_id._named_warehouse(advice.parties), advice)
