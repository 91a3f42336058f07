from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged

from ..stages import INTERNAL, STAGES
from .common import OrderManagementCommon

GROUPS = {
    "specialist": "om_order_exceptions.group_specialist",
    "auditor": "om_order_exceptions.group_auditor",
    "seller": "sales_team.group_sale_salesman",
    "sales manager": "sales_team.group_sale_manager",
    "warehouse manager": "stock.group_stock_manager",
    "accountant": "account.group_account_manager",
    "employee": "base.group_user",
    "settings": "base.group_system,sales_team.group_sale_manager",
    "customer": "base.group_portal",
}
FORGED = {
    "om_transition": True,
    "om_fix": 1,
    "om_checked": repr(INTERNAL),
    "om_confirming": "<internal>",
    "sudo": True,
}


@tagged("post_install", "-at_install")
class TestWaiverMatrix(OrderManagementCommon):
    """T1.3: whoever may not waive finds no way to do it: every way, every kind of user, every gate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(cls.env, f"om_matrix_{name.replace(' ', '_')}", groups=groups)
            for name, groups in GROUPS.items()
        }
        cls.kind = cls.env.ref("om_order_exceptions.type_prc_diff")
        cls.accept = cls.env.ref("om_order_exceptions.fix_accept")
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.order = self._order([(self.product, 10, 80.0)])
        self.env.cr.flush()
        self.case = self._open(self.order).sudo(False)
        self.assertEqual(self.case.code, "E-PRC-DIFF")

    def _ways(self, user):
        """Every way to a waiver that a client has: ``{name: call}``."""
        case, order = self.case.with_user(user), self.order.sudo(False).with_user(user)
        kind, accept = self.kind.with_user(user), self.accept.with_user(user)
        table = case.env["om.exception"]
        waived = {"state": "waived", "waived_found": case.sudo().found, "waiver_reason": "me"}
        new = {
            "type_id": kind.id,
            "severity": "2",
            "res_model": "sale.order",
            "res_id": order.id,
            "company_id": self.company.id,
            "user_id": user.id,
            "state": "waived",
        }
        ways = {
            "the flag": lambda: case.write({"waived": True}),
            "create": lambda: table.create(new),
            "copy": lambda: case.copy({"state": "waived"}),
            "delete": case.unlink,
            "all at once": lambda: case.write(waived),
            "web client": lambda: case.web_save(waived, {"state": {}}),
            "forged context": lambda: case.with_context(**FORGED).write(waived),
            "order's list": lambda: order.write({"om_exception_ids": [Command.update(case.id, waived)]}),
            "order lets go": lambda: order.write({"om_exception_ids": [Command.clear()]}),
            "order's stage": lambda: order.write({"om_blocked_stage": False}),
            "new order": lambda: self._order(user=user, om_exception_ids=[Command.link(case.id)]),
            "dialog": lambda: self._resolve(case, "fix_accept", user=user, reason="mine"),
            "dialog, forged": lambda: (
                self.env["om.exception.resolve"]
                .with_user(user)
                .with_context(**FORGED)
                .create({"exception_ids": case.ids, "fix_id": accept.id, "reason": "mine"})
                .action_apply()
            ),
            "type blocks nothing": lambda: kind.write({"blocks": False}),
            "type switched off": lambda: kind.write({"active": False}),
            "type offers more": lambda: kind.write({"fix_ids": [Command.clear()]}),
            "fix for everybody": lambda: accept.write({"group_id": False}),
            "tolerance": lambda: self.company.with_user(user).write({"om_price_tolerance": 99.0}),
            "server action": lambda: (
                self.env["ir.actions.server"]
                .with_user(user)
                .create(
                    {"name": "x", "model_id": self.env["ir.model"]._get_id("om.exception"), "state": "code"}
                )
                .run()
            ),
            "confirm, forged": lambda: self._refused_confirmation(order),
        }
        for name in ("state", "is_open", "blocks", "waived_found", "waiver_reason", "waiver_expires"):
            value = {"is_open": False, "blocks": False, "waiver_expires": "2099-01-01"}.get(name, "waived")
            ways[f"field {name}"] = lambda name=name, value=value: case.write({name: value})
        for method in ("_waive", "_close", "_sync", "_raise", "_cron_expire_waivers", "_cron_verify"):
            ways[f"rpc {method}"] = lambda method=method: get_public_method(table, method)
        return ways

    def _is_refused(self, call):
        try:
            with self.cr.savepoint():
                call()
                self.env.flush_all()
        except (UserError, ValueError):  # a field that does not exist is a ValueError
            return True
        finally:
            self.env.invalidate_all()
        return False

    def _refused_confirmation(self, order):
        order.with_context(**FORGED).action_confirm()
        if order.sudo().state == "draft":
            raise ValueError("parked")

    # What a person of this kind may do by the rights of Odoo: whoever sets the company up.
    ALLOWED = {("settings", "tolerance")}

    def test_nobody_without_the_right_waives_by_any_way(self):
        for name, user in self.users.items():
            for way, call in self._ways(user).items():
                if (name, way) in self.ALLOWED or (name == "settings" and way == "server action"):
                    continue
                with self.subTest(user=name, way=way):
                    self.assertTrue(self._is_refused(call))
                    self.assertEqual((self.case.sudo().state, self.order.sudo().state), ("open", "draft"))
                    self.assertEqual(self.order.sudo().om_blocked_stage, "confirm")

    def test_import_waives_nothing(self):
        self.env["ir.model.data"].create(
            {"module": "__test__", "name": "case", "model": "om.exception", "res_id": self.case.id}
        )
        rows = (
            (["id", "state"], ["__test__.case", "waived"]),
            ([".id", "waiver_reason"], [str(self.case.id), "mine"]),
            ([".id", "is_open"], [str(self.case.id), "0"]),
            (["type_id/.id", "res_model", "state"], [str(self.kind.id), "sale.order", "waived"]),
        )
        for name, user in (*self.users.items(), ("manager", self.manager)):
            for columns, row in rows:
                with self.subTest(user=name, columns=columns), self.cr.savepoint():
                    try:
                        result = self.env["om.exception"].with_user(user).load(columns, [row])
                    except AccessError:
                        continue
                    self.assertFalse(result["ids"])
                    self.assertEqual(self.case.state, "open")

    def test_manager_waives_by_the_dialog_only(self):
        for way, call in self._ways(self.manager).items():
            if way.startswith(("type", "fix", "dialog", "tolerance")):
                continue  # a manager sets types up, and waives in the dialog
            with self.subTest(way=way):
                self.assertTrue(self._is_refused(call))
                self.assertEqual(self.case.state, "open")
        self._resolve(self.case, "fix_accept", user=self.manager, reason="Agreed")
        self.assertEqual(self.case.state, "waived")

    def test_every_gate_opens_by_the_managers_waiver_and_by_no_attempt(self):
        for stage, _label in STAGES:
            with self.subTest(stage=stage), self.cr.savepoint() as savepoint:
                self.kind.blocks = stage
                for way in ("all at once", "dialog", "order's stage", "forged context"):
                    self.assertTrue(self._is_refused(self._ways(self.specialist)[way]))
                self.assertEqual(self.order.om_blocked_stage, stage)
                self._resolve(self.case, "fix_accept", user=self.manager, reason="Agreed")
                self.assertFalse(self.order.om_blocked_stage)
                self.order.order_line.price_unit = 79.0
                self.env.cr.flush()
                self.assertEqual(self.order.om_blocked_stage, stage, "other value: the waiver is over")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_waiver_of_one_rule_waives_no_other(self):
        self.order.commitment_date = "2020-01-01 12:00:00"
        self.env.cr.flush()
        self._resolve(self.case, "fix_accept", user=self.manager, reason="Agreed")
        self.assertEqual(self._open(self.order).mapped("code"), ["E-DTE-PAST"])
        self.order.action_confirm()
        self.assertEqual(self.order.state, "draft")

    def test_waiver_of_one_line_waives_no_other(self):
        order = self._order([(self.product, 1, 80.0), (self.other_product, 1, 30.0)])
        self.env.cr.flush()
        first, second = self._open(order)
        self._resolve(first.sudo(False), "fix_accept", user=self.manager, reason="Agreed")
        self.assertEqual((first.state, second.state), ("waived", "open"))
        self.assertEqual(order.om_blocked_stage, "confirm")
