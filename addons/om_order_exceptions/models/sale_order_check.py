from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.fields import Domain

from ..detection import Finding

CHECKED_STATES = ("draft", "sent", "sale")
# What can't be early or late without one of these
DATES = ("commitment_date", "om_requested_date", "om_requested_ship_date", "om_deliver_not_before")
NEED_DATES = {"E-SHP-LATE", "E-SHP-EARLY"}
# Orders of one query at the re-scan: enough to make its fixed cost small, few enough to commit often
RESCAN_BATCH = 5000


class SaleOrder(models.Model):
    """Orders are checked by detectors and by administrators' rules."""

    _name = "sale.order"
    _inherit = ["sale.order", "om.checked"]

    _om_rescan_idx = models.Index(
        "(id) WHERE state IN ('draft', 'sent', 'sale') AND invoice_status <> 'invoiced'"
    )

    def _om_checkable(self):
        return self.filtered(lambda order: order.state in CHECKED_STATES)

    def _om_checked(self):
        self._om_confirm_when_clean()

    def _om_codes_of_write(self, vals):
        """Confirmation writes a state and a date. The gate has just looked at all, and little is new then."""
        moment = fields.Datetime.to_datetime(vals.get("date_order"))
        if moment and all(o.date_order and o.date_order.date() == moment.date() for o in self):
            # the same day: time passing, which the re-scan is for
            vals = {name: value for name, value in vals.items() if name != "date_order"}
        codes = super()._om_codes_of_write(vals)
        if vals.get("state") == "sale" and not self._om_has_dates(vals):
            codes -= NEED_DATES
        return codes

    def _om_has_dates(self, vals):
        """Can these orders be early or late: is there a date, or a lead time, or will ``vals`` give one?"""
        return any(vals.get(name) or any(self.mapped(name)) for name in DATES) or any(
            self.order_line.mapped("customer_lead")
        )

    @api.model
    @tools.ormcache()
    def _om_codes_by_field(self):
        """Fields of orders, with those that administrators' rules read."""
        codes = defaultdict(set)
        for field, of_field in super()._om_codes_by_field().items():
            codes[field].update(of_field)
        for kind in self.env["om.exception.type"]._rules():
            for field in kind._rule_fields()[0]:
                codes[field].add(kind.code)
        return {field: frozenset(of_field) for field, of_field in codes.items()}

    @api.model
    @tools.ormcache()
    def _om_codes_by_line_field(self):
        """Which exceptions may come or go with a field of an order's line, or with a line.

        A rule reads the fields that its domain names, and the lines as a whole: an amount of the order
        may change with any of them.

        :return: ``{order line field: frozenset of exception codes}``
        """
        codes = defaultdict(set)
        for code, methods in self._om_detectors().items():
            for method in methods:
                for field in getattr(type(self), method)._om_line_fields:
                    codes[field].add(code)
        for kind in self.env["om.exception.type"]._rules():
            for field in kind._rule_fields()[1] | codes.keys():
                codes[field].add(kind.code)
        return {field: frozenset(of_field) for field, of_field in codes.items()}

    def _om_lines_changed(self, field_names=None):
        """Check these orders for what their lines decide, before this transaction commits.

        :param field_names: fields that changed on lines; all when left out, for lines that come or go
        """
        by_field = self._om_codes_by_line_field()
        names = by_field if field_names is None else field_names
        self._om_schedule_check(set().union(*(by_field[name] for name in names if name in by_field)))

    def _om_rule_findings(self, suspects, codes):
        return {
            kind.id: [
                Finding(order, found=kind.name, amount=order.amount_total)
                for order in suspects.get(f"rule {kind.id}", ())
            ]
            for kind in self.env["om.exception.type"]._rules()
            if codes is None or kind.code in codes
        }

    # --------------------------------------------------------------------------------------- re-scan

    @api.model
    def _om_open_domain(self):
        """Orders that may still go wrong, or be put right."""
        return Domain("state", "in", CHECKED_STATES) & (
            Domain("invoice_status", "!=", "invoiced")
            | Domain("om_open_exception_count", ">", 0)
            # what is billed before it is shipped may still be shipped late
            | Domain("delivery_status", "in", ("pending", "started", "partial"))
        )

    @api.model
    def _cron_rescan(self):
        """Look again at all open orders, for what time and other documents have changed."""
        crons, parameters = self.env["ir.cron"], self.env["ir.config_parameter"]
        name = "om_order_exceptions.rescanned_to"
        done = int(parameters.get_param(name, 0))
        open_orders = self._om_open_domain()
        remaining = self.search_count(open_orders & Domain("id", ">", done))
        crons._commit_progress(remaining=remaining)
        while orders := self.search(open_orders & Domain("id", ">", done), order="id", limit=RESCAN_BATCH):
            orders._om_check()
            done = orders[-1].id
            parameters.set_param(name, done)
            if not crons._commit_progress(len(orders)):
                return
        parameters.set_param(name, 0)
