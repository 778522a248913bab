"""What stands behind a study's columns: the question as asked, agreement, wins, bands and planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.physicians.planning import Plan, ratings_to_separate
from leaderboard.domain.ranking.planning import Separation, votes_to_separate
from leaderboard.domain.table import Column, Slice
from leaderboard.selectors import study_results
from leaderboard.selectors.study_boards import View, column_of, view_of


@dataclass(frozen=True)
class Meaning:
    """A column explained.

    question   as raters read it;  note  how the number is made
    levels     (label, line under it, whether counted as best), in their order
    top_bin    names of the levels counted
    agreement  coefficient, value, low, high, status, reason, these_raters_only, raw, pairs; None without
    group, variable   of the public page of this agreement
    facts      order_effect, warnings, style, n_ties … as kept (domain.physicians.voted)
    """

    column: Column
    question: str
    note: str
    levels: tuple[tuple[str, str, bool], ...]
    top_bin: tuple[str, ...]
    agreement: Mapping[str, Any] | None
    group: int
    variable: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Bands:
    """Of one axis and a pair of systems: shares that prefer a, neither, b, as (value, low, high)."""

    axis: str
    a: str
    b: str
    shares: tuple[tuple[float, float | None, float | None], ...]
    n: int
    n_raters: int


def meaning_of(view: View, key: str) -> Meaning:
    stored = view.column(key)
    axes = {axis["id"]: axis for axis in view.kept.about["rubric"]["axes"]}
    axis = axes.get(key) or axes.get(_axis_of(key, axes), {})
    return Meaning(
        column=column_of(stored),
        question=axis.get("question", ""),
        note=stored["note"],
        levels=tuple((one["label"], one["anchor"], one["top"]) for one in axis.get("options", [])),
        top_bin=tuple(stored["top_bin"]),
        agreement=stored["agreement"],
        group=view.group["id"],
        variable=stored["variable"],
        facts=stored,
    )


def study_bands(slug: str, wanted: Slice) -> tuple[Bands, ...]:
    """Three bands an axis for the two systems of `wanted.compare`, else for the two in front."""
    view = _view(slug, wanted)
    if view is None:
        return ()
    pair = _pair(view)
    return () if pair is None else tuple(_bands(view, *pair))


def to_separate(slug: str, wanted: Slice, one: str, other: str) -> Plan | None:
    """About how many more ratings would tell two rows apart in the column that orders the slice.

    None where they are told apart, alike, or there is nothing to plan from.
    """
    view = _view(slug, wanted)
    return None if view is None else plan_of(view, one, other)


def plan_of(view: View, one: str, other: str) -> Plan | None:
    stored, place = view.column(view.ranked_by), view.place(view.ranked_by)
    found = view.kept.matrices(place)
    numbers = [f"study-{number}" for number in np.asarray(found.get("systems", ())).tolist()]
    critical = stored.get("critical_value")
    if one not in numbers or other not in numbers or critical is None:
        return None
    pair = numbers.index(one), numbers.index(other)
    if "per_vote" in found:
        separation = Separation(
            difference=found["values"][:, None] - found["values"],
            variance=_spread(found["covariance"]),
            independent=found["independent"],
            per_vote=found["per_vote"],
        )
        votes = votes_to_separate(separation, *pair, critical)
        return Plan(votes, "both") if votes else None
    if "cell" not in found:
        return None
    plan = ratings_to_separate(
        float(found["values"][pair[0]] - found["values"][pair[1]]),
        (_apart(found["rater"], pair), _apart(found["item"], pair), _apart(found["cell"], pair)),
        int(found["ratings"][pair[0]] + found["ratings"][pair[1]]),
        critical,
        these_raters_only=bool(stored.get("these_raters_only")),
    )
    return plan if plan and plan.ratings else None


def _view(slug: str, wanted: Slice) -> View | None:
    kept = study_results.kept(slug, wanted.as_of)
    return None if kept is None else view_of(kept, wanted)


def _pair(view: View) -> tuple[int, int] | None:
    named = [int(key.removeprefix("study-")) for key in view.wanted.compare if key[6:].isdigit()]
    cells = view.column(view.ranked_by)["cells"]
    rated = [int(number) for number, cell in cells.items() if cell["value"] is not None]
    front = sorted(rated, key=lambda number: (-cells[str(number)]["value"], number))
    chosen = [number for number in dict.fromkeys(named) if number in rated] or front
    return (chosen[0], chosen[1]) if len(chosen) > 1 else None


def _bands(view: View, a: int, b: int) -> list[Bands]:
    names, found = _names(view), []
    for stored in view.group["columns"]:
        for band in stored.get("bands", []):
            if {band["a"], band["b"]} == {a, b}:
                shares = [(one["value"], one["low"], one["high"]) for one in band["shares"]]
                turned = shares[::-1] if band["a"] == b else shares
                found.append(
                    Bands(stored["name"], names[a], names[b], tuple(turned), band["n"], band["n_raters"])
                )
    return found


def _names(view: View) -> dict[int, str]:
    return {system["number"]: system["name"] for system in view.kept.about["systems"]}


def _axis_of(key: str, axes: Mapping[str, Any]) -> str:
    """The axis a column belongs to: the longest id its key begins with."""
    own = [axis for axis in axes if key.startswith((f"{axis}@", f"{axis}."))]
    return max(own, key=len, default="")


def _spread(covariance: Floats) -> Floats:
    own = np.diag(covariance)
    found: Floats = own[:, None] + own - 2 * covariance
    return found


def _apart(covariance: Floats, pair: tuple[int, int]) -> float:
    a, b = pair
    return float(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b])
