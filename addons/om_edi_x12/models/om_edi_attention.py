from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .om_edi_acknowledgment import LATE, REJECTED
from .om_edi_commitment import OPEN_ANSWERS


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


def answer_overdue():
    """What a 3PL has not answered in time."""
    return Domain("answer_state", "in", OPEN_ANSWERS) & Domain("answer_due_at", "<", fields.Datetime.now())


class OmEdiTransaction(models.Model):
    """Documents that ask for a person, until somebody says that nothing is left to do.

    A document whose case of acknowledgment ends is settled by that.
    """

    _inherit = "om.edi.transaction"

    is_settled = fields.Boolean("Settled", readonly=True, help="Nothing is left to do about it.")

    # by our clock: a view would compare with the time of the browser
    is_overdue = fields.Boolean(compute="_compute_is_overdue")
    is_answer_overdue = fields.Boolean(compute="_compute_is_overdue")

    _refused_idx = models.Index("(edi_partner_id) WHERE direction = 'out' AND ack_state IN ('E', 'P', 'R')")
    _unanswered_idx = models.Index("(ack_due_at) WHERE ack_state IS NULL AND ack_due_at IS NOT NULL")

    @api.depends("ack_due_at", "ack_state", "resend_ids", "is_settled", "answer_due_at", "answer_state")
    def _compute_is_overdue(self):
        late, unanswered = self.filtered_domain(overdue()), self.filtered_domain(answer_overdue())
        for document in self:
            document.is_overdue = document in late
            document.is_answer_overdue = document in unanswered

    def action_settle(self):
        """Take documents off the failures: nothing is left to do about them."""
        self._check_specialist()
        # sudo: the state of a document is the system's; who settled it is noted
        documents = self.sudo()
        open_ones = documents.filtered_domain(failed() | refused() | overdue())
        if others := documents - open_ones:
            raise UserError(self.env._("Nothing failed: %s", ", ".join(others.mapped("display_name"))))
        # thousands of one refused file at once: noted on the documents alone
        line = open_ones._history_line(self.env._("Settled"))
        for history, alike in open_ones.grouped("history").items():
            text = "\n".join(filter(None, (history, line)))
            alike.write({"is_settled": True, "history": text})
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
