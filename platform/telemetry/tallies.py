"""What is counted in this process, until it is written to the ledger (see `ledger`)."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping

Labels = tuple[tuple[str, str], ...]
Key = tuple[str, Labels]
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds; more is +Inf

_lock = threading.Lock()
_counted: defaultdict[Key, float] = defaultdict(float)
_sources: list[Callable[[], Mapping[Key, float]]] = []
_seen: dict[Key, float] = {}  # what the sources said when they were last asked


def key(name: str, **labels: object) -> Key:
    return name, tuple(sorted((label, str(value)) for label, value in labels.items()))


def count(name: str, amount: float = 1.0, **labels: object) -> None:
    """Add to a count that only grows."""
    named = key(name, **labels)
    with _lock:
        _counted[named] += amount


def observe(name: str, seconds: float, **labels: object) -> None:
    """Add a duration to a histogram: its bucket, and the sum."""
    place = bisect_left(BOUNDS, seconds)
    bound = str(BOUNDS[place]) if place < len(BOUNDS) else "+Inf"
    bucket, total = key(f"{name}_bucket", le=bound, **labels), key(f"{name}_sum", **labels)
    with _lock:
        _counted[bucket] += 1
        _counted[total] += seconds


def also(read: Callable[[], Mapping[Key, float]]) -> None:
    """Somebody who counts for himself: `read` gives what he has counted since the process began."""
    _sources.append(read)


def take() -> dict[Key, float]:
    """All that was counted since the last time."""
    with _lock:
        taken = dict(_counted)
        _counted.clear()
    for read in _sources:
        for named, value in read().items():
            grown = value - _seen.get(named, 0.0)
            _seen[named] = value
            if grown:
                taken[named] = taken.get(named, 0.0) + grown
    return taken


def give_back(taken: Mapping[Key, float]) -> None:
    """What was taken and could not be written."""
    with _lock:
        for named, value in taken.items():
            _counted[named] += value
