"""What sample interchanges tell about a trading partner. Plain Python: it knows nothing of Odoo's models.

Reads any number of files and keeps what a profile needs: who writes to whom, versions, delimiters, usage,
which documents go which way; and by what the documents name items, places and units. The contents are
counted, not kept: a file of many orders takes no more memory than one.
"""

from collections import Counter
from dataclasses import dataclass, field

from . import x12

# Where product ids begin in a segment: pairs of qualifier (element 235) and code follow.
ITEMS = {"PO1": 6, "POC": 8, "IT1": 6, "LIN": 2, "W01": 4, "W04": 4, "W07": 4, "W12": 7}
# Where a segment tells quantity's unit (element 355), and a price.
UNITS = {"PO1": 3, "POC": 5, "IT1": 3, "SN1": 3, "W01": 2, "W04": 2, "W07": 2, "W12": 5}
PRICES = {"PO1": 4, "POC": 6, "IT1": 4}
# Documents that a customer sends to a seller, and a warehouse to its client; the others go the other way.
FROM_PARTNER = {"850", "860", "820", "824", "945", "944"}
TO_PARTNER = {"855", "865", "856", "810", "832", "940", "943"}
OF_WAREHOUSE = {"940", "943", "944", "945"}
MOST = 500  # items, places and units that are listed
MOST_MESSAGES = 20


@dataclass(frozen=True)
class Side:
    """One party on the wire: ISA qualifier and id, and the code of its groups."""

    qualifier: str
    code: str
    group: str = ""


@dataclass(frozen=True)
class Place:
    """A party of a document (N1 loop) that has a code or an address."""

    entity: str
    qualifier: str
    code: str
    name: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal: str = ""
    country: str = ""


@dataclass
class Channel:
    """What one side sent to the other in all files."""

    sender: Side
    receiver: Side
    usages: Counter = field(default_factory=Counter)
    delimiters: Counter = field(default_factory=Counter)
    line_breaks: Counter = field(default_factory=Counter)
    sets: Counter = field(default_factory=Counter)  # (set, release)
    numbers: set = field(default_factory=set)  # ISA13
    ta1_asked: bool = False
    items: Counter = field(default_factory=Counter)  # ((qualifier, code), …) of a line
    item_texts: dict = field(default_factory=dict)
    lines: int = 0
    priced: int = 0
    units: Counter = field(default_factory=Counter)  # (unit, pack)
    places: Counter = field(default_factory=Counter)
    messages: list = field(default_factory=list)

    def take(self, transaction):
        """Count what one transaction names."""
        release = x12.schema.nearest_release(transaction.group.version) or ""
        self.sets[transaction.set_id, release] += 1
        self.tell(transaction)
        line = place = named = None
        for segment in transaction.segments:
            value = [part.strip() for part in segment] + [""] * 25
            kind = value[0]
            if kind in UNITS:
                self._count_unit(line)
                line = [value[UNITS[kind]], 0]
                self.lines += 1
                self.priced += bool(value[PRICES.get(kind, 24)])
            if kind in ITEMS:
                pairs = zip(value[ITEMS[kind] :: 2], value[ITEMS[kind] + 1 :: 2], strict=False)
                named = tuple((qualifier, code) for qualifier, code in pairs if qualifier and code)
                self._count(self.items, [named] if named else [])
            elif kind == "PO4" and line:
                line[1] = int(value[1]) if value[1].isdecimal() else 0
            elif kind in ("PID", "G69") and named in self.items:
                self.item_texts.setdefault(named, value[5] if kind == "PID" else value[1])
            elif kind in ("N1", "NM1"):
                self._count_place(place)
                place = [value[1], value[3], value[4], value[2], "", "", "", "", ""]
            elif kind == "N3" and place:
                place[4] = value[1]
            elif kind == "N4" and place:
                place[5:] = value[1:5]
        self._count_unit(line)
        self._count_place(place)

    def _count_unit(self, line):
        if line and line[0]:
            self._count(self.units, [tuple(line)])

    def _count_place(self, place):
        if place and (place[2] or place[4]):
            self._count(self.places, [Place(*place)])

    @staticmethod
    def _count(counter, keys):
        for key in keys:
            if key in counter or len(counter) < MOST:
                counter[key] += 1

    def tell(self, event):
        """Keep the first defects of what was read."""
        for finding in event.findings:
            text = str(finding.message)
            if finding.severity == "error" and text not in self.messages:
                self.messages += [text][: MOST_MESSAGES - len(self.messages)]


def read_channels(files):
    """Read sample files.

    :param files: ``[(name, bytes or binary file)]``
    :return: ``(list of Channel, [problems of files that could not be read])``
    """
    channels, problems = {}, []
    for name, source in files:
        try:
            channel = None
            for event in x12.read(source, rules={"unique_interchanges": False}):
                channel = _take(channels, channel, event)
        except x12.UnreadableError as error:
            problems.append(f"{name}: {error}")
    return list(channels.values()), problems


def _take(channels, channel, event):
    if isinstance(event, x12.InterchangeStart):
        isa = event.isa
        names = (isa.sender_qualifier, isa.sender_id, isa.receiver_qualifier, isa.receiver_id)
        channel = channels.setdefault(names, Channel(Side(*names[:2]), Side(*names[2:])))
        channel.usages[isa.usage] += 1
        channel.delimiters[event.delimiters] += 1
        channel.numbers.add(isa.control_number)
        channel.ta1_asked = channel.ta1_asked or isa.ack_requested
    elif isinstance(event, x12.GroupStart):
        channel.sender = Side(channel.sender.qualifier, channel.sender.code, event.sender)
        channel.receiver = Side(channel.receiver.qualifier, channel.receiver.code, event.receiver)
    elif isinstance(event, x12.Transaction):
        after = event.raw.partition(event.delimiters.terminator)[2][:1]
        channel.line_breaks[after in (b"\r", b"\n")] += 1
        channel.take(event)
    elif isinstance(event, x12.GroupEnd | x12.InterchangeEnd):
        channel.tell(event)
    return channel


def is_from_partner(channel, our_codes):
    """Did the partner send this, or is it an example of what it wants from us?

    What one of our identifiers sent or got decides; else the kinds of documents do.

    :param our_codes: ISA identifiers that are ours
    """
    if channel.receiver.code in our_codes or channel.sender.code in our_codes:
        return channel.receiver.code in our_codes
    theirs = sum(count for (set_id, _), count in channel.sets.items() if set_id in FROM_PARTNER)
    ours = sum(count for (set_id, _), count in channel.sets.items() if set_id in TO_PARTNER)
    return theirs >= ours


def counts_on(numbers):
    """Do these control numbers follow each other without a gap, three at least?"""
    return len(numbers) >= 3 and max(numbers) - min(numbers) + 1 == len(numbers)
