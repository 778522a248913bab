"""Shares of a rater's ratings, with Wilson's interval and a word where there are too few to say anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evaluation.domain.intervals import wilson
from raters.domain.rubric.conditions import answer_of, visible_parts
from raters.domain.rubric.observing import is_abstention
from raters.domain.rubric.rubric import Payload, Rubric

ShareStatus = Literal["ok", "too_few", "undefined_none"]

FEWEST = 12  # a share of fewer tells a good rater from a careless one no better than chance would
_FIRST, _SECOND = ("first", "first_much"), ("second", "second_much")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `of`; value and 95 % limits lie in 0 to 1 and are None where there is nothing to count."""

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None
    status: ShareStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionBias:
    """How often the answer in the first place was preferred, beside the share that chance would give.

    leans  "first" or "later" where the interval leaves `expected` out; None where it does not, or too few
    """

    share: Share
    expected: float
    leans: Literal["first", "later"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Of all questions a rater was asked: those answered "cannot judge", and those left empty."""

    cannot_judge: Share
    missing: Share


def share(count: int, of: int, *, nothing: str, fewest: int = FEWEST) -> Share:
    """`nothing` says what there is none of yet."""
    if not of:
        return Share(count=0, of=0, value=None, low=None, high=None, status="undefined_none", reason=nothing)
    low, high = wilson(count, of)
    few = of < fewest
    reason = f"{of} are too few to say much: {fewest} are the fewest" if few else ""
    status: ShareStatus = "too_few" if few else "ok"
    return Share(count=count, of=of, value=count / of, low=low, high=high, status=status, reason=reason)


def position_bias(rubric: Rubric, payloads: Iterable[Payload]) -> PositionBias | None:
    """Over pairs and ranks; ties and "neither" choose no side. None where the rubric compares nothing.

    One screen may hold several such questions, which are not independent of each other: where it does, only
    the first of them counts.
    """
    axis = next((axis for axis in rubric.axes if axis.type in ("pairwise", "rank")), None)
    if axis is None:
        return None
    chosen = [_is_first(payload.get(axis.id)) for payload in payloads]
    decided = [one for one in chosen if one is not None]
    expected = 1 / max(rubric.answers, 2)
    found = share(sum(decided), len(decided), nothing="no comparison has been decided yet")
    leans: Literal["first", "later"] | None = None
    if found.status == "ok" and found.low is not None and found.high is not None:
        leans = "first" if found.low > expected else "later" if found.high < expected else None
    return PositionBias(share=found, expected=expected, leans=leans)


def gaps(rubric: Rubric, payloads: Iterable[Payload], group: str = "") -> Gaps:
    """Of canonical payloads. Texts are no questions: whoever has nothing to add leaves them empty."""
    asked = unsure = empty = 0
    for payload in payloads:
        for is_unsure, is_empty in _asked(rubric, payload, group):
            asked += 1
            unsure += is_unsure
            empty += is_empty
    nothing = "no question has been answered yet"
    return Gaps(
        cannot_judge=share(unsure, asked, nothing=nothing), missing=share(empty, asked, nothing=nothing)
    )


def _asked(rubric: Rubric, payload: Payload, group: str) -> Iterable[tuple[bool, bool]]:
    """(cannot judge, empty) of each question; each criterion of a checklist is one."""
    for axis in rubric.axes:
        if axis.type == "text":
            continue
        for part in visible_parts(rubric, axis, payload, group):
            value = answer_of(axis, payload, part)
            if axis.type == "checklist" and isinstance(value, Mapping) and not is_abstention(value):
                yield from ((one.get("met") == "cannot_judge", False) for one in value.values())
            else:
                yield is_abstention(value), value is None


def _is_first(value: Any) -> bool | None:
    """Whether the first place was preferred; None where no place was."""
    if isinstance(value, list) and value:
        return bool(value[0] == 1)
    if value in _FIRST:
        return True
    return False if value in _SECOND else None
