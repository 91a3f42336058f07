from odoo import fields, models


class OmEdiGroup(models.Model):
    """One functional group (GS to GE): what a 997 answers."""

    _name = "om.edi.group"
    _description = "EDI Functional Group"
    _order = "id desc"
    _rec_name = "control_number"

    interchange_id = fields.Many2one(
        "om.edi.interchange", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="interchange_id.company_id", store=True, index=True)
    edi_partner_id = fields.Many2one(related="interchange_id.edi_partner_id", store=True, index=True)
    direction = fields.Selection(related="interchange_id.direction", store=True)
    functional_id = fields.Char("Functional ID", readonly=True, required=True, help="GS01")
    control_number = fields.Integer(readonly=True, required=True, help="GS06")
    version = fields.Char(readonly=True, help="GS08")
    declared = fields.Integer(readonly=True, help="Transactions that the trailer declares (GE01).")
    received = fields.Integer(readonly=True, help="Transactions that were there.")
    accepted = fields.Integer(readonly=True)
    state = fields.Selection(
        [
            ("pending", "Not Acknowledged"),
            ("A", "Accepted"),
            ("E", "Accepted with Errors"),
            ("P", "Partially Accepted"),
            ("R", "Rejected"),
        ],
        readonly=True,
        default="pending",
        help="Received: our verdict. Sent: the partner's acknowledgment.",
    )
    transaction_ids = fields.One2many("om.edi.transaction", "group_id", readonly=True)

    _control_number_idx = models.Index("(edi_partner_id, direction, functional_id, control_number)")
