import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..models.om_intake_lines import BulkLookup

# Rows that get suggestions in the preview; the others get theirs in the work queue
SUGGESTED = 100


class OmBulkEntry(models.TransientModel):
    """Dialog that enters hundreds of order lines from a spreadsheet at once.

    *Check* shows what each row would become; *Enter* stores the table as a received document and makes
    the lines. Nothing is dropped: what is not found stays on the order as it came.
    """

    _name = "om.bulk.entry"
    _description = "Enter Lines in Bulk"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    order_id = fields.Many2one("sale.order", readonly=True, help="The lines are added to this order.")
    partner_id = fields.Many2one(
        "res.partner", "Customer", help="Of the rows that name none. Rows may name theirs in a column."
    )
    text = fields.Text("Lines", help="Pasted from a spreadsheet.")
    file = fields.Binary()
    file_name = fields.Char()
    again = fields.Boolean("Enter Them Again", help="The same lines came before, and are meant once more.")
    line_ids = fields.One2many("om.bulk.entry.line", "entry_id", "Rows")
    row_count = fields.Integer("Number of Rows", readonly=True)
    problem_count = fields.Integer("To Resolve", readonly=True)
    is_checked = fields.Boolean(readonly=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "sale.order" and self.env.context.get("active_id"):
            order = self.env["sale.order"].browse(self.env.context["active_id"]).exists()
            values.update(order_id=order.id, partner_id=order.partner_id.id, company_id=order.company_id.id)
        return values

    def _data(self):
        """The bytes to enter: the file, else the text."""
        self.ensure_one()
        # without a file nobody has to look for one
        file = (self.file_name or not self.text) and self.file
        data = base64.b64decode(file) if file else (self.text or "").encode()
        if not data.strip():
            raise UserError(self.env._("Paste the lines, or choose a file."))
        return data

    def _rows(self, data):
        try:
            return self.env["om.intake"]._read_rows(data)
        except ValueError as error:
            raise UserError(self.env._("The lines can't be read: %s.", error)) from error

    def _check_rights(self):
        if not self.env.user.has_group("om_order_exceptions.group_specialist"):
            raise AccessError(self.env._("Only order specialists enter lines in bulk."))
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("You enter lines for your own companies only."))
        if self.order_id:
            self.order_id.check_access("write")
            if self.order_id.state == "cancel" or self.order_id.locked:
                raise UserError(self.env._("%s takes no more lines.", self.order_id.name))

    def action_check(self):
        """Show what each row would become, and what is not found."""
        self.ensure_one()
        self._check_rights()
        rows = self._rows(self._data())
        codes = {row.customer for row in rows} - {""}
        customers = {"": self.partner_id}
        if self.order_id:
            customers.update(dict.fromkeys(codes, self.order_id.partner_id))
        else:
            identifiers = self.env["om.partner.identifier"]
            customers.update(identifiers._customers_by_code(codes, self.company_id))
        lookup = BulkLookup(self.env, self.company_id, rows, customers)
        resolved = [(row, *lookup.resolve(row)) for row in rows]
        missing = [row.item for row, _p, _u, _c, problem in resolved if problem == "item" and row.item]
        suggestions = self.env["om.item.resolver"]._suggest(missing[:SUGGESTED], self.company_id)
        self.line_ids.unlink()
        lines = [
            {
                "entry_id": self.id,
                "number": row.number,
                "raw": row.raw,
                "customer": row.customer,
                "item": row.item,
                "partner_id": (customers.get(row.customer) or self.partner_id.browse()).id,
                "product_id": product.id,
                "quantity": row.quantity or 0.0,
                "product_uom_id": unit.id,
                "price": row.price or 0.0,
                "problem": problem or ("customer" if not customers.get(row.customer) else False),
                "suggestion_ids": [
                    fields.Command.set((candidates or suggestions.get(row.item, candidates))[:3].ids)
                ],
            }
            for row, product, unit, candidates, problem in resolved
        ]
        self.env["om.bulk.entry.line"].create(lines)
        self.write(
            {
                "row_count": len(rows),
                "problem_count": sum(bool(line["problem"]) for line in lines),
                "is_checked": True,
            }
        )
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter Lines in Bulk"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": self.env.context,
        }

    def action_enter(self):
        """Store the table as a received document and make order lines of all its rows.

        What the person chose for a row in the preview is remembered as the customer's part number first,
        so that this row, and the next order, resolve by it.
        """
        self.ensure_one()
        self._check_rights()
        # partners that are needed anyway, read together and not one by one
        (self.env.user.partner_id | self.partner_id | self.company_id.partner_id).mapped("name")
        data = self._data()
        rows = self._rows(data)
        if self.is_checked:
            self._learn()
        intakes = self.env["om.intake"].with_context(om_processed_at_once=True)
        intake = intakes._receive(
            data,
            "upload",
            file_name=self.file_name or self.env._("Lines in bulk"),
            sender=self.env.user.name,
            company=self.company_id,
            kind="lines",
            lines_partner_id=self.partner_id.id,
            lines_order_id=self.order_id.id,
        )
        if intake.state == "duplicate" and not self.again:
            raise UserError(
                self.env._(
                    "The same lines came before, as %(intake)s on %(date)s. Tick “Enter Them Again” when "
                    "they are meant once more.",
                    intake=intake.duplicate_of_id.name,
                    date=format_datetime(self.env, intake.duplicate_of_id.received_at, dt_format="short"),
                )
            )
        # sudo: what a document leads to does not depend on who has it processed
        before = intake.sudo()
        if intake.state == "duplicate":
            before._enter_rows(rows, before._customers_of(rows))
        else:
            before._process_lines(rows)
        if intake.state == "failed":
            raise UserError(intake.message)
        return self._result(intake)

    def _learn(self):
        """Remember the products that the person chose in the preview."""
        items = self.env["om.customer.item"]
        chosen = self.line_ids.filtered(
            lambda line: (
                line.problem in ("item", "several") and line.product_id and line.item and line.partner_id
            )
        )
        wanted = {(line.partner_id.commercial_partner_id.id, line.item): line.product_id for line in chosen}
        known = items._resolve(wanted, self.company_id)
        items.create(
            [
                {
                    "partner_id": partner_id,
                    "code": code,
                    "product_id": product.id,
                    "company_id": self.company_id.id,
                    "learned": True,
                }
                for (partner_id, code), product in wanted.items()
                if (partner_id, code) not in known
            ]
        )

    def _result(self, intake):
        """Open what came of it."""
        if self.order_id:
            return {"type": "ir.actions.act_window_close"}
        if len(intake.order_ids) == 1 and intake.state == "done":
            return {
                "type": "ir.actions.act_window",
                "res_model": "sale.order",
                "res_id": intake.order_ids.id,
                "views": [(False, "form")],
            }
        return {
            "type": "ir.actions.act_window",
            "res_model": "om.intake",
            "res_id": intake.id,
            "views": [(False, "form")],
        }


class OmBulkEntryLine(models.TransientModel):
    """One row of the table, and what it would become."""

    _name = "om.bulk.entry.line"
    _description = "Row of Lines in Bulk"
    _order = "number"

    entry_id = fields.Many2one("om.bulk.entry", required=True, ondelete="cascade", index=True)
    number = fields.Integer("Row", readonly=True)
    raw = fields.Char("As Written", readonly=True)
    customer = fields.Char("Customer as Written", readonly=True)
    item = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    product_id = fields.Many2one(
        "product.product", domain=[("sale_ok", "=", True)], help="Choose it where it was not found."
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    product_uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)
    price = fields.Float(digits="Product Price", readonly=True)
    suggestion_ids = fields.Many2many("product.product", string="Suggestions", readonly=True)
    problem = fields.Selection(
        [
            ("customer", "Customer unknown"),
            ("item", "Item unknown"),
            ("several", "Several items"),
            ("unit", "Unit unknown"),
            ("quantity", "No quantity"),
            ("price", "Price unreadable"),
            ("date", "Date unreadable"),
        ],
        readonly=True,
    )
