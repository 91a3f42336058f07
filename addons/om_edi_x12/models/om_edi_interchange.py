from collections import defaultdict

from odoo import api, fields, models

from .. import x12


class OmEdiInterchange(models.Model):
    """One X12 interchange (ISA to IEA), received or sent.

    The bytes of a received interchange are those of its intake; an interchange that we send has its
    own. Both are kept for good.
    """

    _name = "om.edi.interchange"
    _description = "EDI Interchange"
    _order = "id desc"
    _rec_name = "control_number"

    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", readonly=True, index=True, ondelete="restrict"
    )
    intake_id = fields.Many2one("om.intake", "Received Document", readonly=True, index="btree_not_null")
    control_number = fields.Integer(readonly=True, required=True, help="ISA13")
    version = fields.Char(readonly=True, help="ISA12")
    usage = fields.Selection([("P", "Production"), ("T", "Test"), ("I", "Information")], readonly=True)
    is_number_used = fields.Boolean(
        readonly=True, help="No other interchange of the partner that is acted on has this number."
    )
    occurred_at = fields.Datetime("Date", readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [
            ("received", "Received"),
            ("rejected", "Rejected"),
            ("ready", "Ready to Send"),
            ("sent", "Sent"),
            ("error", "Not Delivered"),
            ("dead", "Given Up"),
            ("void", "Void"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    message = fields.Text(readonly=True)
    delimiters = fields.Char(
        readonly=True, help="Element, component, terminator, repetition, in hexadecimal."
    )
    payload = fields.Binary("Bytes", attachment=True, readonly=True)
    file_name = fields.Char(readonly=True)
    receipt = fields.Text(readonly=True, help="What the partner's system answered to the delivery.")
    group_ids = fields.One2many("om.edi.group", "interchange_id", "Groups", readonly=True)
    transaction_ids = fields.One2many("om.edi.transaction", "interchange_id", "Transactions", readonly=True)
    sets = fields.Char("Documents", compute="_compute_sets")

    _unique_out = models.UniqueIndex(
        "(edi_partner_id, control_number) WHERE direction = 'out'", "This control number was sent before."
    )
    # what the reader looks for first; of two processes that look at the same time, one is stopped here
    _unique_in = models.UniqueIndex(
        "(edi_partner_id, control_number) WHERE direction = 'in' AND state = 'received' AND is_number_used",
        "This control number came before.",
    )
    _control_number_idx = models.Index("(edi_partner_id, direction, control_number)")

    @api.depends("transaction_ids")
    def _compute_sets(self):
        counts = defaultdict(list)
        for interchange, set_id, count in self.env["om.edi.transaction"]._read_group(
            [("interchange_id", "in", self.ids)], ["interchange_id", "set_id"], ["__count"]
        ):
            counts[interchange.id].append(f"{count} × {set_id}" if count > 1 else set_id)
        for interchange in self:
            interchange.sets = ", ".join(counts[interchange.id])

    @api.depends("control_number", "edi_partner_id.name")
    def _compute_display_name(self):
        for interchange in self:
            interchange.display_name = (
                f"{interchange.edi_partner_id.name or '?'} {interchange.control_number:09d}"
            )

    def _received_delimiters(self):
        """``x12.Delimiters`` with which this interchange was received."""
        self.ensure_one()
        marks = [bytes.fromhex(mark) or None for mark in self.delimiters.split(" ")]
        return x12.Delimiters(*marks)
