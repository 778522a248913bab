"""How a cost grows with a size: the slope of its logarithm over the logarithm of the size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import psutil


@dataclass(frozen=True)
class Growing:
    """Costs at sizes, of an operation whose other sizes stay the same.

    key      names the cost a unit in docs/scale.md;  unit  of `costs`: ms, MB, kB
    against  what grows: items, answers, ratings, systems, viewers
    """

    key: str
    what: str
    against: str
    unit: str
    sizes: Sequence[int]
    costs: Sequence[float]

    @property
    def slope(self) -> tuple[float, float]:
        """By least squares over the logarithms, with its standard error."""
        x, y = np.log(self.sizes), np.log(np.maximum(self.costs, 1e-9))
        at = x - x.mean()
        slope = float(at @ y / (at @ at))
        rest = y - y.mean() - slope * at
        return slope, float(np.sqrt(rest @ rest / (len(x) - 2) / (at @ at)))

    @property
    def each(self) -> float:
        """The cost a unit at the largest size, in thousandths of `unit`: µs of ms, kB of MB, B of kB."""
        return 1000 * self.costs[-1] / self.sizes[-1]


def cpu_ms(act: Callable[[], Any], rounds: int = 1) -> float:
    """Milliseconds of CPU that this process and the one that serves it in the database spent: the same on a
    machine that is busy with other things. The median of several rounds."""
    return 1000 * median(_spent(act) for _ in range(rounds))


def _spent(act: Callable[[], Any]) -> float:
    before = _seconds()
    act()
    return _seconds() - before


def _seconds() -> float:
    from django.db import connection

    connection.ensure_connection()
    backend = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return process_time() + backend.user + backend.system


def kilobytes_in(*tables: str) -> float:
    """kB that tables hold in the database, their indexes and long values included."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(each::regclass)) / 1000.0 FROM unnest(%s::text[]) each",
            [list(tables)],
        )
        return float(cursor.fetchone()[0])
