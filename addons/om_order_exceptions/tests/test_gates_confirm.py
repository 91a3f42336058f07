from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import OrderManagementCommon

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


class ChannelCommon(OrderManagementCommon):
    """The same faulty order, by each way in which orders come."""

    FAULTS = ("E-DTE-PAST", "E-DUP", "E-PRC-DIFF")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "client_order_ref": "PO-77",
                "order_line": [Command.create({"product_id": cls.product.id, "product_uom_qty": 1})],
            }
        )

    def _faulty(self, **values):
        return self._order(
            [(self.product, 10, 80.0)],
            client_order_ref="po 77",
            commitment_date="2020-01-01 12:00:00",
            **values,
        )

    def _assert_same_exceptions(self, order):
        self.env.cr.flush()
        self.assertEqual(tuple(sorted(self._open(order).mapped("code"))), self.FAULTS)


@tagged("post_install", "-at_install")
class TestChannels(ChannelCommon):
    """An order is looked at in the same way, whichever way it came."""

    def test_form(self):
        with Form(self.env["sale.order"].with_user(self.specialist)) as form:
            form.partner_id = self.customer
            form.client_order_ref = "po 77"
            form.commitment_date = "2020-01-01 12:00:00"
            with form.order_line.new() as line:
                line.product_id = self.product
                line.product_uom_qty = 10
                line.price_unit = 80.0
        self._assert_same_exceptions(form.record)

    def test_form_keeps_showing_what_blocks_while_it_is_edited(self):
        order = self._faulty()
        self.env.cr.flush()
        with Form(order) as form:
            form.note = "Hello"
            with form.order_line.edit(0) as line:
                line.name = "Kettle, blue"
            self.assertEqual(form.om_answer["stages"][0]["label"], "Confirm")
        self._assert_same_exceptions(order)

    def test_create_and_write(self):
        order = self._order([(self.product, 10)])
        order.write({"client_order_ref": "po 77", "commitment_date": "2020-01-01 12:00:00"})
        order.write({"order_line": [Command.update(order.order_line.id, {"price_unit": 80.0})]})
        self._assert_same_exceptions(order)

    def test_import(self):
        fields = ["partner_id/.id", "client_order_ref", "commitment_date", "order_line/product_id/.id"]
        fields += ["order_line/product_uom_qty", "order_line/price_unit"]
        row = [str(self.customer.id), "po 77", "2020-01-01 12:00:00", str(self.product.id), "10", "80.0"]
        result = self.env["sale.order"].with_user(self.specialist).load(fields, [row])
        self.assertFalse(result["messages"])
        self._assert_same_exceptions(self.env["sale.order"].browse(result["ids"]))

    def test_customers_signature(self):
        order = self._faulty(require_signature=True)
        order.sudo().write({"signed_by": "Bea", "signature": PIXEL})
        order.sudo()._validate_order()
        self.assertTrue(order.om_is_held)
        self._assert_same_exceptions(order)

    def test_confirmation_by_people_looks_again(self):
        order = self._faulty()
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self._assert_same_exceptions(order)


@tagged("post_install", "-at_install")
class TestSignatureOverHttp(ChannelCommon, HttpCase):
    """A customer signs a faulty quotation in the portal: signed, confirmed, and held."""

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_signature_confirms_and_holds(self):
        order = self._faulty(require_signature=True, require_payment=False).sudo()
        order.action_quotation_sent()
        token = order._portal_ensure_token()
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept", {"access_token": token, "name": "Bea Buyer", "signature": PIXEL}
        )
        self.assertTrue(answer.get("force_refresh"), answer)
        order.invalidate_recordset()
        self.assertEqual((order.state, order.signed_by, order.om_is_held), ("sale", "Bea Buyer", True))
        self.assertEqual(order.picking_ids.move_ids.mapped("state"), ["confirmed"])
        self._assert_same_exceptions(order)


@tagged("post_install", "-at_install")
class TestConfirmGate(ChannelCommon):
    """Back office: blocked orders are parked, whoever asks; nobody needs a right of ours to sell."""

    def test_blocked_order_in_a_batch_parks_alone(self):
        """Probe P1: with OCA's addon one bad order stops the whole batch."""
        clean = [self._order() for _ in range(2)]
        batch = self.env["sale.order"].concat(clean[0], self._faulty(), clean[1])
        batch.action_confirm()
        self.assertEqual(batch.mapped("state"), ["sale", "draft", "sale"])

    def test_seller_without_a_right_of_ours_confirms_what_is_clean(self):
        seller = new_test_user(self.env, "om_seller", groups="sales_team.group_sale_salesman")
        order = self._order(user=seller, user_id=seller.id)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_seller_without_a_right_of_ours_sees_why_an_order_is_parked(self):
        seller = new_test_user(self.env, "om_seller", groups="sales_team.group_sale_salesman")
        order = self._faulty(user=seller, user_id=seller.id)
        action = order.action_confirm()
        self.assertEqual(order.state, "draft")
        seen = self.env["om.exception"].with_user(seller).search(action["domain"])
        self.assertEqual(tuple(sorted(seen.mapped("code"))), self.FAULTS)

    def test_orders_of_two_companies_confirm_together(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        theirs = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [Command.create({"product_id": self.product.id, "price_unit": 1.0})],
                }
            )
        )
        ours = self._order()
        (ours.sudo() | theirs).with_context(allowed_company_ids=[self.company.id, other.id]).action_confirm()
        self.assertEqual((ours.state, theirs.state), ("sale", "draft"))
        self.assertEqual(self._open(theirs).company_id, other)

    def test_confirming_twice_is_refused_as_in_stock_odoo(self):
        order = self._order()
        order.action_confirm()
        with self.assertRaisesRegex(Exception, "not in a state requiring confirmation"):
            order.action_confirm()

    def test_order_that_asked_for_it_confirms_as_soon_as_it_is_clean(self):
        order = self._faulty(om_auto_confirm=True)
        self.env.cr.flush()
        self.assertEqual(order.state, "draft")
        order.write({"client_order_ref": "PO-78", "commitment_date": False})
        order.order_line.price_unit = 100.0
        self.env.cr.flush()
        self.assertEqual(order.state, "sale")

    def test_order_with_an_archived_product_is_handled_to_its_end(self):
        order = self._order([(self.product, 10), (self.other_product, 5)])
        self.product.action_archive()
        order.action_confirm()
        self.assertEqual(order.state, "draft")
        self._resolve(self._open(order), "fix_remove_line")
        order.action_confirm()
        self.assertEqual(order.state, "sale")
