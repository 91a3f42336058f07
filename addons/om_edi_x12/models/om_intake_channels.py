from odoo import fields, models


class OmIntake(models.Model):
    """The channels of EDI by which documents come in."""

    _inherit = "om.intake"

    channel = fields.Selection(
        selection_add=[("sftp", "SFTP"), ("https", "HTTPS"), ("as2", "AS2")],
        ondelete={"sftp": "set folder", "https": "set api", "as2": "set api"},
    )
