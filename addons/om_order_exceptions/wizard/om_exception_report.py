import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..detection import Finding

REPORTED_ON = ("sale.order", "stock.picking", "account.move")


class OmExceptionReport(models.TransientModel):
    """Dialog in which a specialist reports what no detector can see: a wrong item, damage, a silent
    tracking number, an invoice that the customer's portal refused.
    """

    _name = "om.exception.report"
    _description = "Report an Exception"

    res_model = fields.Char(
        "Document Model",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_model"),
    )
    res_id = fields.Many2oneReference(
        "Document",
        model_field="res_model",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    document_ref = fields.Char("Reported On", compute="_compute_document")
    order_ids = fields.Many2many("sale.order", compute="_compute_document")
    currency_id = fields.Many2one("res.currency", compute="_compute_document")
    type_id = fields.Many2one("om.exception.type", required=True, domain="[('manual', '=', True)]")
    sop = fields.Html(related="type_id.sop")
    order_line_id = fields.Many2one(
        "sale.order.line",
        "Line",
        domain="[('order_id', 'in', order_ids), ('display_type', '=', False)]",
        help="Line of the order that it is about. Empty: the document as a whole.",
    )
    found = fields.Char("What was found", required=True)
    expected = fields.Char("What should be")
    amount = fields.Monetary("At Risk")
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Evidence", help="Photos, delivery receipts, messages of the customer."
    )

    @api.depends("res_model", "res_id")
    def _compute_document(self):
        for wizard in self:
            document = wizard._om_document()
            wizard.document_ref = document.display_name
            wizard.order_ids = wizard._om_orders(document)
            wizard.currency_id = (
                document.currency_id
                if "currency_id" in document._fields
                else wizard.order_ids[:1].currency_id
            ) or self.env.company.currency_id

    def _om_document(self):
        """The document, which the person must be allowed to read.

        :raise UserError: exceptions are not reported on such documents
        """
        self.ensure_one()
        if self.res_model not in REPORTED_ON:
            raise UserError(self.env._("Report exceptions on an order, a delivery or an invoice."))
        document = self.env[self.res_model].browse(self.res_id).exists()
        document.check_access("read")
        return document

    @api.model
    def _om_orders(self, document):
        if document._name == "sale.order":
            return document
        if document._name == "stock.picking":
            return document.sale_id
        # sudo: which orders an invoice bills; those that the person may not read are left out
        return document._om_orders().sudo(False).with_user(self.env.user)._filtered_access("read")

    def action_report(self):
        """Open the case, with its evidence, and show it."""
        self.ensure_one()
        self.env["om.exception"]._check_specialist()
        document = self._om_document()
        if not document:
            raise UserError(self.env._("The document does not exist any more."))
        if not self.type_id.manual:
            raise AccessError(self.env._("%s is found by its detector only.", self.type_id.display_name))
        line = self.order_line_id
        if line and line.order_id not in self.order_ids:
            raise UserError(self.env._("The line is not one of this document."))
        # the same report twice, such as by a double click, is one case
        key = hashlib.sha256(repr((line.id, self.found.strip().lower())).encode()).hexdigest()[:16]
        order = line.order_id or (self.order_ids if len(self.order_ids) == 1 else self.order_ids.browse())
        finding = Finding(
            document,
            found=self.found,
            expected=self.expected or "",
            key=f"reported {key}",
            line=line,
            amount=self.amount,
            values={"order_id": order.id},
        )
        case = self.env["om.exception"]._om_reported(self.type_id, finding)
        if not case:
            case = self.env["om.exception"]._raise(self.type_id.code, [finding], is_manual=True)
        if not case:
            raise UserError(self.env._("%s is switched off.", self.type_id.display_name))
        if self.attachment_ids:
            # sudo: evidence goes to the case, to which nobody attaches files by hand
            evidence = self.attachment_ids.sudo()
            evidence.write({"res_model": case._name, "res_id": case.id})
            case.sudo().message_post(
                body=self.env._("Evidence"),
                attachment_ids=evidence.ids,
                author_id=self.env.user.partner_id.id,
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": case._name,
            "res_id": case.id,
            "views": [(False, "form")],
        }


class OmException(models.Model):
    _inherit = "om.exception"

    @api.model
    def _om_reported(self, kind, finding):
        """The open case of an earlier report of the same."""
        # sudo: the report may have come from a colleague of whom this person sees no cases
        return self.browse(
            self.sudo()
            .search(
                [
                    ("type_id", "=", kind.id),
                    ("res_model", "=", finding.record._name),
                    ("res_id", "=", finding.record.id),
                    ("key", "=", finding.identity),
                    ("is_manual", "=", True),
                    ("is_open", "=", True),
                ],
                limit=1,
            )
            .ids
        )
