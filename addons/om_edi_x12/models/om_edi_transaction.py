from odoo import api, fields, models

from .. import x12


class OmEdiTransaction(models.Model):
    """One transaction set (ST to SE), received or sent, with its links to the business records.

    ==========  ==========================================================================
    state       meaning
    ==========  ==========================================================================
    pending     received and valid; not yet acted on
    done        acted on
    rejected    received and refused by its syntax; the 997 says so
    error       received and valid, but could not be acted on; or could not be built
    ready       to be sent, rendered
    wrapped     to be sent, has its control numbers and is in an interchange
    sent        delivered to the partner's mailbox
    void        given up by a person: not acted on, or not sent
    ==========  ==========================================================================
    """

    _name = "om.edi.transaction"
    _description = "EDI Transaction"
    _order = "id desc"
    _rec_names_search = ["reference", "control_number"]

    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, readonly=True)
    set_id = fields.Char("Document", required=True, readonly=True, index=True, help="ST01, such as 850.")
    control_number = fields.Char(readonly=True, help="ST02")
    reference = fields.Char(
        readonly=True, index="btree_not_null", help="Number of the business document in it."
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", readonly=True, index=True, ondelete="restrict"
    )
    interchange_id = fields.Many2one(
        "om.edi.interchange", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    group_id = fields.Many2one("om.edi.group", readonly=True, index="btree_not_null", ondelete="cascade")
    intake_id = fields.Many2one("om.intake", "Received Document", readonly=True, index="btree_not_null")
    byte_offset = fields.Integer(readonly=True, help="Where it begins in the received bytes.")
    byte_length = fields.Integer(readonly=True, help="Its length in bytes.")
    version = fields.Char(readonly=True, help="Release of a document to send, such as 004010.")
    segments = fields.Json(readonly=True, help="Segments of a document to send, without ST and SE.")
    state = fields.Selection(
        [
            ("pending", "To Do"),
            ("done", "Done"),
            ("rejected", "Rejected"),
            ("error", "Error"),
            ("ready", "Ready to Send"),
            ("wrapped", "In Interchange"),
            ("sent", "Sent"),
            ("void", "Void"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    ack_state = fields.Selection(
        [("A", "Accepted"), ("E", "Accepted with Errors"), ("P", "Partially Accepted"), ("R", "Rejected")],
        "Acknowledgment",
        readonly=True,
        help="Received: our verdict in the 997. Sent: the partner's verdict.",
    )
    findings = fields.Text(readonly=True, help="What is wrong: segment, element, reason.")
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    picking_id = fields.Many2one(
        "stock.picking", "Delivery", readonly=True, index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", readonly=True, index="btree_not_null", ondelete="set null"
    )
    raw = fields.Text("As on the Wire", compute="_compute_raw")

    _pending_idx = models.Index("(intake_id, id) WHERE state = 'pending'")
    _ready_idx = models.Index("(edi_partner_id, id) WHERE state = 'ready'")
    # what the monitor counts
    _created_idx = models.Index("(create_date)")

    @api.depends("set_id", "reference", "control_number")
    def _compute_display_name(self):
        for transaction in self:
            transaction.display_name = (
                f"{transaction.set_id} {transaction.reference or transaction.control_number or ''}"
            )

    @api.depends("segments", "intake_id", "byte_offset", "byte_length")
    def _compute_raw(self):
        for transaction in self:
            event, _is_cut = transaction._preview()
            end = event and event.delimiters.terminator.decode("latin-1")
            text = event.raw.decode("latin-1" if transaction.direction == "in" else "utf-8") if event else ""
            transaction.raw = text if "\n" in text or not text else text.replace(end, f"{end}\n")

    def _bytes(self, limit=None):
        """The received bytes from ST to SE with terminators; at most ``limit`` of them."""
        self.ensure_one()
        if not self.intake_id or not self.byte_length:
            return b""
        with self.intake_id._open_payload() as payload:
            payload.seek(self.byte_offset)
            return payload.read(min(self.byte_length, limit or self.byte_length))

    def _parsed(self, data=None):
        """This received document as an ``x12.Transaction``, from its bytes; read again where not given."""
        self.ensure_one()
        interchange = x12.InterchangeStart(
            isa=x12.events.InterchangeHeader(*[""] * 16),
            delimiters=self.interchange_id._received_delimiters(),
            offset=0,
        )
        group = x12.GroupStart(
            functional_id=self.group_id.functional_id,
            sender="",
            receiver="",
            date="",
            time="",
            control=str(self.group_id.control_number),
            agency="X",
            version=self.group_id.version,
            interchange=interchange,
            offset=0,
        )
        if data is None:
            data = self._bytes()
        return x12.Transaction(group, self.set_id, self.control_number, data, self.byte_offset)

    def _purchase_order(self):
        """The ``x12.PurchaseOrder`` in a received 850."""
        return x12.PurchaseOrder.parse(self._parsed())

    def _purchase_orders(self):
        """``{transaction: x12.PurchaseOrder}`` of received 850s."""
        return {
            transaction: x12.PurchaseOrder.parse(parsed) for transaction, parsed in self._parsed_all().items()
        }

    def _parsed_all(self):
        """``{transaction: x12.Transaction}`` of received documents: each file is opened once. One query."""
        found = {}
        payloads = self.intake_id._payloads()
        for intake, transactions in self.grouped("intake_id").items():
            with intake._open_payload(payloads.get(intake)) as payload:
                for transaction in transactions:
                    payload.seek(transaction.byte_offset)
                    found[transaction] = transaction._parsed(payload.read(transaction.byte_length))
        return found

    def action_open_record(self):
        """Open the business record of this document."""
        self.ensure_one()
        record = self.move_id or self.picking_id or self.order_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
