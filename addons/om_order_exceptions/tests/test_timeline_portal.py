from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged

from .test_events import EventsCommon


@tagged("post_install", "-at_install")
class TestPortalTimeline(HttpCase, EventsCommon):
    """The customer sees what we did for the order, and neither why it waited nor whose desk it was on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = new_test_user(cls.env, "om_tl_customer", groups="base.group_portal", name="Bea Buyer")
        cls.reader.partner_id.parent_id = cls.customer
        cls.rival = new_test_user(cls.env, "om_tl_rival", groups="base.group_portal", name="Ron Rival")

    def _page(self, order, login=None, token=False):
        if login:
            self.authenticate(login, login)
        url = f"/my/orders/{order.id}" + (f"?access_token={order._portal_ensure_token()}" if token else "")
        self.env.cr.flush()
        return self.url_open(url, allow_redirects=False)

    def _steps(self, response):
        block = html.fromstring(response.text).xpath("//div[@id='om_timeline']//li/@data-kind")
        return list(block)

    def _shipped_order(self):
        order = self._order(om_cancel_after="2020-01-01")
        order.sudo().message_subscribe(self.reader.partner_id.ids)
        order.sudo()._validate_order()
        order.om_cancel_after = "2099-01-01"
        self.env.cr.flush()
        self._deliver(order)
        order.sudo()._create_invoices().action_post()
        return order.sudo()

    def test_customer_sees_the_steps_with_their_quantities(self):
        order = self._shipped_order()
        response = self._page(order, "om_tl_customer")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self._steps(response), ["confirmed", "shipped", "invoiced"])
        text = html.fromstring(response.text).xpath("string(//div[@id='om_timeline'])")
        self.assertIn("10 Units", text)
        self.assertIn(order.picking_ids.name, text)
        self.assertIn(order.invoice_ids.name, text)

    def test_delivery_date_stands_on_the_page_once(self):
        order = self._shipped_order()
        order.commitment_date = "2099-03-04"
        rows = html.fromstring(self._page(order, "om_tl_customer").text).xpath(
            "//tbody[@id='sale_info_table']/tr[contains(string(th), 'Delivery Date')]"
        )
        self.assertEqual(len(rows), 1)
        self.assertIn("2099", rows[0].text_content())

    def test_customer_sees_no_hold_no_colleague_and_no_internal_step(self):
        order = self._shipped_order()
        self.env["om.order.event"]._log("document_in", order, note="internal remark")
        self.env["om.order.event"]._log("confirmed", order, note="internal remark")
        text = self._page(order, "om_tl_customer").text
        self.assertIn("held", self._kinds(order))
        block = html.fromstring(text).xpath("string(//div[@id='om_timeline'])")
        for secret in ("Held", "past", "internal remark", "Sam Specialist", "Allocated", "Released"):
            with self.subTest(secret=secret):
                self.assertNotIn(secret, block)

    def test_correction_and_return_are_netted_and_told(self):
        order = self._order()
        order.sudo().message_subscribe(self.reader.partner_id.ids)
        order.action_confirm()
        picking = self._deliver(order)
        picking.move_ids.move_line_ids.quantity = 7
        self._return(picking, 2)
        steps = order.sudo()._om_customer_steps()
        self.assertEqual(
            [(step["kind"], step["quantity"]) for step in steps],
            [("confirmed", ""), ("shipped", "7 Units"), ("returned", "2 Units")],
        )

    def test_other_customer_is_refused(self):
        order = self._shipped_order()
        response = self._page(order, "om_tl_rival")
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith("/my"))

    def test_other_customer_with_a_wrong_token_is_refused(self):
        order = self._shipped_order()
        self.authenticate("om_tl_rival", "om_tl_rival")
        response = self.url_open(f"/my/orders/{order.id}?access_token=guess", allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def test_visitor_with_the_token_sees_the_steps(self):
        order = self._shipped_order()
        response = self._page(order, token=True)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self._steps(response), ["confirmed", "shipped", "invoiced"])
