from datetime import timedelta

import pytz

from odoo import api, fields, models

# rows that the mail shows; the rest is a click away
ROWS = 10


class ResUsers(models.Model):
    """The morning mail: what waits for each owner of exceptions, once a working day."""

    _inherit = "res.users"

    om_queue_mail = fields.Boolean(
        "Morning Mail of the Work Queue", default=True, help="Once a working day, when something is open."
    )
    om_queue_mailed_on = fields.Date(readonly=True, help="Day of the last morning mail, where the user is.")

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "om_queue_mail"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "om_queue_mail"]

    @api.model
    def _cron_queue_mail(self):
        """Send the morning mail to the owners whose morning it is; run as often as you like."""
        owners = self._om_queue_owners()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(owners))
        for owner in owners:
            owner._om_send_queue_mail()
            if not cron._commit_progress(1):
                return

    @api.model
    def _om_queue_owners(self):
        """Active users who own something open, want the mail, and have not had it today."""
        groups = self.env["om.exception"]._read_group(self._om_queue_domain(), ["user_id"])
        owners = self.browse(user.id for [user] in groups)
        return owners.filtered(
            lambda user: (
                user.active
                and not user.share
                and user.om_queue_mail
                and user.email
                and user._om_morning() not in (None, user.om_queue_mailed_on)
            )
        )

    @api.model
    def _om_queue_domain(self):
        return [("is_open", "=", True), ("parent_id", "=", False)]

    def _om_morning(self):
        """Today where the user is, once the mail's time has come on a working day; else ``None``."""
        self.ensure_one()
        company = self.company_id
        calendar = company.resource_calendar_id
        zone = pytz.timezone(self.tz or calendar.tz or "UTC")
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        begun = now.hour + now.minute / 60 >= company.om_queue_mail_hour
        works = calendar._om_working_day_before(now.date()) == now.date()
        return now.date() if begun and works else None

    def _om_send_queue_mail(self):
        """Mail to one owner, and the note that it was sent, in one transaction.

        The row is locked, so that of two jobs at the same time one sends.
        """
        today = self._om_morning()
        locked = self.try_lock_for_update(allow_referencing=True)
        locked.invalidate_recordset(["om_queue_mailed_on"])
        if not locked or not today or locked.om_queue_mailed_on == today:
            return
        locked.om_queue_mailed_on = today
        template = self.env.ref("om_order_exceptions.mail_template_queue")
        # no layout: Odoo's would head the mail with "Your User"
        template.send_mail(locked.id)

    def _om_queue_of_today(self):
        """Figures and first rows of the mail, in the user's time zone."""
        self.ensure_one()
        cases = self.env["om.exception"].with_context(tz=self.tz or self.company_id.resource_calendar_id.tz)
        cases = cases.search([*self._om_queue_domain(), ("user_id", "=", self.id)])
        now = fields.Datetime.now()
        amounts = {}
        for case in cases:
            amounts[case.currency_id] = amounts.get(case.currency_id, 0.0) + case.amount
        return {
            "count": len(cases),
            "late": len(cases.filtered("is_late")),
            "due_today": len(cases.filtered(lambda case: case.is_due_today and not case.is_late)),
            "ships_today": len(
                cases.filtered(
                    lambda case: (
                        case.blocks in ("confirm", "release", "ship")
                        and case.ship_cutoff
                        and case.ship_cutoff < now + timedelta(hours=24)
                    )
                )
            ),
            "amounts": amounts.items(),
            "cases": cases[:ROWS],
            "more": max(len(cases) - ROWS, 0),
        }
