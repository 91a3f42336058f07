from odoo import models

from ...detection import Finding, detector


class SaleOrder(models.Model):
    """Terms of payment against what is agreed."""

    _inherit = "sale.order"

    @detector(
        "E-TRM",
        order=("partner_id", "payment_term_id", "om_po_terms", "om_po_terms_days"),
        # a customer without terms of its own may have those that an administrator set for all
        suspect_order="""
            o.om_po_terms IS NOT NULL
            OR (partner.property_payment_term_id IS NOT NULL
                AND o.payment_term_id IS DISTINCT FROM
                    NULLIF(partner.property_payment_term_id ->> o.company_id::text, 'false')::int)
            OR EXISTS (SELECT 1 FROM ir_default d JOIN ir_model_fields f ON f.id = d.field_id
                        WHERE f.model = 'res.partner' AND f.name = 'property_payment_term_id')""",
    )
    def _om_detect_other_terms(self):
        """The order's or the document's terms of payment are not those agreed with the customer.

        A customer with whom no terms are agreed is left alone. The terms of a document count by the
        days until payment is due, where they and ours name one day.
        """
        findings = []
        for order in self.filtered(lambda order: order.invoice_status != "invoiced"):
            customer = order.partner_id.commercial_partner_id.with_company(order.company_id)
            agreed = customer.property_payment_term_id
            if not agreed:
                continue
            if order.payment_term_id != agreed:
                findings.append(
                    Finding(
                        order,
                        found=order.payment_term_id.name or self.env._("no payment terms"),
                        expected=agreed.name,
                        key="order",
                        amount=order.amount_total,
                    )
                )
            days = agreed._om_net_days()
            if (
                order.om_po_terms
                and order.om_po_terms_days >= 0
                and days not in (None, order.om_po_terms_days)
            ):
                findings.append(
                    Finding(
                        order,
                        found=self.env._("the PO says %s", order.om_po_terms),
                        expected=agreed.name,
                        key="document",
                        amount=order.amount_total,
                    )
                )
        return findings


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    def _om_net_days(self):
        """Days after the invoice until all is due; ``None`` where that is no single number."""
        self.ensure_one()
        if len(self.line_ids) == 1 and self.line_ids.delay_type == "days_after":
            return self.line_ids.nb_days
        return None
