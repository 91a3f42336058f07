from odoo import api, models
from odoo.fields import Command

from odoo.addons.om_order_exceptions.stages import INTERNAL

from .. import x12
from .om_edi_changes import Change, Replayed, changed, label, text
from .om_edi_map_850 import OrderLookup
from .om_edi_order_difference import DATES, OrderDifference

OPEN = ("draft", "evaluated", "approval")  # nobody outside was told of the request yet
COMPARED = ("product_id", "quantity", "price_unit", "date", "partner_shipping_id")


class OmEdiMap860(models.AbstractModel):
    """The replay of received 860s.

    A change request that nobody has decided on is made anew, as a whole. One that is decided is shown only:
    its order, and the answer to the customer, have followed it.
    """

    _inherit = "om.edi.map.860"

    @api.model
    def _replay(self, documents):
        """What mapping these 860s again would change on their change requests."""
        parsed = documents._parsed_all()
        changes = {document: x12.OrderChange.parse(parsed[document]) for document in documents}
        lookup = OrderLookup(self.env, documents.edi_partner_id, changes.values())
        found = {}
        for document, change in changes.items():
            request = document.change_id
            if not request:
                text_ = self.env._("It led to no change request: there is nothing to map again.")
                found[document] = Replayed([], text_)
                continue
            numbers = self._line_numbers(parsed[document])
            difference = OrderDifference(document.order_id, change, lookup, numbers, without=request)
            if difference.problems:
                found[document] = Replayed([], "; ".join(difference.problems))
            elif request.state in OPEN:
                found[document] = Replayed(self._request_changes(request, difference), whole=True)
            else:
                changed_ = self._asked_changes(document, difference)
                found[document] = Replayed(changed_, self._decided(request) if changed_ else "")
        return found

    @api.model
    def _decided(self, request):
        state = dict(request._fields["state"]._description_selection(self.env))[request.state]
        if request.state == "warehouse":
            return self.env._(
                "%s waits for the warehouse. Let it answer, then make a change request of what differs.",
                request.name,
            )
        return self.env._(
            "%(request)s is decided (%(state)s), order and answer follow it. Make a new change request on "
            "%(order)s for what differs.",
            request=request.name,
            state=state,
            order=request.order_id.name,
        )

    @api.model
    def _request_changes(self, request, difference):
        """The lines of an open request as they would be now: list of :class:`Change`."""
        lines = {_key(line.kind, line.om_po_line, line.order_line_id.id): line for line in request.line_ids}
        kinds = dict(request.line_ids._fields["kind"]._description_selection(self.env))
        found = []
        for values in difference.lines:
            key = _key(values["kind"], values.get("om_po_line"), values.get("order_line_id"))
            line = lines.pop(key, None)
            place = self.env._("Line %s", key[1]) if key[1] else ""
            if line:
                found += [
                    Change(place, label(line, name), *pair)
                    for name in COMPARED
                    if name in values and (pair := changed(line, name, values[name]))
                ]
            else:
                new = self.env["om.change.request.line"].new({**values, "request_id": request.id})
                after = " ".join(text(new[name]) for name in ("product_id", "quantity") if new[name])
                found.append(Change(place, kinds[values["kind"]], "", after or kinds[values["kind"]]))
        for (kind, number), line in lines.items():
            place = self.env._("Line %s", number) if number else ""
            found.append(Change(place, kinds[kind], line.after or kinds[kind], ""))
        return found

    @api.model
    def _asked_changes(self, document, difference):
        """What the customer is now understood to have asked for: list of :class:`Change`."""
        lines = self.env["om.change.request.line"]
        before, now = document.asked or {}, difference.asked
        found = []
        for number in dict.fromkeys((*before, *now)):
            place = self.env._("Line %s", number) if number != DATES else ""
            was, is_ = before.get(number, {}), now.get(number, {})
            for name in dict.fromkeys((*was, *is_)):
                # a difference counts from what was ordered then, and the line may be another one by now
                if was.get(name) == is_.get(name) or name == "line":
                    continue
                if name == "quantity" and difference.differences:
                    continue
                field = {
                    "quantity": label(lines, "quantity"),
                    "price": label(lines, "price_unit"),
                }.get(name, name)
                if name in document.order_id._fields:
                    field = label(document.order_id, name)
                found.append(Change(place, field, text(was.get(name)), text(is_.get(name))))
        return found

    @api.model
    def _apply_replay(self, document, _changes):
        """Make the change request of ``document`` anew, evaluate it, and go on with it as with a new one."""
        request = document.change_id
        parsed = document._parsed()
        change = x12.OrderChange.parse(parsed)
        lookup = OrderLookup(self.env, document.edi_partner_id, [change])
        numbers = self._line_numbers(parsed)
        difference = OrderDifference(document.order_id, change, lookup, numbers, without=request)
        request._om_move("draft")
        request.with_context(om_transition=INTERNAL).write(
            {"line_ids": [Command.clear(), *map(Command.create, difference.lines)]}
        )
        document.asked = difference.asked
        request._om_edi_go_on()


def _key(kind, number, line_id):
    return kind, number or (str(line_id) if line_id else "")
