from odoo.fields import Command

from ..models.om_intake_acting import BATCH
from .common import EdiCommon
from .x12_bytes import interchange, purchase_order


class TestCostOf850s(EdiCommon):
    """What an 850 costs does not grow with those beside it."""

    def _queries_of_intake(self, count, control):
        lines = [(str(n), "1", "EA", "100", "VN", "KET-1") for n in range(1, 4)]
        data = interchange(*(purchase_order(f"Q{control}-{n}", lines) for n in range(count)), control=control)
        intake = self.env["om.intake"]._receive(data, "upload")
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        intake._process()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual((intake.state, len(intake.order_ids)), ("done", count))
        return queries

    def test_queries_of_an_850_do_not_grow_with_the_number_in_one_file(self):
        self.edi_partner.auto_confirm = False
        self._queries_of_intake(2, 600)
        few, many = self._queries_of_intake(BATCH, 601), self._queries_of_intake(3 * BATCH, 602)
        self.assertLessEqual(many / 3, few)
        # most of them are Odoo's: four for each order that it creates
        self.assertLess(few / BATCH, 8)

    def test_lines_get_the_analytic_distribution_of_their_customer(self):
        plan = self.env["account.analytic.plan"].create({"name": "Channels"})
        account = self.env["account.analytic.account"].create({"name": "Stores", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create(
            {"partner_id": self.customer.id, "analytic_distribution": {str(account.id): 100}}
        )
        order = self._receive_orders("PO-2001")
        self.assertEqual(order.order_line.analytic_distribution, {str(account.id): 100})

    def test_line_of_an_850_has_no_distribution_where_there_is_none(self):
        self.assertFalse(self._receive_orders("PO-2002").order_line.analytic_distribution)

    def test_partners_for_whom_nothing_waits_cost_the_sending_job_nothing(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["om.edi.partner"]._cron_send()
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        self.env["om.edi.partner"].create(
            [
                {
                    "name": f"Retailer {n}",
                    "partner_id": self.customer.id,
                    "identifier": f"RETAILER{n}",
                    "our_identifier": "OMCO",
                    "flow_ids": [Command.create({"set_id": "850", "direction": "in"})],
                }
                for n in range(20)
            ]
        )
        self.assertEqual(queries(), few)

    def test_document_that_is_ready_is_sent_whichever_partner_owes_it(self):
        self._receive_orders("PO-2003")
        self.env["om.edi.partner"]._cron_send()
        owed = self.env["om.edi.transaction"].search([("direction", "=", "out")])
        self.assertEqual((set(owed.mapped("set_id")), set(owed.mapped("state"))), ({"855", "997"}, {"sent"}))
