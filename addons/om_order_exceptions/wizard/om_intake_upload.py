import base64

from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class OmIntakeUpload(models.TransientModel):
    """Dialog that takes in documents by hand, exactly as if they had come by their channel."""

    _name = "om.intake.upload"
    _description = "Upload Documents"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    def action_upload(self):
        """Store the files as received documents; a job processes them as soon as they are committed.

        :return: action that shows them
        """
        self.ensure_one()
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists upload documents."))
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("You upload documents for your own companies only."))
        if not self.attachment_ids:
            raise UserError(self.env._("Choose at least one file."))
        self.attachment_ids.check_access("read")
        intakes = self.env["om.intake"]
        for attachment in self.attachment_ids:
            intakes |= intakes._receive(
                base64.b64decode(attachment.datas or b""),
                "upload",
                file_name=attachment.name,
                sender=self.env.user.name,
                company=self.company_id,
                **self._intake_values(),
            )
        self.attachment_ids.unlink()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_intake")
        if len(intakes) == 1:
            return {**action, "res_id": intakes.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", intakes.ids)]}

    def _intake_values(self):
        """More that is known of the documents by how they are uploaded, as values of ``om.intake``."""
        return {}
