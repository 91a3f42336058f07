from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .availability_common import AvailabilityCommon


@tagged("post_install", "-at_install")
class TestAvailabilityCompanies(AvailabilityCommon):
    """Each company has its own stock, flags and figures; who may read and write what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create({"name": "Branch"})
        cls.manager.company_ids += cls.branch
        cls.branch_warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.branch.id)], limit=1
        )

    def _in_branch(self, lines):
        order = self._order(
            lines,
            user=self.manager.with_company(self.branch),
            company_id=self.branch.id,
            warehouse_id=self.branch_warehouse.id,
            pricelist_id=False,
        )
        order.action_confirm()
        self._settle()
        return order

    def test_stock_of_another_company_covers_nothing_and_is_not_proposed(self):
        order = self._in_branch([(self.product, 1)])
        case = self._open(order, "E-STK-SHORT")
        self.assertEqual(case.company_id, self.branch)
        self.assertNotIn("warehouse", case.with_user(self.manager)._om_propose().mapped("way"))

    def test_flags_of_a_customer_are_per_company(self):
        self.customer.with_company(self.branch).om_ship_complete = True
        self.assertEqual(self._order().picking_policy, "direct")
        self.assertEqual(self._in_branch([(self.product, 1)]).picking_policy, "one")

    def test_contact_follows_its_company(self):
        self.customer.om_ship_complete = True
        self.assertTrue(self.buyer.om_ship_complete)
        self.assertEqual(self._order(partner_id=self.buyer.id).picking_policy, "one")

    def test_quota_and_lead_time_of_another_company_do_not_count(self):
        self.env["om.allocation.quota"].create(
            {
                "product_id": self.product.id,
                "date_from": "2020-01-01",
                "date_to": "2099-01-01",
                "quantity": 1,
                "company_id": self.branch.id,
            }
        )
        self.env["om.lead.time"].create({"days": 90, "company_id": self.branch.id})
        order = self._order([(self.short, 10)], commitment_date=self._day(5))
        order._om_check()
        self.assertFalse(self._open(order))

    def test_records_of_another_company_are_not_seen(self):
        case = self._open(self._in_branch([(self.product, 1)]), "E-STK-SHORT")
        proposals = case.with_user(self.manager)._om_propose()
        quota = self.env["om.allocation.quota"].create(
            {
                "product_id": self.product.id,
                "date_from": "2020-01-01",
                "date_to": "2099-01-01",
                "quantity": 1,
                "company_id": self.branch.id,
            }
        )
        entry = self.env["om.lead.time"].create({"days": 90, "company_id": self.branch.id})
        for record in (proposals, quota, entry):
            with self.subTest(model=record._name):
                self.assertFalse(record.with_user(self.specialist).search([("id", "in", record.ids)]))

    def test_specialist_reads_and_manager_sets_up(self):
        values = {"days": 3}
        entry = self.env["om.lead.time"].with_user(self.manager).create(values)
        with self.assertRaises(AccessError):
            entry.with_user(self.specialist).days = 4
        self.assertEqual(entry.with_user(self.specialist).days, 3)

    def test_salesperson_confirms_and_warehouse_user_receives(self):
        seller = new_test_user(self.env, "om_seller", groups="sales_team.group_sale_salesman")
        picker = new_test_user(self.env, "om_picker", groups="stock.group_stock_user")
        receipt = self._receipt(self.short, 6, 5)
        order = self._order([(self.short, 10)], user=seller, user_id=seller.id)
        order.action_confirm()
        self._settle()
        self.assertTrue(self._open(order, "E-STK-SHORT"))
        self._receive(receipt.with_user(picker))
        self.assertFalse(self._open(order))
