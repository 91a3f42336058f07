from odoo import fields, models

from odoo.addons.om_order_exceptions.models.res_partner import normalize_reference


class OmEdiPartner(models.Model):
    """A trading partner that runs warehouses of ours."""

    _inherit = "om.edi.partner"

    warehouse_ids = fields.One2many("stock.warehouse", "om_edi_partner_id", "Warehouses", readonly=True)
    takes_order_changes = fields.Boolean(
        "Takes Changed 940s",
        help="A delivery that changes before it was shipped is sent again as a replacement (W0501 R). Off: "
        "an exception asks somebody to call.",
    )
    takes_order_cancellations = fields.Boolean(
        "Takes Cancellations",
        default=True,
        help="A delivery that is cancelled before it was shipped is cancelled by a 940 (W0501 F). Off: an "
        "exception asks somebody to call.",
    )

    def _named_warehouse(self, parties):
        """The one of this partner's warehouses that a document is about; empty when it can't be told.

        :param parties: ``x12.Party`` list of the document: one of them names the warehouse by a code that
            its address has here, or by its name
        """
        self.ensure_one()
        if len(self.warehouse_ids) < 2:
            return self.warehouse_ids
        named = {normalize_reference(text) for party in parties for text in (party.id, party.name) if text}
        found = self.warehouse_ids.filtered(
            lambda warehouse: (
                named
                & {
                    normalize_reference(text)
                    for text in (
                        *warehouse.partner_id.om_identifier_ids.mapped("code"),
                        warehouse.code,
                        warehouse.name,
                    )
                }
            )
        )
        return found if len(found) == 1 else found.browse()

    def _answer_due_at(self, set_id):
        """When an answer of this kind that is owed to us from now on is late; ``False``: never."""
        flow = self._receives(set_id)
        return flow._due_at(fields.Datetime.now()) if flow else False
