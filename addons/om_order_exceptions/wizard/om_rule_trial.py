from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class OmRuleTrial(models.TransientModel):
    """What an administrator's rule would have caught among the orders of the last days.

    It only reads: no exception is raised. The person sees the orders before the rule is switched on.
    """

    _name = "om.rule.trial"
    _description = "Trial of a Rule"

    type_id = fields.Many2one("om.exception.type", required=True, readonly=True)
    domain = fields.Char(related="type_id.domain")
    is_active = fields.Boolean(related="type_id.active", string="Switched On")
    days = fields.Integer("Days Back", default=90, required=True)
    order_ids = fields.Many2many("sale.order", compute="_compute_order_ids", string="Orders It Would Catch")
    order_count = fields.Integer("Would Catch", compute="_compute_order_ids")
    checked_count = fields.Integer("Of Orders", compute="_compute_order_ids")
    share = fields.Float("Share (%)", compute="_compute_order_ids")
    amount = fields.Monetary(compute="_compute_order_ids", help="Untaxed, in the company's currency.")
    known_count = fields.Integer(
        "Had Exceptions",
        compute="_compute_order_ids",
        help="How many of them had other exceptions: the rest would be new work.",
    )
    by_customer = fields.Text(compute="_compute_order_ids", help="The ten with the most orders.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    @api.depends("type_id")
    def _compute_currency_id(self):
        for trial in self:
            trial.currency_id = (trial.type_id.company_id or trial.env.company).currency_id

    @api.depends("type_id.domain", "type_id.company_id", "days", "currency_id")
    def _compute_order_ids(self):
        """One search for the orders, one group by customer; beside them how many there are in all, and how
        many of those caught had exceptions already."""
        orders, exceptions = self.env["sale.order"], self.env["om.exception"]
        for trial in self:
            caught = orders.search(trial._domain())
            groups = orders._read_group(
                Domain("id", "in", caught.ids),
                ["om_commercial_partner_id"],
                ["__count", "amount_untaxed:sum_currency"],
                order="__count DESC",
            )
            trial.order_ids = caught
            trial.order_count = len(caught)
            trial.amount = sum(amount or 0.0 for _customer, _count, amount in groups)
            trial.by_customer = "\n".join(
                f"{customer.name}: {count}, {trial.currency_id.format(amount or 0.0)}"
                for customer, count, amount in groups[:10]
            )
            trial.checked_count = orders.search_count(trial._period())
            trial.share = 100 * len(caught) / trial.checked_count if trial.checked_count else 0.0
            trial.known_count = len(
                exceptions._read_group(
                    Domain("order_id", "in", caught.ids) & Domain("type_id", "!=", trial.type_id.id),
                    ["order_id"],
                )
            )

    def _period(self):
        """The orders that the rule is tried on: those of the last days that were not cancelled."""
        since = fields.Datetime.now() - timedelta(days=max(self.days, 0))
        companies = self.type_id.company_id or self.env.companies
        return (
            Domain("create_date", ">=", since)
            & Domain("state", "!=", "cancel")
            & Domain("company_id", "in", companies.ids)
        )

    def _domain(self):
        """The orders that the rule fits."""
        if not self.type_id.domain:
            raise UserError(self.env._("%s is no rule: it has no domain.", self.type_id.display_name))
        return self.type_id._rule_domain() & self._period()

    def action_open_orders(self):
        """Open the orders that the rule would have caught."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_order_exceptions.action_om_orders")
        return {**action, "domain": list(self._domain()), "context": {"create": False}}

    def action_switch_on(self):
        """Have the rule hold from now on."""
        self.ensure_one()
        if not self.env.user.has_group("om_order_exceptions.group_manager"):
            raise AccessError(self.env._("Only order managers switch rules on."))
        self.type_id.active = True
        return {"type": "ir.actions.act_window_close"}
