import base64
import logging
import re
from functools import partial

import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.om_order_exceptions.transactions import NOT_THE_DOCUMENT, in_step

from .om_edi_partner import functional_id

_logger = logging.getLogger(__name__)

# Documents of a partner that are put into interchanges at once.
TOGETHER = 200


class OmEdiTransaction(models.Model):
    _inherit = "om.edi.transaction"

    def _work_off(self):
        """Put these documents into interchanges, with all else that is ready for their partners, and deliver.

        For processes that are given documents one by one; the scheduled job looks for them by itself.
        """
        partners = self.filtered(lambda document: document.state == "ready").edi_partner_id
        for edi_partner in partners:
            interchanges = self.env["om.edi.interchange"]._wrap_all(edi_partner)
            self.env["ir.cron"]._om_trigger("om_edi_x12.cron_send", units=interchanges)

    @api.model
    def _claim_ready(self, edi_partner):
        """The oldest ready documents of a partner that no other worker has; ours until the commit."""
        self.flush_model(["edi_partner_id", "direction", "state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM om_edi_transaction
                    WHERE edi_partner_id = %s AND direction = 'out' AND state = 'ready'
                    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                edi_partner.id,
                TOGETHER,
            )
        )
        return self.browse(id_ for (id_,) in rows)


class OmEdiInterchange(models.Model):
    """Putting documents into interchanges: claimed, proven, and numbered at last.

    Several workers may do so for one partner: each claims documents of its own. Numbers are taken when
    everything else is done, by the transaction that stores the interchange: another worker of the partner
    waits for them from then until the commit only, and a worker that is killed leaves no gap.
    """

    _inherit = "om.edi.interchange"

    @api.model
    def _wrap_all(self, edi_partner):
        """Put what is ready for a partner into interchanges, part by part, each committed.

        :return: the new interchanges
        """
        wrapped = self.browse()
        while (new := in_step(self.env, partial(self._wrap, edi_partner), sees_others=True)) is not None:
            wrapped |= new
        return wrapped

    @api.model
    def _wrap(self, edi_partner):
        """Put ready documents of ``edi_partner`` into interchanges, one per kind of document.

        What can't be built any more, because the partner's settings have changed since, is put in error.

        :return: the new interchanges; ``None`` when nothing is ready that no other worker has
        """
        claimed = self.env["om.edi.transaction"]._claim_ready(edi_partner)
        if not claimed:
            return None
        ready = claimed.filtered(lambda transaction: self._can_be_built(edi_partner, transaction))
        parts = list(
            ready.grouped(lambda t: (functional_id(t.set_id), t.version or edi_partner.version)).items()
        )
        if not parts:
            return self.browse()
        return self._number(edi_partner, parts)

    @api.model
    def _can_be_built(self, edi_partner, transaction):
        """Prove that one document makes an interchange; whatever is wrong with it, the others go out."""
        try:
            with self.env.cr.savepoint():
                edi_partner._render(transaction, 1, 1, fields.Datetime.now())
        except NOT_THE_DOCUMENT:
            raise
        except Exception as error:
            _logger.info("EDI transaction %s can't be built", transaction.id, exc_info=True)
            transaction._fail(str(error) or type(error).__name__)
            return False
        return True

    @api.model
    def _number(self, edi_partner, parts):
        """Number and store interchanges; other workers of the partner wait until the commit.

        :param parts: ``[((functional id, release), transactions)]``: an interchange of each
        :return: the interchanges
        """
        now = fields.Datetime.now()
        # ISA09/10 and GS04/05 carry local time: that of the sending company
        zone = pytz.timezone(edi_partner.company_id.resource_calendar_id.tz or "UTC")
        local = pytz.utc.localize(now).astimezone(zone)
        count = sum(len(transactions) for _kind, transactions in parts)
        numbers = edi_partner._next_numbers(len(parts), len(parts), count)
        interchange_number, group_number, next_number = numbers
        first_numbers, interchange_vals = [], []
        for position, ((_function, version), transactions) in enumerate(parts):
            first_numbers.append(next_number if edi_partner.number_transactions_on else 1)
            next_number += len(transactions)
            number = interchange_number + position
            data = edi_partner._render(
                transactions, number, group_number + position, local, first_numbers[position]
            )
            interchange_vals.append(
                {
                    "direction": "out",
                    "company_id": edi_partner.company_id.id,
                    "edi_partner_id": edi_partner.id,
                    "control_number": number,
                    "version": version[:5],
                    "usage": edi_partner.usage,
                    "occurred_at": now,
                    "state": "ready",
                    "payload": base64.b64encode(data),
                    "file_name": self._file_name(edi_partner, transactions[0].set_id, number),
                }
            )
        interchanges = self.create(interchange_vals)
        for position, (interchange, part) in enumerate(zip(interchanges, parts, strict=True)):
            interchange._fill(*part, group_number + position, first_numbers[position])
        return interchanges

    def _fill(self, kind, transactions, group_number, first_number):
        """Store the group and the numbers of the documents in this interchange."""
        function, version = kind
        group = self.env["om.edi.group"]
        if function:  # a TA1 stands outside of groups
            group = group.create(
                {
                    "interchange_id": self.id,
                    "functional_id": function,
                    "control_number": group_number,
                    "version": version,
                    "declared": len(transactions),
                    "received": len(transactions),
                    "state": "pending",
                }
            )
        for number, transaction in enumerate(transactions, start=first_number):
            transaction.write(
                {
                    "interchange_id": self.id,
                    "group_id": group.id,
                    "control_number": f"{number:04d}",
                    "state": "wrapped",
                }
            )

    @api.model
    def _file_name(self, edi_partner, set_id, number):
        """Name of an outgoing file: no other has it, also where several partners share a mailbox."""
        identifier = re.sub(r"[^A-Za-z0-9]", "", edi_partner.identifier)
        return f"{set_id}_{identifier}-{edi_partner.id}_{number:09d}.x12"
