from datetime import timedelta

from odoo import models

from .resource_calendar import HORIZON


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _om_working_day_after(self, day, days=0):
        """The working day that lies ``days`` working days after ``day``.

        With 0: ``day`` itself where it is a working day, else the next one. An empty calendar works on all
        days. No query once the calendar is known.
        """
        if not self:
            return day + timedelta(days=days)
        current = day
        for _step in range(HORIZON + days):
            if current in self._om_working_days(self.id, current.year, current.month):
                if not days:
                    return current
                days -= 1
            current += timedelta(days=1)
        return day
