"""A company that sells to a trading partner over X12, and the documents that the partner sends."""

import io
from contextlib import contextmanager
from tempfile import TemporaryDirectory

PRODUCTS = 60
STORES = 20


class Company:
    """A retailer with stores, articles in stock, and what the retailer sends us as bytes.

    What is done with them stays in one transaction: steps write out instead of committing.
    """

    def __init__(self, env, name="BENCH"):
        self.env = env
        self.name = name
        self.last_number = 0  # ISA13
        self.products = env["product.product"].create(
            [
                {
                    "name": f"Article {n}",
                    "default_code": f"ART-{n}",
                    "list_price": 10 + n,
                    "is_storable": True,
                    "taxes_id": False,
                }
                for n in range(PRODUCTS)
            ]
        )
        self.customer = env["res.partner"].create(
            {"name": "Bench Retail", "is_company": True, **self.address()}
        )
        self.stores = env["res.partner"].create(
            [
                {
                    "name": f"Store {n}",
                    "type": "delivery",
                    "parent_id": self.customer.id,
                    "om_identifier_ids": [(0, 0, {"scheme": "buyer", "code": f"{n:04d}"})],
                    **self.address(),
                }
                for n in range(STORES)
            ]
        )
        # half of the items it names as it likes
        env["om.customer.item"].create(
            [
                {"partner_id": self.customer.id, "code": f"RT-{n}", "product_id": product.id}
                for n, product in enumerate(self.products)
                if n % 2
            ]
        )
        self.warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
        self.warehouse.partner_id.write({"name": "Dock 1", **self.address()})
        for product in self.products:
            env["stock.quant"]._update_available_quantity(product, self.warehouse.lot_stock_id, 1_000_000)
        self.folder = TemporaryDirectory()
        env["ir.config_parameter"].set_param("om_edi_x12.folder", self.folder.name)
        mailbox = env["om.edi.mailbox"].create({"name": "Bench Retail", "directory": "bench"})
        self.edi_partner = env["om.edi.partner"].create(
            {
                "mailbox_id": mailbox.id,
                "name": "Bench Retail",
                "partner_id": self.customer.id,
                "identifier": name,
                "our_identifier": "OMCO",
                "auto_confirm": False,
                "asn_structure": "0004",
                "scac": "UPSN",
            }
        )
        env.cr.commit()

    def address(self):
        """An address that is complete."""
        country = self.env.ref("base.us")
        state = self.env.ref("base.state_us_35")
        return {
            "street": "1 Main",
            "city": "Dayton",
            "zip": "45402",
            "state_id": state.id,
            "country_id": country.id,
        }

    # ------------------------------------------------------------------------------------ documents

    def orders(self, count, lines, number="BENCH", item="ART-{}", store="{:04d}", price=10):
        """Bytes of an interchange with so many 850s of so many lines.

        :param item: how an item is named; its number comes in
        :param store: how a store is named; its number comes in
        :param price: of the first item; others cost one more each
        """
        out = []
        for n in range(count):
            kinds = [(n + i) % PRODUCTS for i in range(lines)]
            items = "".join(
                f"PO1*{i + 1}*{1 + i}*EA*{price + kind}**VN*{item.format(kind)}~\n"
                for i, kind in enumerate(kinds)
            )
            out.append(
                f"BEG*00*SA*{number}-{n}**20261120~\nDTM*002*20270120~\n"
                f"N1*ST*STORE*92*{store.format(n % STORES)}~\n{items}CTT*{lines}~\n"
            )
        return self.interchange("PO", "850", out)

    def interchange(self, group, set_id, bodies):
        """Bytes of an interchange of the partner; ``bodies``: what stands between ST and SE."""
        self.last_number += 1
        out = io.StringIO()
        none = "00*" + " " * 10
        out.write(
            f"ISA*{none}*{none}*ZZ*{self.name:15}*ZZ*{'OMCO':15}"
            f"*261123*0830*U*00401*{self.last_number:09d}*0*P*>~\n"
        )
        out.write(f"GS*{group}*{self.name}*OMCO*20261123*0830*{self.last_number}*X*004010~\n")
        for number, body in enumerate(bodies, start=1):
            out.write(f"ST*{set_id}*{number:04d}~\n{body}SE*{body.count('~') + 2}*{number:04d}~\n")
        out.write(f"GE*{len(bodies)}*{self.last_number}~\nIEA*1*{self.last_number:09d}~\n")
        return out.getvalue().encode()

    def receive(self, data, states=("done",)):
        """Receive and process one file, and write out all of it.

        :raise SystemExit: it did not end in one of these states
        """
        with in_one_transaction():
            intake = self.env["om.intake"]._receive(data, "api", file_name="bench.edi")
            intake._process()
            self.env.flush_all()
        if intake.state not in states:
            raise SystemExit(f"the intake is {intake.state}: {intake.message}")
        return intake


@contextmanager
def in_one_transaction():
    """Steps that commit write out instead, as in Odoo's own tests: what is measured is rolled back."""
    from odoo import modules

    previous = modules.module.current_test
    modules.module.current_test = True
    try:
        yield
    finally:
        modules.module.current_test = previous
