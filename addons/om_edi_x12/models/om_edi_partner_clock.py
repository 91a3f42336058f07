from datetime import timedelta

from odoo import fields, models


class OmEdiPartner(models.Model):
    """When a partner works, and whom to call."""

    _inherit = "om.edi.partner"

    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        check_company=True,
        help="Hours in which the clocks of its documents run; empty: day and night.",
    )
    contact_ids = fields.Many2many(
        "res.partner",
        "om_edi_partner_contact_rel",
        "edi_partner_id",
        "contact_id",
        "Contacts for Problems",
        check_company=True,
        help="Whom to write to or call when documents are missing, late or wrong.",
    )


class OmEdiFlow(models.Model):
    _inherit = "om.edi.flow"

    def _due_at(self, start):
        """When a document of this flow is due that is owed since ``start``.

        The minutes are clock time; where the partner has a calendar, they are its working minutes in its
        time zone, without its holidays.

        :param start: naive UTC
        :return: naive UTC; ``False`` where this flow has no clock
        """
        return self._due_at_many([start])[0]

    def _due_at_many(self, starts):
        """:meth:`_due_at` of any number of documents; the calendar is read once.

        :return: list, in the order of ``starts``
        """
        self.ensure_one()
        if not self.due_minutes or not starts:
            return [False] * len(starts)
        hours = self.due_minutes / 60
        cases = self.env["om.exception"]
        # sudo: when a document is due does not depend on who may read calendars
        calendar = self.sudo().edi_partner_id.calendar_id
        ahead = timedelta(hours=hours, days=14)
        times = cases._working_times([calendar], min(starts), max(starts) + ahead)
        return [cases._deadline(start, hours, calendar, times[calendar]) for start in starts]
