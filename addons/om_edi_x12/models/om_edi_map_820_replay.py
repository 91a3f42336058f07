from odoo import api, models

from .. import x12
from .om_edi_changes import Replayed, changes_of, label, write
from .om_edi_remittance import DIFFERENCES

FOUND_OUT = ("number", "move_id", "paid", "discount", "deducted", "reasons", "open_amount", "state")
OF_THE_WHOLE = ("date", "currency_id", "amount", "unexplained")


class OmEdiMap820(models.AbstractModel):
    """The replay of received 820s against their remittances, as far as nobody has registered them."""

    _inherit = "om.edi.map.820"

    @api.model
    def _replay(self, documents):
        """What mapping these 820s again would change on their remittances."""
        parsed = documents._parsed_all()
        advices = {document: x12.Remittance.parse(parsed[document]) for document in documents}
        invoices = self._invoices(documents.edi_partner_id, advices.values())
        remittances = self.env["om.edi.remittance"].search([("transaction_id", "in", documents.ids)])
        remittance_of = remittances.grouped("transaction_id")
        return {
            document: self._replay_one(document, advice, invoices, remittance_of.get(document))
            for document, advice in advices.items()
        }

    @api.model
    def _replay_one(self, document, advice, invoices, remittance):
        if not remittance:
            return Replayed([], self.env._("It repeats a remittance that came before: nothing was done."))
        values = self._values(document, advice, invoices)
        changes = changes_of(remittance, {name: values[name] for name in OF_THE_WHOLE})
        lines = [line_values for _command, _id, line_values in values["line_ids"]]
        if len(lines) != len(remittance.line_ids):
            return Replayed(
                [],
                self.env._(
                    "%(now)s lines are read now, %(before)s were then. Make it void, and ask for it again.",
                    now=len(lines),
                    before=len(remittance.line_ids),
                ),
            )
        for line, line_values in zip(remittance.line_ids.sorted("id"), lines, strict=True):
            place = line.number or label(line, "move_id")
            changes += changes_of(line, {name: line_values[name] for name in FOUND_OUT}, place)
        refusal = ""
        if changes and remittance.state == "registered":
            refusal = self.env._(
                "%s: its payment is registered. Cancel that payment first, then replay it.", remittance.name
            )
        return Replayed(changes, refusal)

    @api.model
    def _apply_replay(self, document, changes):
        """Bring the remittance of ``document`` in line with its invoices, and its cases with it."""
        remittance = self.env["om.edi.remittance"].search([("transaction_id", "=", document.id)])
        write(changes)
        differing = {str(line.id) for line in remittance.line_ids if line.state in DIFFERENCES}
        cases = self.env["om.exception"].search(
            [
                ("code", "=", "E-REM-DIFF"),
                ("res_model", "=", remittance._name),
                ("res_id", "=", remittance.id),
                ("is_open", "=", True),
            ]
        )
        cases.filtered(
            lambda case: case.key not in differing and (case.key != "total" or not remittance.unexplained)
        )._close("auto_closed")
        remittance._raise_differences()
