"""Boards of published studies: one row a system, one column a question and measure, one group of raters.

Ranks and bands are of one column at a time, the one the board is sorted by, or the first that has them:
physicians' answers to different questions are never blended, unless the reader gives weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from leaderboard.domain import slicing
from leaderboard.domain.physicians.blending import blended
from leaderboard.domain.table import Cell, Column, Head, Listing, Pairs, Row, Slice, Table, pairs_of
from leaderboard.selectors import study_results
from leaderboard.selectors.study_results import Kept

FACETS = ("question", "measure")
LABELS = {"question": "Question", "measure": "Measure"}
MEASURES = {
    "strength": gettext_noop("Bradley–Terry strength"),
    "style": gettext_noop("Bradley–Terry strength, style held equal"),
    "plain": gettext_noop("Bradley–Terry strength, place on the screen not held equal"),
    "top_bin": gettext_noop("share of the best levels"),
    "level": gettext_noop("mean level"),
    "share": gettext_noop("share of ratings"),
    "mean": gettext_noop("mean"),
    "place": gettext_noop("mean place"),
    "score": gettext_noop("points met of the points to be had"),
    "coverage": gettext_noop("share of points covered"),
    "must_ask": gettext_noop("share of must-ask points covered"),
    "turn": gettext_noop("coverage by turn"),
    "unacceptable": gettext_noop("both unacceptable"),
    "rougeL": "ROUGE-L",
    "bleu4": "BLEU",
}


def listed() -> list[Listing]:
    return [Listing(head(kept), len(kept.about["systems"]), kept.at) for _, kept in study_results.published()]


def table(slug: str, wanted: Slice) -> Table | None:
    """The board of a published study over a slice; None where there is none of this address.

    Before its first results it is there and empty: `as_of` may name any time.
    """
    kept = study_results.kept(slug, wanted.as_of)
    if kept is None:
        return None
    view = view_of(kept, wanted)
    if view is None:
        return Table(head(kept), 0, None, (), (), {}, (), Slice(as_of=wanted.as_of))
    rows = slicing.ordered(slicing.searched(_rows(view), view.wanted.only), view.wanted.sort)
    ranked = view.column(view.ranked_by)
    return Table(
        head=head(kept),
        revision=kept.revision,
        changed_at=kept.at,
        columns=view.taken,
        shown=view.shown,
        facets=view.facets,
        rows=rows,
        slice=view.wanted,
        order_method=ranked.get("method", ""),
        order_scope=ranked.get("scope", ""),
    )


def pairs(slug: str, wanted: Slice) -> Pairs | None:
    """Every pair of systems in the column that orders the slice; above 0 the row is the better one."""
    kept = study_results.kept(slug, wanted.as_of)
    view = view_of(kept, wanted) if kept else None
    if kept is None or view is None:
        return None
    column = view.column(view.ranked_by)
    found = kept.judged(view.place(view.ranked_by), column) if column["ordered"] else None
    if found is None:
        return None
    numbers, judged = found
    keys = tuple(f"study-{number}" for number in numbers)
    return pairs_of(keys, judged.matrix, f"{column['name']}: {column['scope']}")


study_table, study_pairs = table, pairs


def head(kept: Kept) -> Head:
    about = kept.about
    rubric = about["rubric"]
    return Head(
        slug=about["slug"],
        title=about["title"],
        kind="study",
        description=about["description"],
        version=f"{rubric['title']}, version {rubric['number']}",
        study=about["slug"],
        synthetic=about["synthetic"],
        source=about["source"],
        licence=about["licence"],
        groups=tuple(group["name"] for group in kept.groups),
        labels=LABELS,
    )


@dataclass(frozen=True)
class View:
    """One group's columns over a slice. `ranked_by` is the column whose ranks are the rows'."""

    kept: Kept
    at: int
    group: Mapping[str, Any]
    every: tuple[Column, ...]
    taken: tuple[Column, ...]
    shown: tuple[Column, ...]
    facets: Mapping[str, tuple[str, ...]]
    wanted: Slice
    ranked_by: str

    def column(self, key: str) -> Mapping[str, Any]:
        """A column as kept; KeyError where the group has none of this key."""
        return next(one for one in self.group["columns"] if one["key"] == key)

    def place(self, key: str) -> str:
        """Where the column's matrices are kept."""
        keys = [one["key"] for one in self.group["columns"]]
        return f"{self.at}/{keys.index(key)}"


def view_of(kept: Kept, wanted: Slice) -> View | None:
    """What a slice takes of the results; None where there are none yet."""
    found = kept.group(wanted.group)
    if found is None or not found[1]["columns"]:
        return None
    at, group = found
    every = _columns(kept.pk, kept.at, at, get_language())
    facets = {name: values for name, values in slicing.facets_of(every, FACETS).items() if name != "task"}
    chosen = slicing.existing(wanted.chosen, facets)
    taken = slicing.taken(every, chosen) or every
    wanted = slicing.fitted(replace(wanted, chosen=chosen, split=Slice.split, mode=Slice.mode), taken, ())
    wanted = replace(wanted, group=group["name"] if at else Slice.group)
    shown = tuple(column for column in taken if column.key in wanted.columns)
    headlines = {one["key"] for one in group["columns"] if one["headline"]}
    shown = shown or (taken if chosen else tuple(one for one in taken if one.key in headlines)) or taken
    return View(kept, at, group, every, taken, shown, facets, wanted, _ranked_by(group, taken, shown, wanted))


def column_of(one: Mapping[str, Any]) -> Column:
    """A kept column as boards take it."""
    metric = MEASURES.get(one["measure"], one["measure"])
    if one["top_bin"]:
        metric = _("share of ratings with: %(levels)s") % {"levels": ", ".join(one["top_bin"])}
    return Column(
        key=one["key"],
        name=one["name"],
        metric=metric,
        category=one["category"],
        facets={
            "question": (one["category"].removesuffix(" by turn"),),
            "measure": (MEASURES.get(one["measure"], one["measure"]),),
        },
        scale=one["scale"],
        higher_is_better=one["higher_is_better"],
        counted=one["counted"],
        note="; ".join(said for said in (one["short"], agreement_words(one["agreement"])) if said),
    )


def agreement_words(found: Mapping[str, Any] | None) -> str:
    """The coefficient beside a column, with its interval."""
    if not found or found["value"] is None:
        return ""
    name = "α" if found["coefficient"] == "krippendorff_alpha" else _("agreement")
    limits = "" if found["low"] is None else f" ({_two(found['low'])} – {_two(found['high'])})"
    return f"{name} {_two(found['value'])}{limits}"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def cell_of(stored: Mapping[str, Any]) -> Cell:
    """A kept cell as boards take it."""
    taken = ("value", "low", "high", "n", "status", "rank_low", "rank_high", "band", "n_raters", "note")
    return Cell(**{name: stored[name] for name in taken if stored.get(name) is not None or name == "value"})


@lru_cache(maxsize=64)
def _columns(pk: int, at: Any, group: int, language: str | None) -> tuple[Column, ...]:
    results = study_results.results(pk, at)
    return tuple(column_of(one) for one in results["groups"][group]["columns"])


def _ranked_by(
    group: Mapping[str, Any], taken: Sequence[Column], shown: Sequence[Column], wanted: Slice
) -> str:
    """The column sorted by, if its systems are ranked; else the first shown, or there at all, whose are."""
    ordered = {one["key"] for one in group["columns"] if one["ordered"]}
    sorted_by = wanted.sort.removeprefix("-")
    candidates = [sorted_by, *(column.key for column in (*shown, *taken))]
    return next((key for key in candidates if key in ordered), shown[0].key)


def _rows(view: View) -> list[Row]:
    cells = {one["key"]: one["cells"] for one in view.group["columns"]}
    keys = {column.key for column in (*view.taken, *view.shown)}
    values = [
        one["value"] for one in view.column(view.ranked_by)["cells"].values() if one["value"] is not None
    ]
    rows = []
    for system in view.kept.about["systems"]:
        number = str(system["number"])
        own = {key: cell_of(cells[key][number]) for key in keys if number in cells[key]}
        if own:
            rows.append(_row(view, system, own, values))
    return rows


def _row(view: View, system: Mapping[str, Any], own: Mapping[str, Cell], values: Sequence[float]) -> Row:
    ranked = own.get(view.ranked_by)
    number = str(system["number"])
    stored = view.column(view.ranked_by)["cells"].get(number, {})
    average, low, high = blended(view.taken, own, view.wanted.weights)
    better = view.column(view.ranked_by)["higher_is_better"]
    place = None
    if ranked is not None and ranked.value is not None:
        ahead = [one for one in values if (one > ranked.value if better else one < ranked.value)]
        place = 1 + len(ahead)
    return Row(
        key=f"study-{number}",
        system=system["name"],
        kind=system["kind"],
        mode="",
        origin="study",
        cells=own,
        n_items=stored.get("items") or 0,
        average=average,
        low=low,
        high=high,
        rank_low=ranked.rank_low if ranked else None,
        rank_high=ranked.rank_high if ranked else None,
        band=ranked.band if ranked else None,
        place=place,
        missing=sum(column.key not in own for column in view.shown),
        system_key=system["key"],
        at=view.kept.at,
    )
