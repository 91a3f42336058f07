from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_acknowledgments import AcknowledgmentCommon
from .x12_bytes import purchase_order


@tagged("post_install", "-at_install")
class TestReplayRun(AcknowledgmentCommon):
    """Many received documents of one partner: a dry run with its differences, then those that are chosen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.edi_manager = new_test_user(cls.env, "edi_manager", "om_edi_x12.group_edi_manager")

    def setUp(self):
        super().setUp()
        cron = type(self.env["ir.cron"])
        self.progress = self.startPatcher(patch.object(cron, "_commit_progress", return_value=60))

    def _unknown_items(self, *numbers):
        lines = [("1", "10", "EA", "100", "VN", "KET-1"), ("2", "5", "EA", "40", "IN", "BB-200")]
        return self._receive_orders(*(purchase_order(number, lines) for number in numbers))

    def _learn(self):
        self.env["om.customer.item"].create(
            {"partner_id": self.customer.id, "code": "BB-200", "product_id": self.other_product.id}
        )

    def _run(self, user=None, **values):
        run = self.env["om.edi.replay.run"].with_user(user or self.edi_manager)
        run = run.create({"edi_partner_id": self.edi_partner.id, "set_id": "850", **values})
        run.action_compare()
        return run

    def _work(self):
        self.env["om.edi.replay.run"]._cron_replay()
        self.env.invalidate_all()

    def test_dry_run_shows_differences_by_field_and_changes_nothing(self):
        orders = self._unknown_items("PO-1", "PO-2")
        orders[0].sudo().om_customer_note = "Call first"
        self._learn()
        run = self._run()
        self.assertEqual(run.state, "comparing")
        self._work()
        self.assertEqual((run.state, run.item_count, run.change_count), ("compared", 2, 3))
        self.assertEqual(run.summary, "Product: 2\nCustomer's Instructions: 1")
        self.assertFalse(orders.order_line.filtered(lambda line: line.product_id == self.other_product))

    def test_only_what_is_chosen_is_applied(self):
        orders = self._unknown_items("PO-1", "PO-2")
        orders[0].sudo().om_customer_note = "Call first"
        self._learn()
        run = self._run()
        self._work()
        run.change_ids.filtered(lambda change: change.field == "Product").action_choose()
        run.action_apply()
        self._work()
        self.assertEqual((run.state, set(run.item_ids.mapped("state"))), ("done", {"applied"}))
        self.assertEqual(
            len(orders.order_line.filtered(lambda line: line.product_id == self.other_product)), 2
        )
        self.assertEqual(orders[0].om_customer_note, "Call first")
        self.assertIn("Replayed", orders[0].om_edi_transaction_id.history)

    def test_confirmed_orders_say_what_to_do_instead(self):
        order = self._receive_orders("PO-1")
        order.sudo().om_customer_note = "Call first"
        run = self._run()
        self._work()
        self.assertEqual(run.item_ids.state, "refused")
        self.assertIn("change request", run.change_ids.refusal)
        run.change_ids.action_choose()
        self.assertEqual(run.change_ids.state, "refused")
        with self.assertRaises(UserError):
            run.action_apply()

    def test_what_would_change_otherwise_by_now_is_not_applied(self):
        order = self._unknown_items("PO-1")
        self._learn()
        run = self._run()
        self._work()
        run.change_ids.action_choose()
        run.action_apply()
        self.env["om.customer.item"].search([("code", "=", "BB-200")]).product_id = self.product
        self._work()
        self.assertEqual(run.item_ids.state, "failed")
        self.assertIn("Compare again", run.item_ids.message)
        self.assertEqual(len(order.order_line.filtered("product_id")), 1)

    def test_document_that_breaks_the_map_stops_no_other(self):
        orders = self._unknown_items("PO-1", "PO-2")
        self._learn()
        run = self._run()
        mapper = type(self.env["om.edi.map.850"])
        real = mapper._order_changes

        def broken(this, document, po, lookup):
            if po.number == "PO-1":
                raise KeyError("boom")
            return real(this, document, po, lookup)

        with patch.object(mapper, "_order_changes", broken):
            self._work()
        states = {item.transaction_id.order_id: item.state for item in run.item_ids}
        self.assertEqual(states, {orders[0]: "failed", orders[1]: "differs"})

    def test_job_commits_each_batch_and_goes_on_where_it_was(self):
        self._unknown_items("PO-1", "PO-2", "PO-3")
        run = self._run()
        with patch("odoo.addons.om_edi_x12.models.om_edi_replay_run.BATCH", 2):
            self.progress.return_value = 0  # the time is up after the first batch
            self._work()
            self.assertEqual(run.item_ids.mapped("state"), ["same", "same", "todo"])
            self.assertEqual(run.state, "comparing")
            self.progress.return_value = 60
            self._work()
        self.assertEqual(run.state, "compared")

    def test_queries_do_not_grow_with_the_documents(self):
        def queries(count):
            numbers = [f"PO-{count}-{n}" for n in range(count)]
            orders = self._unknown_items(*numbers)
            documents = self.env["om.edi.transaction"].browse(orders.sudo().om_edi_transaction_id.ids)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents._replay()
            return self.env.cr.sql_log_count - before

        queries(2)
        few, many = queries(3), queries(20)
        self.assertLessEqual(many, few)

    def test_period_without_documents_is_done_at_once(self):
        self._unknown_items("PO-1")
        run = self._run(date_from="2020-01-01", date_to="2020-01-31")
        self._work()
        self.assertEqual((run.state, run.item_count), ("compared", 0))
        self.assertTrue(self._run().item_count)
        self.assertEqual(self._run().date_to, fields.Date.context_today(run))

    def test_only_edi_managers_replay(self):
        self._unknown_items("PO-1")
        run = self._run()
        self._work()
        with self.assertRaises(AccessError):
            self._run(self.specialist)
        for name in ("action_compare", "action_apply"):
            with self.assertRaises(AccessError):
                getattr(run.with_user(self.specialist), name)()
        with self.assertRaises(AccessError):
            run.write({"state": "applying"})
        with self.assertRaises(AccessError):
            run.item_ids.write({"state": "chosen"})

    def test_other_company_sees_nothing(self):
        self._unknown_items("PO-1")
        self._learn()
        self._run()
        self._work()
        company = self.env["res.company"].create({"name": "Other Inc."})
        stranger = new_test_user(
            self.env,
            "edi_stranger",
            "om_edi_x12.group_edi_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ("run", "item", "change"):
            self.assertFalse(self.env[f"om.edi.replay.{model}"].with_user(stranger).search([]))
