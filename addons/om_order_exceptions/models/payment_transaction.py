from odoo import models

from ..stages import INTERNAL


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):  # pylint: disable=useless-parent-delegation
        """A customer's payment never fails at our gates: its order is confirmed and held at release."""
        return super(PaymentTransaction, self.with_context(om_customer_confirms=INTERNAL))._post_process()
