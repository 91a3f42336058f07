from odoo import api, fields, models


class OmEdiTransportHttps(models.AbstractModel):
    """The partner uploads and fetches files over HTTPS with its API key; see ``controllers/https.py``."""

    _name = "om.edi.transport.https"
    _inherit = "om.edi.transport"
    _description = "EDI Transport: HTTPS"

    @api.model
    def _deliver(self, mailbox, file_name, data):
        """Lay the file ready; it stays until the partner has confirmed it."""
        self.env["om.edi.outgoing.file"]._put(mailbox, file_name, data)


class OmEdiTransportManual(models.AbstractModel):
    """People upload what came, and download what goes, by hand."""

    _name = "om.edi.transport.manual"
    _inherit = "om.edi.transport.https"
    _description = "EDI Transport: By Hand"


class OmEdiMailbox(models.Model):
    """Mailboxes whose outgoing files lie here until somebody takes them."""

    _inherit = "om.edi.mailbox"

    transport = fields.Selection(
        selection_add=[("https", "HTTPS"), ("manual", "By Hand")],
        ondelete={"https": "set default", "manual": "set default"},
    )
    https_url = fields.Char("Address of Uploads", compute="_compute_https_url")
    outgoing_ids = fields.One2many("om.edi.outgoing.file", "mailbox_id", "Outgoing Files")
    outgoing_count = fields.Integer("Waiting Files", compute="_compute_outgoing_count")

    @api.depends("transport")
    def _compute_https_url(self):
        for mailbox in self:
            mailbox.https_url = mailbox.transport == "https" and f"{mailbox.get_base_url()}/om_edi/files"

    @api.depends("outgoing_ids.state")
    def _compute_outgoing_count(self):
        counts = dict(
            self.env["om.edi.outgoing.file"]._read_group(
                [("mailbox_id", "in", self.ids), ("state", "!=", "done")], ["mailbox_id"], ["__count"]
            )
        )
        for mailbox in self:
            mailbox.outgoing_count = counts.get(mailbox, 0)

    def action_open_outgoing(self):
        """Show the files of this mailbox that wait to be taken."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_outgoing_file")
        return {**action, "domain": [("mailbox_id", "=", self.id)]}

    def _channel(self):
        return "upload" if self.transport == "manual" else super()._channel()
