from datetime import date

from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import EdiCommon
from .x12_bytes import purchase_order

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestFiveChannels(EdiCommon, HttpCase):
    """The same faulty order is found to be faulty in the same way, whichever way it comes (T2.5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.ref = "BLUEBIRD"
        cls.first = cls.env["sale.order"].create(
            {"partner_id": cls.customer.id, "client_order_ref": "PO-77", "user_id": cls.specialist.id}
        )
        half_dozen = cls.env["uom.uom"].create(
            {
                "name": "Box of 6",
                "relative_factor": 6,
                "relative_uom_id": cls.env.ref("uom.product_uom_unit").id,
            }
        )
        cls.product.product_tmpl_id.write({"uom_ids": half_dozen.ids, "om_pack_uom_id": half_dozen.id})
        cls.other_product.sale_ok = False
        cls.env["om.customer.assortment"].create(
            {"partner_id": cls.customer.id, "product_tmpl_id": cls.product.product_tmpl_id.id}
        )
        cls.company.om_min_order_amount = 5000.0
        cls.specialist.group_ids += cls.env.ref("product.group_product_pricelist")
        cls.specialist.group_ids += cls.env.ref("account.group_delivery_invoice_address")

    # The order in each channel: 10 kettles at 80 instead of 100, in broken boxes of 6; 2 toasters, which are
    # neither for sale nor in the customer's assortment; PO-77 again; for a day that has gone by; too small.

    def _values(self):
        return {
            "partner_id": self.customer.id,
            "partner_shipping_id": self.store.id,
            "client_order_ref": "PO-77",
            "commitment_date": "2026-01-05 17:00:00",
            "order_line": [
                Command.create({"product_id": self.product.id, "product_uom_qty": 10, "price_unit": 80}),
                Command.create({"product_id": self.other_product.id, "product_uom_qty": 2, "price_unit": 40}),
            ],
        }

    def _by_form(self):
        form = Form(self.env["sale.order"].with_user(self.specialist))
        form.partner_id = self.customer
        form.partner_shipping_id = self.store
        form.client_order_ref = "PO-77"
        with mute_logger("odoo.tests.form.onchange"):  # Odoo warns that the date is too soon
            form.commitment_date = "2026-01-05 17:00:00"
        for product, quantity, price in ((self.product, 10, 80), (self.other_product, 2, 40)):
            with form.order_line.new() as line:
                line.product_id = product
                line.product_uom_qty = quantity
                line.price_unit = price
        return form.save()

    def _by_rpc(self):
        self.authenticate("om_specialist", "om_specialist")
        order_id = self.make_jsonrpc_request(
            "/web/dataset/call_kw/sale.order/create",
            {"model": "sale.order", "method": "create", "args": [self._values()], "kwargs": {}},
        )
        return self.env["sale.order"].browse(order_id)

    def _by_import(self):
        columns = [
            "partner_id/.id",
            "partner_shipping_id/.id",
            "client_order_ref",
            "commitment_date",
            "order_line/product_id/.id",
            "order_line/product_uom_qty",
            "order_line/price_unit",
        ]
        text = (
            ",".join(columns)
            + f"\n{self.customer.id},{self.store.id},PO-77,2026-01-05 17:00:00,{self.product.id},10,80"
            + f"\n,,,,{self.other_product.id},2,40\n"
        )
        wizard = (
            self.env["base_import.import"]
            .with_user(self.specialist)
            .create(
                {
                    "res_model": "sale.order",
                    "file": text.encode(),
                    "file_name": "orders.csv",
                    "file_type": "text/csv",
                }
            )
        )
        result = wizard.execute_import(
            columns,
            columns,
            {
                "quoting": '"',
                "separator": ",",
                "encoding": "utf-8",
                "has_headers": True,
                "float_decimal_separator": ".",
                "float_thousand_separator": "",
                "date_format": "%Y-%m-%d",
                "datetime_format": "%Y-%m-%d %H:%M:%S",
            },
        )
        self.assertFalse(result["messages"])
        return self.env["sale.order"].browse(result["ids"])

    def _by_edi(self):
        lines = [("1", "10", "EA", "80", "VN", "KET-1"), ("2", "2", "EA", "40", "VN", "TOA-1")]
        return self._receive_orders(purchase_order("PO-77", lines, requested=date(2026, 1, 5)))

    def _by_signature(self):
        """A quotation that nobody has looked at until the customer signs it."""
        order = self.env["sale.order"].create(
            {**self._values(), "user_id": self.specialist.id, "require_signature": True, "state": "sent"}
        )
        order.validity_date = "2099-01-01"
        order._om_pending_checks().clear()
        token = order._portal_ensure_token()
        self.env.flush_all()
        self.assertFalse(order.om_exception_ids)
        self.authenticate(None, None)
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": token, "name": "Bea Buyer", "signature": PIXEL},
        )
        self.assertTrue(answer.get("force_refresh"), answer)
        return order

    def test_same_faulty_order_is_found_faulty_in_the_same_way_in_five_channels(self):
        found = {}
        for channel in ("form", "rpc", "import", "edi", "signature"):
            order = getattr(self, f"_by_{channel}")()
            self.env.cr.flush()
            self.env.invalidate_all()
            self.assertEqual(len(order), 1, channel)
            found[channel] = sorted(
                (
                    exception.code,
                    exception.order_line_id.product_id.default_code or "",
                    exception.found,
                    exception.expected,
                    exception.severity,
                    exception.amount,
                )
                for exception in self._open(order)
                # the customer's signature has confirmed its order, which is late to leave as well
                if exception.category != "fulfilment"
            )
            held = order.om_is_held if channel == "signature" else order.state in ("draft", "sent")
            self.assertTrue(held, channel)
        self.assertEqual(
            [code for code, *_rest in found["form"]],
            ["E-DTE-PAST", "E-DUP", "E-ITM-CONTRACT", "E-ITM-DISC", "E-MIN", "E-PRC-DIFF", "E-UOM-PACK"],
        )
        for channel, exceptions in found.items():
            with self.subTest(channel=channel):
                self.assertEqual(exceptions, found["form"])
