from odoo import models

# Ends a case whose cause somebody has settled elsewhere: it cures nothing by itself.
SETTLED_ELSEWHERE = "_om_fix_done"


class OmExceptionFix(models.Model):
    """Which actions can cure a case as things stand, for naming the cheapest of them.

    An action ``_om_fix_x`` that needs something beside the person's input says so with a method
    ``_applies_x`` of this model. The dialog offers every action all the same, and says what is missing.
    """

    _inherit = "om.exception.fix"

    def _applies_to(self, cases):
        """Can this action cure all these cases (of one type and one order)? Reads only, as superuser."""
        self.ensure_one()
        applies = getattr(self, self.method.replace("_om_fix_", "_applies_", 1), None)
        return applies is None or applies(cases)

    def _applicable(self, cases):
        """Those of these actions that can cure the cases; what only notes a cure when no other can."""
        found = self.filtered(lambda fix: fix._applies_to(cases))
        return found.filtered(lambda fix: fix.method != SETTLED_ELSEWHERE) or found

    def _applies_accept(self, cases):
        return all(cases.type_id.mapped("waivable"))

    def _applies_create_ship_to(self, cases):
        return all(order.om_ship_to_json for order in cases.order_id)

    def _applies_complete_address(self, cases):
        return self._applies_create_ship_to(cases)

    def _applies_successor(self, cases):
        lines = cases.order_line_id
        return bool(lines) and all(
            line.product_id._om_last_successor()[0]
            and line.order_id._om_flags()._om_takes_substitutes() != "no"
            for line in lines
        )

    def _applies_limit_quantity(self, cases):
        return all(case.allowed_quantity > 0 for case in cases)

    def _applies_apply_proposal(self, cases):
        return len(cases) == 1

    def _applies_best_proposals(self, cases):
        return len(cases) > 1

    def _applies_set_date(self, cases):
        """Which day a short line can be promised for, its proposals say: it is not free beside them."""
        return "proposal" not in cases.type_id.fix_ids.mapped("cost")

    def _applies_round_down_packs(self, cases):
        return all(line._om_whole_packs(up=False) for line in cases.order_line_id)

    def _applies_small_order_fee(self, cases):
        return all(order.company_id.om_small_order_product_id for order in cases.order_id)

    def _applies_approve_price(self, cases):
        """Not by who wrote it, where four eyes are wanted."""
        lines = cases.order_line_id
        return not (
            lines.company_id.filtered("om_change_four_eyes") and self.env.user in lines.om_price_changed_by_id
        )
