from odoo import fields, models


class OmExceptionType(models.Model):
    _inherit = "om.exception.type"

    manual = fields.Boolean(
        "Raised by People", help="A specialist may report it in a dialog on the order, delivery or invoice."
    )


class OmException(models.Model):
    """Cases that a person has reported: no detector can see their cause, so none closes them."""

    _inherit = "om.exception"

    is_manual = fields.Boolean("Reported", readonly=True, help="Reported by a person, and closed by one.")

    _document_idx = models.Index("(res_model, res_id)")

    def _om_documents(self):
        """Documents other than orders on which these cases stand, and which detectors check: recordsets."""
        return [
            self.env[model].browse(cases.mapped("res_id")).exists()
            for model, cases in self.grouped("res_model").items()
            if model != "sale.order" and model in self.env and hasattr(self.env[model], "_om_check")
        ]

    def action_recheck(self):
        """Look again at the documents of these exceptions, whatever they are."""
        result = super().action_recheck()
        for documents in self._om_documents():
            documents._om_check()
        return result
