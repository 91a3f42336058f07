import hashlib

from odoo import SUPERUSER_ID, api, models

from .. import x12
from .om_edi_map_850 import DELIVERY, LAST_DAY, SHIPMENT, OrderLookup
from .om_edi_order_difference import CANCELLATION, REPLACEMENT, OrderDifference
from .om_edi_traced import Traced

# BCH01, element 353: what we act on; others repeat, simulate or confirm
PURPOSES = ("", "00", CANCELLATION, "04", REPLACEMENT)


class OmEdiMap860(models.AbstractModel):
    """860 Purchase Order Change in: a change request on the order, which the stage matrix decides on.

    ======  =======================================================================
    BCH01   the 860 is
    ======  =======================================================================
    01      a cancellation of the whole order
    04, 00  a change of the lines that it names
    05      the whole order as it is to be: what it does not name is cancelled
    ======  =======================================================================

    An 860 is understood as a whole or not at all. One that is not stays in error and holds the shipment
    of its order (E-CHG-EDI) until it was mended or refused. One that is earlier than its order, or than
    its confirmation, waits for it. Several of one order are taken in the sequence in which they came.
    """

    _name = "om.edi.map.860"
    _inherit = "om.edi.map"
    _description = "EDI Map: 860"

    _om_trace_in = (
        Traced("BCH03", "reference"),
        Traced("BCH05", "event_ref"),
        Traced("MSG01", "change_id.note"),
        Traced("MTX02", "change_id.note"),
        Traced("DTM02", "change_id.line_ids.date", DELIVERY, anywhere=True),
        Traced("DTM02", "order_id.om_requested_ship_date", SHIPMENT),
        Traced("DTM02", "order_id.om_cancel_after", LAST_DAY),
        Traced("N102+", "change_id.line_ids.partner_shipping_id", ("ST",)),
    )
    _om_trace_in_lines = (
        "POC",
        (
            Traced("POC02", "kind"),
            Traced("POC03", "quantity"),
            Traced("POC06", "price_unit"),
            Traced("POC08+", "product_id"),
        ),
    )

    @api.model
    def _trace_records(self, document, lines):
        changes = document.change_id.line_ids
        of_number = changes.filtered("om_po_line").grouped("om_po_line")
        return [of_number.get([*line[0], ""][1], changes.browse()) for line in lines]

    @api.model
    def _trace_no_record(self):
        return self.env._("(it changes nothing on the order)")

    @api.model
    def _map_in(self, transactions):
        """Turn the changes of one trading partner into change requests, all of a batch at once."""
        # sudo: what a customer asks for is noted whoever's job reads it
        self, transactions = self.sudo(), transactions.sudo()
        partner = transactions.edi_partner_id
        changes = {}
        every = transactions._parsed_all()
        for transaction in transactions.sorted("id"):
            parsed = every[transaction]
            change = x12.OrderChange.parse(parsed)
            content = self._content(parsed)
            transaction.write(
                {"reference": change.number or False, "event_ref": change.change_number or content}
            )
            if reason := self._no_change(parsed, change):
                transaction._fail(reason)
            else:
                changes[transaction] = (change, content, self._line_numbers(parsed))
        orders = self._orders(partner, {change.number for change, *_rest in changes.values()})
        taken = self._taken_before(partner, changes)
        lookup = OrderLookup(self.env, partner, [change for change, *_rest in changes.values()])
        stuck = self._stuck_before(transactions, changes)
        while changes:
            # of each order one at a time: the next one finds what this one leaves
            turn, seen = {}, set()
            for transaction, (change, content, numbers) in list(changes.items()):
                if change.number in seen:
                    continue
                seen.add(change.number)
                del changes[transaction]
                if (
                    self._find(transaction, change, orders.get(change.number))
                    and not self._waits(transaction, change, stuck)
                    and not self._repeats(transaction, content, taken)
                ):
                    turn[transaction] = (transaction.order_id, change, numbers)
                    taken[transaction.reference, transaction.event_ref] = transaction
                elif transaction.state == "error":
                    stuck.setdefault(change.number, transaction)
            self._take(turn, lookup)
            for transaction in turn:
                if transaction.state == "error":
                    stuck.setdefault(transaction.reference, transaction)

    @api.model
    def _no_change(self, parsed, change):
        """Why a received 860 says nothing that can be acted on, for a person; empty when it does."""
        if change.purpose not in PURPOSES:
            return self.env._(
                "BCH01 says %(purpose)s: this 860 is no plain change of an order.", purpose=change.purpose
            )
        if not change.number:
            return self.env._("BCH03 is empty: it names no order.")
        if problems := [finding.message for finding in change.findings if finding.severity == "error"]:
            return "; ".join(problems)
        received = sum(segment[0] == "POC" for segment in parsed.segments)
        if received != len(change.lines):
            return self.env._(
                "%(received)s POC came, but only %(read)s stand where lines belong.",
                received=received,
                read=len(change.lines),
            )
        return ""

    @api.model
    def _content(self, parsed):
        """What an 860 says, without its control numbers."""
        said = [segment for segment in parsed.segments if segment[0] not in ("ST", "SE")]
        return hashlib.sha256(repr([list(segment) for segment in said]).encode()).hexdigest()

    @api.model
    def _line_numbers(self, parsed):
        """POC01 of each line; empty where it was not sent."""
        return [[*segment, ""][1] for segment in parsed.segments if segment[0] == "POC"]

    @api.model
    def _orders(self, partner, numbers):
        """The orders that are changed: ``{PO number: sale.order}``; cancelled ones where no other is.

        A number that several orders have stands for all of them.
        """
        found = {}
        for order in self.env["sale.order"].search(
            [("om_edi_partner_id", "=", partner.id), ("client_order_ref", "in", list(numbers))], order="id"
        ):
            found[order.client_order_ref] = found.get(order.client_order_ref, order.browse()) | order
        return {
            number: orders.filtered(lambda order: order.state != "cancel") or orders[-1:]
            for number, orders in found.items()
        }

    @api.model
    def _taken_before(self, partner, changes):
        """Earlier 860s of these orders: ``{(PO number, change number): transaction}``."""
        before = self.env["om.edi.transaction"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("set_id", "=", "860"),
                ("direction", "=", "in"),
                ("state", "=", "done"),
                ("reference", "in", [change.number for change, *_rest in changes.values()]),
                ("event_ref", "!=", False),
            ],
            order="id desc",
        )
        return {(transaction.reference, transaction.event_ref): transaction for transaction in before}

    @api.model
    def _stuck_before(self, transactions, changes):
        """860s of these orders that could not be applied: ``{PO number: the first one}``."""
        stuck = self.env["om.edi.transaction"].search(
            [
                ("id", "not in", transactions.ids),
                ("edi_partner_id", "=", transactions.edi_partner_id.id),
                ("set_id", "=", "860"),
                ("direction", "=", "in"),
                ("state", "=", "error"),
                ("reference", "in", [change.number for change, *_rest in changes.values()]),
            ],
            order="id desc",
        )
        return {transaction.reference: transaction for transaction in stuck}

    def _waits(self, transaction, change, stuck):
        """Does an earlier 860 of the order stand in the way? It must not overwrite this one later."""
        before = stuck.get(transaction.reference)
        if not before or before.id > transaction.id or change.purpose == CANCELLATION:
            return False
        text = self.env._(
            "An earlier 860 of this order, in %s, is not decided yet. As soon as it is, this one is taken.",
            before.intake_id.name,
        )
        transaction.with_context(om_edi_waits=True)._refer_change([text])
        return True

    @api.model
    def _find(self, transaction, change, order):
        """Is there one order that can be changed now? Otherwise the 860 waits for it, and says so."""
        if not order:
            # it is early, not wrong: nothing is said against it
            transaction.with_context(om_edi_waits=True)._fail(
                self.env._(
                    "No order with the PO number %s came from this partner. As soon as its 850 comes, the "
                    "change is made.",
                    change.number,
                )
            )
            return False
        if len(order) > 1:
            transaction._fail(
                self.env._(
                    "Several orders have the PO number %(number)s: %(orders)s. Cancel those that do not "
                    "count, then try again.",
                    number=change.number,
                    orders=", ".join(order.mapped("name")),
                )
            )
            return False
        transaction.order_id = order
        return True

    def _repeats(self, transaction, content, taken):
        """Was this 860 taken before? The same is noted once; another of the same number is asked about."""
        before = taken.get((transaction.reference, transaction.event_ref))
        if not before:
            return False
        if self._content(before._parsed()) == content:
            transaction.write(
                {
                    "state": "done",
                    "change_id": before.change_id.id,
                    "findings": self.env._(
                        "Came before, in %s. Nothing was done again.", before.intake_id.name
                    ),
                }
            )
        else:
            text = self.env._(
                "BCH05: change number %(number)s came before, in %(intake)s, with other content. Ask the "
                "sender which of the two counts.",
                number=transaction.event_ref,
                intake=before.intake_id.name,
            )
            transaction._refer_change([text])
        return True

    # ---------------------------------------------------------------------------------- one turn

    @api.model
    def _take(self, turn, lookup):
        """Act on 860s of different orders."""
        requested = {}
        for transaction, (order, change, numbers) in turn.items():
            if order.state != "sale":
                self._take_unconfirmed(transaction, order, change)
                continue
            difference = OrderDifference(order, change, lookup, numbers)
            transaction.asked = difference.asked
            if difference.problems:
                transaction._refer_change(difference.problems)
            else:
                requested[transaction] = (order, change, difference)
        if not requested:
            return
        orders = self.env["sale.order"].union(*(order for order, *_rest in requested.values()))
        requests = self.env["om.change.request"]._om_request(
            orders, {order.id: difference.lines for order, _c, difference in requested.values()}, source="edi"
        )
        for request, (transaction, (order, change, difference)) in zip(
            requests, requested.items(), strict=True
        ):
            request.write(
                {
                    "note": "\n".join([*change.notes, *difference.notes]) or False,
                    "requested_by_id": order.partner_id.id,
                    "requested_at": transaction.intake_id.received_at,
                }
            )
            transaction.write({"state": "done", "change_id": request.id, "findings": False})
            self.env["om.order.event"]._log(
                "document_in", order, note=transaction.display_name, source=transaction
            )
        requests._om_edi_go_on()

    @api.model
    def _take_unconfirmed(self, transaction, order, change):
        """A quotation is cancelled at once; another change of it waits for its confirmation."""
        if change.purpose == CANCELLATION:
            order.filtered(lambda order: order.state != "cancel")._action_cancel()
            transaction.write({"state": "done", "change_verdict": "accepted", "findings": False})
            self.env["om.edi.map.865"]._owe(transaction)
        elif order.state == "cancel":
            transaction._refer_change(
                [self.env._("%s is cancelled. Ask the customer what is wanted.", order.name)]
            )
        else:
            transaction.with_context(om_edi_waits=True)._refer_change(
                [self.env._("%s is not confirmed yet. As soon as it is, the change is made.", order.name)]
            )

    @api.model
    def _take_up(self, orders):
        """Act on 860s that came before these orders, or before their confirmation."""
        orders = orders.filtered(lambda order: order.om_edi_partner_id and order.client_order_ref)
        if not orders:
            return
        # as the system, not as whoever confirms: the customer asks for the change
        waiting = (
            self.env["om.edi.transaction"]
            .with_user(SUPERUSER_ID)
            .search(
                [
                    ("set_id", "=", "860"),
                    ("direction", "=", "in"),
                    ("state", "=", "error"),
                    ("edi_partner_id", "in", orders.om_edi_partner_id.ids),
                    ("reference", "in", orders.mapped("client_order_ref")),
                ],
                order="id",
            )
        )
        if waiting:
            waiting.action_retry()


class OmEdiMap850(models.AbstractModel):
    _inherit = "om.edi.map.850"

    @api.model
    def _map_in(self, transactions):
        result = super()._map_in(transactions)
        self.env["om.edi.map.860"]._take_up(
            transactions.order_id.filtered(lambda order: order.state in ("draft", "sent"))
        )
        return result


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        self.env["om.edi.map.860"]._take_up(self)
        return result
