"""Bluebird Stores' side of the trade: it writes 850s, takes what we send, and answers by 997."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

from freezegun import freeze_time

from odoo.addons.om_edi_x12 import x12

SAMPLES = Path(__file__).parent / "x12"
BASE_DATE = date(2026, 11, 2)  # the day on which the sample files were written
LAST_BEFORE_THE_DAY = 1000  # Bluebird's interchanges of the day begin with 1001
LAST_OF_THE_DAY = 1004


def sample(name, today):
    """Bytes of a sample file with all its dates moved, so that it was written today."""
    shift = today - BASE_DATE

    def moved(match):
        day = date(int(match[1]), int(match[2]), int(match[3])) + shift
        return day.strftime("%Y%m%d").encode()

    data = re.sub(rb"\b(2026)(\d\d)(\d\d)\b", moved, (SAMPLES / name).read_bytes())
    return data.replace(BASE_DATE.strftime("%y%m%d").encode(), today.strftime("%y%m%d").encode())


class Bluebird:
    """The retailer's EDI system. ``company`` is the demo's master data."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.as_user = company.as_user
        self.box = company.mailboxes["bluebird"]
        self.control = LAST_OF_THE_DAY

    @property
    def folders(self):
        """``(inbox, outbox)`` of its mailbox, as we name them."""
        inbox, _processing, _archive, outbox = self.env["om.edi.transport.folder"]._folders(self.box)
        return inbox, outbox

    def take(self, refuses=None):
        """Take everything out of the outbox, and answer each group that is no answer itself.

        :param refuses: ``{value: (AK402, AK403)}``: elements that Bluebird does not accept
        """
        inbox, outbox = self.folders
        for path in sorted(outbox.glob("*.x12")):
            for event in x12.read(path.read_bytes()):
                if isinstance(event, x12.GroupEnd) and event.group.functional_id != "FA":
                    self.answer(inbox, event, self.refusals(path.read_bytes(), refuses or {}))
            path.unlink()
        self.fetch()

    @staticmethod
    def refusals(data, refuses):
        """``{ST02: [AK3, AK4]}`` of the documents that hold a refused value."""
        found = {}
        for event in x12.read(data):
            if not isinstance(event, x12.Transaction):
                continue
            for ordinal, (name, *elements) in enumerate(event.segments, start=1):
                for position, value in enumerate(elements, start=1):
                    if value in refuses:
                        found[event.control_number] = [
                            ["AK3", name, str(ordinal), "", "8"],
                            ["AK4", str(position), *refuses[value], value],
                        ]
        return found

    def answer(self, inbox, end, refused):
        """Write the 997 of one group into our inbox."""
        self.control += 1
        header = end.group.interchange.isa
        envelope = x12.Envelope(
            sender_qualifier=header.receiver_qualifier,
            sender_id=header.receiver_id,
            receiver_qualifier=header.sender_qualifier,
            receiver_id=header.sender_id,
            control_number=self.control,
            when=datetime.now().replace(microsecond=0),
        )
        body = x12.acknowledge(end)
        if refused:
            body = self.refuse(body, refused)
        answer = x12.OutTransaction(set_id="997", control_number=1, segments=body)
        group = x12.OutGroup(functional_id="FA", control_number=self.control, transactions=[answer])
        (inbox / f"997_{self.control}.edi").write_bytes(x12.write(envelope, [group]))

    @staticmethod
    def refuse(body, refused):
        """A 997 in which these documents are refused."""
        segments, control = [], ""
        for segment in body:
            if segment[0] == "AK2":
                control = segment[2]
            if segment[0] == "AK5" and control in refused:
                segments += [*refused[control], ["AK5", "R", "5"]]
            elif segment[0] == "AK9":
                good = int(segment[4]) - len(refused)
                segments.append(["AK9", "P" if good else "R", *segment[2:4], str(good)])
            else:
                segments.append(segment)
        return segments

    def fetch(self):
        """Fetch what Bluebird wrote, and act on it."""
        self.env.cr.commit()
        self.box._poll()
        self.env["om.intake"].search([("state", "in", ("received", "processing"))], order="id")._process()
        self.env.cr.commit()
        self.box.partner_ids._send()
        self.env.cr.commit()


class TwoOrdersBefore(Bluebird):
    """Two orders of two days before: one's 856 is refused this morning, the other's 810 not acknowledged."""

    def run(self):
        """Order, ship and bill by the clock of that day; nothing but the clock is moved."""
        day = date.today() - timedelta(days=2)
        while day.weekday() > 4:
            day -= timedelta(days=1)
        self.control = LAST_BEFORE_THE_DAY - 3  # of its 850; the 997s follow
        self.at(day, time(13, 5), self.order)
        self.at(day, time(14, 20), self.take)
        self.at(day, time(19, 10), self.ship, "4500017791", "ABFS")
        self.at(day, time(19, 40), self.take)
        self.at(day, time(19, 50), self.bill, "4500017791")
        self.lose()
        self.at(day, time(20, 5), self.ship, "4500017790", "ABSF")  # two letters are the wrong way round

    def at(self, day, moment, step, *values):
        """Do something as if it were then."""
        now = datetime.combine(day, moment)
        with freeze_time(now, tick=True):
            self.env.cr._now = now  # the database's clock can't be moved
            step(*values)
            self.env.flush_all()
            self.env.cr.commit()

    def order(self):
        """Bluebird's orders arrive, clean."""
        inbox, _outbox = self.folders
        (inbox / "bluebird_850_before.edi").write_bytes(sample("bluebird_850_before.edi", date.today()))
        self.fetch()

    def ship(self, number, scac):
        """The warehouse ships an order, and types in who carries it."""
        picking = self.env["sale.order"].search([("client_order_ref", "=", number)]).picking_ids
        picking.om_carrier_scac = scac
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        self.as_user("specialist", picking).button_validate()
        self.send()

    def bill(self, number):
        order = self.env["sale.order"].search([("client_order_ref", "=", number)])
        self.as_user("billing", order)._create_invoices().action_post()
        self.send()

    def send(self):
        self.env.cr.commit()
        self.box.partner_ids._send()
        self.env.cr.commit()

    def lose(self):
        """What lies in the outbox is taken, and nobody at Bluebird processes it."""
        for path in self.folders[1].glob("810*.x12"):
            path.unlink()

    def refuse_ship_notice(self):
        """This morning's first file: Bluebird does not know such a carrier."""
        self.take(refuses={"ABSF": ("67", "7")})

    def find_late(self):
        """The job that looks for what nobody acknowledged."""
        self.env["om.edi.transaction"]._cron_ack_late()
        self.env.cr.commit()
