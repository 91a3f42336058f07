from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.om_edi_x12 import x12

from .common import EdiCommon


@tagged("post_install", "-at_install")
class TestStockLists(EdiCommon):
    """846 out: what a trading partner may order of our stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["om.customer.item"].create(
            {"partner_id": cls.customer.id, "code": "BB-200", "product_id": cls.other_product.id}
        )
        cls.flow = cls.env["om.edi.flow"].create(
            {
                "edi_partner_id": cls.edi_partner.id,
                "direction": "out",
                "set_id": "846",
                "send_every": 60,
                "stock_warehouse_ids": [Command.set(cls.warehouse.ids)],
            }
        )

    def _send(self):
        documents = self.flow._send_stock()
        self.edi_partner._send()
        return documents

    def _told(self, **links):
        """``[{part number: (quantity, unit)}]`` of all lists, read again from the bytes that were sent."""
        advices = [x12.InventoryAdvice.parse(event) for event in self._sent("846", **links)]
        return [
            {
                line.items.get("IN", line.items.get("VN")): (quantity.quantity, quantity.unit)
                for line in advice.lines
                for quantity in line.quantities
                if quantity.kind == "33"
            }
            for advice in advices
        ]

    def _stock(self, product, quantity, place=None):
        self.env["stock.quant"]._update_available_quantity(
            product, place or self.warehouse.lot_stock_id, quantity
        )
        self.env.invalidate_all()  # the next list is made in another transaction

    def test_quantity_is_what_odoo_has_free_in_the_warehouse(self):
        self._receive_orders("PO-1")  # reserves 10
        self._send()
        free = self.product.with_context(warehouse_id=self.warehouse.id).free_qty
        self.assertEqual(free, 90)
        (told,) = self._told()
        self.assertEqual(told, {"BB-100": (free, "EA"), "BB-200": (100, "EA")})

    def test_list_names_its_warehouse_and_is_acknowledged_like_others(self):
        document = self._send()
        (event,) = self._sent("846")
        advice = x12.InventoryAdvice.parse(event)
        party = next(party for party in advice.parties if party.entity == "WH")
        self.assertEqual((party.id_qualifier, party.id), ("91", self.warehouse.code))
        self.assertEqual((advice.purpose, advice.number), ("00", document.reference))
        self.assertTrue(document.ack_due_at)

    def test_safety_stock_is_kept_back_and_never_below_zero(self):
        self.flow.write({"safety_quantity": 15, "safety_percent": 10})
        self._stock(self.other_product, -90)
        self._send()
        self.assertEqual(self._told(), [{"BB-100": (75, "EA"), "BB-200": (0, "EA")}])

    def test_unit_is_the_partners_and_only_whole_ones_count(self):
        case = self.env["uom.uom"].create(
            {"name": "Case of 12", "relative_factor": 12, "relative_uom_id": self.product.uom_id.id}
        )
        self.env["om.edi.unit"].create(
            {
                "edi_partner_id": self.edi_partner.id,
                "code": "CA",
                "product_id": self.product.id,
                "product_uom_id": case.id,
            }
        )
        self._send()
        self.assertEqual(self._told()[0]["BB-100"], (8, "CA"))

    def test_what_is_sold_no_more_is_told_as_zero(self):
        self.product.sale_ok = False
        self.other_product.active = False
        self._send()
        self.assertEqual(self._told(), [{"BB-100": (0, "EA"), "BB-200": (0, "EA")}])

    def test_assortment_decides_and_what_leaves_it_is_zero_once(self):
        entry = self.env["om.customer.assortment"].create(
            {"partner_id": self.customer.id, "product_tmpl_id": self.product.product_tmpl_id.id}
        )
        self._send()
        entry.product_tmpl_id = self.other_product.product_tmpl_id
        self._send()
        self._send()
        self.assertEqual(
            self._told(),
            [{"BB-100": (100, "EA")}, {"BB-100": (0, "EA"), "BB-200": (100, "EA")}, {"BB-200": (100, "EA")}],
        )

    def test_changes_only_tells_what_differs_and_nothing_when_nothing_does(self):
        self.flow.stock_scope = "changes"
        self._send()
        self.assertFalse(self._send())
        self._stock(self.product, -7)
        self._send()
        self.assertEqual(len(self._told()), 2)
        self.assertEqual(self._told()[1], {"BB-100": (93, "EA")})
        self.assertEqual([x12.InventoryAdvice.parse(e).purpose for e in self._sent("846")], ["00", "04"])

    def test_list_that_was_rejected_does_not_count_as_told(self):
        self.flow.stock_scope = "changes"
        self._send().ack_state = "R"
        self._send()
        self.assertEqual(len(self._told()[1]), 2)

    def test_each_warehouse_has_its_own_list(self):
        west = self.env["stock.warehouse"].create({"name": "West", "code": "WEST"})
        self._stock(self.product, 5, west.lot_stock_id)
        self.flow.stock_warehouse_ids = False
        self._send()
        self.assertEqual(self._told(warehouse_id=west.id), [{"BB-100": (5, "EA"), "BB-200": (0, "EA")}])
        self.assertEqual(
            self._told(warehouse_id=self.warehouse.id), [{"BB-100": (100, "EA"), "BB-200": (100, "EA")}]
        )

    def test_other_company_is_not_told_of(self):
        company = self.env["res.company"].create({"name": "Other Inc."})
        other = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        product = self._new_product("Mixer", "MIX-1", 10.0, stock=0, company_id=company.id)
        self.env["om.customer.item"].create(
            {
                "partner_id": self.customer.id,
                "code": "BB-300",
                "product_id": product.id,
                "company_id": company.id,
            }
        )
        self._stock(self.product, 1000, other.lot_stock_id)
        self.flow.stock_warehouse_ids = False
        documents = self._send()
        self.assertFalse(documents.warehouse_id & other)
        self.assertFalse([told for told in self._told() if "BB-300" in told])
        self.assertEqual(self._told(warehouse_id=self.warehouse.id)[0]["BB-100"], (100, "EA"))

    def test_queries_do_not_grow_with_the_assortment(self):
        def queries(products):
            self.env["om.customer.item"].create(
                [
                    {"partner_id": self.customer.id, "code": product.default_code, "product_id": product.id}
                    for product in products
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.flow._send_stock()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self._send()
        few = queries([self._new_product(f"A{n}", f"A{n}", 1.0, barcode=False) for n in range(3)])
        many = queries([self._new_product(f"B{n}", f"B{n}", 1.0, barcode=False) for n in range(60)])
        self.assertLessEqual(many, few)

    def test_job_sends_what_is_due_and_plans_the_next(self):
        self.startPatcher(patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60))
        flows = self.env["om.edi.flow"]
        flows._cron_stock_lists()
        documents = self.env["om.edi.transaction"].search([("set_id", "=", "846")])
        self.assertEqual(len(documents), 1)
        flows._cron_stock_lists()
        self.assertEqual(self.env["om.edi.transaction"].search([("set_id", "=", "846")]), documents)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=61)):
            flows._cron_stock_lists()
            self.assertEqual(self.env["om.edi.transaction"].search_count([("set_id", "=", "846")]), 2)

    def test_list_that_is_not_made_in_time_is_a_case_until_it_is(self):
        self.flow.due_minutes = 30
        flows = self.env["om.edi.flow"]
        self.flow.next_send_at = fields.Datetime.now() + timedelta(minutes=5)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=40)):
            flows._cron_owed_late()
            cases = self.env["om.exception"].search(
                [("code", "=", "E-EDI-RESPLATE"), ("res_model", "=", "om.edi.flow"), ("is_open", "=", True)]
            )
            self.assertEqual(cases.res_id, self.flow.id)
            self._send()
            flows._cron_owed_late()
            self.assertFalse(cases.is_open)

    def test_list_that_failed_is_built_again_with_the_stock_of_now(self):
        empty = self._new_product("Grill", "GRL-1", 10.0, stock=0)
        self.env["om.customer.item"].search([("partner_id", "=", self.customer.id)]).unlink()
        document = self.flow._send_stock()
        self.assertEqual(document.state, "error")
        self.assertIn("0 items", document.findings)
        self.env["om.customer.item"].create(
            {"partner_id": self.customer.id, "code": "BB-400", "product_id": empty.id}
        )
        document.with_user(self.specialist).action_retry()
        self.edi_partner._send()
        self.assertEqual(document.state, "sent", document.findings)
        self.assertEqual(self._told(), [{"BB-400": (0, "EA")}])

    def test_only_specialists_send_it_by_hand(self):
        clerk = new_test_user(self.env, "edi_clerk", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.flow.with_user(clerk).action_send_stock()
        self.flow.with_user(self.specialist).action_send_stock()
        self.assertTrue(self.env["om.edi.transaction"].search([("set_id", "=", "846")]))
