import logging
import re

from odoo import api, fields, models, modules
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.om_order_exceptions.transactions import COLLISIONS, NOT_THE_DOCUMENT, roll_back

from .. import x12

_logger = logging.getLogger(__name__)

# Element I05. The common ones carry a label; the others of the standard's list are their code.
LABELS = {
    "01": "DUNS",
    "02": "SCAC",
    "08": "UCC communications ID",
    "12": "Telephone",
    "14": "DUNS and suffix",
    "16": "DUNS+4",
    "20": "HIN",
    "30": "US tax ID",
    "ZZ": "Mutually defined",
}
QUALIFIERS = [
    (code, f"{code} {LABELS.get(code, '')}".strip())
    for code in sorted(x12.envelope.ID_QUALIFIERS, key=lambda code: (code not in LABELS, code))
]


def functional_id(set_id):
    """GS01 of the groups that carry a transaction set, such as ``"PO"``; ``""`` for a TA1, which has none."""
    kinds = x12.schema.release("005010").sets
    return kinds[set_id].group if set_id in kinds else ""


class OmEdiPartner(models.Model):
    """A trading partner: who it is on the wire, which documents flow, and how they must look.

    Everything about a partner is data; the code knows no partner. Control numbers are counted per
    partner, in the row of the partner, so that they have no gaps.
    """

    _name = "om.edi.partner"
    _description = "EDI Trading Partner"
    _inherit = ["mail.thread"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        required=True,
        domain=[("parent_id", "=", False)],
        check_company=True,
        index=True,
        ondelete="restrict",
        help="The customer or the warehouse that it is here.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Order Specialist",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Salesperson of the orders and owner of their exceptions.",
    )
    mailbox_id = fields.Many2one("om.edi.mailbox", check_company=True, help="Where files come in and go out.")

    qualifier = fields.Selection(QUALIFIERS, "Their Qualifier", required=True, default="ZZ")
    identifier = fields.Char(
        "Their ID", required=True, help="ISA06 of what they send, at most 15 characters."
    )
    group_identifier = fields.Char("Their Group ID", help="GS02 of what they send; empty: as ISA06.")
    our_qualifier = fields.Selection(QUALIFIERS, required=True, default="ZZ")
    our_identifier = fields.Char(
        "Our ID", required=True, help="ISA08 of what they send, at most 15 characters."
    )
    our_group_identifier = fields.Char("Our Group ID", help="Empty: as our ID.")
    usage = fields.Selection(
        [("P", "Production"), ("T", "Test")],
        "Test or Production",
        required=True,
        default="P",
        help="ISA15 of what is exchanged. What comes with the other indicator is kept, but not acted on.",
    )
    version = fields.Selection(
        [("004010", "004010"), ("005010", "005010")], "Version We Send", required=True, default="004010"
    )
    element_separator = fields.Char(default="*", required=True, size=1)
    component_separator = fields.Char(default=">", required=True, size=1)
    repetition_separator = fields.Char(default="^", required=True, size=1)
    segment_terminator = fields.Char(default="~", required=True, size=1)
    line_break = fields.Boolean("Line Break after Segments", default=True)
    lenient_characters = fields.Boolean(
        "Replace Delimiters in Data",
        default=True,
        help="A delimiter inside a text of ours becomes a blank. Off: the document is not sent and says why.",
    )

    auto_confirm = fields.Boolean(
        "Confirm Clean Orders", default=True, help="Orders without exceptions are confirmed untouched."
    )
    check_control_numbers = fields.Boolean(
        "Refuse Used Control Numbers",
        default=True,
        help="An interchange whose control number came before, with other content, is refused.",
    )

    last_interchange_number = fields.Integer(readonly=True, copy=False)
    last_group_number = fields.Integer(readonly=True, copy=False)
    last_transaction_number = fields.Integer(readonly=True, copy=False)
    number_transactions_on = fields.Boolean(
        "Number Documents On", help="ST02 runs on from group to group. Off: it begins at 0001 in each group."
    )
    transaction_ids = fields.One2many("om.edi.transaction", "edi_partner_id", "Transactions")
    transaction_count = fields.Integer(compute="_compute_transaction_count")

    _unique_identifier = models.UniqueIndex(
        "(company_id, qualifier, identifier, our_qualifier, our_identifier) WHERE active",
        "Another trading partner has these identifiers already.",
    )

    def _compute_transaction_count(self):
        counts = dict(
            self.env["om.edi.transaction"]._read_group(
                [("edi_partner_id", "in", self.ids)], ["edi_partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.transaction_count = counts.get(partner, 0)

    @api.constrains("identifier", "our_identifier", "group_identifier", "our_group_identifier")
    def _check_identifiers(self):
        for partner in self:
            for name in ("identifier", "our_identifier", "group_identifier", "our_group_identifier"):
                value = partner[name]
                if value and not re.fullmatch(r"[!-~]([ -~]{0,13}[!-~])?", value):
                    raise ValidationError(
                        self.env._(
                            "%(field)s of %(partner)s: X12 allows 1 to 15 printable characters.",
                            field=self._fields[name]._description_string(self.env),
                            partner=partner.name,
                        )
                    )

    @api.constrains("element_separator", "component_separator", "repetition_separator", "segment_terminator")
    def _check_delimiters(self):
        for partner in self:
            marks = partner._delimiter_characters()
            if len(set(marks)) != len(marks) or any(
                m.isalnum() or m == " " or not m.isascii() for m in marks
            ):
                raise ValidationError(
                    self.env._(
                        "The delimiters of %s are four different characters, no letters, digits or blanks.",
                        partner.name,
                    )
                )

    def _delimiter_characters(self):
        return (
            self.element_separator,
            self.component_separator,
            self.repetition_separator,
            self.segment_terminator,
        )

    def action_open_transactions(self):
        """Open the documents exchanged with this partner."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("om_edi_x12.action_om_edi_transaction")
        return {**action, "domain": [("edi_partner_id", "=", self.id)]}

    # ------------------------------------------------------------------------------------- finding

    @api.model
    def _find(self, isa, company):
        """The trading partner that sent an interchange to ``company``; empty when nobody fits.

        :param isa: ``x12`` ISA of the interchange
        """
        names = (isa.sender_qualifier, isa.sender_id, isa.receiver_qualifier, isa.receiver_id)
        if "\0" in "".join(names):
            return self.browse()  # the database can't even be asked
        return self._find_production(isa, company) or self._find_test(isa, company)

    @api.model
    def _find_production(self, isa, company):
        return self.search(
            [
                ("company_id", "=", company.id),
                ("qualifier", "=", isa.sender_qualifier),
                ("identifier", "=", isa.sender_id),
                ("our_qualifier", "=", isa.receiver_qualifier),
                ("our_identifier", "=", isa.receiver_id),
            ],
            limit=1,
        )

    # ------------------------------------------------------------------------------------- sending

    def _delimiters(self, version):
        """``x12.Delimiters`` of what we send to this partner in ``version``."""
        element, component, repetition, terminator = (mark.encode() for mark in self._delimiter_characters())
        return x12.Delimiters(
            element=element,
            component=component,
            terminator=terminator,
            repetition=repetition if version >= "00402" else None,  # ISA11 is a separator from 00402 on
        )

    def _envelope(self, interchange_number, when, version):
        """``x12.Envelope`` of an interchange that we send to this partner."""
        self.ensure_one()
        theirs, ours = self._identities(self.usage == "T")
        return x12.Envelope(
            sender_qualifier=ours.qualifier,
            sender_id=ours.code,
            receiver_qualifier=theirs.qualifier,
            receiver_id=theirs.code,
            control_number=interchange_number,
            when=when,
            version=version,
            usage=self.usage,
            delimiters=self._delimiters(version),
            group_sender=ours.group,
            group_receiver=theirs.group,
            line_break="\n" if self.line_break else "",
        )

    def _render(self, transactions, interchange_number, group_number, when, first_number=1):
        """Bytes of an interchange with ``transactions`` (one kind of document, one release).

        :param first_number: control number of the first transaction (ST02)
        :raise x12.BuildError: it would not be valid X12
        """
        self.ensure_one()
        function = functional_id(transactions[0].set_id)
        groups, ta1s = [], ()
        if function:
            groups = [
                x12.OutGroup(
                    functional_id=function,
                    control_number=group_number,
                    transactions=[
                        x12.OutTransaction(
                            set_id=transaction.set_id, control_number=number, segments=transaction.segments
                        )
                        for number, transaction in enumerate(transactions, start=first_number)
                    ],
                )
            ]
        else:
            ta1s = [segment for transaction in transactions for segment in transaction.segments]
        return x12.write(
            self._envelope(interchange_number, when, transactions[0].version or self.version),
            groups,
            ta1s=ta1s,
            policy="replace" if self.lenient_characters else "refuse",
        )

    def _next_numbers(self, interchanges, groups, transactions):
        """Reserve control numbers; other transactions wait. Numbers run from 1 to 999,999,999 and again.

        :return: the first number of each: interchange, group, transaction
        """
        self.ensure_one()
        wanted = {
            "last_interchange_number": interchanges,
            "last_group_number": groups,
            "last_transaction_number": transactions,
        }
        self.flush_recordset(wanted)
        assignments = [
            SQL(
                """%(name)s = CASE WHEN %(name)s + %(n)s > 999999999 THEN %(n)s
                                   ELSE COALESCE(%(name)s, 0) + %(n)s END""",
                name=SQL.identifier(name),
                n=count,
            )
            for name, count in wanted.items()
        ]
        ((*last,),) = self.env.execute_query(
            SQL(
                "UPDATE om_edi_partner SET %s WHERE id = %s RETURNING %s",
                SQL(", ").join(assignments),
                self.id,
                SQL(", ").join(map(SQL.identifier, wanted)),
            )
        )
        self.invalidate_recordset(wanted)
        return tuple(number - count + 1 for number, count in zip(last, wanted.values(), strict=True))

    @api.model
    def _cron_send(self):
        """Send what is ready for all partners; only those for whom something waits are looked at."""
        deliveries = self.env["om.edi.interchange"]._read_group(
            [("direction", "=", "out"), ("state", "in", ("ready", "error"))], ["edi_partner_id", "state"]
        )
        documents = self.env["om.edi.transaction"]._read_group(
            [("direction", "=", "out"), ("state", "=", "ready")], ["edi_partner_id"]
        )
        waiting = {edi_partner.id for edi_partner, *_state in (*deliveries, *documents)}
        failing = {edi_partner for edi_partner, state in deliveries if state == "error"}
        partners = self.search([("id", "in", list(waiting)), ("active", "=", True)])
        # whose host is dead comes last: waiting for it must not delay the others
        partners = partners.sorted(lambda partner: partner in failing)
        self.env["ir.cron"]._om_progress(remaining=len(partners))
        for partner in partners:
            try:
                partner._send(due_only=True)
            except COLLISIONS:
                roll_back(self.env)
                self.env["ir.cron"]._om_trigger("om_edi_x12.cron_send")
            except NOT_THE_DOCUMENT:
                raise
            except Exception:
                if modules.module.current_test or self.env.cr.closed:
                    raise  # the database has gone: the next run sends
                _logger.exception("Could not send to EDI partner %s", partner.id)
                roll_back(self.env)  # the next partner gets its turn
            if not self.env["ir.cron"]._om_progress(1):
                break
