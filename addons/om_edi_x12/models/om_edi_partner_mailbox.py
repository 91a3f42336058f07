from odoo import fields, models


class OmEdiPartner(models.Model):
    """A partner's ways in: one mailbox for both directions, and others by which files may come as well."""

    _inherit = "om.edi.partner"

    other_mailbox_ids = fields.Many2many(
        "om.edi.mailbox",
        "om_edi_partner_other_mailbox_rel",
        "edi_partner_id",
        "mailbox_id",
        "May Also Come by",
        check_company=True,
        help="Further mailboxes by which this partner's files may come, for instance while it moves "
        "from one to another. What comes twice is acted on once.",
    )

    def _comes_by(self, mailbox):
        """May files of this partner come by ``mailbox``?"""
        self.ensure_one()
        return mailbox in (self.mailbox_id | self.other_mailbox_ids)
