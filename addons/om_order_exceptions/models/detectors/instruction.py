from odoo import models

from ...detection import Finding, detector
from ..om_instruction_rule import plain_words


class SaleOrder(models.Model):
    """Instructions in free text."""

    _inherit = "sale.order"

    @detector(
        "E-INSTR",
        order=("partner_id", "om_customer_note"),
        suspect_order="o.om_customer_note IS NOT NULL",
    )
    def _om_detect_unclear_instruction(self):
        """An instruction that asks for something, and no rule says what to do with it. One query."""
        findings = []
        classified = self.env["om.instruction.rule"]._classify(self._om_still_open())
        for order, instructions in classified.items():
            words = {plain_words(word) for word in (order.company_id.om_action_words or "").split(",")} - {""}
            for text, rule in instructions:
                asks = any(f" {word} " in f" {plain_words(text)} " for word in words)
                if asks and not rule:
                    findings.append(
                        Finding(
                            order,
                            found=text[:500],
                            expected=self.env._("a rule that says what to do with it"),
                            key=plain_words(text)[:100],
                        )
                    )
        return findings
