from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
class TestChangeAccess(ChangeCommon):
    """Who may ask, decide, apply and read."""

    def test_what_is_found_out_is_not_typed_in(self):
        request = self._asked(self._confirmed(), "price")
        for values in (
            {"state": "applied"},
            {"approved_by_id": self.manager.id},
            {"needs_approval": False},
            {"action": "allow"},
            {"asked_by_id": self.second_manager.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                request.write(values)
        with self.assertRaises(AccessError):
            request.line_ids.write({"needs_approval": False})
        with self.assertRaises(AccessError):
            request.write({"line_ids": [Command.update(request.line_ids.id, {"action": "allow"})]})
        with self.assertRaises(AccessError):
            self._request(request.order_id, [{"kind": "cancel_order"}], state="evaluated")

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_who_may_do_what(self):
        groups = {
            "auditor": "om_order_exceptions.group_auditor",
            "seller": "sales_team.group_sale_salesman",
            "warehouse": "stock.group_stock_user",
            "plain": "base.group_user",
            "portal": "base.group_portal",
        }
        users = {name: self._user(name, group) for name, group in groups.items()}
        order = self._confirmed()
        order.sudo().user_id = users["seller"]
        request = self._asked(order, "quantity_down")
        may_read = {"auditor", "seller", "warehouse"}
        for name, user in users.items():
            with self.subTest(user=name):
                mine = request.with_user(user)
                self.assertIs(mine.has_access("read"), name in may_read)
                self.assertIs(mine.has_access("write"), name == "seller")
                for method in ("action_apply", "action_approve", "action_refuse"):
                    with self.assertRaises(AccessError):
                        getattr(mine, method)()
        order.sudo().user_id = self.manager
        self.assertFalse(request.with_user(users["seller"]).has_access("read"))

    def test_salesperson_asks_and_the_specialist_applies(self):
        seller = self._user("own_seller", "sales_team.group_sale_salesman")
        order = self._confirmed()
        order.sudo().user_id = seller
        request = self._asked(order, "quantity_down", user=seller)
        request.with_user(self.specialist).action_apply()
        self.assertEqual(request.state, "applied")

    def test_second_company_sees_nothing(self):
        request = self._asked(self._confirmed(), "date")
        other = self.env["res.company"].create({"name": "Second Company"})
        stranger = self._user(
            "stranger",
            "om_order_exceptions.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for record in (request, request.line_ids):
            self.assertFalse(record.with_user(stranger).search([("id", "in", record.ids)]))
            self.assertFalse(record.with_user(stranger).has_access("read"))

    def test_auditor_reads_every_field_of_every_view(self):
        request = self._asked(self._confirmed(), "date")
        auditor = self._user("auditor", "om_order_exceptions.group_auditor")
        for record in (request, request.line_ids, self.env["om.change.policy"].search([], limit=1)):
            views = record.with_user(auditor).get_views([(False, "form"), (False, "list")])
            record.with_user(auditor).read(list(views["models"][record._name]["fields"]))
