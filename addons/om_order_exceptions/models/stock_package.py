from odoo import models


class StockPackage(models.Model):
    _inherit = "stock.package"

    def _om_sscc(self):
        """The SSCC on the label of this package: its name where it is one; ``""`` where it has none."""
        self.ensure_one()
        return self.name if self.valid_sscc else ""

    def _om_number_anew(self, company):
        """Give each of these packages of ``company`` a number that no other has.

        Here the next one of the sequence of its type; addons that know the company's SSCCs take those.
        """
        for package in self:
            package.name = package.package_type_id._get_next_name_by_sequence()
