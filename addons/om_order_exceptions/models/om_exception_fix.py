from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OmExceptionFix(models.Model):
    """An action that cures an exception, offered by its types in the resolve dialog.

    ``method`` names a method ``_om_fix_…`` of ``om.exception.resolve``. It receives the wizard with
    the person's input, acts on all ``exception_ids`` at once, and raises ``UserError`` when input is
    missing. Whether the cause is gone is not for the fix to say: the detectors run again after it.
    """

    _name = "om.exception.fix"
    _description = "Exception Fix Action"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    method = fields.Char(required=True)
    input = fields.Selection(
        [
            ("none", "Nothing"),
            ("product", "Product"),
            ("address", "Delivery address"),
            ("unit", "Unit of measure"),
            ("date", "Date"),
            ("reason", "Reason"),
        ],
        default="none",
        required=True,
        help="What the person enters in the resolve dialog.",
    )
    description = fields.Text(translate=True, help="What the action does, shown in the dialog.")
    minutes = fields.Integer(default=2, help="Usual minutes of work per case.")
    cost = fields.Selection(
        [
            ("none", "Nothing"),
            ("risk", "The money at risk"),
            ("line", "The value of the line"),
            ("order", "The value of the order"),
            ("shipment", "One more shipment"),
        ],
        "Costs",
        default="none",
        required=True,
        help="What we give up with this action, beside the minutes.",
    )
    group_id = fields.Many2one("res.groups", help="Only this group may run the action.")
    type_ids = fields.Many2many("om.exception.type", string="Exception Types")

    @api.constrains("method")
    def _check_method(self):
        for fix in self:
            if not fix.method.startswith("_om_fix_") or not hasattr(
                self.env["om.exception.resolve"], fix.method
            ):
                raise ValidationError(
                    self.env._("%(method)s is not a fix action that is installed.", method=fix.method)
                )
