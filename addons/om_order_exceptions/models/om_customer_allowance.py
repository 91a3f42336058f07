from odoo import api, fields, models


class OmCustomerAllowance(models.Model):
    """An allowance or charge that is agreed with a customer, as its documents name it (X12 SAC)."""

    _name = "om.customer.allowance"
    _description = "Customer Allowance or Charge"
    _inherit = ["om.order.agreement"]
    _order = "partner_id, indicator, code"
    _om_code = "E-ALW"

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("parent_id", "=", False)],
    )
    indicator = fields.Selection(
        [("A", "Allowance"), ("C", "Charge")], "Type", required=True, default="A", help="X12 SAC01"
    )
    code = fields.Char(required=True, help="X12 SAC02, such as C310 (discount) or D240 (freight).")
    percent = fields.Float(digits=(16, 4), help="Agreed percentage.")
    amount = fields.Float(digits="Product Price", help="Agreed amount per order, in the order's currency.")
    date_start = fields.Date("From")
    date_end = fields.Date("Until", help="Last day.")
    note = fields.Char()
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)

    @api.depends("indicator", "code")
    def _compute_display_name(self):
        for allowance in self:
            allowance.display_name = f"{allowance.indicator} {allowance.code or ''}".strip()

    @api.onchange("code")
    def _onchange_code(self):
        self.code = (self.code or "").strip().upper()
