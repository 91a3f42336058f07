from collections import defaultdict
from functools import partial

from odoo import api, models, tools
from odoo.tools.misc import clean_context


class OmChecked(models.AbstractModel):
    """A document that detectors check: what is wrong with it becomes exceptions.

    The detectors of a document run together, in batch: when it is created, when a field changes that
    one of them reads (once per transaction, before it commits), at its gates, and at the re-scan of
    what time changes. See ``detection.py`` for what a detector is.
    """

    _name = "om.checked"
    _description = "Document Checked by Detectors"

    # ------------------------------------------------------------------------------ what can be done

    @api.model
    @tools.ormcache()
    def _om_detectors(self):
        """Names of the detector methods of this model: ``{exception code: (method name, …)}``."""
        methods = defaultdict(list)
        for name in sorted(dir(type(self))):
            if name.startswith("_om_detect_") and (
                code := getattr(getattr(type(self), name), "_om_code", "")
            ):
                methods[code].append(name)
        return {code: tuple(names) for code, names in methods.items()}

    @api.model
    @tools.ormcache()
    def _om_codes_by_field(self):
        """Which exceptions may come or go with a field: ``{field: frozenset of exception codes}``."""
        codes = defaultdict(set)
        for code, methods in self._om_detectors().items():
            for method in methods:
                for field in getattr(type(self), method)._om_fields:
                    codes[field].add(code)
        return {field: frozenset(of_field) for field, of_field in codes.items()}

    def _om_checkable(self):
        """Those of these documents that are looked at; what is over is left alone."""
        return self

    # -------------------------------------------------------------------------------------- checking

    def _om_check(self, codes=None):
        """Run the detectors on these documents and bring their exceptions in line with the findings.

        :param codes: run only the detectors of these exception codes; all when left out
        :return: the exceptions of what was found, open or waived

        All detectors run on all documents of a company at once, as superuser, in the company's language
        and time zone: what is wrong does not depend on who looks at it, and a waiver of a found value
        does not end because a colleague reads another language.
        """
        if codes is None:
            pending = self._om_pending_checks()
            for record_id in self._ids:
                pending.pop((self._name, record_id), None)
        exceptions = self.env["om.exception"]
        documents = self.sudo()._om_checkable()  # sudo: see the docstring
        for company, of_company in documents.grouped("company_id").items():
            context = {
                **clean_context(self.env.context),
                "lang": company.partner_id.lang or "en_US",
                "tz": company.resource_calendar_id.tz or "UTC",
            }
            # defaults that a view put into the context are not meant for exceptions
            of_company = of_company.with_context(context)  # pylint: disable=context-overridden
            found = of_company.with_company(company)._om_detect(codes)
            exceptions += exceptions.browse(found.ids)
        documents._om_checked()
        return exceptions

    def _om_detect(self, codes=None):
        """Run the detectors in this environment: documents of one company, as superuser."""
        type_ids = self.env["om.exception.type"]._type_ids()
        wanted = {code: id_ for code, id_ in type_ids.items() if codes is None or code in codes}
        suspects, known = self._om_suspects(codes)
        findings = {}
        for code, methods in self._om_detectors().items():
            if code in wanted:
                findings[wanted[code]] = []
                for method in methods:
                    if documents := suspects.get(method, self):
                        findings[wanted[code]] += getattr(documents, method)()
        findings.update(self._om_rule_findings(suspects, codes))
        if not known and not any(findings.values()):
            return self.env["om.exception"]
        return self.env["om.exception"]._sync(findings, checked=known)

    def _om_suspects(self, codes):  # pylint: disable=unused-argument
        """Narrow down what detectors have to look at.

        :return: ``({detector method: documents}, documents that have exceptions already)``; a method
            that is not named has to look at all
        """
        return {}, self

    def _om_rule_findings(self, suspects, codes):  # pylint: disable=unused-argument
        """Findings of administrators' rules: ``{type id: [Finding]}``. Rules are about orders."""
        return {}

    def _om_checked(self):
        """What follows from a check of these documents, whatever was found."""

    # ------------------------------------------------------------------------------------ scheduling

    @api.model
    def _om_pending_checks(self):
        """What changed in this transaction: ``{(model, id): {exception code} or None for all}``."""
        return self.env.cr.precommit.data.setdefault("om_order_exceptions.checks", {})

    def _om_schedule_check(self, codes=None):
        """Run detectors on these documents once, in one batch, before this transaction commits.

        :param codes: exception codes of the detectors; all when left out
        """
        if not self or (codes is not None and not codes):
            return
        pending = self._om_pending_checks()
        if not pending:
            self.env.cr.precommit.add(partial(self.browse()._om_run_scheduled_checks))
        for record_id in self._ids:
            key = (self._name, record_id)
            if codes is None:
                pending[key] = None
            elif pending.setdefault(key, set()) is not None:
                pending[key].update(codes)

    @api.model
    def _om_run_scheduled_checks(self):
        pending = dict(self._om_pending_checks())
        self._om_pending_checks().clear()
        batches = defaultdict(list)
        for (model, record_id), codes in pending.items():
            batches[model, codes if codes is None else frozenset(codes)].append(record_id)
        for (model, codes), ids in batches.items():
            self.env[model].browse(ids)._om_check(codes)

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        documents._om_schedule_check()
        return documents

    def write(self, vals):
        codes = self._om_codes_of_write(vals)
        result = super().write(vals)
        self._om_schedule_check(codes)
        return result

    def _om_codes_of_write(self, vals):
        """Which exceptions may come or go when ``vals`` are written on these documents."""
        by_field = self._om_codes_by_field()
        return set().union(*(by_field[name] for name in vals if name in by_field))

    def unlink(self):
        pending = self._om_pending_checks()
        for record_id in self._ids:
            pending.pop((self._name, record_id), None)
        return super().unlink()

    def action_om_check(self):
        """Look at these documents again now."""
        self.check_access("write")
        self._om_check()
        return True
