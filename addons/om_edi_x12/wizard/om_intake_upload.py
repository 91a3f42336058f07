from odoo import fields, models


class OmIntakeUpload(models.TransientModel):
    """Uploading a trading partner's files by hand: what another sender wrote is refused."""

    _inherit = "om.intake.upload"

    edi_partner_id = fields.Many2one(
        "om.edi.partner",
        "Trading Partner",
        domain="[('company_id', '=', company_id), ('mailbox_id', '!=', False)]",
        help="The files are taken in as if they had come by this partner's mailbox. Empty: the sender "
        "is read from the files.",
    )

    def _intake_values(self):
        # sudo: who uploads may not know the mailbox, but chose the partner
        mailbox = self.edi_partner_id.sudo().mailbox_id
        return {**super()._intake_values(), "edi_mailbox_id": mailbox.id}
