from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.om_order_exceptions.tests.common import OrderManagementCommon

CODE = "E-CRD-LIMIT"
RELEASE = "om_credit_hold.fix_release_credit"


class CreditCommon(OrderManagementCommon):
    """A customer with a limit of its own, a credit analyst and a credit manager, builders of debts.

    The company's switch *Sales Credit Limit* is off, as in a fresh database.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the builders make orders of any value, at prices of no pricelist
        cls.env.ref("om_order_exceptions.type_prc_diff").active = False
        cls.analyst = new_test_user(
            cls.env, "om_analyst", groups="om_credit_hold.group_credit_analyst", name="Ana"
        )
        cls.credit_manager = new_test_user(
            cls.env, "om_credit_manager", groups="om_credit_hold.group_credit_manager", name="Max"
        )
        cls.service = cls.env["product.product"].create(
            {"name": "Advice", "type": "service", "taxes_id": False, "invoice_policy": "order"}
        )

    def _set_limit(self, limit, partner=None, company=None):
        partner = (partner or self.customer).with_company(company or self.company)
        partner.credit_limit = limit

    def _invoice(self, amount, partner=None, company=None, move_type="out_invoice", post=True, **values):
        """An invoice without an order, of one line without tax."""
        company = company or self.company
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": (partner or self.customer).id,
                    "invoice_date": "2026-01-05",
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Old goods", "quantity": 1, "price_unit": amount, "tax_ids": False}
                        )
                    ],
                    **values,
                }
            )
        )
        if post:
            move.action_post()
        return move

    def _pay(self, amount, invoice=None, partner=None):
        """An entry in the bank journal as a matched statement makes it; applied to ``invoice`` if given."""
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        partner = partner or self.customer
        receivable = partner.property_account_receivable_id
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "line_ids": [
                    Command.create({"account_id": journal.default_account_id.id, "debit": amount}),
                    Command.create({"account_id": receivable.id, "partner_id": partner.id, "credit": amount}),
                ],
            }
        )
        move.action_post()
        if invoice:
            (invoice.line_ids + move.line_ids).filtered(
                lambda line: line.account_id == receivable and not line.reconciled
            ).reconcile()
        return move

    def _exposure(self, partner=None, company=None):
        partner = partner or self.customer
        return partner._om_exposure(company or self.company)[partner.id]

    def _account(self, partner=None, company=None):
        account = self.env["om.credit.account"]._of(partner or self.customer, company or self.company)
        account.invalidate_recordset()
        return account

    def _commit_point(self):
        """Run what waits for the end of the transaction, as a commit does."""
        self.env.cr.flush()
        self.env.invalidate_all()

    def _value_order(self, value, quantity=1, confirm=False, **values):
        """An order of goods of exactly this value."""
        order = self._order([(self.product, quantity, value / quantity)], **values)
        if confirm:
            order.action_confirm()
        return order

    def _new_rate(self, currency_name, rate):
        """Currency of which ``rate`` are one unit of the company's, for ever."""
        currency = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", currency_name)])
        )
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2020-01-01", "rate": rate, "company_id": self.company.id}
        )
        return currency
