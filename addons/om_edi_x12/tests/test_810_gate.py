from decimal import Decimal

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.om_edi_x12 import x12

from .documents_out_common import DocumentsOutCommon
from .x12_bytes import purchase_order


@tagged("post_install", "-at_install")
class TestInvoices(DocumentsOutCommon):
    """810: what it says, and that it is not sent unless it bills what was shipped at the agreed price."""

    def _invoice(self, order, **line_values):
        invoice = order.sudo()._create_invoices()
        if line_values:
            invoice.invoice_line_ids.write(line_values)
        return invoice

    def _bill(self, invoice):
        (transaction,) = self._sent("810", move_id=invoice.id)
        return x12.Invoice.parse(transaction)

    def _kept_back(self, invoice):
        bill = self._owed("810", move_id=invoice.id)
        self.assertEqual(bill.state, "error")
        return bill

    def _post_though(self, invoice, code):
        """Post an invoice that the hub's gate stops: a manager accepts the difference there."""
        cases = self.env["om.exception"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", invoice.id), ("is_open", "=", True)]
        )
        invoice._om_check()
        cases = self.env["om.exception"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", invoice.id), ("is_open", "=", True)]
        )
        self.assertEqual(cases.mapped("code"), [code])
        cases.with_user(self.manager)._waive("agreed by phone")
        invoice.action_post()

    def test_whole_invoice(self):
        self.edi_partner.write({"scac": "UPSN", "carrier_mode": "U"})
        order = self._receive_orders(purchase_order("PO-1", [("1", "10", "EA", "100", "IN", "BB-100")]))
        picking = self._ship(order, (self._package(), {self.product: 10}))
        freight = self.env["product.product"].create(
            {"name": "Freight", "type": "service", "taxes_id": False}
        )
        terms = self.env["account.payment.term"].create(
            {
                "name": "2/10 net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        tax = self.env["account.tax"].create({"name": "10 %", "amount": 10, "type_tax_use": "sale"})
        invoice = order.sudo()._create_invoices()
        invoice.write(
            {
                "invoice_date": "2026-11-24",
                "invoice_payment_term_id": terms.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": freight.id,
                            "name": "Freight",
                            "quantity": 1,
                            "price_unit": 20,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        shipped = f"{picking._om_edi_local(picking.date_done):%Y%m%d}"
        us = self.company.partner_id
        text = self._text(self._owed("810"))
        ours = [line for line in text.split("\n") if line.startswith("N1*RE")]
        self.assertIn(us.name, ours[0])
        body = text.split("N1*ST*")[1]
        self.assertTrue(
            text.startswith(
                f"BIG*20261124*{invoice.name}*20261120*PO-1***DI\nCUR*SE*USD\nREF*VN*{order.name}\n"
                f"REF*BM*{picking.name.replace('/', '-')}\nN1*RE*"
            ),
            text,
        )
        self.assertEqual(
            "N1*ST*" + body.split("N1*BT*")[0] + "ITD" + text.split("\nITD")[1],
            f"""\
N1*ST*BLUEBIRD STORE*92*0042
N3*42 MAIN STREET
N4*DAYTON*OH*45402*US
ITD*08*3*2*20261204*10*20261224*30*2044
DTM*011*{shipped}
IT1*1*10*EA*100**IN*BB-100
PID*F****HOUSEHOLD GOODS
TDS*102200
TXI*TX*2
CAD*U***UPSN
SAC*C*G740***2000**********Freight
CTT*1*10""",
        )

    def test_each_delivery_is_billed_by_itself(self):
        order = self._receive_orders("PO-2")
        first = self._ship(order, (self._package(), {self.product: 4}))
        one = self._invoice(order)
        one.action_post()
        second = self._ship(order, (self._package(), {self.product: 6}))
        two = self._invoice(order)
        two.action_post()
        for invoice, picking, quantity in ((one, first, 4), (two, second, 6)):
            bill = self._bill(invoice)
            self.assertEqual([line.quantity for line in bill.lines], [quantity])
            self.assertEqual(
                [reference.value for reference in bill.references if reference.qualifier == "BM"],
                [picking.name.replace("/", "-")],
            )

    def test_invoice_of_the_first_delivery_need_not_wait_for_the_second(self):
        order = self._receive_orders("PO-3")
        self._ship(order, (self._package(), {self.product: 4}))
        invoice = self._invoice(order)
        self._ship(order, (self._package(), {self.product: 6}))
        invoice.action_post()
        self.assertEqual(self._bill(invoice).total, Decimal(400))

    def test_one_invoice_of_two_deliveries(self):
        order = self._receive_orders("PO-4")
        self._ship(order, (self._package(), {self.product: 4}))
        self._ship(order, (self._package(), {self.product: 6}))
        invoice = self._invoice(order)
        invoice.action_post()
        bill = self._bill(invoice)
        self.assertEqual(bill.lines[0].quantity, 10)
        self.assertEqual(len([r for r in bill.references if r.qualifier == "BM"]), 2)

    def test_less_billed_than_shipped(self):
        order = self._receive_orders("PO-5")
        self._ship(order, (self._package(), {self.product: 10}))
        invoice = self._invoice(order, quantity=7)
        invoice.action_post()
        case = self._cases_of(self._kept_back(invoice), "E-EDI-INV")
        self.assertEqual((case.found, case.expected), ("[KET-1] Kettle: 7 Units billed", "10 Units shipped"))

    def test_billed_before_it_left_goes_with_the_delivery(self):
        self.product.invoice_policy = "order"
        order = self._receive_orders("PO-6")
        invoice = self._invoice(order)
        invoice.action_post()
        bill = self._kept_back(invoice)
        case = self._cases_of(bill)
        self._ship(order, (self._package(), {self.product: 10}))
        self.assertEqual(bill.state, "ready")
        self.assertEqual(case.state, "auto_closed")

    def test_other_price_than_agreed(self):
        order = self._receive_orders("PO-7")
        self._ship(order, (self._package(), {self.product: 10}))
        invoice = self._invoice(order, price_unit=95)
        self._post_though(invoice, "E-INV-MISM")
        case = self._cases_of(self._kept_back(invoice), "E-EDI-INV")
        self.assertIn("95", case.found)
        self.assertIn("100", case.expected)

    def test_manager_accepts_and_it_is_sent_when_built_again(self):
        order = self._receive_orders("PO-8")
        self._ship(order, (self._package(), {self.product: 10}))
        invoice = self._invoice(order, quantity=7)
        invoice.action_post()
        bill = self._kept_back(invoice)
        self._resolve(
            self._cases_of(bill), "fix_accept", user=self.manager, reason="three pieces are a present"
        )
        bill.with_user(self.specialist).action_retry()
        self.assertEqual(self._bill(invoice).lines[0].quantity, 7)

    def test_substitute_is_billed_as_itself(self):
        self.edi_partner.auto_confirm = False
        order = self._receive_orders("PO-9")
        order.order_line._om_substitute(self.other_product, 2.0)
        order.action_confirm()
        self._ship(order, (self._package(), {self.other_product: 20}))
        invoice = self._invoice(order)
        invoice.action_post()
        (line,) = self._bill(invoice).lines
        self.assertEqual((line.number, line.quantity, line.price, line.items["VN"]), ("1", 20, 50, "TOA-1"))

    def test_prices_that_include_taxes_go_without_them(self):
        tax = self.env["account.tax"].create(
            {"name": "25 %", "amount": 25, "type_tax_use": "sale", "price_include_override": "tax_included"}
        )
        self.product.taxes_id = tax
        order = self._receive_orders("PO-10")
        self._ship(order, (self._package(), {self.product: 10}))
        invoice = self._invoice(order)
        invoice.action_post()
        bill = self._bill(invoice)
        self.assertEqual((bill.lines[0].price, bill.taxes[0].amount, bill.total), (80, 200, 1000))

    def test_credit_memos_have_a_hook_and_send_nothing(self):
        order = self._receive_orders("PO-11")
        self._ship(order, (self._package(), {self.product: 10}))
        invoice = self._invoice(order)
        invoice.action_post()
        credit = invoice._reverse_moves()
        credit.action_post()
        self.assertEqual(len(self._owed("810")), 1)

    def test_invoices_of_many_orders_take_few_queries_each(self):
        orders = self._receive_orders(*(f"PO-{number}" for number in range(20, 32)))
        for order in orders:
            self._ship(order, (self._package(), {self.product: 10}))
        invoices = orders.sudo()._create_invoices()
        invoices.action_post()
        counts = []
        for batch in (invoices[:2], invoices[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["om.edi.map.810"]._owe(batch)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
