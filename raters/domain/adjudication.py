"""Where raters differ so much that somebody has to decide, and by how much they differ.

nominal, binary, multi-select, checklist   any difference; the size is the share of pairs that differ
ordinal, rank, interval with steps         from `steps` scale steps on; the size is steps / longest distance
pairwise                                   opposite sides, however far; sized as ordinal
number                                     from `steps` times the step (1 where none is declared)
spans                                      passages of two raters share less than half of what either marked
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import msgspec

from raters.domain.rubric import Variable
from raters.domain.rubric.rubric import Axis

LEAST_OVERLAP = 0.5


def adjudicated(variable: Variable) -> bool:
    """Whether raters' differences on this variable are decided: not where they follow from another one."""
    neither = variable.kind == "pairwise" and variable.id != variable.axis
    return variable.kind not in ("derived", "count") and not neither


def dispute_size(axis: Axis, variable: Variable, values: Sequence[str], steps: int) -> float:
    """How far ratings of one thing are apart, above 0 up to 1; 0 where they are close enough."""
    if len(values) < 2:
        return 0.0
    if variable.kind == "spans":
        return _spans_apart(values)
    if variable.kind in ("number",) or (variable.scale is not None and variable.scale.categories is None):
        return _numbers_apart(axis, values, steps)
    scale = variable.scale
    if scale is None or scale.categories is None:
        return 0.0
    if scale.level == "nominal":
        return share_differing(values)
    places = _places(scale.categories, values)
    apart = max(places) - min(places)
    if variable.kind == "pairwise":
        is_opposite = {"a", "a_much"} & set(values) and {"b", "b_much"} & set(values)
        return apart / (scale.size - 1) if is_opposite else 0.0
    return apart / (scale.size - 1) if apart >= steps else 0.0


def share_differing(values: Sequence[str]) -> float:
    """The share of pairs of values that are not equal; 0 for fewer than two."""
    pairs = len(values) * (len(values) - 1) // 2
    alike = sum(n * (n - 1) // 2 for n in (values.count(value) for value in set(values)))
    return 1 - alike / pairs if pairs else 0.0


def distance(variable: Variable, values: Sequence[str]) -> float:
    """How far apart ratings lie, 0 to 1, to order cases by; no threshold."""
    scale = variable.scale
    if variable.kind == "spans":
        return 1 - _least_overlap(values)
    if scale is None or scale.level == "nominal":
        return share_differing(values)
    if scale.categories is None:
        numbers = [float(value) for value in values]
        return max(numbers) - min(numbers)
    places = _places(scale.categories, values)
    return (max(places) - min(places)) / max(scale.size - 1, 1)


def _places(categories: Sequence[str | float], values: Sequence[str]) -> list[int]:
    """Places on the scale of values as text; what is not on it has none."""
    place = {str(category): code for code, category in enumerate(categories)}
    return [place[value] for value in values if value in place] or [0]


def _numbers_apart(axis: Axis, values: Sequence[str], steps: int) -> float:
    numbers = [float(value) for value in values]
    apart = max(numbers) - min(numbers)
    if apart < steps * (axis.step or 1.0):
        return 0.0
    widest = (
        axis.high - axis.low if axis.high is not None and axis.low is not None else max(map(abs, numbers))
    )
    return min(apart / widest, 1.0) if widest else 1.0


def _spans_apart(values: Sequence[str]) -> float:
    shared = _least_overlap(values)
    return 1 - shared if shared < LEAST_OVERLAP else 0.0


def _least_overlap(values: Sequence[str]) -> float:
    marked = [_characters(msgspec.json.decode(value)) for value in values]
    shares = [len(a & b) / len(a | b) if a | b else 1.0 for a, b in combinations(marked, 2)]
    return min(shares, default=1.0)


def _characters(spans: Sequence[dict[str, Any]]) -> set[tuple[str, int]]:
    return {(span["side"], at) for span in spans for at in range(span["start"], span["end"])}
