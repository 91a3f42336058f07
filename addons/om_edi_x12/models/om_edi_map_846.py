from collections import defaultdict

from odoo import api, models

from odoo.addons.om_order_exceptions.detection import Finding

from .. import x12
from .om_edi_traced import Traced
from .om_edi_warehouse_lookup import Reported, WarehouseLookup

ON_HAND, AVAILABLE = "17", "33"  # QTY01, element 673; those of held and damaged stock are the warehouse's
WHOLE = ("00", "05", "")  # BIA01: original, replacement
LOT = "LT"  # LIN, element 235


class OmEdiMap846(models.AbstractModel):
    """846 Inventory Advice in: a 3PL's stock, compared with ours per product, lot and status.

    ===========================  ===================================================================
    846 says                     compared with
    ===========================  ===================================================================
    on hand (17)                 all our stock in the warehouse; without what is on hold or damaged
                                 where the 846 tells these apart
    available (33), no 17        what is not on hold, damaged or reserved
    on hold, damaged             our stock in the warehouse's places for it
    ===========================  ===================================================================

    Lots are compared where the 846 names lots of the product. A unit or an item that is not known is
    told in the warehouse's exception; the rest is compared all the same.
    """

    _name = "om.edi.map.846"
    _inherit = "om.edi.map"
    _description = "EDI Map: 846"

    _om_trace_in = (Traced("BIA03", "reference"),)
    _om_trace_in_lines = (
        "LIN",
        (Traced("LIN02+", "product_id"), Traced("QTY02", "their_quantity")),
    )

    @api.model
    def _trace_records(self, document, lines):
        """The open difference of each line's product."""
        if document.direction == "out":
            return self._trace_products(document, lines)
        differences = self.env["om.edi.stock.difference"].search(
            [("transaction_id", "=", document.id), ("state", "=", "open")]
        )
        items = x12.InventoryAdvice.parse(document._parsed()).lines[: len(lines)]
        named = [WarehouseLookup.named(document.edi_partner_id, item.items) for item in items]
        known = self.env["om.item.resolver"]._resolve(set(named), document.company_id)
        return [
            differences.filtered(lambda one, name=name: one.product_id == known[name].product)[:1]
            for name in named
        ]

    @api.model
    def _trace_no_record(self):
        return self.env._("(no difference to our stock)")

    @api.model
    def _map_in(self, transactions):
        """Compare stock with what each of these documents of one 3PL says."""
        # sudo: the comparison does not depend on whose job reads the document
        self, transactions = self.sudo(), transactions.sudo()
        partner = transactions.edi_partner_id
        for transaction in transactions.sorted("id"):
            advice = x12.InventoryAdvice.parse(transaction._parsed())
            warehouse = partner._named_warehouse(advice.parties)
            transaction.reference = advice.number
            if advice.purpose not in WHOLE:
                transaction._fail(
                    self.env._("BIA01 says %s: this 846 is no list of the stock.", advice.purpose)
                )
            elif not warehouse:
                transaction._fail(
                    self.env._(
                        "It can't be told which warehouse this is about: N1 names none of %s.",
                        ", ".join(partner.warehouse_ids.mapped("name")) or partner.name,
                    )
                )
            else:
                self._compare(transaction, warehouse, advice)

    @api.model
    def _compare(self, transaction, warehouse, advice):
        """Compare the stock of one warehouse. The number of queries does not grow with the list."""
        theirs, unknown, by_lot, on_hand = self._theirs(transaction.edi_partner_id, warehouse, advice)
        products = {product for product, _lot, _status in theirs}
        ours = warehouse._om_edi_stock(None if warehouse.om_edi_lists_all_stock else products)
        differences = self.env["om.edi.stock.difference"]
        found = {}
        for key, (their, our, physical) in self._pairs(theirs, ours, by_lot, on_hand).items():
            product = key[0]
            allowed = abs(our) * warehouse.om_edi_stock_tolerance / 100
            if product.uom_id.compare(abs(their - our), allowed) > 0:
                found[key] = (their, our, physical)
        looked_at = None if warehouse.om_edi_lists_all_stock else products
        differences._found(warehouse, transaction, found, looked_at)
        transaction.write({"state": "done", "findings": "\n".join(unknown) or False})
        self._raise_unknown(warehouse, transaction, unknown)

    @api.model
    def _theirs(self, partner, warehouse, advice):
        """What the warehouse has.

        :return: ``({(product, lot name, status): quantity}, sentences about what is not known,
            products that are listed by lot, is stock on hand told?)``
        """
        statuses = {ON_HAND: "on_hand", AVAILABLE: "available"}
        for codes, status in (
            (warehouse.om_edi_hold_codes, "hold"),
            (warehouse.om_edi_damaged_codes, "damaged"),
        ):
            statuses.update(dict.fromkeys((codes or "").split(), status))
        rows = []
        for item in advice.lines:
            named = WarehouseLookup.named(partner, item.items)
            text = next(iter(item.items.values()), item.description or "?")
            for quantity in item.quantities:
                if status := statuses.get(quantity.kind):
                    line = Reported(
                        named, text, quantity.quantity or 0, quantity.unit, item.items.get(LOT, "")
                    )
                    rows.append((line, status))
        lookup = WarehouseLookup(self.env, partner, [line for line, _status in rows], lots=False)
        theirs, unknown, by_lot = defaultdict(float), [], set()
        for line, status in rows:
            try:
                product = lookup.product(line)
                quantity = lookup.quantity(line, line.quantity, product.uom_id)
            except ValueError as error:
                unknown.append(str(error))
                continue
            lot = line.lot if product.tracking != "none" else ""
            if lot:
                by_lot.add(product)
            theirs[product, lot, status] += quantity
        on_hand = any(status == "on_hand" for _product, _lot, status in theirs)
        return theirs, list(dict.fromkeys(unknown)), by_lot, on_hand

    @api.model
    def _pairs(self, theirs, ours, by_lot, on_hand):
        """``{(product, lot name, status): (their quantity, ours, our stock including what is reserved)}``."""
        ours_by_key = defaultdict(lambda: [0.0, 0.0])
        for (product, lot, status), (quantity, reserved) in ours.items():
            key = (product, lot if product in by_lot else "", status)
            ours_by_key[key][0] += quantity
            ours_by_key[key][1] += reserved
        pairs = {}
        for product, lot in {(product, lot) for product, lot, _status in (*theirs, *ours_by_key)}:
            told = {
                status: theirs[product, lot, status]
                for status in ("on_hand", "available", "hold", "damaged")
                if (product, lot, status) in theirs
            }
            here = {status: ours_by_key[product, lot, status] for status in ("available", "hold", "damaged")}
            apart = [status for status in ("hold", "damaged") if status in told]
            for status in apart:
                pairs[product, lot, status] = (told[status], here[status][0], here[status][0])
            if "on_hand" in told or ("available" not in told and (on_hand or not apart)):
                # the places that the 846 does not tell apart are part of what is on hand
                places = [status for status in here if status not in apart]
                physical = sum(here[status][0] for status in places)
                their = told.get("on_hand", 0) - sum(told[status] for status in apart if "on_hand" in told)
                pairs[product, lot, "available" if apart else "on_hand"] = (their, physical, physical)
            elif "available" in told:
                quantity, reserved = here["available"]
                pairs[product, lot, "available"] = (told["available"], quantity - reserved, quantity)
        return pairs

    @api.model
    def _raise_unknown(self, warehouse, transaction, unknown):
        """Say what of the list could not be compared; end the case when all of it could."""
        exceptions = self.env["om.exception"]
        if unknown:
            exceptions._raise(
                "E-3PL-STOCK",
                [
                    Finding(
                        warehouse,
                        found=f"{transaction.display_name}: {' '.join(unknown)}"[:500],
                        expected=self.env._("items and units that are known here"),
                        key="unknown",
                    )
                ],
            )
        else:
            warehouse._om_edi_end_cases("unknown")
