from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.om_order_exceptions.stages import INTERNAL


class StockPackage(models.Model):
    """Packages and pallets with their SSCC-18: one number per shipment, never used twice."""

    _inherit = "stock.package"

    om_sscc = fields.Char(
        "SSCC",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="Serial shipping container code of this package's last shipment, as on its label and in the "
        "ship notice.",
    )

    _om_sscc_unique = models.UniqueIndex(
        "(om_sscc) WHERE om_sscc IS NOT NULL", "This SSCC is given out already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._om_refuse_sscc(*vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._om_refuse_sscc(vals)
        return super().write(vals)

    def _om_refuse_sscc(self, *vals_list):
        if any("om_sscc" in vals for vals in vals_list) and self.env.context.get("om_sscc") is not INTERNAL:
            raise AccessError(self.env._("SSCC numbers are given out from the company's range, not written."))

    def _om_sscc(self):
        self.ensure_one()
        return self.om_sscc or super()._om_sscc()

    def _om_assign_sscc(self, company, pickings):
        """Give those of these packages a number that have none, or whose number went out with another load.

        :param pickings: ``stock.picking`` with which they are shipped, or were
        :raise UserError: the company has no numbers; the message says why
        """
        shipped = self._om_shipped_with()
        packages = self.filtered(
            lambda package: not package._om_sscc() or shipped.get(package, pickings) - pickings
        )
        # sudo: numbers are given by this step only
        packages = packages.sudo().with_context(om_sscc=INTERNAL)
        for package, sscc in zip(packages, company._om_next_ssccs(len(packages)), strict=True):
            package.om_sscc = sscc
        packages.picking_ids.sale_id._om_schedule_check({"E-LBL"})

    @api.model
    def _om_new_with_sscc(self, company, count):
        """``count`` new packages of ``company`` that are named as their SSCC."""
        return self.with_context(om_sscc=INTERNAL).create(
            [{"name": sscc, "om_sscc": sscc} for sscc in company._om_next_ssccs(count)]
        )

    def _om_number_anew(self, company):
        """A company with a GS1 prefix has SSCCs of its own."""
        if not company.om_gs1_prefix:
            return super()._om_number_anew(company)
        numbered = self.with_context(om_sscc=INTERNAL)
        for package, sscc in zip(numbered, company._om_next_ssccs(len(self)), strict=True):
            package.write({"name": sscc, "om_sscc": sscc})
        return None

    def _om_shipped_with(self):
        """Deliveries with which these packages went to customers: ``{package: stock.picking}``. One query."""
        # sudo: a number is used up whoever shipped it
        histories = self.env["stock.package.history"].sudo()
        shipped = histories.search(
            [("package_id", "in", self.ids), ("location_dest_id.usage", "=", "customer")]
        )
        return {
            self.browse(package.id): of_package.picking_ids
            for package, of_package in shipped.grouped("package_id").items()
        }

    def _om_with_containers(self):
        """These packages and the pallets on which they stand, or will stand."""
        packages, found = self, self
        while packages := (packages.package_dest_id | packages.parent_package_id) - found:
            found |= packages
        return found

    def _om_tare(self):
        """The outermost container of this package; empty where it stands in none."""
        self.ensure_one()
        container = self.browse()
        while above := (container or self).package_dest_id or (container or self).parent_package_id:
            container = above
        return container


class StockPackageHistory(models.Model):
    """The number under which a package went: the package itself may go again, under another."""

    _inherit = "stock.package.history"

    om_sscc = fields.Char("SSCC", readonly=True)


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _prepare_package_history_vals(self):
        vals_list = super()._prepare_package_history_vals()
        packages = self.env["stock.package"].browse(vals["package_id"] for vals in vals_list)
        for vals, package in zip(vals_list, packages, strict=True):
            vals["om_sscc"] = package._om_sscc()
        return vals_list
