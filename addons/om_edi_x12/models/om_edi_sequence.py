from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.om_order_exceptions.detection import Finding

LAST = 999_999_999
SHOWN_RANGES = 10


class OmEdiSequence(models.Model):
    """Control numbers that a partner has sent: the last one, and those that did not come.

    A number that is skipped raises E-EDI-SEQ, which names what is missing and closes by itself when all
    of it has come. A partner counts in one of these ways (``sequence_check``):

    ==========  ==========================================================================
    isa         its interchanges to us (ISA13)
    group       its interchanges, and all groups together (GS06)
    kind        its interchanges, and each kind of group by itself
    ==========  ==========================================================================

    After 999,999,999 comes 1. A partner that begins again at 1 on its own account: set the last number to 0.
    """

    _name = "om.edi.sequence"
    _description = "EDI Control Numbers Received"
    _order = "edi_partner_id, kind"
    _rec_name = "kind"

    edi_partner_id = fields.Many2one(
        "om.edi.partner", "Trading Partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="edi_partner_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="edi_partner_id.partner_id")
    kind = fields.Char("Counter", required=True, readonly=True, help="ISA, GS, or GS and the kind of group.")
    last_number = fields.Integer(help="0: the next number that comes is the first.")
    missing = fields.Json(
        "Missing Ranges", readonly=True, help="Ranges that did not come: [[first, last], …]."
    )
    missing_text = fields.Char("Missing", compute="_compute_missing_text")

    _unique_kind = models.UniqueIndex("(edi_partner_id, kind)", "This counter is there already.")

    @api.depends("kind", "edi_partner_id.name")
    def _compute_display_name(self):
        for sequence in self:
            sequence.display_name = f"{sequence.edi_partner_id.name} {sequence.kind}"

    @api.depends("missing")
    def _compute_missing_text(self):
        for sequence in self:
            ranges = sequence.missing or []
            texts = [
                f"{first:09d}" if first == last else f"{first:09d}–{last:09d}"
                for first, last in ranges[:SHOWN_RANGES]
            ]
            if len(ranges) > SHOWN_RANGES:
                texts.append("…")
            sequence.missing_text = ", ".join(texts)

    @api.model
    def _note(self, partner, came):
        """Note control numbers that have come; raise or close the exceptions of those that are missing.

        Numbers that are noted again change nothing.

        :param partner: ``om.edi.partner``, one record
        :param came: ``{"ISA" or "GS PO": [numbers in the order in which they came]}``
        """
        wanted = self._kinds(partner.sequence_check, came)
        if not wanted:
            return
        # sudo: numbers are counted whoever takes a file in
        self = self.sudo()
        known = self.search([("edi_partner_id", "=", partner.id)]).grouped("kind")
        changed = self.browse()
        for kind, numbers in wanted.items():
            sequence = known.get(kind) or self.create({"edi_partner_id": partner.id, "kind": kind})
            last, missing = sequence.last_number, [list(pair) for pair in sequence.missing or []]
            for number in numbers:
                last, missing = self._next(last, missing, number)
            if missing != (sequence.missing or []):
                changed |= sequence
            sequence.write({"last_number": last, "missing": missing})
        changed._tell()

    @staticmethod
    def _kinds(check, came):
        """The numbers by counter, as the partner counts."""
        counters = {}
        for kind, numbers in came.items():
            if kind != "ISA":
                if check not in ("group", "kind"):
                    continue
                kind = "GS" if check == "group" else kind
            counters.setdefault(kind, []).extend(number for number in numbers if number)
        return counters if check else {}

    @staticmethod
    def _next(last, missing, number):
        """The last number and the missing ranges after ``number`` has come."""
        if not last or number == last + 1:
            return number, missing
        if number > last and number - last < LAST // 2:
            return number, [*missing, [last + 1, number - 1]]
        if last - number > LAST // 2:  # around the end
            skipped = [pair for pair in ([last + 1, LAST], [1, number - 1]) if pair[0] <= pair[1]]
            return number, [*missing, *skipped]
        left = []
        for first, end in missing:
            pieces = ([first, min(end, number - 1)], [max(first, number + 1), end])
            if first <= number <= end:
                left += [piece for piece in pieces if piece[0] <= piece[1]]
            else:
                left.append([first, end])
        return last, left

    def _tell(self):
        """One open exception per counter that misses something, and none on the others."""
        findings = [
            Finding(
                sequence,
                found=self.env._(
                    "%(kind)s: missing %(numbers)s", kind=sequence.kind, numbers=sequence.missing_text
                ),
                expected=self.env._("control numbers without a gap"),
                key="gap",
            )
            for sequence in self
            if sequence.missing
        ]
        if findings:
            self.env["om.exception"]._raise("E-EDI-SEQ", findings)
        whole = self.filtered(lambda sequence: not sequence.missing)
        # sudo: a case whose cause has gone closes whoever took the file in
        self.env["om.exception"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", whole.ids), ("is_open", "=", True)]
        )._close("auto_closed")

    def action_forget_missing(self):
        """The partner says that these numbers were never used, or came again under others."""
        self.check_access("write")
        if not self.env.user.has_group("om_edi_x12.group_edi_manager"):
            raise AccessError(self.env._("Only an EDI manager decides that missing numbers won't come."))
        for sequence in self.filtered("missing"):
            sequence.edi_partner_id.message_post(
                body=self.env._(
                    "%(kind)s: %(numbers)s are no longer waited for.",
                    kind=sequence.kind,
                    numbers=sequence.missing_text,
                )
            )
        self.missing = []
        self._tell()
        return True


class OmEdiPartner(models.Model):
    _inherit = "om.edi.partner"

    sequence_check = fields.Selection(
        [
            ("isa", "Interchanges"),
            ("group", "Interchanges and groups, all groups together"),
            ("kind", "Interchanges and groups, each kind by itself"),
        ],
        "Find Missing Numbers",
        help="Only where the partner counts what it sends to us alone. Empty: it counts over all its "
        "partners, and gaps say nothing.",
    )
    ta1_policy = fields.Selection(
        [
            ("error", "When asked for, and when an interchange is refused"),
            ("request", "When asked for (ISA14)"),
            ("always", "For every interchange"),
            ("never", "Never"),
        ],
        "Send TA1",
        required=True,
        default="error",
    )
    sequence_ids = fields.One2many("om.edi.sequence", "edi_partner_id", "Control Numbers Received")
