from odoo import api, fields, models
from odoo.tools import SQL

from .om_exception import OPEN_STATES

CHECKED_TYPES = ("out_invoice", "out_receipt", "out_refund")
# What of an invoice line decides whether it agrees with the order, or with the invoice it credits.
LINE_FIELDS = frozenset(
    (
        "quantity",
        "price_unit",
        "discount",
        "tax_ids",
        "product_uom_id",
        "sale_line_ids",
        "product_id",
        "move_id",
    )
)


class AccountMove(models.Model):
    """Invoices and credit memos of customers are checked by detectors: when they are saved, when they
    are paid, and at the invoice gate.

    As with orders, one query asks for the suspects of all detectors; ``suspect_order`` of a detector of
    invoices is a condition on ``m`` (the row of ``account_move``) and ``company``.
    """

    _name = "account.move"
    _inherit = ["account.move", "om.checked"]

    om_hold_reason = fields.Text("Held", compute="_compute_om_hold_reason", compute_sudo=True)

    @api.depends("state")
    def _compute_om_hold_reason(self):
        """Why a draft can't be posted, as far as it was found when it was saved."""
        drafts = self.filtered(
            lambda move: move.state == "draft" and move.move_type in CHECKED_TYPES and move.id
        )
        cases = drafts._om_blocking_cases() if drafts else ()
        for move in self:
            blocking = move._om_cases_of(cases) if move in drafts else ()
            move.om_hold_reason = move._om_invoice_hold_message({move: blocking}) if blocking else False

    def _om_checkable(self):
        return self.exists().filtered(lambda move: move.move_type in CHECKED_TYPES)

    def _om_suspects(self, codes):
        self.env.flush_all()
        active = self.env["om.exception.type"]._type_ids()
        conditions = {
            method: getattr(type(self), method)._om_suspect_order
            for code, methods in self._om_detectors().items()
            for method in methods
            if code in active and (codes is None or code in codes)
        }
        branches = [
            SQL(
                "SELECT 'known' AS label, res_id AS id FROM om_exception"
                " WHERE res_model = %s AND res_id = ANY(%s) AND state IN %s",
                self._name,
                list(self._ids),
                (*OPEN_STATES, "waived"),
            )
        ]
        if conditions:
            cases = ", ".join(f"CASE WHEN {text} THEN '{name}' END" for name, text in conditions.items())
            branches.append(
                SQL(
                    f"SELECT unnest(ARRAY[{cases}]) AS label, m.id FROM account_move m"
                    " JOIN res_company company ON company.id = m.company_id WHERE m.id = ANY(%s)",
                    list(self._ids),
                )
            )
        found = self.env.execute_query(
            SQL(
                "SELECT label, array_agg(DISTINCT id) FROM (%s) suspects"
                " WHERE label IS NOT NULL GROUP BY label",
                SQL(" UNION ALL ").join(branches),
            )
        )
        suspects = {
            **dict.fromkeys(conditions, self.browse()),
            **{label: self.browse(ids) for label, ids in found},
        }
        return suspects, suspects.pop("known", self.browse())

    def unlink(self):
        """Cases of a draft that is thrown away are over."""
        # sudo: whoever may delete the draft ends its cases
        cases = (
            self.env["om.exception"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids), ("is_open", "=", True)])
        )
        result = super().unlink()
        cases._close("auto_closed")
        return result


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._om_schedule_invoice_check()
        return lines

    def write(self, vals):
        moves = self.move_id if "move_id" in vals else self.env["account.move"]
        result = super().write(vals)
        if LINE_FIELDS & vals.keys():
            self._om_schedule_invoice_check()
            moves._om_schedule_check()
        return result

    def unlink(self):
        moves = self._om_schedule_invoice_check()
        result = super().unlink()
        moves.exists()._om_schedule_check()
        return result

    def _om_schedule_invoice_check(self):
        moves = self.move_id.filtered(lambda move: move.move_type in CHECKED_TYPES and move.state == "draft")
        moves._om_schedule_check()
        return moves


class AccountPartialReconcile(models.Model):
    """Payments that are matched with an invoice, or taken off it, change what is left of it."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._om_schedule_payment_check()
        return partials

    def unlink(self):
        self._om_schedule_payment_check()
        return super().unlink()

    def _om_schedule_payment_check(self):
        # sudo: whoever matches a payment need not be allowed to read the invoices of all colleagues
        moves = (self.debit_move_id | self.credit_move_id).sudo().move_id
        moves.filtered(lambda move: move.move_type == "out_invoice")._om_schedule_check({"E-DED"})
