from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Codes of the sequences of SSCC serials: followed by extension digit and GS1 prefix
RANGE = "om.sscc."


class IrSequence(models.Model):
    """Ranges of SSCC numbers only go forward: a number that was given out must not come again."""

    _inherit = "ir.sequence"

    _om_sscc_range = models.UniqueIndex(
        f"(code) WHERE left(code, {len(RANGE)}) = '{RANGE}'", "This range of SSCC numbers exists already."
    )

    def _om_is_range(self):
        self.ensure_one()
        return (self.code or "").startswith(RANGE)

    def _om_last_serial(self):
        """The number that was given out last."""
        self.ensure_one()
        [[last, is_called]] = self.env.execute_query(
            SQL("SELECT last_value, is_called FROM %s", SQL.identifier(f"ir_sequence_{self.id:03d}"))
        )
        return last if is_called else last - 1

    def write(self, vals):
        fixed = {"code", "implementation", "number_increment", "use_date_range", "active"} & vals.keys()
        following = vals.get("number_next", vals.get("number_next_actual"))
        for sequence in self.filtered(lambda sequence: sequence._om_is_range()):
            if any(vals[name] != sequence[name] for name in fixed) or (
                following is not None and following <= sequence._om_last_serial()
            ):
                raise UserError(
                    self.env._(
                        "%s numbers packages for good: its next number can only be raised.", sequence.name
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_a_range(self):
        for sequence in self:
            if sequence._om_is_range():
                raise UserError(
                    self.env._("%s numbers packages for good: it can't be deleted.", sequence.name)
                )
