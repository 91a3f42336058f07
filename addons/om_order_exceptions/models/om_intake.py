import base64
import hashlib
import io
import os

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import format_datetime

from ..stages import INTERNAL

# The scheduled job that acts on stored documents
PROCESS = "om_order_exceptions.cron_process_intake"
GUARDED = frozenset(("payload", "sha256", "size", "state", "received_at", "channel", "company_id"))


class OmIntake(models.Model):
    """One received document, whatever its channel: the raw bytes, before anything is done with them.

    An intake is stored and committed first and acted on afterwards, so that no byte is lost when a
    step fails or the machine stops. Its bytes never change. The same bytes again, in the same
    company, make an intake in state *duplicate* and no second order.

    ===========  ==============================================================
    state        meaning
    ===========  ==============================================================
    received     stored, not yet read
    processing   read in part; a restart goes on where it stopped
    done         everything in it was acted on
    attention    acted on, but something in it was refused; see the message
    failed       nothing could be done with it; see the message
    duplicate    the same bytes came before
    ===========  ==============================================================
    """

    _name = "om.intake"
    _description = "Received Document"
    _inherit = ["mail.thread"]
    _order = "received_at desc, id desc"

    name = fields.Char(required=True, readonly=True, default="/", copy=False)
    file_name = fields.Char(readonly=True, help="Name that the sender gave it. Never used as a path.")
    channel = fields.Selection(
        [
            ("upload", "Upload"),
            ("folder", "Folder"),
            ("mail", "Mail"),
            ("portal", "Portal"),
            ("api", "API"),
        ],
        required=True,
        readonly=True,
    )
    kind = fields.Selection([("unknown", "Unknown")], default="unknown", required=True, readonly=True)
    sender = fields.Char(readonly=True, help="Who sent it, as the channel knows.")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    received_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now, index=True)
    payload = fields.Binary("Raw Document", attachment=True, readonly=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)
    state = fields.Selection(
        [
            ("received", "Received"),
            ("processing", "In Progress"),
            ("done", "Done"),
            ("attention", "Needs Attention"),
            ("failed", "Failed"),
            ("duplicate", "Duplicate"),
        ],
        default="received",
        required=True,
        readonly=True,
        index=True,
    )
    message = fields.Text(readonly=True, help="What happened: what is wrong, where, and what to do.")
    headline = fields.Char("What Happened", compute="_compute_headline")
    duplicate_of_id = fields.Many2one("om.intake", readonly=True, index="btree_not_null")
    delivery_key = fields.Char(
        readonly=True,
        help="Identity of the delivery in its channel, so that a repeated pick-up stores it once.",
    )
    attempts = fields.Integer(
        default=0, readonly=True, help="How often it was begun since it last got any further."
    )
    next_attempt = fields.Datetime(readonly=True, help="Not before this time, after an error.")
    order_ids = fields.One2many("sale.order", "om_intake_id", "Orders", readonly=True)
    order_count = fields.Integer(compute="_compute_counts")
    exception_ids = fields.One2many("om.exception", "intake_id", "Exceptions", readonly=True)
    exception_count = fields.Integer("Open Exceptions", compute="_compute_counts")

    _unique_bytes = models.UniqueIndex(
        "(company_id, sha256) WHERE state != 'duplicate'", "These bytes were received before."
    )
    _unique_delivery = models.UniqueIndex(
        "(delivery_key) WHERE delivery_key IS NOT NULL", "This delivery is stored already."
    )
    _work_idx = models.Index("(id) WHERE state IN ('received', 'processing')")

    @api.depends("message")
    def _compute_headline(self):
        for intake in self:
            intake.headline = (intake.message or "").partition("\n")[0]

    @api.depends("order_ids", "exception_ids.is_open")
    def _compute_counts(self):
        orders = dict(
            self.env["sale.order"]._read_group(
                [("om_intake_id", "in", self.ids)], ["om_intake_id"], ["__count"]
            )
        )
        exceptions = dict(
            self.env["om.exception"]._read_group(
                [("intake_id", "in", self.ids), ("is_open", "=", True)], ["intake_id"], ["__count"]
            )
        )
        for intake in self:
            intake.order_count = orders.get(intake, 0)
            intake.exception_count = exceptions.get(intake, 0)

    @api.model_create_multi
    def create(self, vals_list):
        """Store documents; only :meth:`_receive` may, so that hash and size are always true."""
        if self.env.context.get("om_transition") is not INTERNAL:
            raise AccessError(self.env._("Documents are received through a channel, not entered by hand."))
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("om.intake") or "/"
        return super().create(vals_list)

    def write(self, vals):
        if GUARDED & vals.keys() and self.env.context.get("om_transition") is not INTERNAL:
            raise AccessError(self.env._("A received document never changes."))
        # What a form shows read-only is for our own code to write: people have no other way to it.
        if not self.env.su and any(self._fields[name].readonly for name in vals if name in self._fields):
            raise AccessError(self.env._("What is known of a received document is not entered by hand."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Received documents are kept as evidence and can't be deleted."))

    # ----------------------------------------------------------------------------------- receiving

    @api.model
    def _receive(self, data, channel, file_name="", sender="", company=None, delivery_key=None, **values):
        """Store one document. Its caller commits before it acts on it.

        A caller that acts on it in the same transaction says so with ``om_processed_at_once`` in the context.

        :param data: the raw bytes, kept as they are
        :param channel: how it came (a value of ``channel``)
        :param file_name: the sender's name for it; kept as text only
        :param company: receiving company; the current one when left out
        :param delivery_key: identity of the delivery in its channel; a delivery that is stored
            already is returned and not stored again
        :return: the intake; in state *duplicate* when the same bytes came before
        :raise ConcurrencyError: another process stored the same at the same time; try again in a new
            transaction, which sees it
        """
        caller = self.browse()
        # sudo: channels run as whoever delivers; a received document is stored for all of them
        self = self.sudo().with_context(om_transition=INTERNAL, mail_create_nosubscribe=True)
        company = company or self.env.company
        if delivery_key and (known := self.search([("delivery_key", "=", delivery_key)], limit=1)):
            return caller.browse(known.id)
        digest = hashlib.sha256(data).hexdigest()
        original = self.search(
            [("company_id", "=", company.id), ("sha256", "=", digest), ("state", "!=", "duplicate")], limit=1
        )
        vals = {
            "channel": channel,
            "file_name": self._plain_name(file_name),
            "sender": sender,
            "company_id": company.id,
            "payload": base64.b64encode(data) if data else False,
            "size": len(data),
            "sha256": digest,
            "delivery_key": delivery_key,
            "state": "duplicate" if original else "received",
            "duplicate_of_id": original.id,
            "message": bool(original)
            and self.env._(
                "The same bytes came before, as %(intake)s on %(date)s. Nothing was done again.",
                intake=original.name,
                date=format_datetime(self.env, original.received_at, dt_format="short"),
            ),
            **values,
        }
        try:
            with tools.mute_logger("odoo.sql_db"):
                intake = self.create(vals)
        except UniqueViolation as error:
            raise ConcurrencyError("The same document is being stored by another process.") from error
        if not self.env.context.get("om_processed_at_once"):
            self.env["ir.cron"]._om_trigger(PROCESS, units=intake)
        return caller.browse(intake.id)

    @staticmethod
    def _plain_name(file_name):
        """The last part of a name that somebody else gave, as text that can be stored and shown."""
        name = os.path.basename(file_name.replace("\\", "/")).replace("\0", "")
        return name.encode(errors="replace").decode()[:255]

    def _payloads(self):
        """The attachments with the raw bytes: ``{document: ir.attachment}``. One query."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search(  # sudo: attachments of binary fields are readable by code only
                [("res_model", "=", self._name), ("res_field", "=", "payload"), ("res_id", "in", self.ids)]
            )
        )
        return {self.browse(attachment.res_id): attachment for attachment in attachments}

    def _open_payload(self, attachment=None):
        """Open the raw bytes as a binary file, without reading them into memory.

        The caller closes it.

        :param attachment: the one of these bytes from :meth:`_payloads`; looked up where not given
        """
        self.ensure_one()
        attachment = attachment or self._payloads().get(self)
        if not attachment:
            return io.BytesIO()
        if attachment.store_fname:
            return open(attachment._full_path(attachment.store_fname), "rb")
        return io.BytesIO(attachment.raw)

    def action_open_orders(self):
        """Open the orders that came from this document."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_quotations")
        return {**action, "domain": [("om_intake_id", "=", self.id)], "context": {}}

    def action_open_exceptions(self):
        """Open the exceptions that came from this document."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {**action, "domain": [("intake_id", "=", self.id)], "context": {}}
