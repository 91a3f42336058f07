from odoo import api, fields, models
from odoo.fields import Domain


class OmExceptionType(models.Model):
    """Rules of one company, what a type looks at, and the way to try a rule before it holds."""

    _inherit = "om.exception.type"

    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="The rule holds for orders of this company. Empty: of all.",
    )
    checked_fields = fields.Char(
        "Looks At",
        compute="_compute_checked_fields",
        help="What the check reads: a change of it looks again.",
    )

    @api.depends("code", "domain")
    def _compute_checked_fields(self):
        labels = {}
        for model in ("sale.order", "sale.order.line"):
            for name, field in self.env[model]._fields.items():
                labels[model, name] = field._description_string(self.env)
        orders = self.env["sale.order"]
        for kind in self:
            read = {
                ("sale.order", name)
                for name, codes in orders._om_codes_by_field().items()
                if kind.code in codes
            }
            read |= {
                ("sale.order.line", name)
                for name, codes in orders._om_codes_by_line_field().items()
                if kind.code in codes
            }
            kind.checked_fields = ", ".join(sorted({labels[key] for key in read if key in labels}))

    def _rule_domain(self):
        """A rule of one company sees the orders of that company."""
        domain = super()._rule_domain()
        return domain & Domain("company_id", "=", self.company_id.id) if self.company_id else domain

    def action_try_rule(self):
        """Open the dialog that shows what this rule would have caught."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What %s would catch", self.code),
            "res_model": "om.rule.trial",
            "view_mode": "form",
            "target": "new",
            "context": {"default_type_id": self.id},
        }
