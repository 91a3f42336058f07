from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.om_order_exceptions.detection import Finding

from .om_edi_commitment import OPEN_ANSWERS


class OmEdiStockDifference(models.Model):
    """A quantity in a 3PL's warehouse that is not what our books say, found by an 846.

    At most one is open per warehouse, product, lot and status: the next 846 refreshes it, or ends it
    when there is no difference any more. What documents on their way explain is waited for; for the
    rest an adjustment is proposed, which a stock manager applies. By itself only what is worth no more
    than the company's limit is adjusted.
    """

    _name = "om.edi.stock.difference"
    _description = "Stock Difference with a 3PL"
    _order = "id desc"
    _check_company_auto = True

    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True, index=True)
    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    transaction_id = fields.Many2one(
        "om.edi.transaction", "Last 846", readonly=True, index="btree_not_null", ondelete="set null"
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="restrict"
    )
    lot_name = fields.Char("Lot", readonly=True, default="")
    status = fields.Selection(
        [("on_hand", "On Hand"), ("available", "Available"), ("hold", "On Hold"), ("damaged", "Damaged")],
        required=True,
        readonly=True,
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    their_quantity = fields.Float("3PL", digits="Product Unit", readonly=True)
    our_quantity = fields.Float("Ours", digits="Product Unit", readonly=True)
    our_stock = fields.Float(
        digits="Product Unit", readonly=True, help="Ours, with what is reserved, when it was compared."
    )
    quantity = fields.Float("Difference", digits="Product Unit", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    value = fields.Monetary(readonly=True, help="Difference at cost.")
    proposal = fields.Selection(
        [("wait", "Wait"), ("adjust", "Adjust")],
        readonly=True,
        required=True,
        default="adjust",
        help="Wait: a shipment or receipt that the 3PL has not reported yet explains it. Adjust: our stock.",
    )
    reason = fields.Selection(
        [
            ("shipment", "Shipment Not Reported"),
            ("receipt", "Receipt Not Reported"),
            ("count", "Miscount or Loss"),
            ("damage", "Damage"),
            ("status", "Status Changed"),
            ("unit", "Wrong Unit or Item"),
            ("other", "Other"),
        ],
        help="Proposed from what is on its way; say what it was before you adjust.",
    )
    note = fields.Char()
    state = fields.Selection(
        [("open", "Open"), ("adjusted", "Adjusted"), ("gone", "Gone"), ("accepted", "Left As It Is")],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    found_at = fields.Datetime("Since", readonly=True, default=fields.Datetime.now)
    closed_at = fields.Datetime(readonly=True)
    closed_by_id = fields.Many2one("res.users", readonly=True)

    _unique_open = models.UniqueIndex(
        "(warehouse_id, product_id, lot_name, status) WHERE state = 'open'",
        "This difference is open already.",
    )

    @api.depends("product_id", "warehouse_id", "lot_name")
    def _compute_display_name(self):
        for difference in self:
            names = (difference.warehouse_id.code, difference.product_id.display_name, difference.lot_name)
            difference.display_name = " ".join(filter(None, names))

    # ------------------------------------------------------------------------------------ comparing

    @api.model
    def _found(self, warehouse, transaction, found, products):
        """Bring the open differences of a warehouse in line with what an 846 showed.

        :param found: ``{(product, lot name, status): (their quantity, ours, our stock)}``
        :param products: what was compared; all when ``None``
        """
        on_their_way = self._on_their_way(warehouse)
        known = {
            (difference.product_id, difference.lot_name or "", difference.status): difference
            for difference in self.search([("warehouse_id", "=", warehouse.id), ("state", "=", "open")])
        }
        gone = self.browse()
        for key, difference in known.items():
            if key not in found and (products is None or key[0] in products):
                gone |= difference
        gone._end("gone")
        new = []
        for key, quantities in found.items():
            vals = self._values(transaction, key, quantities, on_their_way)
            if difference := known.get(key):
                difference.write(vals)
            else:
                product, lot, status = key
                new.append(
                    {
                        **vals,
                        "warehouse_id": warehouse.id,
                        "product_id": product.id,
                        "lot_name": lot,
                        "status": status,
                    }
                )
        self.create(new)
        still_open = self.search([("warehouse_id", "=", warehouse.id), ("state", "=", "open")])
        still_open._adjust_small()
        self._raise_or_end(warehouse)

    @api.model
    def _values(self, transaction, key, quantities, on_their_way):
        product = key[0]
        their, our, physical = quantities
        quantity = product.uom_id.round(their - our)
        leaving, coming = on_their_way[product]
        reason = "count"
        if quantity < 0 and product.uom_id.compare(-quantity, leaving) <= 0:
            reason = "shipment"
        elif quantity > 0 and product.uom_id.compare(quantity, coming) <= 0:
            reason = "receipt"
        return {
            "transaction_id": transaction.id,
            "edi_partner_id": transaction.edi_partner_id.id,
            "their_quantity": their,
            "our_quantity": our,
            "our_stock": physical,
            "quantity": quantity,
            "value": quantity * product.with_company(transaction.company_id).standard_price,
            "reason": reason,
            "proposal": "adjust" if reason == "count" else "wait",
        }

    @api.model
    def _on_their_way(self, warehouse):
        """What the warehouse may have done without having reported it. One query.

        :return: ``{product: [leaving, coming]}`` in the product's unit
        """
        moving = defaultdict(lambda: [0.0, 0.0])
        for product, code, quantity in self.env["stock.move"]._read_group(
            [
                ("picking_id.om_edi_order_id.answer_state", "in", OPEN_ANSWERS),
                ("picking_type_id.warehouse_id", "=", warehouse.id),
                ("state", "not in", ("done", "cancel")),
            ],
            ["product_id", "picking_type_id"],
            ["product_qty:sum"],
        ):
            moving[product][code.code == "incoming"] += quantity
        return moving

    @api.model
    def _raise_or_end(self, warehouse):
        """One case per warehouse for what has to be adjusted."""
        differences = self.search(
            [("warehouse_id", "=", warehouse.id), ("state", "=", "open"), ("proposal", "=", "adjust")]
        )
        if not differences:
            warehouse._om_edi_end_cases("stock")
            return
        names = ", ".join(differences[:5].mapped("product_id.display_name"))
        self.env["om.exception"]._raise(
            "E-3PL-STOCK",
            [
                Finding(
                    warehouse,
                    found=self.env._(
                        "%(count)s differences: %(products)s", count=len(differences), products=names
                    )[:500],
                    expected=self.env._("the stock of our books"),
                    key="stock",
                    amount=sum(abs(difference.value) for difference in differences),
                )
            ],
        )

    # ------------------------------------------------------------------------------------ adjusting

    def action_adjust(self):
        """Adjust our stock to the 3PL's."""
        self._check_may_adjust()
        if unexplained := self.filtered(lambda difference: not difference.reason):
            raise UserError(self.env._("Say why: %s", ", ".join(unexplained.mapped("display_name"))))
        self.filtered(lambda difference: difference.state == "open")._adjust()
        return True

    def action_accept(self):
        """Leave our stock as it is: the 3PL is wrong, or will correct it."""
        self._check_may_adjust()
        for difference in self:
            if not difference.note:
                raise UserError(self.env._("Say in the note why %s stays.", difference.display_name))
        self.filtered(lambda difference: difference.state == "open")._end("accepted")
        return True

    def _check_may_adjust(self):
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise AccessError(self.env._("Only stock managers adjust stock."))
        self.check_access("write")

    def _adjust_small(self):
        """Adjust by itself what is worth no more than the company's limit."""
        limit = self.company_id.om_edi_adjust_limit
        if not limit:
            return
        self.filtered(
            lambda difference: (
                difference.proposal == "adjust"
                and difference.currency_id.compare_amounts(abs(difference.value), limit) <= 0
            )
        )._adjust()

    def _adjust(self):
        """Write the differences into stock.

        :raise UserError: goods have moved since the 846: the difference is not what it was
        """
        for warehouse, differences in self.grouped("warehouse_id").items():
            stock = warehouse._om_edi_stock(differences.product_id)
            for difference in differences:
                now = difference._our_stock(stock)
                if difference.uom_id.compare(now, difference.our_stock):
                    raise UserError(
                        self.env._(
                            "%(difference)s: %(then)g when it was compared, %(now)g now. Wait for the next "
                            "846.",
                            difference=difference.display_name,
                            then=difference.our_stock,
                            now=now,
                        )
                    )
            quants = self.env["stock.quant"].union(
                *(difference._set_counted(warehouse) for difference in differences)
            )
            quants.with_context(
                # sudo: who adjusts stock need not be allowed to read trading partners
                inventory_name=self.env._("846 of %s", warehouse.sudo().om_edi_partner_id.name)
            )._apply_inventory()
        self._end("adjusted")

    def _our_stock(self, stock):
        """This difference's part of the warehouse's stock."""
        statuses = ("available", "hold", "damaged") if self.status == "on_hand" else (self.status,)
        return sum(
            quantity
            for (product, lot, status), (quantity, _reserved) in stock.items()
            if product == self.product_id
            and status in statuses
            and (not self.lot_name or lot == self.lot_name)
        )

    def _set_counted(self, warehouse):
        """Set counted quantities that make up for this difference; less is taken where most is free.

        :return: the ``stock.quant`` that have to be applied
        """
        self.ensure_one()
        place = {
            "hold": warehouse.om_edi_hold_location_id,
            "damaged": warehouse.om_edi_damaged_location_id,
        }.get(self.status) or warehouse.lot_stock_id
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        found = quants.search(
            [
                ("product_id", "=", self.product_id.id),
                ("location_id", "child_of", warehouse.view_location_id.id),
                ("location_id.usage", "=", "internal"),
                *([("lot_id.name", "=", self.lot_name)] if self.lot_name else []),
            ]
        ).filtered(
            lambda quant: (
                self.status == "on_hand" or warehouse._om_edi_status(quant.location_id) == self.status
            )
        )
        if self.quantity > 0:
            lot = self._lot()
            here = found.filtered(lambda quant: quant.location_id == place and quant.lot_id == lot)[:1]
            if not here:
                here = quants.create(
                    {"product_id": self.product_id.id, "location_id": place.id, "lot_id": lot.id}
                )
            here.inventory_quantity = here.quantity + self.quantity
            return here
        left, changed = -self.quantity, quants.browse()
        for quant in found.sorted(lambda quant: quant.quantity - quant.reserved_quantity, reverse=True):
            taken = min(left, quant.quantity)
            if taken <= 0:
                continue
            quant.inventory_quantity = quant.quantity - taken
            changed |= quant
            left -= taken
        return changed

    def _lot(self):
        """The lot that this difference is about; a new one where the 3PL has found one."""
        lots = self.env["stock.lot"]
        if not self.lot_name:
            return lots
        found = lots.search(
            [
                ("name", "=", self.lot_name),
                ("product_id", "=", self.product_id.id),
                ("company_id", "in", (self.company_id.id, False)),
            ],
            limit=1,
        )
        return found or lots.create(
            {"name": self.lot_name, "product_id": self.product_id.id, "company_id": self.company_id.id}
        )

    def _end(self, state):
        if not self:
            return
        self.write({"state": state, "closed_at": fields.Datetime.now(), "closed_by_id": self.env.uid})
        for warehouse in self.warehouse_id:
            self._raise_or_end(warehouse)
