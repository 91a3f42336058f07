from odoo import api, fields, models
from odoo.exceptions import ValidationError


class StockWarehouse(models.Model):
    """A warehouse that a third-party logistics company (3PL) runs.

    Orders to ship leave it as 940s and come back as 945s; what we send there is announced by 943 and
    received by 944; its stock is compared with ours by each 846.
    """

    _inherit = "stock.warehouse"

    om_edi_partner_id = fields.Many2one(
        "om.edi.partner",
        "Run By (3PL)",
        check_company=True,
        domain="[('role', '=', 'warehouse')]",
        index="btree_not_null",
        ondelete="restrict",
        help="Trading partner that runs this warehouse. It is sent a 940 for each delivery that is released.",
    )
    om_edi_hold_location_id = fields.Many2one(
        "stock.location",
        "Stock on Hold",
        check_company=True,
        domain="[('id', 'child_of', view_location_id), ('usage', '=', 'internal')]",
        help="Where stock stands here that the 3PL reports as on hold.",
    )
    om_edi_damaged_location_id = fields.Many2one(
        "stock.location",
        "Damaged Stock",
        check_company=True,
        domain="[('id', 'child_of', view_location_id), ('usage', '=', 'internal')]",
        help="Where the 3PL's damaged goods stand here. Empty: what arrives damaged is not received.",
    )
    om_edi_hold_codes = fields.Char(
        "Codes of Stock on Hold", default="QH", help="QTY01 of the 846, separated by blanks."
    )
    om_edi_damaged_codes = fields.Char(
        "Codes of Damaged Stock", default="20", help="QTY01 of the 846, separated by blanks."
    )
    om_edi_lists_all_stock = fields.Boolean(
        "846 Lists All Stock",
        default=True,
        help="What the 846 does not name is not in the warehouse. Off: only what it names is compared.",
    )
    om_edi_stock_tolerance = fields.Float(
        "Stock Tolerance (%)", help="Differences up to this share of our quantity are no differences."
    )

    _om_edi_tolerance_not_negative = models.Constraint(
        "CHECK (om_edi_stock_tolerance >= 0)", "The tolerance is not negative."
    )

    @api.constrains("om_edi_partner_id", "delivery_steps", "reception_steps")
    def _check_om_edi_steps(self):
        """A 945 says what left the house, not what was picked: the steps inside are the 3PL's own."""
        for warehouse in self.filtered("om_edi_partner_id"):
            if warehouse.delivery_steps != "ship_only" or warehouse.reception_steps != "one_step":
                raise ValidationError(
                    self.env._(
                        "%s is run by a 3PL: it receives and ships in one step here. Its steps inside are "
                        "its own business.",
                        warehouse.name,
                    )
                )
