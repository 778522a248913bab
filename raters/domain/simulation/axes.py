"""Which axes of a rubric a dry run can play, as what, and why the others cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from raters.domain.rubric.rubric import Axis, Rubric
from raters.domain.simulation.assumptions import AxisKind, Kind


@dataclass(frozen=True, slots=True)
class Playable:
    """Axes to play, and for each axis left out the reason."""

    kinds: tuple[AxisKind, ...]
    left_out: Mapping[str, str]


def axis_kinds(rubric: Rubric) -> Playable:
    """Every axis that says something of a single answer, or which of two is better.

    An axis shown only under a condition is played as if it were always shown: its half width is the least
    that can be hoped for, and its reading says so.
    """
    kinds: list[AxisKind] = []
    left_out: dict[str, str] = {}
    for axis in rubric.axes:
        found = _played(axis, rubric)
        if isinstance(found, str):
            left_out[axis.id] = found
        else:
            kinds.append(found)
    return Playable(tuple(kinds), left_out)


def _played(axis: Axis, rubric: Rubric) -> AxisKind | str:
    comparative = axis.type in ("pairwise", "rank")
    if rubric.unit in ("pair", "set") and axis.per == "screen" and not comparative:
        return "it is asked of the screen as a whole and says nothing of a single system"
    if axis.type == "text":
        return "free text has no mean"
    kind, categories, low, high, step, instead = _as_played(axis, rubric)
    if axis.shown_if is not None:
        instead = f"{instead + '; ' if instead else ''}played as if it were always asked"
    try:
        return AxisKind(
            axis=axis.id,
            kind=kind,
            label=axis.label,
            categories=categories,
            low=low,
            high=high,
            step=step,
            reading=instead,
        )
    except ValueError as error:
        return str(error)


def _as_played(axis: Axis, rubric: Rubric) -> tuple[Kind, int, float, float, float | None, str]:
    """kind, categories, low, high, step, reading."""
    yes_no = {
        "binary": "",
        "nominal": "played as: chosen, or not, the first option",
        "multi_select": "played as: anything selected, or nothing",
        "spans": "played as: any span marked, or none",
    }
    if axis.type in yes_no:
        return "binary", 2, 0.0, 1.0, None, yes_no[axis.type]
    if axis.type == "pairwise":
        return "pairwise", 3, 0.0, 1.0, None, ""
    if axis.type == "ordinal":
        return "ordinal", len(axis.options), 0.0, 1.0, None, ""
    if axis.type == "rank":
        return "ordinal", rubric.answers, 0.0, 1.0, None, "played as: each answer's place, one by one"
    if axis.type == "checklist":
        return "interval", 2, 0.0, 1.0, 0.05, "played as: share of the points earned"
    low = 0.0 if axis.low is None else axis.low
    high = low + 10.0 if axis.high is None else axis.high
    open_ended = axis.low is None or axis.high is None
    return "interval", 2, low, high, axis.step, f"played from {low:g} to {high:g}" if open_ended else ""
