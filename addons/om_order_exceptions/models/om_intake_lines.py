from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..bulk_lines import read_rows
from ..detection import Finding
from .detectors.price import PriceRules
from .om_item_resolver import NamedItem


class OmIntake(models.Model):
    """Order lines in bulk: a pasted or uploaded table becomes the lines of orders, all at once.

    Every row becomes a line. What can't be resolved in a row stays on the order as a note with the row
    as it came, and an exception says what is missing. Rows of a customer whom nobody knows wait in the
    received document under E-CUS-UNK.
    """

    _inherit = "om.intake"

    kind = fields.Selection(selection_add=[("lines", "Order Lines")], ondelete={"lines": "set default"})
    lines_partner_id = fields.Many2one("res.partner", "Customer of the Lines", readonly=True)
    lines_order_id = fields.Many2one("sale.order", "Order of the Lines", readonly=True, ondelete="set null")

    def _process_lines(self, rows=None):
        """Enter the rows of the document: those of known customers, into one order per customer and PO.

        :param rows: what was read of it, where it was read already
        """
        self.ensure_one()
        try:
            rows = self._rows() if rows is None else rows
        except ValueError as error:
            self._finish("failed", self.env._("The lines can't be read: %s.", error))
            return
        if not rows:
            self._finish("failed", self.env._("There is no line in it."))
            return
        customers = self._customers_of(rows)
        self._enter_rows(rows, customers)
        unknown = sorted({row.customer for row in rows if not customers.get(row.customer)})
        self._raise_unknown_customers(
            {
                code: self.env._(
                    "%(customer)s, %(count)s lines",
                    customer=code or self.env._("(no customer)"),
                    count=sum(row.customer == code for row in rows),
                )
                for code in unknown
            }
        )
        self._finish(*self._state_of_customers())

    def _rows(self):
        """The rows of the document."""
        with self._open_payload() as payload:
            return self._read_rows(payload.read())

    @api.model
    def _read_rows(self, data):
        """The rows of these bytes, numbers read as the person writes them.

        :raise ValueError: it is neither text nor a spreadsheet
        """
        # what Odoo keeps of a language costs no query
        language = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        return read_rows(data, decimal_point=language.decimal_point or ".")

    def _customers_of(self, rows):
        """``{customer as written: res.partner}``; a row without one is of the document's customer.

        A customer is known by its reference (Odoo's *Reference* of the contact) or by an identifier that
        was mapped to it. Two queries.
        """
        codes = {row.customer for row in rows} - {""}
        customers = {"": self.lines_partner_id}
        if not codes:
            return customers
        if self.lines_order_id:
            # lines for one order: what is written there is for people
            return {**dict.fromkeys(codes, self.lines_partner_id), **customers}
        return {**customers, **self.env["om.partner.identifier"]._customers_by_code(codes, self.company_id)}

    def _state_of_customers(self):
        """State and message, by the customers that are still unknown."""
        # sudo: whether a customer is unknown does not depend on who may read the case
        waiting = self.sudo().exception_ids.filtered(lambda e: e.is_open and e.code == "E-CUS-UNK")
        if not waiting:
            return "done", False
        return "attention", self.env._(
            "Nobody here is known as: %s. Choose the customer in the work queue; the lines wait for it.",
            ", ".join(exception.key or self.env._("(no customer)") for exception in waiting),
        )

    def _link_customers(self, customers):
        """Enter the rows of customers that were unknown when the document came.

        :param customers: ``{customer as written: res.partner}``; each is remembered
        """
        self.ensure_one()
        if self.kind != "lines":
            raise UserError(
                self.env._("Create the trading partner of this document, and then try the document again.")
            )
        self.env["om.partner.identifier"]._learn_customers(customers)
        # sudo: what a document leads to does not depend on who has it processed
        intake = self.sudo()
        rows = [row for row in intake._rows() if row.customer in customers]
        intake._enter_rows(rows, customers)
        waiting = intake.exception_ids.filtered(lambda e: e.is_open and e.key not in customers)
        if not waiting:
            intake._finish("done")

    # ------------------------------------------------------------------------------------- the orders

    def _enter_rows(self, rows, customers):
        """Make lines of rows, of known customers, on the document's order or on new ones.

        :return: the orders
        """
        known = [row for row in rows if customers.get(row.customer)]
        orders = self.env["sale.order"]
        if not known:
            return orders
        by_order = {}
        for row in known:
            key = () if self.lines_order_id else (customers[row.customer].id, row.po)
            by_order.setdefault(key, []).append(row)
        lookup = BulkLookup(self.env, self.company_id, known, customers)
        # the pricelists are read once, not line by line
        prices = BulkPrices(lookup.products() | self.lines_order_id.order_line.product_id)
        entry = orders.with_context(om_price_rules=prices, tracking_disable=True)
        if self.lines_order_id:
            order = self.lines_order_id
            last = max(order.order_line.mapped("sequence"), default=0)
            lines = [
                {"order_id": order.id, "sequence": last + position, **lookup.line_values(row)}
                for position, row in enumerate(known, start=1)
            ]
            entry.env["sale.order.line"].create(lines)
            orders = order
        else:
            orders = entry.create(
                [
                    self._bulk_order_values(customers[of_order[0].customer], of_order, lookup)
                    for of_order in by_order.values()
                ]
            )
            events = self.env["om.order.event"]
            events._log("received", orders, note=self.name, source=self, occurred_at=self.received_at)
            events._log("entered", orders)
        return self.env["sale.order"].browse(orders.ids)

    def _bulk_order_values(self, customer, rows, lookup):
        dates = [row.day for row in rows if row.day]
        vals = {
            "partner_id": customer.id,
            "company_id": self.company_id.id,
            "user_id": (self.create_uid or self.env.user).id,
            "client_order_ref": rows[0].po or False,
            "om_intake_id": self.id,
            "om_requested_date": min(dates) if dates else False,
            "order_line": [
                fields.Command.create({"sequence": position, **lookup.line_values(row)})
                for position, row in enumerate(rows, start=1)
            ],
        }
        return vals

    # -------------------------------------------------------------------------------- unknown customers

    def _raise_unknown_customers(self, found):
        """Customers of this document that nobody knows here: nothing is created for them.

        What an earlier attempt did not know, and this one does, is closed.

        :param found: ``{customer as the document names it: text for people}``
        """
        # sudo: cases are kept by the processing of a document, whoever uploads it
        known = self.sudo().exception_ids.filtered(
            lambda e: e.is_open and e.code == "E-CUS-UNK" and e.key not in found
        )
        known._close("auto_closed")
        if found:
            self.env["om.exception"]._raise(
                "E-CUS-UNK",
                [
                    Finding(self, found=text, expected=self.env._("a customer that is known here"), key=code)
                    for code, text in found.items()
                ],
                intake_id=self.id,
            )


class BulkLookup:
    """All look-ups of rows, made once, and the values of their order lines."""

    def __init__(self, env, company, rows, customers):
        self.env = env
        self.rows = rows
        self.customers = customers
        self.units = env["uom.uom"]._om_by_code({row.unit for row in rows})
        self.units_by_name = {}
        if unknown := {row.unit for row in rows if row.unit and not self.units[row.unit]}:
            named = env["uom.uom"].search(Domain.OR(Domain("name", "=ilike", name) for name in unknown))
            named = named.grouped(lambda unit: (unit.name or "").lower())
            self.units_by_name = {name: named[name.lower()] for name in unknown if name.lower() in named}
        self.is_distributed = env["sale.order.line"]._om_is_distributed()
        self.matches = env["om.item.resolver"]._resolve({self.named(row) for row in rows}, company)

    def named(self, row):
        """A table does not say which kind of number it names: it may be any."""
        customer = self.customers.get(row.customer)
        codes = (row.item,) if row.item else ()
        return NamedItem(customer.commercial_partner_id.id if customer else 0, codes, codes, codes)

    def products(self):
        """Everything that was found."""
        return self.env["product.product"].union(*(match.product for match in self.matches.values()))

    def resolve(self, row):
        """``(product, unit, candidates, what is missing)`` of a row; the last is empty where all is found."""
        product, unit, candidates = self.matches[self.named(row)]
        if row.unit:
            units = self.units[row.unit] or self.units_by_name.get(row.unit) or self.env["uom.uom"]
            unit = units._om_for_product(product) if product else units[:1]
        else:
            unit = unit or product.uom_id
        problem = row.problem
        if not product:
            problem = "several" if candidates else "item"
        elif not problem and not unit:
            problem = "unit"
        return product, unit, candidates, problem

    def line_values(self, row):
        """Values of the order line of a row; a note with the row where something is missing."""
        product, unit, candidates, problem = self.resolve(row)
        vals = {
            "om_po_line": str(row.number),
            # a row that is unclear for another reason is shown as a whole
            "om_po_item": row.item if problem in ("", "item", "several", "unit") else False,
            "om_po_quantity": row.quantity or 0.0,
            "om_po_unit": row.unit or False,
            "om_po_price": row.price or 0.0,
            "om_raw": row.raw,
        }
        if problem:
            return {
                **vals,
                "display_type": "line_note",
                "name": row.raw.replace("\t", " ") or "?",
                "om_po_product_id": product.id if problem == "unit" else False,
                "om_candidate_ids": [fields.Command.set(candidates.ids)],
            }
        vals.update(product_id=product.id, product_uom_id=unit.id, product_uom_qty=row.quantity)
        if not self.is_distributed:
            vals["analytic_distribution"] = False
        if row.price is not None:
            # a technical price that differs marks the price as given: a changed quantity keeps it
            vals.update(price_unit=row.price, technical_price_unit=0.0)
        return vals


class BulkPrices(PriceRules):
    """The rules of the pricelists that turn out to be needed, each read once."""

    def __init__(self, products):  # pylint: disable=super-init-not-called
        self.products = products
        self.of, self._by_target = {}, {}

    def applicable(self, pricelist, product, date):
        if pricelist.id not in self.of:
            more = PriceRules(pricelist.with_context(om_price_rules=None), self.products, date, date)
            self.of.update(more.of)
            self._by_target.update(more._by_target)
        return super().applicable(pricelist, product, date)
