"""The columns a rubric gives a board: one a question and measure, named in the rubric's words.

    axis           the headline: top bin, mean level, mean, mean place; of pairs the Bradley-Terry strength
    axis@value     share of ratings that chose this level or answer;  axis.level  mean level, 1 the first
    axis.preferred, .tied, .other   of pairs: share of comparisons won, tied, lost
    axis.unacceptable               of pairs: share in which both were refused
    axis@style     the strength with length and layout held equal
    axis.plain     the strength as others print it: the effect of the place on the screen is left in
    axis.must_ask, .score, .coverage, axis@turn-t   of checklists; the last: coverage up to turn t
    other variables      under their own id

Ranks are given only where the rubric says, or the scale implies, what is better: not for shares of single
answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leaderboard.domain.table import Scale
from raters.domain.rubric import Axis, Rubric

MOST_TURNS = 40


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A column before anybody answered.

    variable    of agreement (raters.domain.rubric.variables)
    measure     strength, style, top_bin, level, share, mean, place, score, coverage, must_ask, turn
    score_range length of the scale, None where it has no ends;  ordered  whether its systems are ranked
    headline    stands on the board unless others are chosen
    top_bin     labels of the levels counted, where some are
    short       what a narrow head has room for; `note` says it all
    """

    key: str
    name: str
    variable: str
    category: str
    measure: str
    scale: Scale = "share"
    score_range: float | None = 1.0
    ordered: bool = False
    higher_is_better: bool = True
    headline: bool = False
    counted: str = "ratings"
    note: str = ""
    short: str = ""
    top_bin: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "top_bin": list(self.top_bin)}


def asked(rubric: Rubric) -> tuple[Asked, ...]:
    """Every column the rubric could give, in its order; derived variables last."""
    found = [column for axis in rubric.axes for column in _COLUMNS.get(axis.type, _none)(axis, rubric)]
    derived = (
        Asked(
            key=made.id,
            name=made.label,
            variable=made.id,
            category=rubric.axis(made.axis).label,
            measure="share",
            note="Follows from another answer, as the rubric says.",
        )
        for made in rubric.derived
    )
    return (*found, *derived)


def _none(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    return iter(())


def _choice(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    top = tuple(option.label for option in axis.options if option.top_bin)
    levels = " < ".join(option.label for option in axis.options)
    ends = f"1 {axis.options[0].label} … {len(axis.options)} {axis.options[-1].label}"
    steps = float(len(axis.options) - 1)
    if top:
        yield Asked(
            key=axis.id,
            name=axis.label,
            variable=axis.id,
            category=axis.label,
            measure="top_bin",
            ordered=True,
            headline=True,
            top_bin=top,
            note=f"Share of ratings with: {', '.join(top)}.",
            short=f"top bin: {', '.join(top)}",
        )
    if axis.type == "ordinal":
        order = f"Mean level, 1 the first: {levels}."
        yield Asked(
            key=f"{axis.id}.level" if top else axis.id,
            name=f"{axis.label}: mean level" if top else axis.label,
            variable=axis.id,
            category=axis.label,
            measure="level",
            scale="points",
            score_range=steps,
            ordered=not top,
            headline=not top,
            short=ends,
            note=order
            if top
            else f"{order} The rubric calls no level best: ranks follow the order of the levels.",
        )
    for option in axis.options:
        yield Asked(
            key=f"{axis.id}@{option.value}",
            name=f"{axis.label}: {option.label}",
            variable=axis.id,
            category=axis.label,
            measure="share",
            headline=not top and axis.type != "ordinal",
            note=option.anchor,
        )


def _pairwise(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    turned = axis.selected_means == "worse"
    note = (
        "Choosing an answer speaks against it; counts are turned round, so that more is better. "
        if turned
        else ""
    )
    elo = f"{note}Bradley-Terry strength on Elo's scale; place on the screen is held equal."
    base: dict[str, Any] = {"variable": axis.id, "category": axis.label}
    logit: dict[str, Any] = {
        "scale": "logit",
        "score_range": None,
        "ordered": True,
        "counted": "votes",
        **base,
    }
    yield Asked(key=axis.id, name=axis.label, measure="strength", headline=True, note=elo, **logit)
    style = f"{elo} Length and layout of the answers are held equal too."
    yield Asked(
        key=f"{axis.id}@style", name=f"{axis.label}, style held equal", measure="style", note=style, **logit
    )
    yield Asked(
        key=f"{axis.id}.plain",
        name=f"{axis.label}, place not held equal",
        measure="plain",
        note=f"{note}Bradley-Terry strength from wins and losses alone, without an interval: to compare with "
        "figures printed elsewhere.",
        **{**logit, "ordered": False},
    )
    for part, said in (("preferred", "preferred"), ("tied", "tied"), ("other", "the other preferred")):
        yield Asked(
            key=f"{axis.id}.{part}",
            name=f"{axis.label}: {said}",
            measure="share",
            counted="votes",
            higher_is_better=part != "other",
            note=f"{note}Share of comparisons against whichever systems it met.",
            **base,
        )
    if any(option.value == "neither" for option in axis.options):
        yield Asked(
            key=f"{axis.id}.unacceptable",
            name=f"{axis.label}: both unacceptable",
            measure="unacceptable",
            counted="votes",
            higher_is_better=False,
            note="Share of its comparisons in which both answers were refused; no part of the strength.",
            **{**base, "variable": f"{axis.id}.neither"},
        )


def _checklist(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    base: dict[str, Any] = {"variable": axis.id, "category": axis.label}
    named = (
        ("must_ask", "must-ask points covered", "Mean share of the must-ask points that were met.", True),
        ("coverage", "points covered", "Mean share of the wanted points that were met.", not axis.evidence),
        ("score", "score", "Points met of the points to be had; faults count against it.", not axis.evidence),
    )
    for measure, said, note, headline in named:
        yield Asked(
            key=f"{axis.id}.{measure}",
            name=f"{axis.label}: {said}",
            measure=measure,
            ordered=True,
            score_range=None if measure == "score" else 1.0,
            scale="share",
            headline=headline,
            note=note,
            **base,
        )
    if axis.evidence:
        for turn in range(1, MOST_TURNS + 1):
            yield Asked(
                key=f"{axis.id}@turn-{turn}",
                name=f"{axis.label}: up to turn {turn}",
                measure="turn",
                note="Must-ask points met by this turn (all wanted points where none is a must); a talk that "
                "ended before keeps what it had.",
                **{**base, "category": f"{axis.label} by turn"},
            )


def _number(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    ends = None if axis.low is None or axis.high is None else axis.high - axis.low
    said = " – ".join(end for end in (axis.low_label, axis.high_label) if end)
    yield Asked(
        key=axis.id,
        name=axis.label,
        variable=axis.id,
        category=axis.label,
        measure="mean",
        scale="points",
        score_range=ends,
        ordered=True,
        headline=True,
        short=said,
        note=f"Mean{f', {said}' if said else ''}. The rubric calls no end best: ranks follow the number.",
    )


def _ticks(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    for option in axis.options:
        yield Asked(
            key=f"{axis.id}.{option.value}",
            name=f"{axis.label}: {option.label}",
            variable=f"{axis.id}.{option.value}",
            category=axis.label,
            measure="share",
            note=option.anchor,
        )


def _spans(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    yield Asked(
        key=f"{axis.id}.count",
        name=f"{axis.label}: passages",
        variable=f"{axis.id}.count",
        category=axis.label,
        measure="mean",
        scale="points",
        score_range=None,
        ordered=True,
        higher_is_better=False,
        note="Mean number of passages marked in an answer; fewer is better.",
    )


def _rank(axis: Axis, rubric: Rubric) -> Iterator[Asked]:
    yield Asked(
        key=axis.id,
        name=axis.label,
        variable=axis.id,
        category=axis.label,
        measure="place",
        scale="points",
        score_range=float(max(rubric.answers - 1, 1)),
        ordered=True,
        higher_is_better=False,
        headline=True,
        short="1 the best",
        note="Mean place among the answers shown together, 1 the best.",
    )


_COLUMNS = {
    "binary": _choice,
    "nominal": _choice,
    "ordinal": _choice,
    "pairwise": _pairwise,
    "checklist": _checklist,
    "interval": _number,
    "number": _number,
    "multi_select": _ticks,
    "spans": _spans,
    "rank": _rank,
}
