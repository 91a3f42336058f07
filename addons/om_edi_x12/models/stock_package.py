from odoo import models


class StockPackage(models.Model):
    _inherit = "stock.package"

    def _om_number_anew(self, company):
        """A company with a GS1 prefix has SSCCs of its own."""
        ssccs = company._om_next_ssccs(len(self))
        if not ssccs:
            return super()._om_number_anew(company)
        for package, sscc in zip(self, ssccs, strict=True):
            package.name = sscc
        return None
