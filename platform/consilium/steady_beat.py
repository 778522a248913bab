"""The scheduler of the sweep, by a clock that nobody sets.

Celery's own goes by the time of day: set back by a day, it would sweep no more until the day was over.
"""

from __future__ import annotations

import time
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from celery.schedules import schedstate, schedule


class SteadyScheduler(Scheduler):
    """Intervals alone, counted from when the scheduler was started; nothing of it is kept on disk."""

    def setup_schedule(self) -> None:
        self.merge_inplace(self.app.conf.beat_schedule)

    def _when(self, entry: ScheduleEntry, next_time_to_run: float, mktime: object = None) -> float:
        return time.monotonic() + float(self.adjust(next_time_to_run))  # type: ignore[arg-type]

    def is_due(self, entry: ScheduleEntry) -> Any:
        """Asked only once `_when` has come."""
        interval = entry.schedule
        assert isinstance(interval, schedule)
        return schedstate(is_due=True, next=interval.seconds)
