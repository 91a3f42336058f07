from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .om_edi_partner import QUALIFIERS


class Identity(NamedTuple):
    """One side of an interchange: ISA05/06 or ISA07/08, and GS02 or GS03."""

    qualifier: str
    code: str
    group: str


class OmEdiPartner(models.Model):
    """Test and production (ISA15).

    A partner in production sends and gets production interchanges only; one in test, test interchanges
    only. What comes with the other indicator, or under the other identifiers, is refused and kept: a test
    order is never shipped, and an order in earnest is not taken for a test.
    """

    _inherit = "om.edi.partner"

    test_qualifier = fields.Selection(QUALIFIERS, "Their Test Qualifier", default="ZZ")
    test_identifier = fields.Char("Their Test ID", copy=False, help="Empty: the same in test and production.")
    our_test_qualifier = fields.Selection(QUALIFIERS, default="ZZ")
    our_test_identifier = fields.Char(
        "Our Test ID", copy=False, help="Empty: the same in test and production."
    )

    @api.constrains(
        "active", "qualifier", "identifier", "our_qualifier", "our_identifier",
        "test_qualifier", "test_identifier", "our_test_qualifier", "our_test_identifier", "company_id",
    )  # fmt: skip
    def _check_test_identifiers(self):
        """Nobody's test identifiers are those of another partner."""
        for partner in self.filtered("active"):
            others = Domain("company_id", "=", partner.company_id.id) & Domain("id", "!=", partner.id)
            if not (partner.test_identifier or partner.our_test_identifier):
                others &= Domain("test_identifier", "!=", False) | Domain("our_test_identifier", "!=", False)
            if partner._pairs() & {pair for other in self.search(others) for pair in other._pairs()}:
                raise ValidationError(
                    self.env._(
                        "%s: another trading partner has these identifiers, in test or in production.",
                        partner.name,
                    )
                )

    def _identities(self, test):
        """``(theirs, ours)`` in test or production: two :class:`Identity`."""
        self.ensure_one()
        theirs = Identity(self.qualifier, self.identifier, self.group_identifier or self.identifier)
        ours = Identity(
            self.our_qualifier, self.our_identifier, self.our_group_identifier or self.our_identifier
        )
        if test and self.test_identifier:
            theirs = Identity(self.test_qualifier, self.test_identifier, self.test_identifier)
        if test and self.our_test_identifier:
            ours = Identity(self.our_test_qualifier, self.our_test_identifier, self.our_test_identifier)
        return theirs, ours

    def _pairs(self):
        """Identifiers of interchanges from this partner: ``{(their qualifier, their ID, ours, ours)}``."""
        sides = (self._identities(test) for test in (False, True))
        return {(theirs.qualifier, theirs.code, ours.qualifier, ours.code) for theirs, ours in sides}

    @api.model
    def _find_test(self, isa, company):
        """The trading partner of which these are the test identifiers."""
        names = (isa.sender_qualifier, isa.sender_id, isa.receiver_qualifier, isa.receiver_id)
        candidates = self.search(
            [
                ("company_id", "=", company.id),
                "|",
                ("test_identifier", "=", isa.sender_id),
                ("our_test_identifier", "=", isa.receiver_id),
            ]
        )
        return candidates.filtered(lambda partner: names in partner._pairs())[:1]

    def _refuses_usage(self, isa):
        """Why an interchange must not be acted on, being a test or not; empty where it may."""
        self.ensure_one()
        labels = dict(self._fields["usage"]._description_selection(self.env))
        names = (isa.sender_qualifier, isa.sender_id, isa.receiver_qualifier, isa.receiver_id)
        theirs, ours = self._identities(self.usage == "T")
        expected = (theirs.qualifier, theirs.code, ours.qualifier, ours.code)
        if isa.usage != self.usage:
            return self.env._(
                "Interchange %(number)s is not acted on: ISA15 says %(usage)s, but %(partner)s is set to "
                "%(ours)s. Ask for the other kind, or change the trading partner, then try again.",
                number=isa.control,
                usage=f"{isa.usage} ({labels.get(isa.usage, self.env._('unknown'))})",
                partner=self.name,
                ours=labels[self.usage],
            )
        if names != expected:
            return self.env._(
                "Interchange %(number)s is not acted on: it came under %(came)s, but in %(ours)s %(partner)s "
                "is %(expected)s. Ask the sender, or change the trading partner, then try again.",
                number=isa.control,
                came="/".join(names[:2]) + " > " + "/".join(names[2:]),
                expected="/".join(expected[:2]) + " > " + "/".join(expected[2:]),
                ours=labels[self.usage],
                partner=self.name,
            )
        return ""
