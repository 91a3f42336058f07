from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class DigestDigest(models.Model):
    """Tiles of Odoo's digest about exceptions: how many are open at the end of a period, and how they end."""

    _inherit = "digest.digest"

    kpi_om_open_exceptions = fields.Boolean("Open Exceptions")
    kpi_om_open_exceptions_value = fields.Integer(compute="_compute_kpi_om_open")
    kpi_om_money_at_risk = fields.Boolean("Money at Risk")
    kpi_om_money_at_risk_value = fields.Monetary(compute="_compute_kpi_om_open")
    kpi_om_overdue_exceptions = fields.Boolean("Overdue Exceptions")
    kpi_om_overdue_exceptions_value = fields.Integer(compute="_compute_kpi_om_open")
    kpi_om_self_closed = fields.Boolean("Closed by Themselves (%)")
    kpi_om_self_closed_value = fields.Float(compute="_compute_kpi_om_self_closed")

    def _om_check_reader(self):
        if not self.env.user.has_group("om_order_exceptions.group_auditor"):
            raise AccessError(self.env._("Do not have access, skip this data for user's digest email"))

    def _compute_kpi_om_open(self):
        """What was open at the end of the period: detected before, and not ended before."""
        self._om_check_reader()
        _start, end, companies = self._get_kpi_compute_parameters()
        # a common cause counts through its cases
        was_open = (
            Domain("company_id", "in", companies.ids)
            & Domain("is_parent", "=", False)
            & Domain("detected_at", "<", end)
            & (Domain("is_open", "=", True) | Domain("closed_at", ">=", end))
        )
        exceptions = self.env["om.exception"]
        of = ["company_id"]
        figures = {
            company: values
            for company, *values in exceptions._read_group(was_open, of, ["__count", "amount:sum_currency"])
        }
        late = dict(exceptions._read_group(was_open & Domain("sla_deadline", "<", end), of, ["__count"]))
        for digest in self:
            company = digest.company_id or self.env.company
            count, amount = figures.get(company, (0, 0.0))
            digest.kpi_om_open_exceptions_value = count
            digest.kpi_om_money_at_risk_value = amount
            digest.kpi_om_overdue_exceptions_value = late.get(company, 0)

    def _compute_kpi_om_self_closed(self):
        """Of what ended in the period, the share that needed nobody."""
        self._om_check_reader()
        start, end, companies = self._get_kpi_compute_parameters()
        ended = self.env["om.exception"]._read_group(
            [
                ("company_id", "in", companies.ids),
                ("is_parent", "=", False),
                ("is_open", "=", False),
                ("closed_at", ">=", start),
                ("closed_at", "<", end),
            ],
            ["company_id", "state"],
            ["__count"],
        )
        for digest in self:
            company = digest.company_id or self.env.company
            of_company = {state: count for owner, state, count in ended if owner == company}
            total = sum(of_company.values())
            digest.kpi_om_self_closed_value = 100 * of_company.get("auto_closed", 0) / total if total else 0.0

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("om_order_exceptions.menu_root").id
        for kpi in ("kpi_om_open_exceptions", "kpi_om_money_at_risk", "kpi_om_overdue_exceptions"):
            actions[kpi] = f"om_order_exceptions.action_om_exception?menu_id={menu}"
        actions["kpi_om_self_closed"] = f"om_order_exceptions.action_om_exception_analysis?menu_id={menu}"
        return actions
