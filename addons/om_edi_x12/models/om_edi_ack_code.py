from odoo import fields, models

from ..x12.tables import labels

# Element 668 (ACK01): every code of the standard's list
CODES = ("IA", "IB", "IC", "ID", "IE", "IF", "IH", "IP", "IQ", "IR", "IS", "IW", "DR", "BP", "SP")
CODES += ("AC", "AR", "AA", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8")
STATUSES = [(code, f"{code} {labels.CODES['668'].get(code, '')}".strip()) for code in CODES]

REASONS = [
    ("accepted", "As ordered"),
    ("price", "Our price differs"),
    ("quantity", "Our quantity differs"),
    ("date", "Promised for another day"),
    ("changed", "Several of these differ"),
    ("backorder", "The rest follows later"),
    ("substituted", "Another item is sent"),
    ("hold", "Waits for a decision"),
    ("price_pending", "Price is not agreed yet"),
    ("rejected", "Rejected, no other reason fits"),
    ("discontinued", "Item is no longer sold"),
    ("contract", "Item is not agreed with the customer"),
    ("item", "Item is unknown"),
    ("unit", "Unit is unknown"),
    ("unavailable", "Item can't be had"),
]
USUAL_CODES = {
    "accepted": "IA",
    "price": "IP",
    "quantity": "IQ",
    "date": "DR",
    "changed": "IC",
    "backorder": "IB",
    "substituted": "IS",
    "hold": "IH",
    "price_pending": "IE",
    "rejected": "IR",
    "discontinued": "ID",
    "contract": "R1",
    "item": "R2",
    "unit": "R3",
    "unavailable": "R4",
}
REASON_OF = {code: reason for reason, code in USUAL_CODES.items()}


class OmEdiAckCode(models.Model):
    """A line status (ACK01) that a trading partner wants to see for a reason, where it is not the usual one.

    Retailers read few codes: one wants every rejected line as ``IR``, another a short line as ``IB``.
    """

    _name = "om.edi.ack.code"
    _description = "EDI Line Status of a Trading Partner"
    _order = "edi_partner_id, id"

    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="edi_partner_id.company_id", store=True, index=True)
    reason = fields.Selection(REASONS, required=True)
    code = fields.Selection(STATUSES, "Line Status", required=True, help="ACK01 of the 855 and the 865.")

    _unique_reason = models.UniqueIndex(
        "(edi_partner_id, reason)", "This trading partner has a line status for this reason already."
    )


class OmEdiPartner(models.Model):
    _inherit = "om.edi.partner"

    ack_code_ids = fields.One2many(
        "om.edi.ack.code", "edi_partner_id", "Line Statuses", copy=True, help="Other than the usual ones."
    )

    def _ack_code(self, reason):
        """The line status (ACK01, element 668) that this partner is sent for a reason.

        ==============  =====  ===================================================
        reason          usual  when
        ==============  =====  ===================================================
        accepted        IA     as ordered
        price           IP     our price differs
        quantity        IQ     our quantity differs
        date            DR     promised for another day
        changed         IC     several of these differ
        backorder       IB     the rest follows later
        substituted     IS     another item is sent
        hold            IH     waits for a decision
        price_pending   IE     the price is not agreed yet
        rejected        IR     taken off, and no other reason fits
        discontinued    ID     the item is no longer sold
        contract        R1     the item is not agreed with the customer
        item            R2     the item is unknown
        unit            R3     the unit is unknown
        unavailable     R4     the item can't be had
        ==============  =====  ===================================================

        :param reason: one of these; or the status that an exception's type names
            (``exception._x12_status()``), which stands for the reason whose usual code it is. A code that
            stands for none of them is sent as it is.
        """
        self.ensure_one()
        reason = REASON_OF.get(reason, reason)
        own = self.ack_code_ids.filtered(lambda line: line.reason == reason)
        return own.code or USUAL_CODES.get(reason, reason)
