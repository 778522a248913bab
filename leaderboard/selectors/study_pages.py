"""The page of a published study: everything on it is read from its kept results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from leaderboard.domain.physicians.planning import Plan
from leaderboard.domain.table import Head, Row, Slice
from leaderboard.selectors import joint_specs, study_boards, study_results
from leaderboard.selectors.study_boards import View, view_of
from leaderboard.selectors.study_meaning import Bands, Meaning, meaning_of, plan_of, study_bands

MOST_PLANS = 6  # neighbours on the board of whom it is said what would tell them apart
HOPELESS = 30  # times the ratings there are: more than anybody will ask for


@dataclass(frozen=True)
class Apart:
    """Two neighbours that are not told apart, and what would do it."""

    one: str
    other: str
    plan: Plan
    hopeless: bool


@dataclass(frozen=True)
class StudyPage:
    """`address` is the slug the page stands under: the study's, or that of a joint board of it."""

    address: str
    head: Head
    about: Mapping[str, Any]
    group: Mapping[str, Any]
    wanted: Slice
    at: Any
    questions: tuple[Meaning, ...]
    ranked_by: Meaning
    plans: tuple[Apart, ...]
    pair: tuple[str, str] | None
    bands: tuple[Bands, ...]
    systems: tuple[Row, ...]
    limits: tuple[str, ...]

    @property
    def people(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.group["people"]
        return found


def page(address: str, wanted: Slice) -> StudyPage | None:
    """The page of a study's or joint board; None where there is none, or nothing on it at that time."""
    spec = joint_specs.find(address)
    slug = spec.physicians.study if spec else address
    kept = study_results.kept(slug, wanted.as_of)
    view = view_of(kept, wanted) if kept else None
    table = study_boards.table(slug, wanted)
    if kept is None or view is None or table is None:
        return None
    bands = study_bands(slug, wanted)
    ranked = meaning_of(view, view.ranked_by)
    return StudyPage(
        address=address,
        head=study_boards.head(kept),
        about=kept.about,
        group=view.group,
        wanted=view.wanted,
        at=kept.at,
        questions=tuple(_questions(view)),
        ranked_by=ranked,
        plans=tuple(_plans(view, table.rows)),
        pair=(bands[0].a, bands[0].b) if bands else None,
        bands=bands,
        systems=table.rows,
        limits=tuple(_limits(kept.about, view.group)),
    )


def _questions(view: View) -> Iterator[Meaning]:
    """One a question: its headline, else the first column it has."""
    seen: set[str] = set()
    stored = sorted(view.group["columns"], key=lambda one: not one["headline"])
    first = {one["category"].removesuffix(" by turn"): one["key"] for one in reversed(stored)}
    for one in view.group["columns"]:
        question = one["category"].removesuffix(" by turn")
        if question not in seen:
            seen.add(question)
            yield meaning_of(view, first[question])


def _plans(view: View, rows: tuple[Row, ...]) -> Iterator[Apart]:
    """Neighbours by value whose rank ranges overlap."""
    ranked = [row for row in rows if row.rank_low is not None and row.place is not None]
    ranked.sort(key=lambda row: (row.place or 0, row.system))
    told = 0
    for one, other in pairwise(ranked):
        if (one.rank_high or 0) < (other.rank_low or 0) or told == MOST_PLANS:
            continue
        plan = plan_of(view, one.key, other.key)
        if plan is not None:
            told += 1
            yield Apart(one.system, other.system, plan, plan.ratings > HOPELESS * view.group["ratings"])


def _limits(about: Mapping[str, Any], group: Mapping[str, Any]) -> Iterator[str]:
    """What the numbers cannot say, in plain words."""
    if about["synthetic"]:
        yield _(
            "The ratings were made up by a program to show what such a board looks like. They say nothing."
        )
    if about["imported"] and not about["synthetic"]:
        yield _(
            "The ratings were given elsewhere and taken over as published; how blinding was kept is not "
            "known here."
        )
    if group["raters"] < 5:
        yield _(
            "%(n)d raters are too few to speak of other raters: the intervals are about these people and "
            "cases like these."
        ) % {"n": group["raters"]}
    if group["people"]["not_said"]:
        yield _("Specialties and countries of these raters are not recorded.")
    doubtful = [one["name"] for one in group["columns"] if one["headline"] and _no_better_than_chance(one)]
    if doubtful:
        yield _("Raters agree no better than chance may have it on: %(names)s.") % {
            "names": ", ".join(doubtful)
        }
    single = [one["name"] for one in group["columns"] if one["headline"] and not one["agreement"]]
    if single:
        yield _("No two raters judged the same, so that agreement is not known: %(names)s.") % {
            "names": ", ".join(single)
        }
    warnings = (said for one in group["columns"] for said in one.get("warnings", []))
    yield from dict.fromkeys(f"{said[:1].upper()}{said[1:]}." for said in warnings)
    if about["items_left_out"]:
        yield _("%(n)d cases were left out, with reasons kept in the export.") % {
            "n": about["items_left_out"]
        }
    for said in about["left_out"]:
        yield _("Not kept of what was published: %(what)s.") % {"what": said.rstrip(".")}


def _no_better_than_chance(column: Mapping[str, Any]) -> bool:
    found = column["agreement"]
    return bool(found) and found["low"] is not None and found["low"] <= 0
