from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestQueueMail(OrderManagementCommon):
    """The owner's morning: one mail a working day, none when nothing is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Weekdays",
                "tz": "America/New_York",
                "attendance_ids": [
                    Command.create({"name": day, "dayofweek": day, "hour_from": 8, "hour_to": 17})
                    for day in "01234"
                ],
            }
        )
        cls.company.om_queue_mail_hour = 7.5
        cls.owner = new_test_user(
            cls.env,
            "owner",
            groups="om_order_exceptions.group_specialist",
            email="owner@cascade.example",
            name="Olga Owner",
            tz="America/New_York",
        )

    def _case(self):
        order = self._order([(self.product, 10, 80.0)], user_id=self.owner.id)
        order._om_check()
        return self._open(order)

    @contextmanager
    def _at(self, moment):
        # a job commits after each mail, which a test must not
        with freeze_time(moment), patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=9):
            yield

    def _mails(self):
        return self.env["mail.mail"].search([("recipient_ids", "in", self.owner.partner_id.ids)])

    def _send(self, moment):
        with self._at(moment):
            self.env["res.users"]._cron_queue_mail()

    def test_five_runs_in_a_morning_send_one_mail(self):
        self._case()
        for minute in range(30, 55, 5):
            self._send(f"2026-06-10 12:{minute}:00")
        self.assertEqual(len(self._mails()), 1)
        self._send("2026-06-11 12:00:00")
        self.assertEqual(len(self._mails()), 2)

    def test_nothing_is_sent_before_the_morning_of_the_owner(self):
        self._case()
        self._send("2026-06-10 11:20:00")  # 7:20 in New York
        self.assertFalse(self._mails())
        self.owner.tz = "Europe/Amsterdam"
        self._send("2026-06-10 05:35:00")  # 7:35 in Amsterdam
        self.assertEqual(len(self._mails()), 1)

    def test_nothing_is_sent_when_nothing_is_open(self):
        self._send("2026-06-10 12:00:00")
        self.assertFalse(self._mails())
        case = self._case()
        case.order_id.action_cancel()
        self._send("2026-06-10 12:00:00")
        self.assertFalse(self._mails())

    def test_nothing_is_sent_on_a_day_off(self):
        self._case()
        self._send("2026-06-13 12:00:00")  # a Saturday
        self.assertFalse(self._mails())

    def test_who_does_not_want_the_mail_gets_none(self):
        self._case()
        self.owner.with_user(self.owner).om_queue_mail = False
        self._send("2026-06-10 12:00:00")
        self.assertFalse(self._mails())

    def test_mail_leads_to_each_case(self):
        case = self._case()
        self._send("2026-06-10 12:00:00")
        mail = self._mails()
        self.assertIn("1 open", mail.subject)
        self.assertIn(f"/odoo/work-queue/{case.id}", mail.body_html)
        self.assertIn("/odoo/my-queue", mail.body_html)
        self.assertIn(case.document_ref, mail.body_html)
        self.assertIn(case.next_action, mail.body_html)

    def test_owner_can_not_reset_the_day_of_the_mail(self):
        self._case()
        self._send("2026-06-10 12:00:00")
        with self.assertRaises(AccessError):
            self.owner.with_user(self.owner).om_queue_mailed_on = False
