from odoo.tests import tagged

from .documents_out_common import DocumentsOutCommon
from .x12_bytes import SOON, purchase_order

LINES = [("1", "10", "EA", "100", "IN", "BB-100"), ("2", "5", "EA", "40", "IN", "BB-200")]


@tagged("post_install", "-at_install")
class TestShipNoticeStructures(DocumentsOutCommon):
    """Whole ship notices, written by hand, for each hierarchy that a partner may want."""

    def setUp(self):
        super().setUp()
        self.product.weight, self.other_product.weight = 2.0, 1.0
        self.env["ir.config_parameter"].set_param("product.weight_in_lbs", "1")
        self.edi_partner.write({"scac": "UPSN", "carrier_mode": "U"})

    def _order_of_two_lines(self, number="PO-1"):
        return self._receive_orders(purchase_order(number, LINES))

    def _head(self, picking, structure, levels=""):
        """What all of them begin with: BSN to the ship-to."""
        today = f"{picking._om_edi_local(picking.date_done):%Y%m%d}"
        when = self._owed("856", picking_id=picking.id).segments[0]
        number = picking.name.replace("/", "-")
        return f"""\
BSN*00*{number}*{today}*{when[4]}*{structure}
HL*1**S*1
{levels}TD5**2*UPSN*U
REF*BM*{number}
DTM*011*{today}
DTM*017*{SOON:%Y%m%d}
N1*SF*Dock 1
N3*1 Dock Road
N4*Columbus*OH*43004*US
N1*ST*BLUEBIRD STORE*92*0042
N3*42 MAIN STREET
N4*DAYTON*OH*45402*US
HL*2*1*O*1
PRF*PO-1***20261120
REF*VN*{picking.sudo().sale_id.name}
"""

    def test_pick_and_pack(self):
        order = self._order_of_two_lines()
        one, two = self._package(), self._package()
        picking = self._ship(order, (one, {self.product: 10}), (two, {self.other_product: 5}))
        self.assertEqual(
            self._text(self._owed("856")),
            self._head(picking, "0001", "TD1*CTN*2****G*25*LB\n")
            + f"""\
HL*3*2*P*1
MAN*GM*00{one.om_sscc}
HL*4*3*I*0
LIN*1*IN*BB-100
SN1*1*10*EA**10*EA
PID*F****HOUSEHOLD GOODS
HL*5*2*P*1
MAN*GM*00{two.om_sscc}
HL*6*5*I*0
LIN*2*IN*BB-200
SN1*2*5*EA**5*EA
PID*F****HOUSEHOLD GOODS
CTT*6*15""",
        )

    def test_pick_and_pack_with_pallets(self):
        self.edi_partner.asn_tare = True
        order = self._order_of_two_lines()
        pallet, one, two, alone = (self._package() for _ in range(4))
        (one | two).package_dest_id = pallet
        pallet_type = self.env["stock.package.type"].create({"name": "Pallet", "base_weight": 30})
        pallet.sudo().package_type_id = pallet_type
        picking = self._ship(
            order,
            (one, {self.product: 6}),
            (two, {self.product: 4, self.other_product: 2}),
            (alone, {self.other_product: 3}),
        )
        self.assertEqual(
            self._text(self._owed("856")),
            self._head(picking, "0001", "TD1*CTN*3****G*55*LB\nTD1*PLT*1\n")
            + f"""\
HL*3*2*T*1
MAN*GM*00{pallet.om_sscc}
HL*4*3*P*1
MAN*GM*00{one.om_sscc}
HL*5*4*I*0
LIN*1*IN*BB-100
SN1*1*6*EA**10*EA
PID*F****HOUSEHOLD GOODS
HL*6*3*P*1
MAN*GM*00{two.om_sscc}
HL*7*6*I*0
LIN*1*IN*BB-100
SN1*1*4*EA**10*EA
PID*F****HOUSEHOLD GOODS
HL*8*6*I*0
LIN*2*IN*BB-200
SN1*2*2*EA**5*EA
PID*F****HOUSEHOLD GOODS
HL*9*2*P*1
MAN*GM*00{alone.om_sscc}
HL*10*9*I*0
LIN*2*IN*BB-200
SN1*2*3*EA**5*EA
PID*F****HOUSEHOLD GOODS
CTT*10*15""",
        )

    def test_standard(self):
        self.edi_partner.asn_structure = "0002"
        order = self._order_of_two_lines()
        one, two, three = (self._package() for _ in range(3))
        picking = self._ship(
            order,
            (one, {self.product: 6}),
            (two, {self.product: 4}),
            (three, {self.other_product: 5}),
        )
        self.assertEqual(
            self._text(self._owed("856")),
            self._head(picking, "0002", "TD1*CTN*3****G*25*LB\n")
            + f"""\
HL*3*2*I*1
LIN*1*IN*BB-100
SN1*1*10*EA**10*EA
PID*F****HOUSEHOLD GOODS
HL*4*3*P*0
PO4*6
MAN*GM*00{one.om_sscc}
HL*5*3*P*0
PO4*4
MAN*GM*00{two.om_sscc}
HL*6*2*I*1
LIN*2*IN*BB-200
SN1*2*5*EA**5*EA
PID*F****HOUSEHOLD GOODS
HL*7*6*P*0
PO4*5
MAN*GM*00{three.om_sscc}
CTT*7*15""",
        )

    def test_no_packs(self):
        self.edi_partner.asn_structure = "0004"
        self.company.om_gs1_prefix = False
        order = self._order_of_two_lines()
        picking = self._deliver(order)
        self.assertEqual(
            self._text(self._owed("856")),
            self._head(picking, "0004", "TD1*CTN*1****G*25*LB\n")
            + """\
HL*3*2*I*0
LIN*1*IN*BB-100
SN1*1*10*EA**10*EA
PID*F****HOUSEHOLD GOODS
HL*4*2*I*0
LIN*2*IN*BB-200
SN1*2*5*EA**5*EA
PID*F****HOUSEHOLD GOODS
CTT*4*15""",
        )
