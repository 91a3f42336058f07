import re

from odoo import api, fields, models


def plain_words(text):
    """``text`` as lower-case words with one blank between them, to compare."""
    return re.sub(r"[^\w']+|_", " ", text or "").strip().lower()


def sentences(text):
    """The instructions of a free text, one by one: lines, and sentences of a line."""
    return [part.strip() for part in re.split(r"[\n;!]+|\.(?:\s+|$)", text or "") if plain_words(part)]


class OmInstructionRule(models.Model):
    """What to do with a customer's instruction that holds certain words, learned or entered."""

    _name = "om.instruction.rule"
    _description = "Instruction Rule"
    _inherit = ["om.order.agreement"]
    _order = "partner_id, phrase"
    _rec_name = "phrase"
    _om_code = "E-INSTR"

    phrase = fields.Char("Words", required=True, help="An instruction with these words is meant.")
    phrase_key = fields.Char(compute="_compute_phrase_key", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        ondelete="cascade",
        index="btree_not_null",
        domain=[("parent_id", "=", False)],
        help="Empty: instructions of all customers.",
    )
    action = fields.Selection(
        [("warehouse", "Tell the warehouse"), ("ignore", "Nothing to do")],
        required=True,
        default="warehouse",
        help="What the warehouse is told stands on the delivery and on its printed slips.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    learned = fields.Boolean(readonly=True, help="Learned from a fix action of a specialist.")

    _unique_phrase = models.UniqueIndex(
        "(phrase_key, COALESCE(partner_id, 0), COALESCE(company_id, 0))", "There is such a rule already."
    )

    @api.depends("phrase")
    def _compute_phrase_key(self):
        for rule in self:
            rule.phrase_key = plain_words(rule.phrase)

    @api.model
    def _classify(self, orders):
        """What the rules say of the instructions on orders. One query.

        :return: ``{sale.order: [(instruction, rule or empty)]}``
        """
        # sudo: a rule holds for whoever looks at the order
        rules = self.sudo().search(
            [
                ("partner_id", "in", [*orders.partner_id.commercial_partner_id.ids, False]),
                ("company_id", "in", [*orders.company_id.ids, False]),
            ]
        )
        rules = rules.sorted(lambda rule: (not rule.partner_id, -len(rule.phrase_key)))  # the closest first
        classified = {}
        for order in orders:
            mine = rules.filtered(
                lambda rule, order=order: (
                    rule.partner_id.id in (order.partner_id.commercial_partner_id.id, False)
                    and rule.company_id.id in (order.company_id.id, False)
                )
            )
            classified[order] = [
                (sentence, mine.filtered(lambda rule, text=sentence: rule._fits(text))[:1])
                for sentence in sentences(order.om_customer_note)
            ]
        return classified

    def _fits(self, sentence):
        """Are the words of this rule in ``sentence``, as whole words?"""
        return bool(self.phrase_key) and f" {self.phrase_key} " in f" {plain_words(sentence)} "


class SaleOrder(models.Model):
    _inherit = "sale.order"

    om_warehouse_note = fields.Text(
        "For the Warehouse",
        compute="_compute_om_warehouse_note",
        help="What of the customer's instructions concerns the warehouse.",
    )

    @api.depends("om_customer_note", "partner_id")
    def _compute_om_warehouse_note(self):
        noted = self.filtered("om_customer_note")
        (self - noted).om_warehouse_note = False
        classified = self.env["om.instruction.rule"]._classify(noted) if noted else {}
        for order, instructions in classified.items():
            order.om_warehouse_note = (
                "\n".join(text for text, rule in instructions if rule.action == "warehouse") or False
            )


class StockPicking(models.Model):
    _inherit = "stock.picking"

    om_warehouse_note = fields.Text(
        "For the Warehouse", related="sale_id.om_warehouse_note", related_sudo=True
    )
