import base64
import logging
import re
from collections import defaultdict

import pytz

from odoo import api, fields, models

from odoo.addons.om_order_exceptions.transactions import NOT_THE_DOCUMENT

from .. import x12
from .om_edi_partner import functional_id

_logger = logging.getLogger(__name__)


class OmEdiInterchange(models.Model):
    """One X12 interchange (ISA to IEA), received or sent.

    The bytes of a received interchange are those of its intake; an interchange that we send has its
    own. Both are kept for good.
    """

    _name = "om.edi.interchange"
    _description = "EDI Interchange"
    _order = "id desc"
    _rec_name = "control_number"

    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", readonly=True, index=True, ondelete="restrict"
    )
    intake_id = fields.Many2one("om.intake", "Received Document", readonly=True, index="btree_not_null")
    control_number = fields.Integer(readonly=True, required=True, help="ISA13")
    version = fields.Char(readonly=True, help="ISA12")
    usage = fields.Selection([("P", "Production"), ("T", "Test"), ("I", "Information")], readonly=True)
    is_number_used = fields.Boolean(
        readonly=True, help="No other interchange of the partner that is acted on has this number."
    )
    occurred_at = fields.Datetime("Date", readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [
            ("received", "Received"),
            ("rejected", "Rejected"),
            ("ready", "Ready to Send"),
            ("sent", "Sent"),
            ("error", "Not Delivered"),
            ("dead", "Given Up"),
            ("void", "Void"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    message = fields.Text(readonly=True)
    delimiters = fields.Char(
        readonly=True, help="Element, component, terminator, repetition, in hexadecimal."
    )
    payload = fields.Binary("Bytes", attachment=True, readonly=True)
    file_name = fields.Char(readonly=True)
    receipt = fields.Text(readonly=True, help="What the partner's system answered to the delivery.")
    group_ids = fields.One2many("om.edi.group", "interchange_id", "Groups", readonly=True)
    transaction_ids = fields.One2many("om.edi.transaction", "interchange_id", "Transactions", readonly=True)
    sets = fields.Char("Documents", compute="_compute_sets")

    _unique_out = models.UniqueIndex(
        "(edi_partner_id, control_number) WHERE direction = 'out'", "This control number was sent before."
    )
    # what the reader looks for first; of two processes that look at the same time, one is stopped here
    _unique_in = models.UniqueIndex(
        "(edi_partner_id, control_number) WHERE direction = 'in' AND state = 'received' AND is_number_used",
        "This control number came before.",
    )
    _control_number_idx = models.Index("(edi_partner_id, direction, control_number)")

    @api.depends("transaction_ids")
    def _compute_sets(self):
        counts = defaultdict(list)
        for interchange, set_id, count in self.env["om.edi.transaction"]._read_group(
            [("interchange_id", "in", self.ids)], ["interchange_id", "set_id"], ["__count"]
        ):
            counts[interchange.id].append(f"{count} × {set_id}" if count > 1 else set_id)
        for interchange in self:
            interchange.sets = ", ".join(counts[interchange.id])

    @api.depends("control_number", "edi_partner_id.name")
    def _compute_display_name(self):
        for interchange in self:
            interchange.display_name = (
                f"{interchange.edi_partner_id.name or '?'} {interchange.control_number:09d}"
            )

    def _received_delimiters(self):
        """``x12.Delimiters`` with which this interchange was received."""
        self.ensure_one()
        marks = [bytes.fromhex(mark) or None for mark in self.delimiters.split(" ")]
        return x12.Delimiters(*marks)

    @api.model
    def _wrap(self, partner):
        """Put the ready transactions of ``partner`` into interchanges, one per kind of document.

        What can't be built any more, because the partner's settings have changed since, is put in error.

        :return: the new interchanges
        """
        # Not skipped when another worker has it: what became ready since that one looked would wait.
        partner.lock_for_update(allow_referencing=True)
        ready = self.env["om.edi.transaction"].search(
            [("edi_partner_id", "=", partner.id), ("direction", "=", "out"), ("state", "=", "ready")],
            order="id",
        )
        for transaction in ready:
            try:
                with self.env.cr.savepoint():
                    partner._render(transaction, 1, 1, fields.Datetime.now())
            except NOT_THE_DOCUMENT:
                raise
            except Exception as error:
                # whatever is wrong with one document, the others go out
                _logger.info("EDI transaction %s can't be built", transaction.id, exc_info=True)
                transaction._fail(str(error) or type(error).__name__)
        ready = ready.filtered(lambda t: t.state == "ready")
        if not ready:
            return self.browse()
        by_function = ready.grouped(lambda t: (functional_id(t.set_id), t.version or partner.version))
        interchange_number, group_number, next_number = partner._next_numbers(
            len(by_function), len(by_function), len(ready)
        )
        now = fields.Datetime.now()
        # ISA09/10 and GS04/05 carry local time: that of the sending company
        zone = pytz.timezone(partner.company_id.resource_calendar_id.tz or "UTC")
        local = pytz.utc.localize(now).astimezone(zone)
        interchanges = self.browse()
        for (function, version), transactions in by_function.items():
            first_number = next_number if partner.number_transactions_on else 1
            next_number += len(transactions)
            numbered = list(enumerate(transactions, start=first_number))
            data = partner._render(transactions, interchange_number, group_number, local, first_number)
            interchange = self.create(
                {
                    "direction": "out",
                    "company_id": partner.company_id.id,
                    "edi_partner_id": partner.id,
                    "control_number": interchange_number,
                    "version": version[:5],
                    "usage": partner.usage,
                    "occurred_at": now,
                    "state": "ready",
                    "payload": base64.b64encode(data),
                    "file_name": self._file_name(partner, transactions[0].set_id, interchange_number),
                }
            )
            group = self.env["om.edi.group"]
            if function:  # a TA1 stands outside of groups
                group = group.create(
                    {
                        "interchange_id": interchange.id,
                        "functional_id": function,
                        "control_number": group_number,
                        "version": version,
                        "declared": len(transactions),
                        "received": len(transactions),
                        "state": "pending",
                    }
                )
            for number, transaction in numbered:
                transaction.write(
                    {
                        "interchange_id": interchange.id,
                        "group_id": group.id,
                        "control_number": f"{number:04d}",
                        "state": "wrapped",
                    }
                )
            interchanges |= interchange
            interchange_number += 1
            group_number += 1
        return interchanges

    @api.model
    def _file_name(self, partner, set_id, number):
        """Name of an outgoing file: no other has it, also where several partners share a mailbox."""
        identifier = re.sub(r"[^A-Za-z0-9]", "", partner.identifier)
        return f"{set_id}_{identifier}-{partner.id}_{number:09d}.x12"
