"""What every column of an export means: one row for each thing that is asked, stored or derived."""

from __future__ import annotations

from dataclasses import dataclass

from raters.domain.rubric.observing import Variable, variables
from raters.domain.rubric.rubric import CANNOT_JUDGE_REASONS, Axis, Derived, Rubric


@dataclass(frozen=True)
class CodebookRow:
    """All texts, ready for a table. `values` are "value = label (anchor)" in the order of the scale."""

    variable: str
    label: str
    question: str
    type: str
    level: str
    values: str
    asked: str
    missing: str


def codebook(rubric: Rubric) -> list[CodebookRow]:
    """Rows in the rubric's order: each axis's variables, free texts too, then the derived variables."""
    by_axis: dict[str, list[Variable]] = {}
    for variable in variables(rubric):
        if variable.kind != "derived":
            by_axis.setdefault(variable.axis, []).append(variable)
    rows = []
    for axis in rubric.axes:
        rows += [_row(axis, variable) for variable in by_axis.get(axis.id, [])] or [_text_row(axis)]
    return rows + [_derived_row(made) for made in rubric.derived]


def _row(axis: Axis, variable: Variable) -> CodebookRow:
    level = variable.scale.level if variable.scale else ""
    values = _values(axis, variable)
    return CodebookRow(
        variable.id, variable.label, axis.question, axis.type, level, values, _asked(axis), _missing(axis)
    )


def _text_row(axis: Axis) -> CodebookRow:
    return CodebookRow(
        axis.id, axis.label, axis.question, axis.type, "", "text", _asked(axis), _missing(axis)
    )


def _derived_row(made: Derived) -> CodebookRow:
    rule = f"yes = {made.axis} is {' or '.join(made.values)}; no"
    return CodebookRow(
        made.id, made.label, "", "derived", "nominal", rule, "computed", f"where {made.axis} is"
    )


def _values(axis: Axis, variable: Variable) -> str:
    if axis.type == "spans" and variable.kind == "spans":
        kinds = "; ".join(f"{option.value} = {option.label}" for option in (*axis.options, *axis.severities))
        return f"JSON list of passages on {' and '.join(axis.sides)}; {kinds}"
    if axis.type in ("binary", "nominal", "ordinal"):
        return "; ".join(
            f"{option.value} = {option.label}" + (f" ({option.anchor})" if option.anchor else "")
            for option in axis.options
        )
    if axis.type in ("interval", "number"):
        return _limits(axis)
    if variable.scale and variable.scale.categories:
        return "; ".join(str(category) for category in variable.scale.categories)
    return "number"


def _limits(axis: Axis) -> str:
    low = f" from {axis.low:g}" if axis.low is not None else ""
    high = f" to {axis.high:g}" if axis.high is not None else ""
    step = f" in steps of {axis.step:g}" if axis.step is not None else ""
    ends = "; ".join(
        f"{end:g} = {label}"
        for end, label in ((axis.low, axis.low_label), (axis.high, axis.high_label))
        if label and end is not None
    )
    return f"number{low}{high}{step}" + (f"; {ends}" if ends else "")


def _asked(axis: Axis) -> str:
    parts = ["of each answer"] if axis.per == "answer" else []
    if axis.shown_if is not None:
        parts.append(f"if {axis.shown_if.axis} is {' or '.join(axis.shown_if.values)}")
    if axis.groups:
        parts.append(f"of {', '.join(axis.groups)}")
    return "; ".join(parts) or "always"


def _missing(axis: Axis) -> str:
    parts = [] if axis.required else ["may be left empty"]
    if axis.shown_if is not None:
        parts.append("absent where it was not asked")
    if axis.cannot_judge:
        parts.append(f"cannot judge: {', '.join(CANNOT_JUDGE_REASONS)}")
    return "; ".join(parts) or "never"
