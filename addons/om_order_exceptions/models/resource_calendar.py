from datetime import datetime, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, models, tools

# A calendar without a working day in so many days is no calendar to count by.
HORIZON = 370


class ResourceCalendar(models.Model):
    """Working days of a calendar, counted backwards from a day, at no query once they are known."""

    _inherit = "resource.calendar"

    @api.model
    @tools.ormcache("calendar_id", "year", "month")
    def _om_working_days(self, calendar_id, year, month):
        """Days of a month on which the calendar works: with its holidays, in its own time zone.

        :return: ``frozenset`` of ``date``
        """
        # sudo: when an order has to leave does not depend on who may read calendars
        calendar = self.sudo().browse(calendar_id)
        start = pytz.timezone(calendar.tz).localize(datetime(year, month, 1))
        end = pytz.timezone(calendar.tz).localize(datetime(year, month, 1) + relativedelta(months=1))
        holidays = [("time_type", "=", "leave"), ("company_id", "in", (False, calendar.company_id.id))]
        intervals = calendar._work_intervals_batch(start, end, domain=holidays)[False]
        return frozenset(interval[0].date() for interval in intervals)

    def _om_working_day_before(self, day, days=0):
        """The working day that lies ``days`` working days before ``day``.

        With 0: ``day`` itself where it is a working day, else the last one before. An empty calendar
        works on all days.
        """
        if not self:
            return day - timedelta(days=days)
        current = day
        for _step in range(HORIZON + days):
            if current in self._om_working_days(self.id, current.year, current.month):
                if not days:
                    return current
                days -= 1
            current -= timedelta(days=1)
        return day

    def write(self, vals):
        result = super().write(vals)
        if {"tz", "attendance_ids", "two_weeks_calendar", "schedule_type", "company_id"} & vals.keys():
            self._om_working_days_changed()
        return result

    def _om_working_days_changed(self):
        self.env["om.ship.lane"]._times_changed(self)


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances.calendar_id._om_working_days_changed()
        return attendances

    def write(self, vals):
        result = super().write(vals)
        self.calendar_id._om_working_days_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        calendars._om_working_days_changed()
        return result


class ResourceCalendarLeaves(models.Model):
    """Public holidays move cut-offs; the leave of a person does not."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._om_holidays_changed()
        return leaves

    def write(self, vals):
        self._om_holidays_changed()
        result = super().write(vals)
        self._om_holidays_changed()
        return result

    def unlink(self):
        self._om_holidays_changed()
        return super().unlink()

    def _om_holidays_changed(self):
        public = self.filtered(lambda leave: not leave.resource_id)
        if any(not leave.calendar_id for leave in public):
            self.env["om.ship.lane"]._times_changed()
        elif public:
            public.calendar_id._om_working_days_changed()
