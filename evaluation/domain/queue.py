"""What can honestly be said about waiting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Forecast:
    """`seconds` until the work starts, None when it cannot be told; `why` then says the reason."""

    seconds: float | None
    why: str


def forecast_start(items_ahead: int, items_per_second: float | None, hands: int) -> Forecast:
    """When work starts behind `items_ahead`, served by `hands` processes of `items_per_second` each."""
    if hands == 0:
        return Forecast(None, "no worker is running; the submission waits safely until one is")
    if items_ahead == 0:
        return Forecast(0.0, "next in line")
    if not items_per_second:
        return Forecast(None, "no run has finished recently, so there is no speed to go by")
    return Forecast(items_ahead / (items_per_second * hands), "at the speed of recent runs")


def seconds_left(done: int, total: int, elapsed: float) -> float | None:
    """Time left at the pace so far; None before the first item is done."""
    if done <= 0 or elapsed <= 0:
        return None
    return (total - done) * elapsed / done


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a worker can run: its queues, the engines installed there, the bytes a model may take."""

    queues: tuple[str, ...]
    engines: tuple[str, ...]
    memory: int
    device: str = ""
