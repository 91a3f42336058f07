from odoo import api, models
from odoo.fields import Command

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
    """The replay of a received 850: its stored bytes, mapped with what is known today, against its order."""

    _inherit = "om.edi.map.850"

    @api.model
    def _replay(self, document):
        """What mapping ``document`` again would change on its order. Nothing is changed.

        :return: ``[(place, before, after, command)]``; ``command`` is ``(field, value)`` of the order, or the
            commands of its lines
        """
        order = document.order_id
        po = document._purchase_order()
        vals = OrderLookup(self.env, document.edi_partner_id, [po]).order_values(document, po)
        found = []
        for name, value in vals.items():
            if name not in NOT_MAPPED and (pair := _changed(order, name, value)):
                found.append((_label(order, name), *pair, (name, value)))
        lines = {line.om_po_line: line for line in order.order_line if line.om_po_line}
        for _command, _id, line_vals in vals["order_line"]:
            found += self._replay_line(order, lines.get(line_vals["om_po_line"]), line_vals)
        return found

    @api.model
    def _replay_line(self, order, line, vals):
        place = self.env._("Line %s", vals["om_po_line"] or "?")
        new = order.env["sale.order.line"].new({**vals, "order_id": order.id})
        text = new.product_id.display_name or vals.get("name") or ""
        if not line:
            return [(place, "", text, [Command.create(vals)])]
        if (line.display_type or False) != (vals.get("display_type") or False):
            # what is a note can't become an article, nor the other way round
            before = line.product_id.display_name or line.name
            values = {**vals, "sequence": line.sequence}
            return [(place, before, text, [Command.delete(line.id), Command.create(values)])]
        return [
            (f"{place}, {_label(line, name)}", *pair, [Command.update(line.id, {name: vals[name]})])
            for name in vals
            if name not in ("sequence", "technical_price_unit", "om_candidate_ids", "om_raw")
            and (pair := _changed(line, name, vals[name]))
        ]

    @api.model
    def _apply_replay(self, document):
        """Bring the order of ``document`` in line with what was mapped now, and look at it again."""
        order = document.order_id
        vals, commands = {}, []
        for _place, _before, _after, command in self._replay(document):
            if isinstance(command, tuple):
                vals[command[0]] = command[1]
            else:
                commands += command
        order.write({**vals, **({"order_line": commands} if commands else {})})
        order.om_exception_ids.filtered(lambda case: case.is_open and case.code == "E-EDI-MAP")._close(
            "auto_closed"
        )
        self._raise_map_errors(
            order, {document: document._purchase_order()}, document.edi_partner_id.partner_id
        )
        order._om_check()


def _label(record, name):
    return record._fields[name]._description_string(record.env)


def _changed(record, name, value):
    """``(before, after)`` as text where ``value`` is not what the field holds; ``None`` where it is."""
    field = record._fields[name]
    if field.type in ("one2many", "many2many"):
        return None
    before = record[name]
    if field.type == "many2one":
        after = record.env[field.comodel_name].browse(value or False)
        return (before.display_name or "", after.display_name or "") if before != after else None
    if field.type in ("float", "monetary"):
        same = round(before or 0.0, 6) == round(value or 0.0, 6)
    else:
        same = (before or False) == (value or False)
    return None if same else (_text(before), _text(value))


def _text(value):
    return "" if value is False or value is None else str(value)
