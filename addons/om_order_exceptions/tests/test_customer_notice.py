from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ..detection import Finding
from .test_events import EventsCommon

# Sydney is ten hours ahead of UTC in June: 02:00 UTC is noon there, 12:00 UTC is ten at night.
NOON = "2026-06-02 02:00:00"
NIGHT = "2026-06-02 12:00:00"
NEXT_NOON = "2026-06-03 02:00:00"


@tagged("post_install", "-at_install")
class TestCustomerNotice(EventsCommon):
    """At most one message a day, none at night, none about what is not to be told (T12.3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(
            {"om_order_notices": True, "tz": "Australia/Sydney", "email": "desk@bluebird.example"}
        )
        cls.env["om.exception.type"].create(
            {"code": "E-TEST-LEGAL", "name": "Legal hold", "customer_not_told": True}
        )

    def _confirmed(self, at, **values):
        with freeze_time(at):
            order = self._order(**values)
            order.action_confirm()
            self.env.cr.flush()
        return order

    def _notify(self, at):
        """Mails that the scheduled job makes at this time."""
        last = self.env["mail.mail"].sudo().search([], order="id desc", limit=1).id or 0
        with freeze_time(at):
            self.env["om.customer.notice"]._cron_notify()
        return self.env["mail.mail"].sudo().search([("id", ">", last)])

    def _notices(self, order):
        return self.env["om.customer.notice"].search([("order_id", "=", order.id)])

    def test_customer_that_asked_is_told(self):
        order = self._confirmed(NOON, client_order_ref="PO-1")
        mail = self._notify(NOON)
        self.assertEqual(len(mail), 1)
        self.assertIn("PO-1", mail.subject)
        self.assertIn("Confirmed", mail.body_html)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(self._notices(order).state, "sent")

    def test_customer_that_did_not_ask_is_not_told(self):
        self.customer.om_order_notices = False
        order = self._confirmed(NOON)
        self.assertFalse(self._notify(NOON))
        self.assertFalse(self._notices(order))

    def test_one_message_a_day_tells_everything(self):
        first = self._confirmed(NOON)
        self.assertEqual(len(self._notify(NOON)), 1)
        second, third = self._confirmed(NOON), self._confirmed(NOON)
        for hour in ("03", "05", "09"):
            self.assertFalse(self._notify(f"2026-06-02 {hour}:00:00"))
        mail = self._notify(NEXT_NOON)
        self.assertEqual(len(mail), 1)
        for order, told in ((first, False), (second, True), (third, True)):
            self.assertEqual(order.name in mail.body_html, told)

    def test_a_new_day_begins_at_the_customers_midnight(self):
        self._confirmed("2026-06-01 22:30:00")  # 08:30 on 2 June in Sydney
        self.assertEqual(len(self._notify("2026-06-01 22:30:00")), 1)
        self._confirmed("2026-06-02 01:00:00")
        self.assertFalse(self._notify("2026-06-02 01:00:00"), "another day in UTC, the same in Sydney")

    def test_night_is_the_customers_night(self):
        self._confirmed(NIGHT)
        self.assertFalse(self._notify(NIGHT))
        self.assertFalse(self._notify("2026-06-02 21:59:00"))
        self.assertEqual(len(self._notify("2026-06-02 22:00:00")), 1, "eight in the morning")

    def test_hours_are_the_companys_choice(self):
        self.company.write({"om_notice_from": 14.5, "om_notice_to": 15.0})
        self._confirmed(NOON)
        self.assertFalse(self._notify(NOON))
        self.assertEqual(len(self._notify("2026-06-02 04:45:00")), 1)

    def test_order_on_legal_hold_is_not_spoken_of(self):
        held, free = self._confirmed(NOON), self._confirmed(NOON)
        exception = self.env["om.exception"]._raise("E-TEST-LEGAL", [Finding(held.sudo(), found="party")])
        mail = self._notify(NOON)
        self.assertIn(free.name, mail.body_html)
        self.assertNotIn(held.name, mail.body_html)
        self.assertEqual(self._notices(held).state, "waiting")
        exception.sudo()._close("auto_closed")
        self.assertIn(held.name, self._notify(NEXT_NOON).body_html)

    def test_news_that_waited_too_long_is_dropped(self):
        order = self._confirmed(NOON)
        self.env["om.exception"]._raise("E-TEST-LEGAL", [Finding(order.sudo(), found="party")])
        self._notify(NOON)
        self.assertFalse(self._notify("2026-06-08 02:00:00"))
        self.assertEqual(self._notices(order).state, "dropped")

    def test_a_fact_is_told_once(self):
        order = self._order([(self.product, 10), (self.other_product, 5)])
        with freeze_time(NOON):
            order.action_confirm()
            self._deliver(order)
            self.env.cr.flush()
        self.assertEqual(len(self._notify(NOON)), 1)
        self.assertFalse(self._notify(NEXT_NOON))
        self.assertEqual(sorted(self._notices(order).mapped("kind")), ["confirmed", "shipped"])

    def test_message_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        template = self.env.ref("om_order_exceptions.mail_template_customer_notice")
        template.with_context(lang="de_DE").subject = "Neues zu Ihren Bestellungen"
        self.customer.lang = "de_DE"
        self._confirmed(NOON)
        self.assertEqual(self._notify(NOON).subject, "Neues zu Ihren Bestellungen")

    def test_customer_without_address_is_dropped(self):
        self.customer.email = False
        order = self._confirmed(NOON)
        self.assertFalse(self._notify(NOON))
        self.assertEqual(self._notices(order).state, "dropped")

    def test_contact_who_ordered_gets_the_message(self):
        self.buyer.email = "bea@bluebird.example"
        self._confirmed(NOON, partner_id=self.buyer.id)
        self.assertEqual(self._notify(NOON).recipient_ids, self.buyer)

    def test_notices_are_read_by_auditors_and_made_by_nobody(self):
        order = self._confirmed(NOON)
        self._notify(NOON)
        auditor = new_test_user(self.env, "om_cn_auditor", groups="om_order_exceptions.group_auditor")
        notice = self._notices(order)
        self.assertEqual(notice.with_user(auditor).kind, "confirmed")
        seller = new_test_user(self.env, "om_cn_seller", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            notice.with_user(seller).read(["state"])
        for user in (auditor, self.manager):
            for operation in ("create", "write", "unlink"):
                self.assertFalse(notice.with_user(user).has_access(operation))

    def test_second_company_reads_no_notice(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        stranger = new_test_user(
            self.env,
            "om_cn_stranger",
            groups="om_order_exceptions.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        order = self._confirmed(NOON)
        self._notify(NOON)
        self.assertFalse(
            self.env["om.customer.notice"].with_user(stranger).search([("order_id", "=", order.id)])
        )
