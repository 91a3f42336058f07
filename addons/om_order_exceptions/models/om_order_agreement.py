from odoo import api, models
from odoo.fields import Domain


class OmOrderAgreement(models.AbstractModel):
    """What is agreed with a customer, and which check reads it.

    A change of an agreement has the open exceptions of that check looked at again, so that what the
    change has cured closes at once. What it makes wrong is found when the order is looked at next.
    """

    _name = "om.order.agreement"
    _description = "Agreement That Orders Are Checked Against"

    # Code of the exceptions that depend on the model
    _om_code = ""

    @api.model_create_multi
    def create(self, vals_list):
        agreements = super().create(vals_list)
        agreements._om_look_again()
        return agreements

    def write(self, vals):
        result = super().write(vals)
        self._om_look_again()
        return result

    def unlink(self):
        self._om_look_again()
        return super().unlink()

    def _om_look_again(self):
        """Have the orders looked at again whose open exceptions may depend on these agreements."""
        domain = Domain.TRUE
        if all(agreement.partner_id for agreement in self):
            domain = Domain("partner_id", "in", self.partner_id.commercial_partner_id.ids)
        self.env["om.exception"]._look_again({self._om_code}, domain)


class OmException(models.Model):
    _inherit = "om.exception"

    @api.model
    def _look_again(self, codes, domain):
        """Schedule a check of the orders on which exceptions of ``codes`` that fit ``domain`` are open."""
        # sudo: master data is changed by people who need not see the orders that wait for it
        exceptions = self.sudo().search(
            Domain("code", "in", list(codes)) & Domain("is_open", "=", True) & Domain(domain)
        )
        exceptions.order_id._om_schedule_check(set(codes))
