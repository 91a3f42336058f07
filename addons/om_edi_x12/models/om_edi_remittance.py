from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.om_order_exceptions.detection import Finding

DIFFERENCES = ("short", "over", "settled", "unknown", "ambiguous")


class OmEdiRemittance(models.Model):
    """What a customer says that it pays, by an 820, held against our invoices.

    It is a proposal: nothing is posted. Accounting registers the payment with Odoo's own dialog, which
    opens with the invoices that match; the rest are cases (E-REM-DIFF).
    """

    _name = "om.edi.remittance"
    _description = "EDI Remittance"
    _order = "date desc, id desc"

    name = fields.Char("Trace Number", required=True, readonly=True, index=True)
    transaction_id = fields.Many2one("om.edi.transaction", "820", required=True, readonly=True, index=True)
    edi_partner_id = fields.Many2one("om.edi.partner", "Trading Partner", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date("Payment Date", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="BPR02")
    unexplained = fields.Monetary(
        readonly=True, help="Amount of the payment less what its lines and deductions add up to."
    )
    line_ids = fields.One2many("om.edi.remittance.line", "remittance_id", "Invoices", readonly=True)
    payment_ids = fields.One2many("account.payment", "om_edi_remittance_id", "Payments", readonly=True)
    state = fields.Selection(
        [("exact", "To Register"), ("differs", "Differs"), ("registered", "Registered")],
        compute="_compute_state",
        store=True,
    )

    _unique_transaction = models.UniqueIndex("(transaction_id)", "This 820 was taken in already.")

    @api.depends("line_ids.state", "unexplained", "payment_ids.state")
    def _compute_state(self):
        for remittance in self:
            if remittance.payment_ids.filtered(lambda p: p.state not in ("canceled", "rejected")):
                remittance.state = "registered"
            elif remittance.unexplained or remittance.line_ids.filtered(
                lambda line: line.state in DIFFERENCES
            ):
                remittance.state = "differs"
            else:
                remittance.state = "exact"

    def _raise_differences(self):
        """A case per invoice that is not paid as we have it, and for what the payment does not explain."""
        findings = []
        for remittance in self:
            for line in remittance.line_ids.filtered(lambda line: line.state in DIFFERENCES):
                findings.append(
                    Finding(
                        remittance,
                        found=line._text(),
                        expected=self.env._(
                            "%(open)s open", open=remittance.currency_id.format(line.open_amount)
                        )
                        if line.move_id
                        else self.env._("an invoice of ours"),
                        key=str(line.id),
                        amount=abs(line.paid - line.open_amount),
                        values={"order_id": line.move_id.om_edi_order_id.id},
                    )
                )
            if remittance.unexplained:
                findings.append(
                    Finding(
                        remittance,
                        found=self.env._(
                            "%(amount)s are paid; %(rest)s of it are not explained",
                            amount=remittance.currency_id.format(remittance.amount),
                            rest=remittance.currency_id.format(remittance.unexplained),
                        ),
                        expected=self.env._("lines that add up to the payment"),
                        key="total",
                        amount=abs(remittance.unexplained),
                    )
                )
        if findings:
            self.env["om.exception"]._raise(
                "E-REM-DIFF",
                findings,
                partner_id=self.partner_id[:1].id,
                intake_id=self.transaction_id[:1].intake_id.id,
            )

    def action_register(self):
        """Open Odoo's dialog to register a payment, with the invoices that match."""
        self.ensure_one()
        moves = self.line_ids.filtered(lambda line: line.state == "exact").move_id
        if not moves or self.state == "registered":
            raise UserError(self.env._("There is nothing to register here."))
        action = moves.action_register_payment()
        exact = self.line_ids.filtered(lambda line: line.state == "exact")
        return {
            **action,
            "context": {
                **action["context"],
                "default_group_payment": True,
                "default_payment_date": fields.Date.to_string(self.date or fields.Date.context_today(self)),
                "default_communication": self.name,
                "default_amount": abs(sum(exact.mapped("paid"))),
                "default_om_edi_remittance_id": self.id,
            },
        }


class OmEdiTransaction(models.Model):
    _inherit = "om.edi.transaction"

    remittance_ids = fields.One2many("om.edi.remittance", "transaction_id", readonly=True)


class OmEdiRemittanceLine(models.Model):
    """One invoice, or credit note, of a remittance.

    =========  ================================================================
    state      the customer pays
    =========  ================================================================
    exact      what is open
    short      less than is open: a discount, or a deduction
    over       more than is open
    settled    an invoice that is paid already
    unknown    a number that no invoice of ours to this customer has
    ambiguous  a number that several have
    =========  ================================================================
    """

    _name = "om.edi.remittance.line"
    _description = "EDI Remittance Line"
    _order = "remittance_id, id"

    remittance_id = fields.Many2one("om.edi.remittance", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="remittance_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="remittance_id.currency_id")
    number = fields.Char(readonly=True, help="RMR02")
    move_id = fields.Many2one("account.move", "Invoice", readonly=True, index="btree_not_null")
    paid = fields.Monetary(readonly=True, help="RMR04")
    discount = fields.Monetary(readonly=True, help="RMR06")
    deducted = fields.Monetary(readonly=True, help="ADX01, all of this line")
    reasons = fields.Char(readonly=True, help="ADX02: reasons of the deductions (element 426).")
    open_amount = fields.Monetary("Open", readonly=True, help="Of our invoice, when the 820 came.")
    state = fields.Selection(
        [
            ("exact", "Exact"),
            ("short", "Short"),
            ("over", "Too Much"),
            ("settled", "Paid Already"),
            ("unknown", "Unknown"),
            ("ambiguous", "Ambiguous"),
        ],
        required=True,
        readonly=True,
    )

    def _text(self):
        """What is wrong with this line, for a person."""
        self.ensure_one()
        money = self.currency_id.format
        words = dict(self._fields["state"]._description_selection(self.env))[self.state]
        parts = [f"{self.number or '?'}: {words}", self.env._("%s paid", money(self.paid))]
        if self.discount:
            parts.append(self.env._("%s discount", money(self.discount)))
        if self.deducted:
            parts.append(
                self.env._("%(amount)s deducted (%(why)s)", amount=money(self.deducted), why=self.reasons)
            )
        return ", ".join(parts)


class AccountPayment(models.Model):
    _inherit = "account.payment"

    om_edi_remittance_id = fields.Many2one(
        "om.edi.remittance", "Remittance (820)", readonly=True, copy=False, index="btree_not_null"
    )
