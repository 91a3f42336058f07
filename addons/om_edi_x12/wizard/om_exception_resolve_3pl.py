from odoo import models


class OmExceptionResolve(models.TransientModel):
    """What cures differences with a 3PL."""

    _inherit = "om.exception.resolve"

    def _om_fix_end_line_3pl(self):
        """Warehouse shipped less: the order ends with that."""
        self._om_fix_cut_line()
        self._om_fix_done()
