import hashlib

from odoo import api, models

from odoo.addons.om_order_exceptions.detection import Finding

from .om_edi_commitment import OPEN_ANSWERS
from .om_edi_map_855 import number
from .om_edi_warehouse_lookup import WarehouseLookup

# W0601, W1701 (element 514): as the goods went. Others replace, simulate or leave out.
REPORTED_IN_FULL = ("F", "J", "N")


class OmEdiWarehouseAnswer(models.AbstractModel):
    """A warehouse answers what it was told to ship or to receive: 945 to 940, 944 to 943.

    Many answers may come to one document: they add up. It is answered when every line was shipped
    whole, or was called final. Quantities are the warehouse's; where they are not ours a person decides
    (E-3PL-DIFF), and the order stays as it is. What has left while its order was held is booked as well,
    for no hold brings it back, and is a case of its own (E-3PL-HELD); the hold stays. An answer that nobody
    can book stays in error, with its bytes, and is tried again when its cause was mended.
    """

    _name = "om.edi.warehouse.answer"
    _inherit = "om.edi.warehouse.booking"
    _description = "EDI Answer of a Warehouse"

    _om_answers = ""  # set id of what is answered

    def _om_set_id(self):
        return self._name.rsplit(".", 1)[-1]

    # ------------------------------------------------------------------ what a kind of document says

    @api.model
    def _read(self, transaction):
        """The ``x12`` document of a received transaction.

        :raise ValueError: it can't be booked whatever else is known; the sentence says why
        """
        raise NotImplementedError

    @api.model
    def _event_ref(self, document):
        """Number of the shipment or receipt."""
        raise NotImplementedError

    @api.model
    def _lines(self, document, partner):
        """``Reported`` list of a document."""
        raise NotImplementedError

    @api.model
    def _notes(self, document):  # pylint: disable=unused-argument
        """What the document says of the whole shipment: values of its transfer."""
        return {}

    @api.model
    def _checked(self, transaction, document, segment_id, status_element):
        """Can a document be booked at all? Its lines stand where lines belong, and it is no test or change.

        :param segment_id: segment of a line, such as ``W12``
        :param status_element: element that says what kind of report it is, such as ``W0601``
        :raise ValueError: it can't; the sentence says why
        """
        if document.status not in REPORTED_IN_FULL:
            raise ValueError(
                self.env._(
                    "%(element)s says %(code)s: this %(set)s is no plain report.",
                    element=status_element,
                    code=document.status,
                    set=self._om_set_id(),
                )
            )
        if problems := [finding.message for finding in document.findings if finding.severity == "error"]:
            raise ValueError("; ".join(problems))
        received = sum(segment[0] == segment_id for segment in transaction.segments)
        if received != len(document.lines) or not received:
            raise ValueError(
                self.env._(
                    "%(received)s %(segment)s came, but %(read)s stand where lines belong.",
                    received=received,
                    segment=segment_id,
                    read=len(document.lines),
                )
            )
        return document

    @api.model
    def _trace_records(self, document, lines):
        """The move lines that were booked of each line's product."""
        booked = document.picking_id.move_line_ids
        nothing = [booked.browse()] * len(lines)
        try:
            reported = self._lines(self._read(document), document.edi_partner_id)[: len(lines)]
        except ValueError:
            return nothing
        lookup = WarehouseLookup(self.env, document.edi_partner_id, reported)
        products = [lookup.items[line.item].product for line in reported]
        return [booked.filtered(lambda one, p=product: p and one.product_id == p) for product in products]

    @api.model
    def _trace_no_record(self):
        return self.env._("(not booked: see the exceptions of the order)")

    # ----------------------------------------------------------------------------------------- in

    @api.model
    def _map_in(self, transactions):
        """Book the answers of one trading partner, all of a batch at once."""
        # sudo: what a warehouse reports is booked whoever's job reads it
        self, transactions = self.sudo(), transactions.sudo()
        partner = transactions.edi_partner_id
        documents = {}
        for transaction in transactions.sorted("id"):
            try:
                document = self._read(transaction)
                if not document.number:
                    raise ValueError(self.env._("it names no order (element 285)"))
            except ValueError as error:
                transaction._fail(str(error))
            else:
                documents[transaction] = document
        orders = self._orders(partner, documents.values())
        for transaction, document in list(documents.items()):
            event_ref = self._event_ref(document) or _digest(document)
            transaction.write({"reference": document.number, "event_ref": event_ref})
            if reason := self._no_answer(document, orders.get(document.number)):
                transaction._fail(reason)
                del documents[transaction]
        lines = {}
        for transaction, document in list(documents.items()):
            try:
                lines[transaction] = self._lines(document, partner)
            except ValueError as error:
                transaction._fail(str(error))
                del documents[transaction]
        lookup = WarehouseLookup(self.env, partner, [line for of_one in lines.values() for line in of_one])
        booked = self._booked_before(partner, documents)
        while documents:
            # of each order one at a time: the next one finds what this one leaves
            turn = {}
            for transaction, document in list(documents.items()):
                if orders[document.number] in turn.values():
                    continue
                del documents[transaction]
                key = (document.number, transaction.event_ref)
                if key in booked:
                    self._note_repeat(transaction, document, *booked[key])
                    continue
                booked[key] = (transaction, document)
                turn[transaction] = orders[document.number]
            self._book_turn(turn, {t: booked[t.reference, t.event_ref][1] for t in turn}, lines, lookup)

    @api.model
    def _orders(self, partner, documents):
        """What is answered: ``{number: om.edi.transaction}``, the last one where it was replaced."""
        sent = self.env["om.edi.transaction"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("set_id", "=", self._om_answers),
                ("direction", "=", "out"),
                ("reference", "in", [document.number for document in documents]),
                ("answer_state", "in", (*OPEN_ANSWERS, "answered", "cancelled")),
            ],
            order="id",
        )
        return {order.reference: order for order in sent}

    def _no_answer(self, document, order):
        """Why this is no answer to anything open, for a person; empty when it is."""
        if not order:
            return self.env._(
                "No %(set)s with the number %(number)s was sent to this partner.",
                set=self._om_answers,
                number=document.number,
            )
        if order.answer_state == "cancelled":
            return self.env._(
                "%s was taken back, and now goods are reported for it. Ask the warehouse what has moved.",
                order.display_name,
            )
        return ""

    @api.model
    def _booked_before(self, partner, documents):
        """Earlier answers with a number of these: ``{(order number, number): (transaction, None)}``."""
        before = self.env["om.edi.transaction"].search(
            [
                ("edi_partner_id", "=", partner.id),
                ("direction", "=", "in"),
                ("set_id", "=", self._om_set_id()),
                ("event_ref", "in", [transaction.event_ref for transaction in documents]),
                ("reference", "in", [document.number for document in documents.values()]),
                ("state", "=", "done"),
            ],
            order="id desc",
        )
        return {(t.reference, t.event_ref): (t, None) for t in before}

    def _note_repeat(self, transaction, document, before, booked):
        """The same shipment again is noted; another one under its number is for a person."""
        if not self._event_ref(document):
            transaction._fail(
                self.env._(
                    "The same came before, in %s, without a number. Ask whether these are two shipments.",
                    before.intake_id.name,
                )
            )
            return
        if document != (booked or self._read(before)):
            transaction._fail(
                self.env._(
                    "%(number)s came before with other content, in control number %(control)s of %(intake)s. "
                    "Ask which of the two counts.",
                    number=transaction.event_ref,
                    control=before.control_number,
                    intake=before.intake_id.name,
                )
            )
            return
        transaction.write(
            {
                "state": "done",
                "order_id": before.order_id.id,
                "picking_id": before.picking_id.id,
                "findings": self.env._(
                    "%(number)s was booked before, from %(intake)s: not booked again.",
                    number=transaction.event_ref,
                    intake=before.intake_id.name,
                ),
            }
        )

    @api.model
    def _book_turn(self, turn, documents, lines, lookup):
        """Book one document per order."""
        told = self.env["stock.picking"].search(
            [("om_edi_order_id", "in", [order.id for order in turn.values()])], order="id"
        )
        by_order = told.grouped("om_edi_order_id")
        held = told.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))._om_held("ship")
        plans, left_while_held = {}, []
        for transaction, order in turn.items():
            pickings = by_order.get(order, told.browse())
            moves = pickings.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
            try:
                plan = self._plan(order, lines[transaction], moves, lookup)
            except ValueError as error:
                transaction._fail(str(error))
                continue
            plans[transaction] = plan
            left_while_held += self._left_while_held(transaction, order, plan, held)
            for picking in self._touched(plan):
                picking.write(self._notes(documents[transaction]))
        self._book(plans.values(), lookup)
        told = self.env["stock.picking"].search(
            [("om_edi_order_id", "in", [turn[t].id for t in plans])], order="id"
        )
        by_order = told.grouped("om_edi_order_id")
        findings = []
        closed = waiting = self.env["om.edi.transaction"]
        for transaction, plan in plans.items():
            order = turn[transaction]
            pickings = by_order.get(order, told.browse())
            is_closed, differences = self._against_told(order, pickings, plan)
            findings += differences + self._strange(order, pickings, plan)
            if is_closed:
                closed |= order
            else:
                waiting |= order
            transaction.write(
                {
                    "state": "done",
                    "order_id": order.order_id.id,
                    "picking_id": (self._touched(plan) or pickings)[:1].id,
                }
            )
            if order.order_id:
                self.env["om.order.event"]._log(
                    "document_in",
                    order.order_id,
                    note=f"{transaction.display_name} {transaction.event_ref or ''}".strip(),
                    source=transaction,
                )
        closed._answer_came("answered")
        for partner, orders in waiting.grouped("edi_partner_id").items():
            orders._answer_came("partial", partner._answer_due_at(self._om_set_id()))
        # what is left of them belongs to nothing that the warehouse still acts on
        told.filtered(
            lambda picking: picking.om_edi_order_id in closed and picking.state not in ("done", "cancel")
        ).om_edi_order_id = False
        for code, found in (("E-3PL-DIFF", findings), ("E-3PL-HELD", left_while_held)):
            if found:
                self.env["om.exception"]._raise(code, found)

    def _touched(self, plan):
        return self.env["stock.picking"].union(*(entry.move.picking_id for entry in plan.entries))

    # ------------------------------------------------------------------------- against what was told

    def _against_told(self, order, pickings, plan):
        """How far ``order`` is answered with what was booked.

        :return: ``(will nothing more come?, findings of what is too much, and once nothing more comes, of
            what is missing)``
        """
        told = order.told["lines"]
        final = sorted(plan.final.union(order.told["final"]))
        gone = pickings._om_edi_quantities("quantity", ("done",))
        missing = {key: round(told[key] - gone.get(key, 0), 6) for key in told}
        is_closed = all(missing[key] <= 0 or key in final for key in told)
        if final != order.told["final"]:
            order.told = {**order.told, "final": final}
        findings = [
            self._difference(order, pickings, key, gone.get(key, 0), "over" if less < 0 else "short")
            for key, less in missing.items()
            if less < 0 or (less > 0 and is_closed)
        ]
        findings += [
            self._difference(order, pickings, key, quantity, "damaged")
            for key, quantity in plan.damaged.items()
        ]
        return is_closed, findings

    def _difference(self, order, pickings, key, quantity, kind):
        """The finding that a line is not as it was ordered from, or announced to, the warehouse."""
        move = pickings.move_ids.filtered(lambda move: move._om_edi_key() == key)[:1]
        line, told = move.sale_line_id, order.told["lines"][key]
        values = {
            "product": move.product_id.display_name,
            "quantity": f"{number(quantity):f}",
            "told": f"{number(told):f}",
            "unit": move.product_uom.name,
        }
        found = {
            "short": self.env._(
                "%(quantity)s of %(told)s %(unit)s, no more will come: %(product)s", **values
            ),
            "over": self.env._("%(quantity)s instead of %(told)s %(unit)s: %(product)s", **values),
            "damaged": self.env._("%(quantity)s %(unit)s damaged: %(product)s", **values),
        }[kind]
        amount = 0.0
        if line and kind != "damaged":
            amount = abs(told - quantity) * line.price_reduce_taxinc
        return Finding(
            order.order_id or pickings[-1:],
            found=found,
            expected=self.env._(
                "%(told)s %(unit)s, as in the %(document)s",
                **values,
                document=order.display_name,
            ),
            key=f"{order.reference}:{key}:{kind}",
            line=line,
            amount=amount,
        )

    def _strange(self, order, pickings, plan):
        """Findings of goods that ``order`` does not name: they are not booked."""
        findings = []
        for line, product, ordered in plan.strangers:
            values = {
                "quantity": f"{line.quantity:f}",
                "unit": line.unit,
                "product": product.display_name,
                "ordered": ordered.display_name,
            }
            if ordered:
                found = self.env._("%(quantity)s %(unit)s %(product)s instead of %(ordered)s", **values)
            else:
                found = self.env._("%(quantity)s %(unit)s %(product)s, which was not ordered", **values)
            moves = pickings.move_ids.filtered(lambda move, ordered=ordered: move.product_id == ordered)
            findings.append(
                Finding(
                    order.order_id or pickings[-1:],
                    found=self.env._("%s. Not booked.", found),
                    expected=self.env._("what the %s names", order.display_name),
                    key=f"{order.reference}:{product.id}:other",
                    line=moves.sale_line_id[:1],
                )
            )
        return findings


def _digest(document):
    """Stands in for the number that a document does not have: the same content gives the same."""
    return hashlib.sha256(repr(document).encode()).hexdigest()[:16]
