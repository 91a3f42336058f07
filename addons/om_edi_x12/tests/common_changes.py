from odoo.addons.om_edi_x12 import x12

from .common import EdiCommon
from .x12_bytes import interchange, order_change


class OrderChangeCommon(EdiCommon):
    """The retailer of the tests changes its orders by 860."""

    def _receive_changes(self, *bodies, **kwargs):
        """Receive one interchange of 860s; return its transactions in the order of the file."""
        self.control = getattr(self, "control", 0) + 1
        intake = self._receive(interchange(*bodies, group="PC", control=self.control, **kwargs))
        return intake.edi_transaction_ids.filtered(lambda t: t.set_id == "860").sorted("id")

    def _change(self, number, lines=(), **kwargs):
        (transaction,) = self._receive_changes(order_change(number, lines, **kwargs))
        return transaction

    def _answers(self, order):
        """The 865s of an order, read again from the bytes that were sent."""
        return [x12.OrderChangeAck.parse(event) for event in self._sent("865", order_id=order.id)]

    def _codes_of(self, answer):
        return answer.type, [status.code for line in answer.lines for status in line.statuses]

    def _cases(self, order):
        return self._open(order, "E-CHG-EDI")
