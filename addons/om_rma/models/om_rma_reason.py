from odoo import fields, models

DISPOSITIONS = [("restock", "Restock"), ("scrap", "Scrap"), ("return", "Return to customer")]


class OmRmaReason(models.Model):
    """Why customers send goods back, whose fault it is, and what usually happens to the goods."""

    _name = "om.rma.reason"
    _description = "Return Reason"
    _order = "sequence, id"
    _rec_names_search = ["code", "name"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short code, such as DEFECT.")
    sequence = fields.Integer(default=50)
    active = fields.Boolean(default=True)
    fault = fields.Selection(
        [("us", "Ours"), ("customer", "Customer's"), ("carrier", "Carrier's"), ("supplier", "Supplier's")],
        required=True,
        default="us",
        help="Who answers for returns of this reason.",
    )
    disposition = fields.Selection(
        DISPOSITIONS,
        "Usual Disposition",
        required=True,
        default="restock",
        help="What usually happens to the goods.",
    )

    _code_unique = models.Constraint("UNIQUE(code)", "A return reason with this code exists already.")
