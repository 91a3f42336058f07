from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .om_edi_acknowledgment import LATE, REJECTED


def failed():
    """What could not be read, acted on or built."""
    return Domain("state", "in", ("error", "rejected")) & Domain("is_settled", "=", False)


def refused():
    """What a partner refuses or takes with errors, until it is sent again."""
    return (
        Domain("direction", "=", "out")
        & Domain("ack_state", "in", ("E", "P", "R"))
        & Domain("resend_ids", "=", False)
        & Domain("is_settled", "=", False)
    )


def overdue():
    """What a partner has not acknowledged in time."""
    return (
        Domain("ack_due_at", "<", fields.Datetime.now())
        & Domain("ack_state", "=", False)
        & Domain("resend_ids", "=", False)
        & Domain("is_settled", "=", False)
    )


class OmEdiTransaction(models.Model):
    """Documents that ask for a person, until somebody says that nothing is left to do.

    A document whose case of acknowledgment ends is settled by that.
    """

    _inherit = "om.edi.transaction"

    is_settled = fields.Boolean("Settled", readonly=True, help="Nothing is left to do about it.")

    _refused_idx = models.Index("(edi_partner_id) WHERE direction = 'out' AND ack_state IN ('E', 'P', 'R')")
    _unanswered_idx = models.Index("(ack_due_at) WHERE ack_state IS NULL AND ack_due_at IS NOT NULL")

    def action_settle(self):
        """Take documents off the failures: nothing is left to do about them."""
        self._check_specialist()
        # sudo: the state of a document is the system's; who settled it is noted
        documents = self.sudo()
        open_ones = documents.filtered_domain(failed() | refused() | overdue())
        if others := documents - open_ones:
            raise UserError(self.env._("Nothing failed: %s", ", ".join(others.mapped("display_name"))))
        open_ones._note_action(self.env._("Settled"))
        open_ones.write({"is_settled": True})
        return True

    def _note_verdicts(self, verdicts):
        # a new verdict is a new matter
        self.union(*verdicts).filtered("is_settled").write({"is_settled": False})
        return super()._note_verdicts(verdicts)


class OmException(models.Model):
    _inherit = "om.exception"

    def _close(self, state, **values):
        result = super()._close(state, **values)
        cases = self.filtered(lambda case: case.res_model == "om.edi.transaction")
        ended = cases.filtered(lambda case: case.code in (LATE, REJECTED))
        # sudo: whoever may end the case may settle its document
        documents = self.env["om.edi.transaction"].sudo().browse(ended.mapped("res_id")).exists()
        documents.write({"is_settled": True})
        return result
