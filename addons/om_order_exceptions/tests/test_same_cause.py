from odoo.fields import Command
from odoo.tests import tagged

from ..detection import Finding
from ..stages import INTERNAL
from .test_clock import LifeCommon


@tagged("post_install", "-at_install")
class TestUnknownItemOfThirtyOrders(LifeCommon):
    """T6.5: thirty orders that fail for one unknown part number are one thing to do."""

    def _received(self, code="XK-9"):
        return self._order(
            order_line=[
                Command.create(
                    {
                        "display_type": "line_note",
                        "name": code,
                        "om_raw": f"PO1*1*5*EA*9.5**BP*{code}",
                        "om_po_item": code,
                        "om_po_unit": "EA",
                        "om_po_quantity": 5,
                        "om_po_price": 9.5,
                    }
                )
            ]
        )

    def _parents(self, case_or_order):
        cases = case_or_order if case_or_order._name == "om.exception" else case_or_order.om_exception_ids
        return cases.sudo().parent_id

    def test_thirty_orders_are_one_parent_and_one_fix_cures_all(self):
        orders = self.env["sale.order"].concat(*(self._received() for _ in range(30)))
        self.env.cr.flush()
        cases = self._open(orders, "E-ITM-UNK")
        parent = self._parents(orders)
        self.assertEqual((len(cases), len(parent), parent.child_count), (30, 1, 30))
        self.assertAlmostEqual(parent.amount, 30 * 5 * 9.5)
        queue = self.env["om.exception"].search(
            [("is_open", "=", True), ("parent_id", "=", False), ("code", "=", "E-ITM-UNK")]
        )
        self.assertEqual(queue, parent)
        action = parent.with_user(self.specialist).action_resolve()
        self.assertEqual(set(action["context"]["default_exception_ids"]), set(cases.ids))
        self._resolve(
            cases.browse(action["context"]["default_exception_ids"]),
            "fix_map_item",
            product_id=self.product.id,
            root_cause_id=self.cause.id,
        )
        self.env.cr.flush()
        self.assertEqual(set(cases.mapped("state")), {"resolved"})
        self.assertEqual(parent.state, "resolved")
        self.assertEqual((parent.root_cause_id, parent.closed_by_id), (self.cause, self.specialist))
        self.assertEqual(parent.child_count, 0)

    def test_dialog_that_is_given_the_common_cause_cures_its_cases(self):
        orders = self._received() + self._received()
        self.env.cr.flush()
        parent = self._parents(orders)
        cases = parent.child_ids
        self._resolve(parent.sudo(False), "fix_map_item", product_id=self.product.id)
        self.env.cr.flush()
        self.assertEqual(set(cases.mapped("state")) | {parent.state}, {"resolved"})

    def test_other_part_number_is_another_cause(self):
        orders = self._received() | self._received() | self._received("OTHER")
        self.env.cr.flush()
        self.assertEqual(self._parents(orders).child_count, 2)
        self.assertFalse(self._open(orders[2]).parent_id)


@tagged("post_install", "-at_install")
class TestSameCause(LifeCommon):
    """A parent is there as long as one of its children is open, and counts what is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.write({"cause_by": "customer_found", "cause_threshold": 2})

    def _cases(self, count, **values):
        orders = [self._order().sudo() for _ in range(count)]
        findings = [Finding(order, **{"found": "this", "amount": 10.0, **values}) for order in orders]
        cases = self.env["om.exception"]._raise(self.kind.code, findings)
        self.env.cr.flush()
        return cases.with_user(self.specialist)

    def test_single_case_has_no_parent_until_another_joins_it(self):
        first = self._cases(1)
        self.assertFalse(first.parent_id)
        second = self._cases(1)
        self.assertTrue(first.parent_id)
        self.assertEqual(first.parent_id, second.parent_id)
        third = self._cases(1)
        self.assertEqual(third.parent_id, first.parent_id)
        self.assertEqual((third.parent_id.child_count, third.parent_id.amount), (3, 30.0))

    def test_threshold_is_the_types(self):
        self.kind.cause_threshold = 3
        self.assertFalse(self._cases(2).parent_id)
        self.assertTrue(self._cases(1).parent_id)
        self.kind.cause_threshold = 0
        self.assertFalse(self._cases(3, found="other").parent_id)

    def test_detector_may_name_the_cause(self):
        cases = self._cases(1, found="a", cause="X") | self._cases(1, found="b", cause="X")
        self.assertEqual(len(cases.parent_id), 1)
        self.assertEqual(cases.parent_id.child_count, 2)

    def test_parent_blocks_nothing_and_belongs_to_no_order(self):
        self.kind.blocks = "confirm"
        cases = self._cases(2)
        self.assertFalse(cases.parent_id.order_id)
        self.assertEqual([order.om_open_exception_count for order in cases.order_id], [1, 1])

    def test_last_child_that_ends_ends_the_parent(self):
        cases = self._cases(2)
        parent = cases.parent_id
        self._end(cases[0])
        self.env.cr.flush()
        self.assertEqual((parent.state, parent.child_count, parent.amount), ("open", 1, 10.0))
        self._end(cases[1])
        self.env.cr.flush()
        self.assertEqual((parent.state, parent.child_count), ("auto_closed", 0))

    def test_cause_that_comes_back_opens_parent_and_children_again(self):
        cases = self._cases(2)
        parent = cases.parent_id
        self._end(cases)
        self.env.cr.flush()
        findings = [Finding(order.sudo(), found="this", amount=10.0) for order in cases.order_id]
        self.env["om.exception"]._raise(self.kind.code, findings)
        self.env.cr.flush()
        self.assertEqual((cases.parent_id, parent.state, parent.child_count), (parent, "open", 2))

    def test_single_case_that_comes_back_is_in_the_queue_itself(self):
        cases = self._cases(2)
        self._end(cases)
        self.env.cr.flush()
        self.env["om.exception"]._raise(self.kind.code, [Finding(cases[0].order_id.sudo(), found="this")])
        self.env.cr.flush()
        self.assertTrue(cases[0].is_open)
        self.assertFalse(cases[0].parent_id)

    def test_money_of_the_parent_follows_its_children(self):
        cases = self._cases(2)
        finding = Finding(cases[0].order_id.sudo(), found="this", amount=50.0)
        self.env["om.exception"]._raise(self.kind.code, [finding])
        self.env.cr.flush()
        self.assertEqual(cases.parent_id.amount, 60.0)

    def test_claim_of_the_parent_claims_its_children(self):
        cases = self._cases(2)
        cases.parent_id.with_user(self.manager).action_claim()
        self.assertEqual(cases.user_id, self.manager)
        self.assertEqual(set(cases.mapped("state")), {"in_progress"})

    def test_parent_that_another_transaction_has_just_made_is_joined_later(self):
        cases = self._cases(2)
        parent = cases.parent_id
        internal = cases.sudo().with_context(om_transition=INTERNAL)
        # as if the parent were not visible to this transaction yet, though its key is taken
        parent.sudo().with_context(om_transition=INTERNAL).cause_key = "elsewhere"
        internal.parent_id = False
        self.env["om.exception"]._cron_group_causes()
        self.env.cr.flush()
        self.assertFalse(cases.parent_id)
        parent.sudo().with_context(om_transition=INTERNAL).cause_key = cases[0].cause_key
        self.env["om.exception"]._cron_group_causes()
        self.env.cr.flush()
        self.assertEqual(cases.parent_id, parent)

    def test_companies_and_currencies_are_apart(self):
        other = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "EUR")])
        other.active = True
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": other.id})
        here, there = self._order().sudo(), self._order(pricelist_id=pricelist.id).sudo()
        self.assertNotEqual(here.currency_id, there.currency_id)
        cases = self.env["om.exception"]._raise(
            self.kind.code, [Finding(order, found="this") for order in (here, there)]
        )
        self.env.cr.flush()
        self.assertFalse(cases.parent_id)

    def test_queries_do_not_grow_with_the_number_of_causes_and_cases(self):
        def queries(run, count, causes):
            orders = self.env["sale.order"].concat(*(self._order() for _ in range(count))).sudo()
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["om.exception"]._raise(
                self.kind.code,
                [Finding(order, found=f"{run}: {n % causes}") for n, order in enumerate(orders)],
            )
            self.env.cr.flush()
            return self.env.cr.sql_log_count - before

        queries("first", 4, 2)  # reads what is read once per process
        few, many = queries("few", 4, 2), queries("many", 40, 10)
        self.assertLessEqual(many, few)

    def test_product_channel_and_closer_can_be_grouped(self):
        order = self._order().sudo()
        finding = Finding(order, found="this", line=order.order_line)
        case = self.env["om.exception"]._raise(self.kind.code, [finding])
        self.assertEqual((case.product_id, case.channel), (self.product, "desk"))
        intake = self.env["om.intake"]._receive(b"hello", "mail")
        order = self._order(om_intake_id=intake.id).sudo()
        case = self.env["om.exception"]._raise(self.kind.code, [Finding(order, found="this")])
        self.assertEqual(case.channel, "mail")
        groups = ["product_id", "channel", "closed_by_id", "root_cause_id", "partner_id"]
        self.assertTrue(case._read_group([("id", "=", case.id)], groups, ["amount:sum", "minutes_open:sum"]))
