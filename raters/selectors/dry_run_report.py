"""A dry run as it is shown: what each variable is expected to reach, and what further hours would buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from math import floor, log10
from typing import Any

from raters.models import Study
from raters.selectors import rubrics

WIDTH, HEIGHT = 640, 260  # of a chart, in its own units
LEFT, RIGHT, TOP, BOTTOM = 60, 24, 14, 56
MOST_LINES = 5


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """One curve. Axes of one curve share it; `number` from 1 tells its dash and colour."""

    number: int
    labels: tuple[str, ...]
    points: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """Half width by physician-hours for all variables of one unit, ready to be drawn."""

    unit: str
    lines: tuple[Line, ...]
    left_out: int
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    plan_x: float
    target_y: float | None
    hours: tuple[float, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


@dataclass(frozen=True)
class AxisReport:
    """One variable. `power` is the median over contrasts of two systems; `reaches` None without a target."""

    label: str
    unit: str
    reading: str
    half_width: float | None
    contrast_half_width: float | None
    power: float | None
    target: float | None
    reaches: bool | None
    hours_needed: float | None
    hours_reason: str
    agreement: Mapping[str, Any]
    severity: Mapping[str, Any] | None
    severity_reason: str


@dataclass(frozen=True)
class GroupReport:
    group: str
    hours: float
    raters: int
    items: int
    assignments: int
    warnings: tuple[str, ...]
    axes: tuple[AxisReport, ...]
    charts: tuple[Chart, ...]
    these_raters_only: bool
    repetitions: int
    quality_step: float
    noise: float


@dataclass(frozen=True)
class Report:
    """`left_out` names the questions that could not be played, with the reason."""

    played_at: datetime
    groups: tuple[GroupReport, ...]
    left_out: tuple[tuple[str, str], ...] = field(default=())

    @property
    def missed(self) -> tuple[AxisReport, ...]:
        """Questions of any group whose target is not reached, or not known to be."""
        axes = (axis for group in self.groups for axis in group.axes)
        return tuple(axis for axis in axes if axis.target is not None and not axis.reaches)

    @property
    def n_targets(self) -> int:
        return sum(axis.target is not None for group in self.groups for axis in group.axes)


def report_of(study: Study) -> Report | None:
    """The study's dry run; None where its present design was not played."""
    stored = study.dry_run
    if not stored:
        return None
    rubric = rubrics.rubric_of(study.rubric_id)
    labels = {axis.id: axis.label for axis in rubric.axes}
    left_out = tuple((labels.get(axis, axis), reason) for axis, reason in stored["left_out"].items())
    groups = tuple(_group(name, played) for name, played in stored["groups"].items())
    return Report(datetime.fromisoformat(stored["played_at"]), groups, left_out)


def _group(name: str, played: Mapping[str, Any]) -> GroupReport:
    return GroupReport(
        group=name,
        hours=played["hours"],
        raters=played["raters"],
        items=played["items"],
        assignments=played["assignments"],
        warnings=tuple(_sentence(warning["text"]) for warning in played["warnings"]),
        axes=tuple(_axis(axis) for axis in played["axes"]),
        charts=tuple(_charts(played["axes"], played["hours"])),
        these_raters_only=played["these_raters_only"],
        repetitions=played["repetitions"],
        quality_step=played["assumptions"]["quality_step"],
        noise=played["assumptions"]["noise"],
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _axis(axis: Mapping[str, Any]) -> AxisReport:
    needed = axis["needed"] or {}
    powers = sorted(one["power"] for one in axis["contrasts"] if one["power"] is not None)
    target, half_width = needed.get("target"), axis["half_width"]
    return AxisReport(
        label=axis["label"] or axis["axis"],
        unit=axis["unit"],
        reading=axis["reading"],
        half_width=half_width,
        contrast_half_width=axis["contrast_half_width"],
        power=powers[len(powers) // 2] if powers else None,
        target=target,
        reaches=None if target is None or half_width is None else half_width <= target,
        hours_needed=needed.get("hours"),
        hours_reason=needed.get("reason", ""),
        agreement=axis["agreement"],
        severity=axis["severity"],
        severity_reason=axis["severity_reason"],
    )


def _charts(axes: Sequence[Mapping[str, Any]], hours: float) -> list[Chart]:
    """One chart a unit: widths in different units cannot stand on one scale."""
    drawn = sorted((axis for axis in axes if len(axis["by_hours"]) > 1), key=lambda axis: axis["unit"])
    return [_chart(unit, list(own), hours) for unit, own in groupby(drawn, key=lambda axis: axis["unit"])]


def _chart(unit: str, axes: Sequence[Mapping[str, Any]], hours: float) -> Chart:
    curves: dict[tuple[tuple[float, float], ...], list[str]] = {}
    for axis in axes:
        curve = tuple((one["hours"], one["half_width"]) for one in axis["by_hours"])
        curves.setdefault(curve, []).append(axis["label"] or axis["axis"])
    targets = {axis["needed"]["target"] for axis in axes if axis["needed"]}
    target = targets.pop() if len(targets) == 1 else None
    widest = max([width for curve in curves for _, width in curve] + ([target] if target else []))
    longest = max(hour for curve in curves for hour, _ in curve)
    x_ticks, y_ticks = _ticks(longest), _ticks(widest)
    to_x, to_y = _scale(x_ticks[-1], LEFT, WIDTH - RIGHT), _scale(y_ticks[-1], HEIGHT - BOTTOM, TOP)
    shown = list(curves.items())[:MOST_LINES]
    return Chart(
        unit=unit,
        lines=tuple(
            _line(number, labels, curve, to_x, to_y) for number, (curve, labels) in enumerate(shown, 1)
        ),
        left_out=len(curves) - len(shown),
        x_ticks=tuple(Tick(to_x(at), f"{at:g}") for at in x_ticks),
        y_ticks=tuple(Tick(to_y(at), f"{at:g}") for at in y_ticks),
        plan_x=to_x(hours),
        target_y=None if target is None else to_y(target),
        hours=tuple(hour for hour, _ in max(curves, key=len)),
        rows=tuple((", ".join(labels), _at_hours(curve, curves)) for curve, labels in curves.items()),
    )


def _at_hours(
    curve: Sequence[tuple[float, float]], curves: Mapping[tuple[tuple[float, float], ...], Any]
) -> tuple[float | None, ...]:
    known = dict(curve)
    return tuple(known.get(hour) for hour, _ in max(curves, key=len))


def _line(number: int, labels: Sequence[str], curve: Any, to_x: Any, to_y: Any) -> Line:
    dots = tuple((round(to_x(hour), 1), round(to_y(width), 1)) for hour, width in curve)
    return Line(number, tuple(labels), " ".join(f"{x:g},{y:g}" for x, y in dots), dots)


def _scale(largest: float, start: float, end: float) -> Any:
    return lambda value: round(start + (end - start) * value / largest, 1)


def _ticks(largest: float) -> list[float]:
    """From 0 to at least `largest` in at most six round steps."""
    if largest <= 0:
        return [0.0, 1.0]
    power = 10.0 ** floor(log10(largest / 5))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= largest / 5)
    number = int(largest / step - 1e-9) + 1
    return [round(step * at, 10) for at in range(number + 1)]
