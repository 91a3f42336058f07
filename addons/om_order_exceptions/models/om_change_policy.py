from odoo import api, fields, models, tools

KINDS = [
    ("quantity_up", "More of a Line"),
    ("quantity_down", "Less of a Line"),
    ("price", "Price"),
    ("date", "Date"),
    ("ship_to", "Ship-to"),
    ("substitute", "Another Item"),
    ("add_line", "New Line"),
    ("cancel_line", "Cancel a Line"),
    ("cancel_order", "Cancel the Order"),
]
# How far goods have got, from the order to the invoice.
CHANGE_STAGES = [
    ("open", "Before Picking"),
    ("picked", "Picked"),
    ("packed", "Packed"),
    ("sent", "With Warehouse or Vendor"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("invoiced", "Invoiced"),
]
# From the mildest to the strictest: of several that meet in one request, the strictest holds.
ACTIONS = [
    ("allow", "Change"),
    ("task", "Change and Put Back"),
    ("request", "Ask the Warehouse"),
    ("refuse", "Refuse"),
]
STRICTNESS = {action: rank for rank, (action, _label) in enumerate(ACTIONS)}


class OmChangePolicy(models.Model):
    """The stage matrix: what becomes of a change of one kind when the goods are at one stage.

    One row per kind and stage. A row of a company takes the place of the row for all companies. A pair
    without a row is refused.
    """

    _name = "om.change.policy"
    _description = "Change Policy"
    _order = "kind, sequence, company_id"
    _rec_name = "kind"

    kind = fields.Selection(KINDS, required=True)
    stage = fields.Selection(CHANGE_STAGES, required=True, string="Goods Are")
    sequence = fields.Integer(compute="_compute_sequence", store=True)
    action = fields.Selection(ACTIONS, required=True, default="allow")
    needs_approval = fields.Boolean("Needs a Manager")
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")

    _unique_cell = models.UniqueIndex(
        "(kind, stage, COALESCE(company_id, 0))", "There is a row for this kind and stage already."
    )

    @api.depends("stage")
    def _compute_sequence(self):
        order = [stage for stage, _label in CHANGE_STAGES]
        for policy in self:
            policy.sequence = order.index(policy.stage) if policy.stage else 0

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache("company_id")
    def _matrix(self, company_id):
        """``{(kind, stage): (action, needs approval)}`` of a company."""
        # sudo: the policy holds for everybody, also for who may not read it
        rows = self.sudo().search([("company_id", "in", (company_id, False))])
        cells = {}
        for row in rows.sorted(lambda row: bool(row.company_id)):
            cells[row.kind, row.stage] = (row.action, row.needs_approval)
        return cells

    @api.model
    def _decide(self, company, kind, stages):
        """What becomes of a change of ``kind`` that touches goods at ``stages``.

        :return: ``(action, needs approval)``, the strictest of all stages
        """
        matrix = self._matrix(company.id)
        cells = [matrix.get((kind, stage), ("refuse", False)) for stage in stages]
        action = max((action for action, _approval in cells), key=STRICTNESS.__getitem__, default="allow")
        return action, any(approval for _action, approval in cells)
