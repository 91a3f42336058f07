"""Two complete trading partners: a retailer, and a warehouse that ships for the demo company (3PL).

And one more retailer, who writes in another release with other delimiters.
"""

from odoo.fields import Command

OUR_IDS = {"our_qualifier": "01", "our_identifier": "061414100"}

# (direction, set, minutes until it is due)
RETAILER = (
    ("in", "850", 0),
    ("in", "860", 0),
    ("in", "820", 0),
    ("in", "824", 0),
    ("in", "997", 1440),
    ("out", "997", 60),
    ("out", "855", 1440),
    ("out", "865", 480),
    ("out", "856", 30),
    ("out", "810", 2880),
)
WAREHOUSE = (
    ("in", "945", 1440),
    ("in", "944", 1440),
    ("in", "846", 1440),
    ("in", "997", 240),
    ("out", "997", 60),
    ("out", "940", 60),
    ("out", "943", 240),
)


class TradingPartners:
    """Creates them; ``company`` is the demo's master data."""

    def __init__(self, company):
        self.company = company
        self.env = company.env

    def create(self):
        """All trading partners and their mailboxes."""
        mailboxes = {
            name: self.env["om.edi.mailbox"].create({"name": title, "directory": name, "quiet_seconds": 0})
            for name, title in (
                ("bluebird", "Bluebird Stores"),
                ("harbor", "Harbor & Hearth"),
                ("gateway", "Gateway Logistics"),
            )
        }
        self.company.mailboxes = mailboxes
        self._create_bluebird(mailboxes["bluebird"])
        self._create_gateway(mailboxes["gateway"])
        self._create("Harbor & Hearth", self.company.harbor, mailboxes["harbor"], **self._harbor_format())

    def _create(self, name, contact, mailbox, **values):
        return self.env["om.edi.partner"].create(
            {
                "name": name,
                "partner_id": contact.id,
                "mailbox_id": mailbox.id,
                "user_id": self.company.users["edi"].id,
                **OUR_IDS,
                **values,
            }
        )

    @staticmethod
    def _harbor_format():
        return {
            "qualifier": "ZZ",
            "identifier": "HARBORHEARTH",
            "version": "005010",
            "element_separator": "|",
            "component_separator": ":",
            "segment_terminator": "'",
            "line_break": False,
        }

    def _flows(self, flows):
        """These documents; active where this release of the suite acts on them."""
        acts_on = self.env["om.edi.flow"]._acts_on
        return [
            Command.create(
                {
                    "direction": direction,
                    "set_id": set_id,
                    "due_minutes": minutes,
                    "active": acts_on(direction, set_id),
                }
            )
            for direction, set_id, minutes in flows
        ]

    def _office_hours(self, name, zone, start, end):
        return self.env["resource.calendar"].create(
            {
                "name": name,
                "tz": zone,
                "attendance_ids": [
                    Command.create({"name": day, "dayofweek": str(n), "hour_from": start, "hour_to": end})
                    for n, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))
                ],
            }
        )

    def _contact(self, company, name, job, email, phone):
        return self.env["res.partner"].create(
            {"name": name, "parent_id": company.id, "function": job, "email": email, "phone": phone}
        )

    def _create_bluebird(self, mailbox):
        """The retailer: orders, changes, remittances and verdicts come; answers, ship notices, bills go."""
        stores = self.company.bluebird
        coordinator = self._contact(
            stores, "Dana Whitlock", "EDI Coordinator", "edi@bluebird.example", "+1 513 555 0170"
        )
        self._create(
            "Bluebird Stores",
            stores,
            mailbox,
            qualifier="01",
            identifier="006922827",
            test_qualifier="01",
            test_identifier="006922827T",
            flow_ids=self._flows(RETAILER),
            sequence_check="isa",
            date_tolerance_days=1,
            scac="ABFS",
            carrier_mode="M",
            contact_ids=[Command.set(coordinator.ids)],
            ack_code_ids=[
                Command.create({"reason": "unit", "code": "IR"}),
                Command.create({"reason": "hold", "code": "IF"}),
            ],
            unit_ids=[Command.create({"code": "CA", "pack": 12, "product_uom_id": self.company.case.id})],
        )

    def _create_gateway(self, mailbox):
        """The 3PL: it is told what to ship and what comes, and tells what it shipped, received and has."""
        gateway = self.env["res.partner"].create(
            {
                "name": "Gateway Logistics",
                "is_company": True,
                "street": "4100 Freeport Center",
                "city": "Reno",
                "state_id": self.company.states["NV"].id,
                "zip": "89506",
                "country_id": self.env.ref("base.us").id,
                "om_identifier_ids": [Command.create({"scheme": "duns", "code": "079123453"})],
            }
        )
        desk = self._contact(
            gateway, "Luis Ferreira", "Client Desk", "clients@gateway.example", "+1 775 555 0133"
        )
        partner = self._create(
            "Gateway Logistics",
            gateway,
            mailbox,
            role="warehouse",
            qualifier="01",
            identifier="079123453",
            flow_ids=self._flows(WAREHOUSE),
            calendar_id=self._office_hours("Gateway, warehouse hours", "America/Los_Angeles", 6, 18).id,
            contact_ids=[Command.set(desk.ids)],
            sequence_check="kind",
            ta1_policy="request",
        )
        self._create_warehouse(partner)

    def _create_warehouse(self, partner):
        """The warehouse that the 3PL runs, with some stock of what sells in the West."""
        warehouse = self.env["stock.warehouse"].create(
            {
                "name": "Gateway (3PL)",
                "code": "GTW",
                "partner_id": partner.partner_id.id,
                "om_edi_partner_id": partner.id,
            }
        )
        quants = self.env["stock.quant"]
        for code, quantity in (("KTL-17", 120), ("MUG-350B", 600), ("PLT-12", 144)):
            quants._update_available_quantity(self.company.products[code], warehouse.lot_stock_id, quantity)
        self.company.gateway = warehouse
