from odoo import api, models
from odoo.fields import Command

from .om_edi_changes import Change, Replayed, changed, label
from .om_edi_map_850 import OrderLookup

# Where an order came from and whose it is does not follow from its document.
NOT_MAPPED = (
    "partner_id",
    "company_id",
    "user_id",
    "origin",
    "om_intake_id",
    "om_edi_transaction_id",
    "om_edi_partner_id",
    "om_auto_confirm",
    "om_ship_to_json",
    "order_line",
)


class OmEdiMap850(models.AbstractModel):
    """The replay of received 850s: their bytes, mapped with what is known today, against their orders."""

    _inherit = "om.edi.map.850"

    @api.model
    def _replay(self, documents):
        """What mapping these 850s again would change on their orders."""
        purchase_orders = documents._purchase_orders()
        lookup = OrderLookup(self.env, documents.edi_partner_id, purchase_orders.values())
        return {
            document: Replayed(self._order_changes(document, po, lookup), self._replay_refusal(document))
            for document, po in purchase_orders.items()
        }

    @api.model
    def _replay_refusal(self, document):
        order = document.order_id
        if not order:
            return self.env._("Its order was deleted: ask the customer to send it again.")
        if order.state == "cancel":
            return self.env._(
                "%s is cancelled: set it to quotation first, or ask the customer for a new 850.", order.name
            )
        if order.state not in ("draft", "sent"):
            return self.env._(
                "%s is confirmed: change it by a change request, so that delivery and answers follow.",
                order.name,
            )
        return ""

    @api.model
    def _order_changes(self, document, po, lookup):
        """List of :class:`Change`, to write ``(field, value)`` on the order, or commands of its lines."""
        order = document.order_id
        if not order:
            return []
        vals = lookup.order_values(document, po)
        found = [
            Change("", label(order, name), *pair, (name, value))
            for name, value in vals.items()
            if name not in NOT_MAPPED and (pair := changed(order, name, value))
        ]
        lines = {line.om_po_line: line for line in order.order_line if line.om_po_line}
        for _command, _id, line_vals in vals["order_line"]:
            found += self._line_changes(order, lines.get(line_vals["om_po_line"]), line_vals)
        return found

    @api.model
    def _line_changes(self, order, line, vals):
        place = self.env._("Line %s", vals["om_po_line"] or "?")
        new = order.env["sale.order.line"].new({**vals, "order_id": order.id})
        after = new.product_id.display_name or vals.get("name") or ""
        product = label(new, "product_id")
        if not line:
            return [Change(place, product, "", after, [Command.create(vals)])]
        if (line.display_type or False) != (vals.get("display_type") or False):
            # what is a note can't become an article, nor the other way round
            before = line.product_id.display_name or line.name
            values = {**vals, "sequence": line.sequence}
            return [Change(place, product, before, after, [Command.delete(line.id), Command.create(values)])]
        return [
            Change(place, label(line, name), *pair, [Command.update(line.id, {name: vals[name]})])
            for name in vals
            if name not in ("sequence", "technical_price_unit", "om_candidate_ids", "om_raw")
            and (pair := changed(line, name, vals[name]))
        ]

    @api.model
    def _apply_replay(self, document, changes):
        """Make these changes on the order of ``document``, and look at it again."""
        order = document.order_id
        vals, commands = {}, []
        for change in changes:
            if isinstance(change.write, tuple):
                vals[change.write[0]] = change.write[1]
            else:
                commands += change.write
        order.write({**vals, **({"order_line": commands} if commands else {})})
        order.om_exception_ids.filtered(lambda case: case.is_open and case.code == "E-EDI-MAP")._close(
            "auto_closed"
        )
        self._raise_map_errors(
            order, {document: document._purchase_order()}, document.edi_partner_id.partner_id
        )
        order._om_check()
