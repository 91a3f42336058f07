from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
class TestChangeNotices(ChangeCommon):
    """T5.4: one message per applied change and stakeholder, none if nothing they see has changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.customer.email = "buyer@bluebird.example"
        cls.company.om_change_notify_customer = True

    def _apply(self, kind, changes=None):
        """Apply one kind of change; return the messages: ``(to customer, to salesperson, to warehouse)``."""
        order = self._confirmed()
        order.sudo().user_id = self.second_manager
        request = self._request(order, changes(order) if changes else self._changes(order)[kind])
        request.action_evaluate()
        self.env.flush_all()
        messages = self.env["mail.message"]
        before = messages.search([], order="id desc", limit=1).id
        if request.needs_approval:
            request.with_user(self.manager).action_approve()
        else:
            request.action_apply()
        self.assertEqual(request.state, "applied")
        new = messages.search([("id", ">", before)])
        self.mails = self.env["mail.mail"].search([("mail_message_id", "in", new.ids)])
        self.to_customer = new.filtered(lambda m: m.model == request._name and self.customer in m.partner_ids)
        notices = new.filtered(lambda m: request.name in (m.body or ""))
        return (
            len(self.to_customer),
            len(notices.filtered(lambda m: self.second_manager.partner_id in m.partner_ids)),
            len(notices.filtered(lambda m: m.model == "stock.picking")),
        )

    def test_one_message_per_stakeholder(self):
        expected = {
            "quantity_up": (1, 1, 1),
            "quantity_down": (1, 1, 1),
            "price": (1, 1, 0),
            "date": (1, 1, 1),
            "ship_to": (1, 1, 1),
            "substitute": (1, 1, 1),
            "add_line": (1, 1, 1),
            "cancel_line": (1, 1, 1),
            "cancel_order": (1, 1, 1),
        }
        for kind, count in expected.items():
            with self.subTest(kind=kind):
                self.assertEqual(self._apply(kind), count)

    def test_several_lines_are_one_message(self):
        def changes(order):
            kinds = self._changes(order)
            return kinds["quantity_down"] + kinds["date"] + kinds["add_line"]

        self.assertEqual(self._apply("", changes), (1, 1, 1))

    def test_same_net_price_is_no_news(self):
        def changes(order):
            return [
                {"kind": "price", "order_line_id": order.order_line.id, "price_unit": 200, "discount": 50}
            ]

        self.assertEqual(self._apply("price", changes), (0, 0, 0))

    def test_customers_are_not_told_unless_the_company_wants_it(self):
        self.company.om_change_notify_customer = False
        self.assertEqual(self._apply("date"), (0, 1, 1))

    def test_customer_without_an_address_stops_nothing(self):
        self.customer.email = False
        self.assertEqual(self._apply("date"), (0, 1, 1))

    def test_salesperson_who_applies_is_not_told(self):
        order = self._confirmed()
        request = self._asked(order, "date")
        order.sudo().user_id = self.specialist
        request.action_apply()
        self.assertFalse(order.message_ids.filtered(lambda m: request.name in (m.body or "")))

    def test_customer_reads_it_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        template = self.env.ref("om_order_exceptions.mail_template_change_applied")
        template.with_context(lang="fr_FR").subject = "Votre commande {{ object.order_id.name }}"
        self.product.with_context(lang="fr_FR").name = "Bouilloire"
        self._apply("quantity_down")
        self.assertIn("Votre commande", self.to_customer.subject)
        self.assertIn("Bouilloire", self.to_customer.body)
        self.assertIn("6,00", self.to_customer.body)

    def test_refused_change_tells_nobody_that_it_was_made(self):
        request = self._asked(self._confirmed(), "date")
        request.refusal = "no"
        request.action_refuse()
        self.assertFalse(
            self.env["mail.message"].search([("body", "ilike", request.name), ("model", "!=", request._name)])
        )
