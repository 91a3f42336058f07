from odoo import fields, models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    om_edi_remittance_id = fields.Many2one("om.edi.remittance", "Remittance (820)")

    def _create_payments(self):
        payments = super()._create_payments()
        if self.om_edi_remittance_id:
            # sudo: the link is ours to write, whoever registers the payment
            payments.sudo().om_edi_remittance_id = self.om_edi_remittance_id
        return payments
