from collections import defaultdict

from odoo import api, fields, models

from ..stages import INTERNAL
from .om_exception import OPEN_STATES


class OmException(models.Model):
    """How cases come and go: what was found now against what is stored, in batch."""

    _inherit = "om.exception"

    @api.model
    def _raise(self, code, findings, **values):
        """Open exceptions that another step than a detector of orders found.

        Idempotent like detection: an exception that is open already stays, with its values updated.

        :param code: code of the exception type; a type that is switched off raises nothing
        :param findings: :class:`~..detection.Finding` list of any documents with ``company_id``
        :param values: further values of the exceptions, such as ``intake_id``
        :return: the exceptions, open or waived
        """
        type_id = self.env["om.exception.type"]._id_by_code(code)
        if not type_id:
            return self.browse()
        return self._sync({type_id: findings}, values=values)

    @api.model
    def _sync(self, findings_by_type, checked=None, values=None):
        """Bring the stored exceptions in line with what was found now.

        :param findings_by_type: ``{type id: [Finding]}``
        :param checked: recordset that was looked at: what is open on it and was not found again is
            closed. ``None`` closes nothing.
        :param values: further values of new exceptions
        :return: the exceptions of the findings, open or waived

        Queries: one to read what is known, one insert for all that is new, one update per distinct
        change. It runs as superuser: what is wrong with an order does not depend on who looks.
        """
        # sudo: detection must give the same result whoever triggers it, and ordinary users may
        # not create exceptions.
        caller = self.browse()
        self = self.sudo().with_context(om_transition=INTERNAL)
        if not findings_by_type:
            return caller
        records = checked if checked is not None else None
        models_ids = defaultdict(set)
        for findings in findings_by_type.values():
            for finding in findings:
                models_ids[finding.record._name].add(finding.record.id)
        if records is not None:
            models_ids[records._name].update(records.ids)
        known = {}
        for model, ids in models_ids.items():
            for exception in self.search(
                [
                    ("type_id", "in", list(findings_by_type)),
                    ("res_model", "=", model),
                    ("res_id", "in", list(ids)),
                    ("state", "in", (*OPEN_STATES, "waived")),
                    ("is_manual", "=", False),
                ]
            ):
                known[exception.type_id.id, model, exception.res_id, exception.key] = exception

        kept = self.browse()
        to_create = []
        for type_id, findings in findings_by_type.items():
            kind = self.env["om.exception.type"].browse(type_id)
            for finding in findings:
                identity = (type_id, finding.record._name, finding.record.id, finding.identity)
                exception = known.pop(identity, None)
                if exception is None:
                    to_create.append({**self._prepare(kind, finding), **(values or {})})
                elif exception:
                    exception._update_from(finding)
                    kept |= exception
                known[identity] = self.browse()  # found: neither closed nor created twice
        gone = self.concat(*(e for e in known.values() if e and (e.state != "waived" or e._waiver_is_over())))
        if records is not None:
            gone.filtered(lambda e: e.res_model == records._name)._close("auto_closed")
        return caller.browse((kept | self._open_cases(to_create)).ids)

    @api.model
    def _open_cases(self, vals_list):
        """Open a case for each of these values (see :meth:`_prepare`), in batch.

        :return: the cases, in the order of ``vals_list``
        """
        return self.create(self._plan(vals_list))

    @api.model
    def _prepare(self, kind, finding):
        """Values of a new exception of type ``kind`` from ``finding``."""
        record, line = finding.record, finding.line
        order = record if record._name == "sale.order" else record.env["sale.order"]
        if (
            not order
            and "order_id" in record._fields
            and record._fields["order_id"].comodel_name == "sale.order"
        ):
            order = record.order_id
        partner = record.partner_id if "partner_id" in record._fields else order.partner_id
        company = record.company_id or self.env.company
        currency = record.currency_id if "currency_id" in record._fields else order.currency_id
        return {
            "type_id": kind.id,
            "severity": finding.severity or kind.severity,
            "res_model": record._name,
            "res_id": record.id,
            "document_ref": record.display_name,
            "key": finding.identity,
            "order_id": order.id,
            "order_line_id": line.id if line else False,
            "line_ref": line.om_po_line if line else False,
            "intake_id": order.om_intake_id.id,
            "partner_id": partner.commercial_partner_id.id,
            "company_id": company.id,
            "currency_id": (currency or company.currency_id).id,
            "found": finding.found,
            "expected": finding.expected,
            "amount": finding.amount,
            "user_id": self._owner(kind, order, company).id,
            "root_cause_id": kind.root_cause_id.id,
            **(finding.values or {}),
        }

    @api.model
    def _owner(self, kind, order, company):
        """Who owns a new exception; never nobody."""
        for user in (kind.user_id, order.user_id, company.om_order_desk_user_id, self.env.user):
            if user.active and not user.share:
                return user
        return self.env.ref("base.user_admin")

    @api.model
    def _plan(self, vals_list):
        """Add what is planned for new exceptions, all at once."""
        now = fields.Datetime.now()
        for vals in vals_list:
            vals["detected_at"] = now
        return vals_list

    def _update_from(self, finding):
        """Refresh a known exception; a waiver whose value has changed, or that has expired, dies."""
        self.ensure_one()
        vals = {
            name: value
            for name, value in (finding.values or {}).items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }
        if self.found != finding.found or self.expected != (finding.expected or False):
            vals.update(found=finding.found, expected=finding.expected)
        severity = finding.severity or self.type_id.severity
        if self.severity != severity or self.currency_id.compare_amounts(self.amount, finding.amount):
            vals.update(severity=severity, amount=finding.amount)
        if self.state == "waived":
            if self._waiver_is_over() or self.waived_found != finding.found:
                vals.update(state="open", waived_found=False, closed_at=False, closed_by_id=False)
                self.message_post(body=self.env._("The waiver has ended: %s", finding.found))
        if vals:
            self.write(vals)
