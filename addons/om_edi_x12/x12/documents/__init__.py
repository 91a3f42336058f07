"""Business documents as plain Python values, one file per document, each with `parse` and `segments`."""

from .invoice import Invoice as Invoice
from .invoice import InvoiceLine as InvoiceLine
from .parts import Carrier as Carrier
from .parts import Charge as Charge
from .parts import Contact as Contact
from .parts import Party as Party
from .parts import Reference as Reference
from .parts import Schedule as Schedule
from .parts import Tax as Tax
from .parts import Terms as Terms
from .purchase_order import PurchaseOrder as PurchaseOrder
from .purchase_order import PurchaseOrderLine as PurchaseOrderLine
from .purchase_order_ack import AckLine as AckLine
from .purchase_order_ack import LineStatus as LineStatus
from .purchase_order_ack import PurchaseOrderAck as PurchaseOrderAck
from .ship_notice import Pack as Pack
from .ship_notice import ShipItem as ShipItem
from .ship_notice import ShipNotice as ShipNotice
from .ship_notice import ShipOrder as ShipOrder
