from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestDigest(OrderManagementCommon):
    def _digest(self, user, start, end):
        digest = self.env["digest.digest"].create({"name": "Morning"})
        return digest.with_context(start_datetime=start, end_datetime=end).with_user(user)

    def test_tiles_count_what_was_open_and_how_it_ended(self):
        before = datetime.now()
        orders = self.env["sale.order"]
        for quantity in (10, 20, 30):
            orders += self._order([(self.product, quantity, 80.0)])
        orders._om_check()
        gone, cured, _open = (self._open(order) for order in orders)
        gone.order_line_id.price_unit = 100.0
        self.env.cr.flush()
        self._resolve(cured, "fix_contract_price")
        soon = datetime.now() + timedelta(minutes=1)
        digest = self._digest(self.specialist, before - timedelta(days=1), soon)
        self.assertEqual(digest.kpi_om_open_exceptions_value, 1)
        self.assertEqual(digest.kpi_om_money_at_risk_value, 600.0)
        self.assertEqual(digest.kpi_om_self_closed_value, 50.0)
        self.assertEqual(digest.kpi_om_overdue_exceptions_value, 0)
        with freeze_time(_open.sla_deadline + timedelta(days=1)):
            later = self._digest(self.specialist, before, datetime.now())
            self.assertEqual(later.kpi_om_overdue_exceptions_value, 1)
        earlier = self._digest(self.specialist, before - timedelta(days=9), before - timedelta(days=1))
        self.assertEqual(earlier.kpi_om_open_exceptions_value, 0)

    def test_tiles_are_for_people_of_order_management(self):
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        digest = self._digest(clerk, datetime.now() - timedelta(days=1), datetime.now())
        with self.assertRaises(AccessError):
            digest.sudo(False).mapped("kpi_om_open_exceptions_value")

    def test_other_companies_are_not_counted(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._order([(self.product, 10, 80.0)])._om_check()
        digest = self._digest(
            self.specialist, datetime.now() - timedelta(days=1), datetime.now() + timedelta(days=1)
        )
        digest.sudo().company_id = other
        self.assertEqual(digest.with_company(other).sudo().kpi_om_open_exceptions_value, 0)

    def test_whole_digest_is_made_for_a_specialist(self):
        self._order([(self.product, 10, 80.0)])._om_check()
        digest = self.env["digest.digest"].create(
            {"name": "Morning", "kpi_om_open_exceptions": True, "kpi_om_self_closed": True}
        )
        kpis = digest._compute_kpis(self.company, self.specialist)
        shown = {kpi["kpi_name"]: kpi for kpi in kpis}
        self.assertIn("kpi_om_open_exceptions", shown)
        self.assertIn("action_om_exception", shown["kpi_om_open_exceptions"]["kpi_action"])
