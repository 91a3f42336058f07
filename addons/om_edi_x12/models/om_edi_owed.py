from functools import partial
from typing import Any, NamedTuple

from odoo import api, fields, models

from odoo.addons.om_order_exceptions.detection import Finding

from .. import x12

UNBUILT = "E-EDI-MAP"
# What keeps a document from being sent: all these exceptions of a document come and go together.
CODES = (UNBUILT, "E-ASN-MISM", "E-EDI-INV")


class Difference(NamedTuple):
    """What a document says, and what it should say: it is not sent like that.

    :param code: of the exception type
    :param key: tells apart the differences of one document; the same at each look
    :param line: ``sale.order.line`` that it is about, or an empty value
    """

    code: str
    key: str
    found: str
    expected: str
    line: Any = None


class Owed(NamedTuple):
    """A document that is owed to a trading partner.

    :param build: callable that gives the ``x12`` document, or its segments without ST and SE
    :param links: values of ``order_id``, ``picking_id``, ``move_id``, ``intake_id``; of ``version`` where it
        is not the partner's
    :param check: callable that holds the document against what happened: a list of :class:`Difference`
    """

    partner: Any
    reference: str
    build: Any
    links: dict
    check: Any = None


class OmEdiTransaction(models.Model):
    """Owing documents to partners, and keeping back those that must not be sent.

    A document that is owed is built, proven to be valid X12, and held against what was shipped and agreed.
    What is not right is kept in error, with an exception per difference, and never stops the business step
    that owes it. It is sent as soon as it is built again and none of its exceptions is open: what a manager
    has waived does not count.
    """

    _inherit = "om.edi.transaction"

    @api.model
    def _owe(self, partner, set_id, segments, reference, **links):
        """Store a document that is owed to ``partner``; a job sends it after the transaction is committed.

        :param partner: ``om.edi.partner``, one record
        :param set_id: kind of document, such as ``"855"``
        :param segments: its segments without ST and SE; or a callable that builds them
        :param reference: number of the business document
        :param links: values of ``order_id``, ``picking_id``, ``move_id``, ``intake_id``
        :return: the transaction, ready or in error
        """
        build = segments if callable(segments) else lambda: segments
        return self._owe_all(set_id, [Owed(partner, reference, build, links)])

    @api.model
    def _owe_all(self, set_id, documents):
        """Store documents of one kind that are owed; one insert for all of them.

        :param documents: :class:`Owed` list
        :return: the transactions, ready or in error
        """
        # sudo: what a business step owes to a partner is stored whoever takes the step
        self = self.sudo()
        vals_list, differences = [], []
        for owed in documents:
            version = owed.links.get("version") or owed.partner._version(set_id)
            segments, found = self._proven(owed, set_id, version)
            differences.append(found)
            vals_list.append(
                {
                    "direction": "out",
                    "set_id": set_id,
                    "company_id": owed.partner.company_id.id,
                    "edi_partner_id": owed.partner.id,
                    "reference": owed.reference,
                    "version": version,
                    "segments": segments,
                    "state": "error" if found else "ready",
                    **owed.links,
                }
            )
        if not vals_list:
            return self.browse()
        transactions = self.create(vals_list)
        transactions._keep_back(
            {
                transaction: found
                for transaction, found in zip(transactions, differences, strict=True)
                if found
            }
        )
        self.env["ir.cron"]._om_trigger("om_edi_x12.cron_send", units=transactions)
        return transactions

    @api.model
    def _proven(self, owed, set_id, version):
        """Build a document and look whether it may be sent.

        :return: ``(segments or False, [Difference])``
        """
        segments, differences = False, []
        try:
            document = owed.build()
            differences = owed.check(document) if owed.check else []
            segments = document if isinstance(document, list) else document.segments(version)
            draft = self.new({"set_id": set_id, "version": version, "segments": segments})
            # sudo: whoever causes a document need not be allowed to read trading partners
            owed.partner.sudo()._render(draft, 1, 1, fields.Datetime.now())
        except (x12.X12Error, ValueError) as error:
            expected = self.env._("a document that can be processed")
            differences.append(Difference(UNBUILT, "map", f"{set_id} {owed.reference}: {error}", expected))
        return segments, differences

    @api.model
    def _keep_back(self, differences):
        """Bring the exceptions of these documents in line with their differences; send what has none open.

        :param differences: ``{transaction: [Difference]}``
        """
        if not differences:
            return
        kinds = self.env["om.exception.type"]
        findings = {id_: [] for code in CODES if (id_ := kinds._id_by_code(code))}
        unbuilt = self.browse()
        for transaction, found in differences.items():
            # what differs says better than the standard why it could not be built
            plain = [difference for difference in found if difference.code != UNBUILT]
            if len(plain) < len(found):
                unbuilt |= transaction
            for difference in plain or found:
                if id_ := kinds._id_by_code(difference.code):
                    findings[id_].append(transaction._finding(difference))
        cases = self.env["om.exception"]._sync(findings, checked=self.union(*differences))
        waiting = {case.res_id for case in cases if case.is_open}
        for transaction, found in differences.items():
            # what could not be built can't be sent, whoever accepts it
            if transaction in unbuilt or transaction.id in waiting:
                text = "\n".join(f"{what.found} ({what.expected})" for what in found)
                transaction.write({"state": "error", "findings": text})
            else:
                transaction.write({"state": "ready", "findings": False})

    def _finding(self, difference):
        """``Finding`` on this document."""
        partner = self.edi_partner_id.partner_id.commercial_partner_id
        return Finding(
            self,
            found=difference.found[:500],
            expected=difference.expected,
            key=difference.key,
            line=difference.line,
            amount=self.move_id.amount_total or self.order_id.amount_total,
            values={"partner_id": partner.id, "intake_id": self.intake_id.id},
        )

    def _rebuild(self):
        """Build documents to send again from their business records, as things stand now."""
        differences = {}
        for transaction in self:
            record = transaction._built_from()
            if not record:
                continue
            mapper = self.env[f"om.edi.map.{transaction.set_id}"]
            check = partial(mapper._differences, record) if hasattr(mapper, "_differences") else None
            owed = Owed(
                transaction.edi_partner_id, transaction.reference, partial(mapper._build, record), {}, check
            )
            segments, found = self._proven(owed, transaction.set_id, transaction.version)
            transaction.segments = segments
            differences[transaction] = found
        if differences:
            self._keep_back(differences)
            self.env["ir.cron"]._om_trigger("om_edi_x12.cron_send", units=self.union(*differences))
