from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..stages import INTERNAL

ENDED = ("resolved", "verified", "auto_closed")


def _identity_of(vals):
    return (vals["type_id"], vals["res_model"], vals["res_id"], vals["key"])


class OmException(models.Model):
    """How a case ends for good: with its cause and what was done, seen to stay cured, or open again.

    A cause that comes back within the window of the type opens the same case again, with its history
    and its clock, instead of a twin.
    """

    _name = "om.exception"
    _inherit = ["om.exception", "om.postmortem"]

    verified_at = fields.Datetime(readonly=True)
    verified_by_id = fields.Many2one("res.users", readonly=True)
    reopen_count = fields.Integer("Times Reopened", readonly=True, aggregator="sum")

    _ended_idx = models.Index(
        "(res_model, res_id, type_id) WHERE state IN ('resolved', 'verified', 'auto_closed')"
    )

    @api.constrains("state", "severity", "root_cause_id", "corrective_action")
    def _check_cause_and_action(self):
        """T6.4: what was severe is not closed by a person without saying why it was and what was done."""
        for case in self:
            if case.state not in ("resolved", "verified") or case.severity not in ("1", "2"):
                continue
            if not case.root_cause_id or not (case.corrective_action or "").strip():
                raise ValidationError(
                    self.env._(
                        "%s: say what the root cause was and what was done about it.", case.display_name
                    )
                )

    @api.constrains("state", "severity", "postmortem_impact", "postmortem_reason", "postmortem_lesson")
    def _check_postmortem(self):
        """T23.3"""
        for case in self:
            if case.state == "verified" and case.severity == "1" and (missing := case._postmortem_missing()):
                raise ValidationError(
                    self.env._(
                        "%(exception)s is of severity 1: fill in the post-mortem (%(missing)s).",
                        exception=case.display_name,
                        missing=missing,
                    )
                )

    # --------------------------------------------------------------------------------- verifying

    def action_verify(self):
        """Somebody else than who resolved these exceptions has seen that they stayed cured."""
        self._check_specialist()
        for case in self:
            if case.state != "resolved":
                raise UserError(self.env._("%s is not resolved.", case.display_name))
            if case.closed_by_id == self.env.user:
                raise UserError(
                    self.env._("%s was resolved by you: let a colleague verify it.", case.display_name)
                )
        self._verify()
        return True

    def _verify(self, by_a_person=True):
        self.with_context(om_transition=INTERNAL).write(
            {
                "state": "verified",
                "verified_at": fields.Datetime.now(),
                "verified_by_id": self.env.uid if by_a_person else False,
            }
        )

    @api.model
    def _cron_verify(self, limit=1000):
        """Verify what was resolved and has stayed away for the window of its type."""
        cron = self.env["ir.cron"]
        now = fields.Datetime.now()
        kinds = self.env["om.exception.type"].with_context(active_test=False)
        for kind in kinds.search([("verification", "=", "quiet")]):
            quiet = self.search(
                [
                    ("type_id", "=", kind.id),
                    ("state", "=", "resolved"),
                    ("closed_at", "<", now - timedelta(days=kind.reopen_days)),
                ]
            ).filtered(lambda case: case.severity != "1" or not case._postmortem_missing())
            for start in range(0, len(quiet), limit):
                quiet[start : start + limit]._verify(by_a_person=False)
                cron._om_progress(limit, remaining=max(len(quiet) - start - limit, 0))

    # --------------------------------------------------------------------------------- reopening

    def action_reopen(self):
        """Open the dialog that asks why ended exceptions are opened again."""
        self._check_specialist()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reopen"),
            "res_model": "om.exception.reopen",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_ids": self.ids},
        }

    def _reopen(self, reason):
        """Open ended cases again, with their clock and their history.

        :param reason: why, for the record
        :raise UserError: no reason, or the same thing is open in another case
        """
        ended = self.filtered(lambda case: case.state in ENDED)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is opened again."))
        twins = self.sudo().search(  # sudo: a twin counts whoever may see it
            [
                ("type_id", "in", ended.type_id.ids),
                ("res_model", "in", ended.mapped("res_model")),
                ("res_id", "in", ended.mapped("res_id")),
                ("state", "in", ("open", "in_progress", "waiting", "waived")),
            ]
        )
        open_already = {twin._identity() for twin in twins}
        for case in ended:
            if case._identity() in open_already:
                raise UserError(self.env._("%s is open in another exception.", case.display_name))
        for count, cases in ended.grouped("reopen_count").items():
            cases.with_context(om_transition=INTERNAL).write(
                {
                    "state": "open",
                    "closed_at": False,
                    "closed_by_id": False,
                    "fix_id": False,
                    "verified_at": False,
                    "verified_by_id": False,
                    "reopen_count": count + 1,
                }
            )
        ended._message_log_batch({case.id: self.env._("Opened again: %s", reason) for case in ended})

    def _identity(self):
        """What the case is about: at most one case of an identity is open."""
        self.ensure_one()
        return (self.type_id.id, self.res_model, self.res_id, self.key)

    @api.model
    def _open_cases(self, vals_list):
        """What comes back soon after its end is the same case again."""
        ended = self._ended_lately(vals_list)
        fresh = [vals for vals in vals_list if _identity_of(vals) not in ended]
        opened = {_identity_of(vals): ended.get(_identity_of(vals)) for vals in vals_list}
        for vals, case in zip(fresh, super()._open_cases(fresh), strict=True):
            opened[_identity_of(vals)] = case
        if ended:
            self.browse().concat(*ended.values())._reopen(self.env._("its cause is back."))
            for vals in vals_list:
                if case := ended.get(_identity_of(vals)):
                    case._come_back(vals)
        return self.browse().concat(*opened.values())

    def _come_back(self, vals):
        """Refresh a case that was opened again; who had it and what was learned about it stays."""
        learned = {"user_id", "root_cause_id"} if self.user_id.active else {"root_cause_id"}
        self.write({name: value for name, value in vals.items() if name not in learned})

    @api.model
    def _ended_lately(self, vals_list):
        """``{identity: case}`` of what ended within the window of its type. One query."""
        kinds = self.env["om.exception.type"].browse({vals["type_id"] for vals in vals_list})
        days = max(kinds.mapped("reopen_days"), default=0)
        if not days:
            return {}
        documents = defaultdict(set)
        for vals in vals_list:
            documents[vals["res_model"]].add(vals["res_id"])
        now = fields.Datetime.now()
        ended = self.search(
            Domain.OR(
                Domain("res_model", "=", model) & Domain("res_id", "in", list(ids))
                for model, ids in documents.items()
            )
            & Domain("type_id", "in", kinds.ids)
            & Domain("state", "in", ENDED)
            & Domain("closed_at", ">=", now - timedelta(days=days)),
            order="closed_at",
        )
        wanted = {_identity_of(vals) for vals in vals_list}
        return {
            case._identity(): case
            for case in ended
            if case._identity() in wanted and case.closed_at >= now - timedelta(days=case.type_id.reopen_days)
        }
