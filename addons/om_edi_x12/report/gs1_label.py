from odoo import api, models


class Gs1Label(models.AbstractModel):
    """Labels of packages: what has no SSCC yet gets one when it is printed; printed again it is the same."""

    _name = "report.om_edi_x12.gs1_label"
    _description = "GS1 Label"

    @api.model
    def _get_report_values(self, docids, data=None):
        packages = self.env["stock.package"].browse(docids)
        return {"labels": packages._om_labels()}


class Gs1LabelZpl(models.AbstractModel):
    _name = "report.om_edi_x12.gs1_label_zpl"
    _inherit = "report.om_edi_x12.gs1_label"
    _description = "GS1 Label (ZPL)"


class Gs1LabelDelivery(models.AbstractModel):
    """Labels of all packages of deliveries."""

    _name = "report.om_edi_x12.gs1_label_delivery"
    _description = "GS1 Labels of a Delivery"

    @api.model
    def _get_report_values(self, docids, data=None):
        pickings = self.env["stock.picking"].browse(docids)
        return {"labels": pickings._om_packages_to_label()._om_labels(pickings)}


class Gs1LabelDeliveryZpl(models.AbstractModel):
    _name = "report.om_edi_x12.gs1_label_delivery_zpl"
    _inherit = "report.om_edi_x12.gs1_label_delivery"
    _description = "GS1 Labels of a Delivery (ZPL)"
