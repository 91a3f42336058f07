import logging

from odoo import api, models

from odoo.addons.om_order_exceptions.detection import Finding
from odoo.addons.om_order_exceptions.transactions import NOT_THE_DOCUMENT

_logger = logging.getLogger(__name__)


class OmEdiTransaction(models.Model):
    """Acting on received documents.

    A kind of document is an abstract model ``om.edi.map.<set>``. One that is received has
    ``_map_in(transactions)``, which acts on many of one partner at once. One that is sent has
    ``_owe(records)``, which ends in :meth:`_owe_all` with the documents that business records owe,
    ``_build(record)`` to build one again, and ``_differences(record, document)`` where it is held against
    what happened.
    """

    _inherit = "om.edi.transaction"

    @api.model
    def _handler(self, set_id):
        """The model that acts on received documents of this kind, or ``None``."""
        mapper = self.env.get(f"om.edi.map.{set_id}")
        return mapper if mapper is not None and hasattr(mapper, "_map_in") else None

    def _act(self):
        """Act on these received transactions of one partner and kind.

        All at once; when that fails, one by one, so that a poisonous document stops no other. None of
        them is pending afterwards: each is done, or in error with its reason.

        :raise: one of ``NOT_THE_DOCUMENT``; the caller undoes its step and tries it again
        """
        mapper = self._handler(self[0].set_id).with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                mapper._map_in(self)
                self.filtered(lambda t: t.state == "pending").write({"state": "done"})
        except NOT_THE_DOCUMENT:
            raise
        except Exception as error:
            if len(self) > 1:
                for transaction in self:
                    transaction._act()
                return
            _logger.info("EDI transaction %s could not be acted on", self.id, exc_info=True)
            self._fail(str(error) or type(error).__name__)

    def _fail(self, message):
        """Keep documents that could not be acted on, or built, visible and in the queue."""
        self.write({"state": "error", "findings": message})
        for transaction in self:
            self.env["om.exception"]._raise(
                "E-EDI-MAP",
                [
                    Finding(
                        transaction,
                        found=f"{transaction.display_name}: {message}"[:500],
                        expected=self.env._("a document that can be processed"),
                        key="map",
                    )
                ],
                intake_id=transaction.intake_id.id,
                partner_id=transaction.edi_partner_id.partner_id.id,
            )

    def action_retry(self):
        """Act again on received documents, or build again those to send, that failed.

        For instance after master data was mended.
        """
        self.env["om.intake"].browse().check_access("write")
        # sudo: acting on documents is the system's work, whoever asks for it
        failed = self.sudo().filtered(lambda transaction: transaction.state == "error")
        received = failed.filtered(
            lambda t: (
                t.direction == "in"
                and self._handler(t.set_id) is not None
                and t.edi_partner_id._receives(t.set_id)
            )
        )
        received.write({"state": "pending", "findings": False})
        for batch in received.grouped(lambda t: (t.edi_partner_id, t.set_id)).values():
            batch._act()
        received.filtered(lambda t: t.state != "error")._mended()
        failed.filtered(lambda t: t.direction == "out")._rebuild()
        return True

    def _built_from(self):
        """The record from which a document to send is built."""
        self.ensure_one()
        return self.move_id or self.picking_id or self.order_id

    def _mended(self):
        """Close the exceptions that said that these documents could not be processed."""
        self.env["om.exception"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids), ("is_open", "=", True)]
        )._close("auto_closed")
