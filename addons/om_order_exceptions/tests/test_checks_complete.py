from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OrderManagementCommon


@tagged("post_install", "-at_install")
class TestChecksComplete(OrderManagementCommon):
    """What every check owes: a cure, an expected value, and to be asked only when its fields change."""

    def test_every_type_offers_a_cure_and_a_procedure(self):
        for kind in self.env["om.exception.type"].search([("domain", "=", False)]):
            with self.subTest(code=kind.code):
                self.assertTrue(kind.fix_ids, "T6.6: a fix action, or the procedure says why there is none")
                self.assertTrue(kind.sop)
                self.assertTrue(kind.root_cause_ids)

    def test_types_that_orders_are_checked_for_name_the_fields_they_look_at(self):
        """Those that only time and other documents make wrong have none: the re-scan and hooks find them."""
        orders = self.env["sale.order"]
        detected = {
            code
            for code, methods in orders._om_detectors().items()
            if any(
                getattr(type(orders), m)._om_fields | getattr(type(orders), m)._om_line_fields
                for m in methods
            )
        }
        for kind in self.env["om.exception.type"].search([("code", "in", list(detected))]):
            with self.subTest(code=kind.code):
                self.assertTrue(kind.checked_fields)

    def test_findings_say_what_is_there_and_what_should_be(self):
        self.other_product.sale_ok = False
        self.company.om_min_order_amount = 50000
        order = self._order([(self.product, 10, 80.0), (self.other_product, 1)], client_order_ref="A1")
        again = self._order([(self.product, 10)], client_order_ref="a-1")
        self.env.cr.flush()
        found = self._open(order) | self._open(again)
        self.assertGreaterEqual(len(set(found.mapped("code"))), 4)
        for exception in found:
            with self.subTest(code=exception.code):
                self.assertTrue(exception.found and exception.expected and exception.next_action)

    def test_change_after_release_asks_only_the_checks_that_read_the_field(self):
        order = self._order()
        order.action_confirm()
        self.env.cr.flush()
        line_checks = type(order)._om_codes_by_line_field(order)
        order_checks = type(order)._om_codes_by_field(order)
        asked, check = [], type(order)._om_check

        def noting(orders, codes=None):
            asked.append(codes)
            return check(orders, codes)

        for record, name, value, readers in (
            (order.order_line, "price_unit", 99.5, line_checks),
            (order.order_line, "product_uom_qty", 11, line_checks),
            (order.order_line, "discount", 0.1, line_checks),
            (order, "commitment_date", "2099-01-05 12:00:00", order_checks),
            (order, "partner_shipping_id", self.buyer.id, order_checks),
            (
                order,
                "payment_term_id",
                self.env["account.payment.term"].create({"name": "N"}).id,
                order_checks,
            ),
            (order, "om_customer_note", "Call us", order_checks),
            (order, "om_promotion_code", "NOPE", order_checks),
        ):
            asked.clear()
            with self.subTest(field=name), patch.object(type(order), "_om_check", noting):
                record.write({name: value})
                self.env.cr.flush()
                self.assertTrue(asked)
                wanted = set().union(*asked)
                self.assertLessEqual(readers[name], wanted, "all that read the field")
                unrelated = {"E-DUP", "E-TAX-ID"} - set(readers[name])
                self.assertFalse(wanted & unrelated, "none that does not")

    def test_field_that_no_check_reads_asks_none(self):
        order = self._order()
        self.env.cr.flush()
        with patch.object(type(order), "_om_check") as check:
            order.write({"note": "Thank you"})
            self.env.cr.flush()
        check.assert_not_called()

    def test_value_that_changes_after_a_waiver_is_asked_again_in_every_channel(self):
        order = self._order([(self.product, 10, 80.0)])
        self.env.cr.flush()
        exception = self._open(order, "E-PRC-DIFF")
        self.env["ir.model.data"].create(
            {"module": "__test__", "name": "so", "model": "sale.order", "res_id": order.id}
        )
        orders = order.with_user(self.specialist)
        changes = {
            "write": lambda: orders.order_line.write({"price_unit": 70}),
            "command": lambda: orders.write(
                {"order_line": [Command.update(order.order_line.id, {"price_unit": 71})]}
            ),
            "import": lambda: orders.load(
                ["id", "order_line/.id", "order_line/price_unit"],
                [["__test__.so", str(order.order_line.id), "72"]],
            ),
            "superuser": lambda: order.sudo().order_line.write({"price_unit": 73}),
        }
        for channel, change in changes.items():
            with self.subTest(channel=channel):
                exception.with_user(self.manager)._waive("Agreed")
                self.env.cr.flush()
                self.assertEqual(exception.state, "waived")
                change()
                self.env.cr.flush()
                self.assertEqual(exception.state, "open")

    def test_agreements_are_changed_by_managers_and_seen_by_all(self):
        seller = new_test_user(self.env, "om_agreement_seller", groups="sales_team.group_sale_salesman")
        values = {
            "om.customer.assortment": {"product_tmpl_id": self.product.product_tmpl_id.id},
            "om.customer.allowance": {"code": "C310"},
            "om.promotion": {"name": "P", "code": "P"},
        }
        for model, vals in values.items():
            vals["partner_id"] = self.customer.id
            for user in (seller, self.specialist):
                with self.subTest(model=model, user=user.login), self.assertRaises(AccessError):
                    self.env[model].with_user(user).create(vals)
            record = self.env[model].with_user(self.manager).create(vals)
            self.assertTrue(record.with_user(seller).display_name)

    def test_agreements_of_another_company_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        values = {
            "om.customer.assortment": {"product_tmpl_id": self.product.product_tmpl_id.id},
            "om.customer.allowance": {"code": "C310"},
            "om.promotion": {"name": "P", "code": "P"},
            "om.tax.certificate": {"number": "1"},
            "om.instruction.rule": {"phrase": "call"},
        }
        for model, vals in values.items():
            with self.subTest(model=model):
                record = self.env[model].create(
                    {"partner_id": self.customer.id, "company_id": other.id, **vals}
                )
                self.assertFalse(self.env[model].with_user(self.specialist).search([("id", "=", record.id)]))
                with self.assertRaises(AccessError):
                    record.with_user(self.specialist).check_access("read")
