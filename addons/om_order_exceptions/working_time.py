"""Working hours, read once from a calendar and counted for any number of cases.

Odoo's own ``plan_hours`` and ``get_work_hours_count`` read the calendar and its leaves each time they
are called. Here a calendar is read once for a period; after that every question is a search in a list.
"""

from bisect import bisect_left, bisect_right
from datetime import timedelta
from itertools import accumulate


def _hours(delta):
    return delta.total_seconds() / 3600


class WorkingTime:
    """Working time of one calendar in one period.

    :param intervals: ``[(start, stop)]`` in order, naive UTC

    >>> from datetime import datetime
    >>> day = WorkingTime([(datetime(2026, 3, d, 9), datetime(2026, 3, d, 17)) for d in (2, 3)])
    >>> day.between(datetime(2026, 3, 2, 13), datetime(2026, 3, 3, 9))
    4.0
    >>> day.between(datetime(2026, 3, 3, 10), datetime(2026, 3, 2, 16))
    -2.0
    >>> day.add(datetime(2026, 3, 2, 16), 2)
    datetime.datetime(2026, 3, 3, 10, 0)
    >>> day.add(datetime(2026, 3, 3, 10), -2)
    datetime.datetime(2026, 3, 2, 16, 0)
    >>> day.add(datetime(2026, 3, 3, 16), 2) is None
    True
    """

    def __init__(self, intervals):
        self._starts = [start for start, _stop in intervals]
        self._stops = [stop for _start, stop in intervals]
        self._worked = list(accumulate((_hours(stop - start) for start, stop in intervals), initial=0.0))

    def _position(self, moment):
        """Working hours from the beginning of the period to ``moment``."""
        index = bisect_right(self._starts, moment) - 1
        if index < 0:
            return 0.0
        return self._worked[index] + _hours(min(moment, self._stops[index]) - self._starts[index])

    def between(self, start, end):
        """Working hours from ``start`` to ``end``; negative when ``end`` comes first."""
        return self._position(end) - self._position(start)

    def add(self, start, hours):
        """The first moment by which ``hours`` were worked after (or, negative, before) ``start``.

        :return: ``None`` when that is outside of the period
        """
        position = self._position(start) + hours
        if position < 0 or not self._starts:
            return None
        # minutes are what people see: hours that are sums of floats must not miss an interval's end
        index = bisect_left(self._worked, round(position, 6), lo=1) - 1
        if index >= len(self._starts):
            return None
        return self._starts[index] + timedelta(hours=position - self._worked[index])


class ClockTime:
    """The same questions where no calendar is kept: every hour counts."""

    def between(self, start, end):
        """Hours from ``start`` to ``end``."""
        return _hours(end - start)

    def add(self, start, hours):
        """``hours`` after ``start``."""
        return start + timedelta(hours=hours)
