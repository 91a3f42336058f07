from odoo import fields, models


class OmRootCause(models.Model):
    """Why an exception happened: one list for all exception codes (RC-…)."""

    _name = "om.root.cause"
    _description = "Root Cause"
    _order = "code"
    _rec_names_search = ["code", "name"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short code, such as RC-MD-ITEM.")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint("UNIQUE(code)", "A root cause with this code exists already.")
