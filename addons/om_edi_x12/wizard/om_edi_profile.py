import base64
from collections import Counter

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.om_order_exceptions.models.om_item_resolver import NamedItem

from ..models.om_edi_flow import SETS
from ..models.om_edi_map_850 import BUYER_ITEM, GTIN, SCHEMES, VENDOR_ITEM
from ..models.om_edi_partner import QUALIFIERS
from ..sample_profile import OF_WAREHOUSE, counts_on, is_from_partner, read_channels

MOST_FILES = 50
MOST_BYTES = 20_000_000
SHIPPED_TO = ("ST", "BT")
ADDRESS = ("name", "street", "city", "state", "postal", "country")


class OmEdiProfile(models.TransientModel):
    """Dialog that proposes a trading partner from sample interchanges.

    It reads what the samples show, lists what is unknown here for a person to look at, and then creates the
    trading partner. The samples are not acted on.
    """

    _name = "om.edi.profile"
    _description = "Trading Partner from Samples"

    state = fields.Selection([("upload", "Samples"), ("review", "Review")], required=True, default="upload")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    attachment_ids = fields.Many2many("ir.attachment", string="Sample Files")
    observations = fields.Text(readonly=True)
    known_partner_id = fields.Many2one("om.edi.partner", "Has These Identifiers", readonly=True)

    name = fields.Char()
    partner_id = fields.Many2one("res.partner", "Contact", domain=[("parent_id", "=", False)])
    mailbox_id = fields.Many2one("om.edi.mailbox")
    role = fields.Selection(selection=lambda self: self.env["om.edi.partner"]._fields["role"].selection)
    usage = fields.Selection([("P", "Production"), ("T", "Test")])
    version = fields.Selection([("004010", "004010"), ("005010", "005010")])
    qualifier = fields.Selection(QUALIFIERS, "Their Qualifier")
    identifier = fields.Char("Their ID")
    group_identifier = fields.Char("Their Group ID")
    our_qualifier = fields.Selection(QUALIFIERS)
    our_identifier = fields.Char("Our ID")
    our_group_identifier = fields.Char("Our Group ID")
    element_separator = fields.Char(size=1)
    component_separator = fields.Char(size=1)
    repetition_separator = fields.Char(size=1)
    segment_terminator = fields.Char(size=1)
    line_break = fields.Boolean("Line Break after Segments")
    sequence_check = fields.Selection(
        selection=lambda self: self.env["om.edi.partner"]._fields["sequence_check"].selection,
        string="Find Missing Numbers",
    )
    flow_ids = fields.One2many("om.edi.profile.flow", "profile_id", "Documents")
    item_ids = fields.One2many("om.edi.profile.item", "profile_id", "Unknown Items")
    address_ids = fields.One2many("om.edi.profile.address", "profile_id", "Unknown Addresses")
    unit_ids = fields.One2many("om.edi.profile.unit", "profile_id", "Unknown Units")

    # --------------------------------------------------------------------------------------- reading

    def action_read(self):
        """Read the samples and show what they say."""
        self.ensure_one()
        received, sent, problems = self._channels()
        first = (received or sent)[0]
        theirs, ours = (first.sender, first.receiver) if received else (first.receiver, first.sender)
        sets = {set_id for channel in received + sent for set_id, _release in channel.sets}
        known = self._known(theirs)
        self.write(
            {
                "state": "review",
                "known_partner_id": known.id,
                "partner_id": (known.partner_id or self.partner_id).id,
                "name": self.name or known.name or self._name_of(received or sent) or theirs.code,
                "role": "warehouse" if sets & OF_WAREHOUSE else "customer",
                "usage": "T" if any(channel.usages["T"] for channel in received + sent) else "P",
                "version": self._release(sent) or self._release(received) or "004010",
                **self._identifiers(theirs, ours),
                **self._delimiters(received or sent),
                "sequence_check": "isa" if any(counts_on(c.numbers) for c in received) else False,
                "observations": self._observations(received, sent, problems),
            }
        )
        self.flow_ids = [Command.clear(), *map(Command.create, self._flows(received, sent))]
        self._look_up(received or sent)
        return self._reopen()

    def action_look_up(self):
        """Look again at what is unknown, after the contact was chosen or master data was mended."""
        self.ensure_one()
        received, sent, _problems = self._channels()
        self._look_up(received or sent)
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Trading Partner from Samples"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _channels(self):
        """``(received, sent, problems)``: what the one partner in the samples sent, and what it wants."""
        if not self.attachment_ids:
            raise UserError(self.env._("Choose at least one sample file."))
        self.attachment_ids.check_access("read")
        if len(self.attachment_ids) > MOST_FILES or sum(self.attachment_ids.mapped("file_size")) > MOST_BYTES:
            raise UserError(
                self.env._("A few samples are enough: at most %s files, 20 MB in all.", MOST_FILES)
            )
        files = [(file.name, base64.b64decode(file.datas or b"")) for file in self.attachment_ids]
        channels, problems = read_channels(files)
        if not channels:
            raise UserError(self.env._("None of the files is X12:\n%s", "\n".join(problems)))
        our_codes = set(
            self.env["om.edi.partner"]
            .search([("company_id", "=", self.company_id.id)])
            .mapped("our_identifier")
        )
        received = [channel for channel in channels if is_from_partner(channel, our_codes)]
        sent = [channel for channel in channels if channel not in received]
        theirs = {c.sender.code for c in received} | {c.receiver.code for c in sent}
        if len(theirs) > 1:
            raise UserError(
                self.env._(
                    "The samples are of several partners: %s. Upload those of one.", ", ".join(sorted(theirs))
                )
            )
        return received, sent, problems

    def _known(self, theirs):
        return self.env["om.edi.partner"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("qualifier", "=", theirs.qualifier),
                ("identifier", "=", theirs.code),
            ],
            limit=1,
        )

    @staticmethod
    def _identifiers(theirs, ours):
        codes = dict(QUALIFIERS)
        return {
            "qualifier": theirs.qualifier if theirs.qualifier in codes else "ZZ",
            "identifier": theirs.code,
            "group_identifier": theirs.group if theirs.group != theirs.code else False,
            "our_qualifier": ours.qualifier if ours.qualifier in codes else "ZZ",
            "our_identifier": ours.code,
            "our_group_identifier": ours.group if ours.group != ours.code else False,
        }

    @staticmethod
    def _delimiters(channels):
        """The delimiters that are used most; the usual ones where a partner is not allowed those."""
        total = sum((channel.delimiters for channel in channels), Counter())
        marks = total.most_common(1)[0][0]
        found = [marks.element, marks.component, marks.repetition, marks.terminator]
        usual = [b"*", b">", b"^", b"~"]
        spare = [mark for mark in (*usual, b"|", b":", b"!") if mark not in found]
        chosen = [mark if mark and mark.isascii() and not mark.isalnum() else None for mark in found]
        if b" " in chosen or not all(mark is None or mark.decode().isprintable() for mark in chosen):
            chosen, spare = usual, []
        texts = [(mark or spare.pop(0)).decode() for mark in chosen]
        breaks = sum((channel.line_breaks for channel in channels), Counter())
        return {
            "element_separator": texts[0],
            "component_separator": texts[1],
            "repetition_separator": texts[2],
            "segment_terminator": texts[3],
            "line_break": breaks[True] > breaks[False],
        }

    @staticmethod
    def _release(channels):
        releases = Counter()
        for channel in channels:
            for (_set_id, release), count in channel.sets.items():
                releases[release] += count if release else 0
        return releases.most_common(1)[0][0] if releases.total() else False

    @staticmethod
    def _name_of(channels):
        """The name that the documents give to the buyer or the bill-to."""
        names = Counter()
        for channel in channels:
            for place, count in channel.places.items():
                if place.entity in ("BY", "BT") and place.name:
                    names[place.name] += count
        return names.most_common(1)[0][0] if names else False

    def _flows(self, received, sent):
        """Values of the documents: those of the samples, and those that are usual beside them."""
        flows = self.env["om.edi.flow"]
        labels = dict(SETS)
        found = {}
        for direction, channels in (("in", received), ("out", sent)):
            for channel in channels:
                for (set_id, release), count in channel.sets.items():
                    if set_id in labels:
                        before = found.get((direction, set_id), {}).get("count", 0)
                        found[direction, set_id] = {"count": before + count, "release": release}
        for usual in flows._usual_values(self.role):
            found.setdefault((usual["direction"], usual["set_id"]), {"count": 0, "release": False})
        return [
            {
                "direction": direction,
                "set_id": set_id,
                **values,
                "acted_on": (acted_on := flows._acts_on(direction, set_id)),
                "activate": acted_on and (values["count"] > 0 or set_id == "997"),
            }
            for (direction, set_id), values in sorted(found.items())
        ]

    def _observations(self, received, sent, problems):
        """What a person wants to know of the samples, a line each."""
        notes = []
        for channels, text in (
            (received, self.env._("They sent: %s")),
            (sent, self.env._("They want from us: %s")),
        ):
            sets = sum((channel.sets for channel in channels), Counter())
            if sets:
                listed = (
                    f"{count} × {name} ({release or '?'})" for (name, release), count in sorted(sets.items())
                )
                notes.append(text % ", ".join(listed))
        lines = sum(channel.lines for channel in received + sent)
        if lines:
            priced = sum(channel.priced for channel in received + sent)
            notes.append(self.env._("Lines: %(lines)s, with a price: %(priced)s", lines=lines, priced=priced))
        for label, counter in (
            (self.env._("Items are named by: %s"), self._qualifiers(received + sent)),
            (self.env._("Places are named by: %s"), self._place_qualifiers(received + sent)),
            (self.env._("Units: %s"), self._units(received + sent)),
        ):
            if counter:
                notes.append(
                    label % ", ".join(f"{name} ({count})" for name, count in counter.most_common(12))
                )
        if any(channel.ta1_asked for channel in received):
            notes.append(self.env._("They ask for a TA1 (ISA14)."))
        unknown = {name for c in received + sent for name, _release in c.sets if name not in dict(SETS)}
        if unknown:
            notes.append(self.env._("Not known here: %s", ", ".join(sorted(unknown))))
        notes += problems
        notes += [message for channel in received + sent for message in channel.messages]
        return "\n".join(notes)

    @staticmethod
    def _qualifiers(channels):
        counter = Counter()
        for channel in channels:
            for named, count in channel.items.items():
                for qualifier, _code in named:
                    counter[qualifier] += count
        return counter

    @staticmethod
    def _place_qualifiers(channels):
        counter = Counter()
        for channel in channels:
            for place, count in channel.places.items():
                counter[f"{place.entity} {place.qualifier}".strip()] += count
        return counter

    @staticmethod
    def _units(channels):
        counter = Counter()
        for channel in channels:
            for (unit, pack), count in channel.units.items():
                counter[f"{unit} × {pack}" if pack else unit] += count
        return counter

    # ------------------------------------------------------------------------------------- unknown

    def _look_up(self, channels):
        """List the items, addresses and units that are unknown here; what a person chose is kept."""
        customer = self.partner_id.commercial_partner_id
        for name, rows, key in (
            ("item_ids", self._unknown_items(channels, customer), "code"),
            ("address_ids", self._unknown_addresses(channels, customer), "code"),
            ("unit_ids", self._unknown_units(channels), "code"),
        ):
            chosen = {line[key]: line._chosen() for line in self[name]}
            self[name] = [
                Command.clear(),
                *(Command.create({**row, **chosen.get(row[key], {})}) for row in rows),
            ]

    def _unknown_items(self, channels, customer):
        named = {}
        for channel in channels:
            for pairs, count in channel.items.items():
                codes = dict(pairs)
                item = NamedItem(
                    customer.id,
                    *(
                        tuple(codes[qualifier] for qualifier in kinds if qualifier in codes)
                        for kinds in (BUYER_ITEM, GTIN, VENDOR_ITEM)
                    ),
                )
                code = next((c for kind in item[1:] for c in kind), pairs[0][1])
                qualifier = next(q for q, c in pairs if c == code)
                row = named.setdefault(
                    item,
                    {"code": code, "qualifier": qualifier, "text": channel.item_texts.get(pairs), "count": 0},
                )
                row["count"] += count
        found = self.env["om.item.resolver"]._resolve(named, self.company_id)
        unknown = {row["code"]: row for item, row in named.items() if not found[item].product}
        return sorted(unknown.values(), key=lambda row: (-row["count"], row["code"]))

    def _unknown_addresses(self, channels, customer):
        places = {}
        for channel in channels:
            for place, count in channel.places.items():
                if place.entity in SHIPPED_TO and place.code:
                    key = (customer.id, SCHEMES.get(place.qualifier, "buyer"), place.code)
                    row = places.setdefault(key, {"place": place, "count": 0})
                    row["count"] += count
        found = self.env["om.partner.identifier"]._resolve(places) if customer else {}
        return [
            {
                "scheme": scheme,
                "code": code,
                "count": row["count"],
                **{name: getattr(row["place"], name) for name in ADDRESS},
                "create_address": bool(row["place"].street),
            }
            for (owner, scheme, code), row in sorted(places.items(), key=lambda item: -item[1]["count"])
            if (owner, scheme, code) not in found
        ]

    def _unknown_units(self, channels):
        units = Counter()
        for channel in channels:
            for (unit, _pack), count in channel.units.items():
                units[unit] += count
        known = self.env["uom.uom"]._om_by_code(units)
        return [{"code": unit, "count": count} for unit, count in units.most_common() if not known[unit]]

    # ------------------------------------------------------------------------------------- creating

    def action_create(self):
        """Create the trading partner, and what was chosen for its unknown references.

        :return: action that opens it
        """
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Choose the contact that this trading partner is."))
        copied = (
            "name", "role", "usage", "version", "qualifier", "identifier", "group_identifier",
            "our_qualifier", "our_identifier", "our_group_identifier",
            "element_separator", "component_separator",
            "repetition_separator", "segment_terminator", "line_break", "sequence_check",
        )  # fmt: skip
        partner = self.env["om.edi.partner"].create(
            {
                **{name: self[name] for name in copied},
                "partner_id": self.partner_id.commercial_partner_id.id,
                "company_id": self.company_id.id,
                "mailbox_id": self.mailbox_id.id,
                "flow_ids": [Command.create(flow._flow_values()) for flow in self.flow_ids],
                "unit_ids": [
                    Command.create({"code": unit.code, "product_uom_id": unit.product_uom_id.id})
                    for unit in self.unit_ids.filtered("product_uom_id")
                ],
            }
        )
        self.item_ids._remember(partner)
        self.address_ids._remember(partner)
        self.attachment_ids.unlink()
        return {
            "type": "ir.actions.act_window",
            "res_model": "om.edi.partner",
            "res_id": partner.id,
            "views": [(False, "form")],
        }
