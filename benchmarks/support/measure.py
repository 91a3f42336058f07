"""Measures a piece of work: processor time, time on the clock, and queries."""

import time
from contextlib import contextmanager
from pathlib import Path


def cpu_seconds(cursor):
    """Seconds of processor that this process and its PostgreSQL backend have used so far.

    The backend counts where it runs on this machine.
    """
    try:
        used = Path(f"/proc/{cursor._cnx.info.backend_pid}/schedstat").read_text().split()[0]
    except OSError:
        used = 0
    return time.process_time() + int(used) / 1e9


@contextmanager
def measured(cursor):
    """``cpu`` and ``wall`` seconds and ``queries`` of what is done inside."""
    figures = {}
    queries, wall, cpu = cursor.sql_log_count, time.perf_counter(), cpu_seconds(cursor)
    yield figures
    figures["cpu"] = cpu_seconds(cursor) - cpu
    figures["wall"] = time.perf_counter() - wall
    figures["queries"] = cursor.sql_log_count - queries
