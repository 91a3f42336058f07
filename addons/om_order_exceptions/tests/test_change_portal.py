from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
class TestChangePortal(HttpCase, ChangeCommon):
    """A customer asks for a change in the portal: of own orders, by the rules of Odoo's portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer_user = new_test_user(
            cls.env, "om_buyer", groups="base.group_portal", password="om_buyer", name="Bea Buyer"
        )
        cls.buyer_user.partner_id.parent_id = cls.customer
        cls.stranger = new_test_user(
            cls.env, "om_stranger_portal", groups="base.group_portal", password="om_stranger_portal"
        )

    def setUp(self):
        super().setUp()
        self.order = self._confirmed(partner_id=self.buyer_user.partner_id.id)
        self.line = self.order.order_line
        self.url = f"/my/orders/{self.order.id}"
        self.env.flush_all()

    def _made(self):
        self.env.invalidate_all()
        return self.order.sudo().om_change_ids

    def _ask(self, login, **form):
        self.authenticate(login, login)
        page = self.url_open(self.url)
        return page, self._submit(page, **form)

    def _submit(self, page, **form):
        """Send the form of the page, as a browser does."""
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(f"{self.url}/change", data={**form, "csrf_token": token}, allow_redirects=False)

    def test_customer_asks_for_less(self):
        page, _answer = self._ask("om_buyer", **{f"quantity_{self.line.id}": "6"}, note="Too many")
        self.assertIn("om_ask_change", page.text)
        request = self._made()
        self.assertEqual((request.source, request.state, request.note), ("customer", "evaluated", "Too many"))
        self.assertEqual(request.requested_by_id, self.buyer_user.partner_id)
        self.assertEqual((request.line_ids.kind, request.line_ids.quantity), ("quantity", 6))
        self.assertEqual(self.line.product_uom_qty, 10)
        self.assertTrue(request.activity_ids)

    def test_customer_asks_for_the_cancellation_and_sees_its_state(self):
        self._ask("om_buyer", cancel="1")
        request = self._made()
        self.assertEqual((request.line_ids.kind, self.order.state), ("cancel_order", "sale"))
        page = self.url_open(self.url)
        self.assertIn(request.name, page.text)
        self.assertIn("We are looking at it", page.text)
        self.assertNotIn("om_ask_change", page.text)
        request.with_user(self.specialist).action_apply()
        self.assertEqual(self.order.state, "cancel")

    def test_late_request_of_a_customer_holds_the_shipment(self):
        order = self._confirmed("pick_ship", partner_id=self.buyer_user.partner_id.id)
        self._do_step(order)
        order._om_portal_ask({"cancel": "1"}, self.buyer_user.partner_id)
        self.assertTrue(self._open(order, "E-CHG-LATE"))

    def test_one_request_at_a_time(self):
        self._ask("om_buyer", cancel="1")
        page = self.url_open("/my")
        token = page.text.split('csrf_token: "')[1].split('"')[0]
        answer = self.url_open(
            f"{self.url}/change", data={"cancel": "1", "csrf_token": token}, allow_redirects=False
        )
        self.assertIn("change_invalid", answer.headers["Location"])
        self.assertEqual(len(self._made()), 1)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_other_customer_is_refused(self):
        self.authenticate("om_stranger_portal", "om_stranger_portal")
        page = self.url_open("/my")
        token = page.text.split('csrf_token: "')[1].split('"')[0]
        for form in ({"cancel": "1"}, {"cancel": "1", "access_token": "wrong"}):
            answer = self.url_open(
                f"{self.url}/change", data={**form, "csrf_token": token}, allow_redirects=False
            )
            self.assertTrue(answer.headers["Location"].endswith("/my"))
        self.assertFalse(self._made())

    def test_nobody_without_the_token_asks_with_it_everybody(self):
        token = self.order.sudo()._portal_ensure_token()
        self.env.flush_all()
        page = self.url_open(f"{self.url}?access_token={token}")
        self._submit(page, cancel="1")
        self.assertFalse(self._made())
        self._submit(page, cancel="1", access_token=token)
        request = self._made()
        self.assertEqual(request.requested_by_id, self.order.partner_id)

    @mute_logger("odoo.http")
    def test_forged_form_is_refused(self):
        self.authenticate("om_buyer", "om_buyer")
        answer = self.url_open(f"{self.url}/change", data={"cancel": "1"}, allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._made())

    def test_senseless_quantities_make_no_request(self):
        other = self._confirmed()
        partner = self.buyer_user.partner_id
        for form in (
            {},
            {f"quantity_{self.line.id}": "10"},
            {f"quantity_{self.line.id}": "-1"},
            {f"quantity_{self.line.id}": "nan"},
            {f"quantity_{self.line.id}": "inf"},
            {f"quantity_{self.line.id}": "many"},
            {f"quantity_{other.order_line.id}": "1"},
            {"note": "only words"},
        ):
            with self.subTest(form=form):
                self.assertFalse(self.order._om_portal_ask(form, partner))
        self.assertFalse(self._made())

    def test_nothing_is_asked_of_what_is_over(self):
        self._deliver(self.order)
        self.assertFalse(self.order._om_portal_may_ask())
        self.assertFalse(self._order()._om_portal_may_ask())

    def test_company_may_switch_it_off(self):
        self.company.om_change_portal = False
        self.env.flush_all()
        page, answer = self._ask_switched_off()
        self.assertNotIn("om_ask_change", page.text)
        self.assertIn("change_invalid", answer.headers["Location"])

    def _ask_switched_off(self):
        self.authenticate("om_buyer", "om_buyer")
        page = self.url_open(self.url)
        home = self.url_open("/my")
        token = home.text.split('csrf_token: "')[1].split('"')[0]
        answer = self.url_open(
            f"{self.url}/change", data={"cancel": "1", "csrf_token": token}, allow_redirects=False
        )
        return page, answer
