from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

LIFE_CYCLE = [
    ("active", "Active"),
    ("last_time_buy", "Last time buy"),
    ("run_out", "Run-out"),
    ("replaced", "Replaced"),
    ("obsolete", "Obsolete"),
]
# Fields that are the variant's, and the template's as long as it has one variant
OF_VARIANT = (
    "om_life_cycle",
    "om_last_order_date",
    "om_last_quantity",
    "om_successor_id",
    "om_successor_ratio",
    "om_successor_consent",
)
# What these are on a new product, where it is not nothing
ON_NEW = {"om_life_cycle": "active", "om_successor_ratio": 1.0, "om_successor_consent": True}


class ProductProduct(models.Model):
    """Life cycle of a product: until when, how much, and what comes after it.

    =============  =============================================================================
    stage          what may be ordered
    =============  =============================================================================
    active         anything
    last time buy  until the last order day, and no more than the quantity that is left
    run-out        what is in stock or on its way; nothing more will come
    replaced       nothing; the successor instead, if the customer takes it
    obsolete       nothing
    =============  =============================================================================

    The stage is the variant's: the red kettle may be gone while the blue one lives on.
    """

    _inherit = "product.product"

    om_life_cycle = fields.Selection(
        LIFE_CYCLE,
        "Life Cycle",
        default=ON_NEW["om_life_cycle"],
        required=True,
        tracking=True,
        copy=False,
    )
    om_last_order_date = fields.Date(
        "Last Order Day", copy=False, help="Last day on which the product can be ordered."
    )
    om_last_quantity = fields.Float(
        "Quantity to Sell",
        digits="Product Unit",
        copy=False,
        help="How much may be sold in all from the first day of the last time buy. 0: no limit.",
    )
    om_last_from = fields.Datetime("Last Time Buy Since", copy=False, readonly=True)
    om_last_left = fields.Float(
        "Quantity Left", digits="Product Unit", compute="_compute_om_last_left", compute_sudo=True
    )
    om_successor_id = fields.Many2one(
        "product.product", "Successor", copy=False, index="btree_not_null", check_company=True
    )
    om_successor_ratio = fields.Float(
        "Successor Ratio",
        default=ON_NEW["om_successor_ratio"],
        copy=False,
        help="How many of the successor replace one of this product.",
    )
    om_successor_consent = fields.Boolean(
        "Customer's Consent",
        default=ON_NEW["om_successor_consent"],
        copy=False,
        help="A customer who wants to be asked is asked before the successor is delivered.",
    )
    om_substitute_ids = fields.One2many("om.product.substitute", "product_id", "Substitutes")

    _om_successor_ratio_positive = models.Constraint(
        "CHECK(om_successor_ratio > 0)", "The ratio of the successor must be more than zero."
    )

    @api.constrains("om_life_cycle", "om_successor_id", "om_last_order_date", "om_last_quantity")
    def _check_om_life_cycle(self):
        for product in self:
            if product.om_life_cycle == "replaced" and not product.om_successor_id:
                raise ValidationError(self.env._("%s is replaced: by what?", product.display_name))
            if product.om_life_cycle == "last_time_buy" and not (
                product.om_last_order_date or product.om_last_quantity
            ):
                raise ValidationError(
                    self.env._(
                        "%s: the last time buy needs a last order day or a quantity.", product.display_name
                    )
                )
            seen, successor = product, product.om_successor_id
            while successor:
                if successor in seen:
                    raise ValidationError(self.env._("%s is a successor of itself.", product.display_name))
                seen |= successor
                successor = successor.om_successor_id

    @api.depends("om_last_quantity", "om_last_from", "om_life_cycle")
    @api.depends_context("company")
    def _compute_om_last_left(self):
        ordered = self._om_ordered_in_last_time()
        for product in self:
            left = product.om_last_quantity - ordered.get(product.id, 0.0)
            product.om_last_left = max(left, 0.0) if product.om_last_quantity else 0.0

    def _om_ordered_in_last_time(self):
        """``{product id: quantity}`` that was ordered since the last time buy began. One query."""
        limited = self.filtered(lambda product: product.om_last_quantity and product.om_last_from)
        if not limited:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.product_id, SUM(line.product_uom_qty * unit.factor / own.factor)
                  FROM sale_order_line line
                  JOIN sale_order o ON o.id = line.order_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN uom_uom unit ON unit.id = line.product_uom_id
                  JOIN uom_uom own ON own.id = template.uom_id
                 WHERE line.product_id IN %(products)s
                   AND o.state = 'sale'
                   AND o.date_order >= product.om_last_from
                 GROUP BY line.product_id
                """,
                products=tuple(limited.ids),
            )
        )
        return dict(rows)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("om_life_cycle") == "last_time_buy":
                vals.setdefault("om_last_from", fields.Datetime.now())
        return super().create(vals_list)

    def write(self, vals):
        """Note when a last time buy begins, and look again at the open orders when a stage changes."""
        if vals.get("om_life_cycle") == "last_time_buy":
            starting = self.filtered(lambda product: product.om_life_cycle != "last_time_buy")
            super(ProductProduct, starting).write({"om_last_from": fields.Datetime.now()})
        result = super().write(vals)
        if vals.keys() & set(OF_VARIANT):
            # sudo: who keeps products need not be allowed to read orders
            lines = self.env["sale.order.line"].sudo()
            open_lines = lines.search(
                [("product_id", "in", self.ids), ("state", "in", ("draft", "sent", "sale"))]
            )
            open_lines.order_id._om_schedule_check({"E-ITM-DISC", "E-SUB"})
        return result

    def _om_last_successor(self):
        """The product that stands at the end of the line of successors, and how many of it replace one.

        :return: ``(product.product, ratio)``; an empty product where there is no successor
        """
        self.ensure_one()
        successor, ratio = self.om_successor_id, self.om_successor_ratio
        while successor.om_life_cycle in ("replaced", "obsolete") and successor.om_successor_id:
            ratio *= successor.om_successor_ratio
            successor = successor.om_successor_id
        return successor, ratio if successor else 0.0

    def _om_replacements(self):
        """What may be delivered instead of this product: its successor, then its substitutes.

        :return: ``[(product.product, ratio)]`` of products that are for sale
        """
        self.ensure_one()
        successor, ratio = self._om_last_successor()
        found = {successor: ratio} if successor else {}
        for substitute in self.om_substitute_ids:
            found.setdefault(substitute.substitute_id, substitute.ratio)
        return [
            (product, ratio)
            for product, ratio in found.items()
            if product.active and product.sale_ok and product.om_life_cycle not in ("replaced", "obsolete")
        ]


class ProductTemplate(models.Model):
    """A template with one variant shows that variant's life cycle."""

    _inherit = "product.template"

    # defaults: a form sends all fields of a new product, which has no variant yet to take them from
    om_life_cycle = fields.Selection(
        LIFE_CYCLE,
        "Life Cycle",
        default=ON_NEW["om_life_cycle"],
        compute="_compute_om_life_cycle",
        inverse="_inverse_om_life_cycle",
        search="_search_om_life_cycle",
    )
    om_last_order_date = fields.Date(
        "Last Order Day", compute="_compute_om_last_order_date", inverse="_inverse_om_life_cycle"
    )
    om_last_quantity = fields.Float(
        "Quantity to Sell",
        digits="Product Unit",
        compute="_compute_om_last_quantity",
        inverse="_inverse_om_life_cycle",
        help="How much may be sold in all from the first day of the last time buy. 0: no limit.",
    )
    om_last_left = fields.Float("Quantity Left", digits="Product Unit", compute="_compute_om_last_left")
    om_successor_id = fields.Many2one(
        "product.product", "Successor", compute="_compute_om_successor_id", inverse="_inverse_om_life_cycle"
    )
    om_successor_ratio = fields.Float(
        "Successor Ratio",
        default=ON_NEW["om_successor_ratio"],
        compute="_compute_om_successor_ratio",
        inverse="_inverse_om_life_cycle",
    )
    om_successor_consent = fields.Boolean(
        "Customer's Consent",
        default=ON_NEW["om_successor_consent"],
        compute="_compute_om_successor_consent",
        inverse="_inverse_om_life_cycle",
    )

    # One method per field: fields that share one are protected together while one of them is set.

    @api.depends("product_variant_ids.om_life_cycle")
    def _compute_om_life_cycle(self):
        self._compute_template_field_from_variant_field("om_life_cycle")

    @api.depends("product_variant_ids.om_last_order_date")
    def _compute_om_last_order_date(self):
        self._compute_template_field_from_variant_field("om_last_order_date")

    @api.depends("product_variant_ids.om_last_quantity")
    def _compute_om_last_quantity(self):
        self._compute_template_field_from_variant_field("om_last_quantity")

    @api.depends("product_variant_ids.om_successor_id")
    def _compute_om_successor_id(self):
        self._compute_template_field_from_variant_field("om_successor_id")

    @api.depends("product_variant_ids.om_successor_ratio")
    def _compute_om_successor_ratio(self):
        self._compute_template_field_from_variant_field("om_successor_ratio")

    @api.depends("product_variant_ids.om_successor_consent")
    def _compute_om_successor_consent(self):
        self._compute_template_field_from_variant_field("om_successor_consent")

    @api.depends("product_variant_ids.om_last_left")
    def _compute_om_last_left(self):
        self._compute_template_field_from_variant_field("om_last_left")

    def _search_om_life_cycle(self, operator, value):
        return [("product_variant_ids.om_life_cycle", operator, value)]

    def _inverse_om_life_cycle(self):
        # in one write: a stage has conditions on the other fields, such as a successor
        for template in self:
            variants = (
                template.product_variant_ids or template.with_context(active_test=False).product_variant_ids
            )
            if len(variants) == 1:
                variants.write(template._convert_to_write({name: template[name] for name in OF_VARIANT}))

    @api.model_create_multi
    def create(self, vals_list):
        """Give the life cycle to the variant, which comes after its template."""
        templates = super().create(vals_list)
        for template, vals in zip(templates, vals_list, strict=True):
            of_variant = {
                name: vals[name]
                for name in OF_VARIANT
                if name in vals and vals[name] != ON_NEW.get(name, False)
            }
            if of_variant:
                template.write(of_variant)
        return templates
