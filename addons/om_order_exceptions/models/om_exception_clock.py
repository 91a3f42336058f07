from datetime import timedelta

import pytz

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..stages import INTERNAL
from ..working_time import ClockTime, WorkingTime
from .om_exception import OPEN_STATES

# How far ahead a calendar is read in one go; later deadlines are planned one by one.
AHEAD = timedelta(days=60)


def _naive(moment):
    """A moment of any time zone as Odoo stores it."""
    return moment.astimezone(pytz.utc).replace(tzinfo=None)


class OmException(models.Model):
    """The clock of a case: how long it was open, and when it is due.

    The clock runs while the case is open. It stops when the case ends, when it is waived, and while it
    waits for the customer where its type says so; it goes on from where it stood when the case is
    taken up again. All spans add up, and the due time moves by the working time that was not counted.

    Working time is that of the team's calendar, else the owner's, else the company's, in that
    calendar's time zone; public holidays count as leave, an owner's own absence does not. The calendar
    is kept with the case, so that its figures do not change with its owner.
    """

    _inherit = "om.exception"

    calendar_id = fields.Many2one(
        "resource.calendar", "Working Hours", readonly=True, help="Calendar by which its hours count."
    )
    clock_started_at = fields.Datetime(
        "Clock Runs Since", readonly=True, help="Empty while the clock stands still."
    )
    sla_hours_left = fields.Float(
        "Working Hours Left", readonly=True, help="What was left of the SLA when the clock stopped."
    )
    sla_state = fields.Selection(
        [("met", "In Time"), ("missed", "Too Late")], "SLA", readonly=True, help="Set when the case ends."
    )
    hours_open = fields.Float(
        "Hours to Resolve", readonly=True, aggregator="avg", help="Hours of all spans until it ended."
    )
    work_hours_open = fields.Float(
        "Working Hours to Resolve",
        readonly=True,
        aggregator="avg",
        help="Working hours of all spans until it ended.",
    )
    minutes_open = fields.Integer(
        compute="_compute_minutes_open",
        aggregator="sum",
        help="Until it ended, or until now.",
    )

    @api.depends("hours_open", "clock_started_at")
    def _compute_minutes_open(self):
        now = fields.Datetime.now()
        for exception in self:
            running = now - exception.clock_started_at if exception.clock_started_at else timedelta()
            exception.minutes_open = round(exception.hours_open * 60 + running.total_seconds() / 60)

    def _read_group_select(self, aggregate_spec, query):
        """Minutes of open cases count until now in pivots and graphs, too."""
        if aggregate_spec != "minutes_open:sum":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "ROUND(SUM(COALESCE(%s, 0) * 60 + COALESCE(EXTRACT(EPOCH FROM %s - %s) / 60, 0)))::bigint",
            self._field_to_sql(self._table, "hours_open", query),
            fields.Datetime.now(),
            self._field_to_sql(self._table, "clock_started_at", query),
        )

    def write(self, vals):
        """Whatever opens or ends a case starts or stops its clock."""
        if "state" not in vals:
            return super().write(vals)
        opens = vals["state"] in OPEN_STATES
        changed = self.filtered(lambda exception: exception.is_open != opens)
        if not opens:
            changed._stop_clock(final=True)
        result = super().write(vals)
        if opens:
            changed._start_clock()
        return result

    @api.model
    def _plan(self, vals_list):
        vals_list = super()._plan(vals_list)
        kinds = self.env["om.exception.type"]
        calendars = self._calendars(vals_list)
        now = fields.Datetime.now()
        times = self._working_times(set(calendars), now, now + AHEAD)
        for vals, calendar in zip(vals_list, calendars, strict=True):
            hours = kinds.browse(vals["type_id"]).sla_hours
            vals.update(
                calendar_id=calendar.id,
                clock_started_at=now,
                sla_hours_left=hours,
                sla_deadline=self._deadline(now, hours, calendar, times[calendar]),
            )
        return vals_list

    @api.model
    def _calendars(self, vals_list):
        """The calendar by which each of these new cases counts its hours."""
        teams, users, companies = (self.env[m] for m in ("om.exception.team", "res.users", "res.company"))
        # read together
        users.browse({vals["user_id"] for vals in vals_list}).resource_ids.mapped("calendar_id")
        calendars = []
        for vals in vals_list:
            company = companies.browse(vals["company_id"])
            own = users.browse(vals["user_id"]).resource_ids.filtered(
                lambda resource, company=company: resource.company_id == company
            )
            calendars.append(
                teams.browse(vals.get("team_id")).calendar_id
                or own[:1].calendar_id
                or company.resource_calendar_id
            )
        return calendars

    @api.model
    def _working_times(self, calendars, start, end):
        """``{calendar: its working time from start to end}`` (naive UTC); no calendar: plain hours."""
        times = {}
        for calendar in calendars:
            times[calendar] = ClockTime()
            if calendar:
                intervals = calendar._work_intervals_batch(pytz.utc.localize(start), pytz.utc.localize(end))
                times[calendar] = WorkingTime(
                    [(_naive(begin), _naive(stop)) for begin, stop, _attendance in intervals[False]]
                )
        return times

    @api.model
    def _deadline(self, start, hours, calendar, times):
        """``start`` plus working ``hours``, as naive UTC; ``False`` where the calendar has none."""
        end = times.add(start, hours)
        if end is None:  # outside of what was read
            end = calendar.plan_hours(hours, pytz.utc.localize(start), compute_leaves=True)
            end = end and _naive(end)
        return end

    def _times_of_cases(self):
        """Working time of all calendars of these cases, from their earliest moment until it counts."""
        now = fields.Datetime.now()
        moments = [moment for case in self for moment in (case.clock_started_at, case.sla_deadline) if moment]
        return self._working_times(
            tools.OrderedSet(case.calendar_id for case in self),
            min([*moments, now - AHEAD]),
            max([*moments, now + AHEAD]),
        )

    def _stop_clock(self, final=False):
        """Add the span that ends now; the due time is unknown until the clock runs again.

        :param final: the case ends: its due time stays as it is, and it is said whether it was met
        """
        now = fields.Datetime.now()
        times = self._times_of_cases()
        for case in self.with_context(om_transition=INTERNAL):
            time = times[case.calendar_id]
            vals = {}
            if started := case.clock_started_at:
                vals = {
                    "clock_started_at": False,
                    "hours_open": case.hours_open + (now - started).total_seconds() / 3600,
                    "work_hours_open": case.work_hours_open + time.between(started, now),
                }
                if case.sla_deadline:
                    vals["sla_hours_left"] = time.between(now, case.sla_deadline)
                if not final:
                    vals["sla_deadline"] = False
            elif final and not case.sla_deadline:  # it ends while it waits for the customer
                vals["sla_deadline"] = self._deadline(now, case.sla_hours_left, case.calendar_id, time)
            if final:
                due = vals.get("sla_deadline") or case.sla_deadline
                vals["sla_state"] = "missed" if due and due < now else "met"
            case.write(vals)

    def _start_clock(self):
        """Let the clock go on from where it stood: the due time moves by the working time in between."""
        now = fields.Datetime.now()
        cases = self.filtered(lambda case: not case.clock_started_at)
        times = cases._working_times({case.calendar_id for case in cases}, now - AHEAD, now + AHEAD)
        for case in cases.with_context(om_transition=INTERNAL):
            case.write(
                {
                    "clock_started_at": now,
                    "sla_state": False,
                    "sla_deadline": self._deadline(
                        now, case.sla_hours_left, case.calendar_id, times[case.calendar_id]
                    ),
                }
            )
