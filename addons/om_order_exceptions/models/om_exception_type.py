import ast
import inspect
import logging
from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..stages import STAGES

_logger = logging.getLogger(__name__)


class OmExceptionType(models.Model):
    """A kind of exception: how it is found, what it blocks, who owns it, how it is cured.

    It is found either by a detector (a method of the document's model) or, for rules made by an
    administrator, by a domain on sales orders. A domain is read as a literal and validated; no
    Python of users is ever evaluated.
    """

    _name = "om.exception.type"
    _description = "Exception Type"
    _order = "sequence, code"
    _rec_names_search = ["code", "name"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Code of the exception, such as E-DUP.")
    sequence = fields.Integer(default=50)
    active = fields.Boolean(default=True, help="Switch off a type to stop detecting it.")
    category = fields.Selection(
        [
            ("intake", "Intake and master data"),
            ("price", "Price and promotion"),
            ("availability", "Dates, quantity, availability"),
            ("credit", "Credit and compliance"),
            ("edi", "EDI"),
            ("fulfilment", "Fulfilment"),
            ("billing", "Billing and after"),
        ],
        required=True,
        default="intake",
    )
    severity = fields.Selection(
        [("1", "1 Stops money or law"), ("2", "2 Stops shipment"), ("3", "3 Warns")],
        required=True,
        default="2",
    )
    blocks = fields.Selection(
        STAGES, help="First stage that an open exception blocks. Empty: it warns and blocks nothing."
    )
    sla_hours = fields.Float(
        "SLA (working hours)", default=4.0, help="Working hours of the company's calendar to resolve."
    )
    user_id = fields.Many2one(
        "res.users",
        "Default Owner",
        help="Owner of new exceptions. Empty: the order's salesperson, then the company's order desk.",
    )
    detector = fields.Char(
        "Detected By",
        compute="_compute_detector",
        help="What finds it by itself; empty for rules and for what other steps or people raise.",
    )
    domain = fields.Char(help="Rule on sales orders: an order that fits it is an exception.")
    root_cause_id = fields.Many2one(
        "om.root.cause", "Most Usual Root Cause", help="Proposed when a case is resolved."
    )
    root_cause_ids = fields.Many2many("om.root.cause", string="Usual Root Causes")
    fix_ids = fields.Many2many("om.exception.fix", string="Fix Actions")
    sop = fields.Html("Procedure", translate=True, help="What to do, shown beside the case.")
    x12_status = fields.Char(
        "X12 Line Status", help="X12 element 668 (ACK01) that echoes this exception to the customer."
    )
    waivable = fields.Boolean(default=True, help="May a manager accept the found value?")
    open_count = fields.Integer(compute="_compute_open_count")

    _code_unique = models.Constraint("UNIQUE(code)", "An exception type with this code exists already.")

    def _compute_open_count(self):
        groups = self.env["om.exception"]._read_group(
            [("type_id", "in", self.ids), ("is_open", "=", True)], ["type_id"], ["__count"]
        )
        counts = {kind.id: count for kind, count in groups}
        for kind in self:
            kind.open_count = counts.get(kind.id, 0)

    @api.depends("code")
    def _compute_detector(self):
        found_by = defaultdict(list)
        for model in self.env.registry.descendants(["om.checked"], "_inherit"):
            for code, methods in self.env[model]._om_detectors().items():
                for method in methods:
                    says = inspect.getdoc(getattr(type(self.env[model]), method)) or method
                    found_by[code].append(says.split("\n\n")[0].replace("\n", " "))
        for kind in self:
            kind.detector = " ".join(found_by[kind.code])

    @api.depends("code", "name")
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = f"{kind.code} {kind.name}" if kind.code else kind.name

    @api.constrains("domain")
    def _check_domain(self):
        for kind in self.filtered("domain"):
            kind._rule_domain()

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Change types; gates follow at once where a type stops blocking, or is switched off."""
        self.env.registry.clear_cache()
        if not {"active", "blocks"} & vals.keys():
            return super().write(vals)
        # sudo: the exceptions of a type follow it in all companies
        exceptions = self.env["om.exception"].sudo()
        exceptions = exceptions.search([("type_id", "in", self.ids), ("is_open", "=", True)])
        orders = exceptions.order_id
        held_before = orders.filtered("om_is_held")
        result = super().write(vals)
        orders._om_gates_changed(held_before)
        exceptions.filtered(lambda e: not e.type_id.active)._close("auto_closed")
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def action_open_exceptions(self):
        """Open the exceptions of this type."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_exception")
        return {**action, "domain": [("type_id", "=", self.id)], "context": {"search_default_open": 1}}

    def _rule_domain(self):
        """Return the rule as a validated ``Domain`` on sales orders.

        :raise ValidationError: the text is no literal domain, or names a field that does not exist
        """
        self.ensure_one()
        orders = self.env["sale.order"]
        try:
            domain = Domain(ast.literal_eval(self.domain))
            domain.validate(orders)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValidationError(
                self.env._(
                    "The rule of %(type)s is not a valid domain on sales orders: %(error)s",
                    type=self.code,
                    error=error,
                )
            ) from error
        return domain

    def _rule_fields(self):
        """Which fields the rule reads.

        :return: ``({field of the order}, {field of its lines})``
        """
        of_order, of_line = set(), set()
        for condition in self._rule_domain().iter_conditions():
            field, *path = condition.field_expr.split(".")
            of_order.add(field)
            if field == "order_line":
                of_line.update(path[:1])
                if isinstance(condition.value, Domain):
                    for inner in condition.value.iter_conditions():
                        of_line.add(inner.field_expr.split(".")[0])
        return of_order, of_line

    @api.model
    @tools.ormcache()
    def _type_ids(self):
        """Ids of the types that are switched on: ``{exception code: type id}``."""
        # sudo: everybody's orders are checked
        return {kind.code: kind.id for kind in self.sudo().search([("active", "=", True)])}

    @api.model
    def _rules(self):
        """The types that are rules of administrators, in this environment."""
        return self.browse(self._rule_ids())

    @api.model
    @tools.ormcache()
    def _rule_ids(self):
        """Ids of the rules that are switched on.

        A rule that has become invalid, such as by an addon that was removed, is left out: no order
        could be saved otherwise.
        """
        rules = []
        # sudo: everybody's orders are checked
        for kind in self.sudo().search([("active", "=", True), ("domain", "!=", False)]):
            try:
                kind._rule_domain()
                rules.append(kind.id)
            except ValidationError as error:
                _logger.warning("Rule left out: %s", error)
        return tuple(rules)

    @api.model
    def _id_by_code(self, code):
        """Id of the active type with this code, or ``False`` where it is switched off."""
        return self._type_ids().get(code, False)
