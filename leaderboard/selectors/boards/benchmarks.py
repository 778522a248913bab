"""Boards of benchmarks: one row a system and mode, one column a task; beside them printed results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Func, IntegerField, OuterRef, Subquery
from django.utils.translation import gettext_noop

from evaluation.domain.benchmarks import JUDGING
from evaluation.models import Benchmark, BenchmarkVersion, Score, Task
from leaderboard.domain import overview, slicing
from leaderboard.domain.limited import limited_pairs
from leaderboard.domain.planning import Separation, planned
from leaderboard.domain.replay import on_board
from leaderboard.domain.specifications import specification
from leaderboard.domain.table import Column, Head, Listing, Pairs, Slice, Table, pairs_of
from leaderboard.models import Board, ReportedTable
from leaderboard.selectors import published
from leaderboard.selectors.boards import printed
from leaderboard.selectors.boards.columns import FACETS, columns_of
from leaderboard.selectors.boards.contents import Now, Then
from leaderboard.selectors.boards.ranked import Ranked, ranked
from leaderboard.selectors.boards.rows import groups_of, printed_rows, rows_of
from leaderboard.selectors.limits import limited_columns

SPLITS = tuple(Score.Split.values)
SCOPE = gettext_noop(
    "items like these: each task's items stand for more of their kind, the tasks for themselves"
)


def listed() -> list[Listing]:
    current = Benchmark.objects.exclude(current=None).values("current")
    versions = BenchmarkVersion.objects.filter(pk__in=current).select_related("benchmark").order_by("name")
    length = Func("entries", function="jsonb_array_length", output_field=IntegerField())
    counted = Board.objects.filter(split="all", version__in=current).annotate(systems=length)
    known = {pk: (n, at) for pk, n, at in counted.values_list("version", "systems", "published_at")}
    return [Listing(_head(version), *known.get(version.pk, (0, None))) for version in versions]


def table(slug: str, wanted: Slice) -> Table | None:
    found = _looked_up(slug, wanted)
    if found is None:
        return None
    runs, grouped = found.ranked, groups_of(slug, found.ranked.columns)
    modes = tuple(sorted({*runs.modes, *(one.mode for one in found.printed.printings)}))
    wanted = slicing.fitted(found.wanted, runs.columns, [group.column for group in grouped])
    wanted = wanted if wanted.mode in modes else replace(wanted, mode="")
    weights = slicing.weights_of(runs.columns, wanted)
    keys = tuple(column.key for column in runs.columns)
    rows = rows_of(found.source, keys, wanted.mode, weights) if found.source else ()
    rows += printed_rows(slug, runs.columns, wanted.mode, weights, found.printed)
    times = [time for time in (found.changed_at, found.printed.at) if time]
    return Table(
        head=replace(_head(found.version), modes=modes, labelled_by=_labelled_by(found.version.pk)),
        revision=found.revision + found.printed.changes,
        changed_at=max(times, default=None),
        columns=runs.columns,
        shown=overview.shown(wanted, runs.columns, grouped),
        facets=found.facets,
        rows=slicing.ordered(slicing.searched(rows, wanted.only), wanted.sort),
        slice=wanted,
        order_method=runs.matrix.method if runs.matrix else "",
        order_scope=SCOPE,
        note=_note(runs),
    )


def pairs(slug: str, wanted: Slice) -> Pairs | None:
    found = _looked_up(slug, wanted)
    if found is None or found.ranked.matrix is None:
        return None
    exact = pairs_of(found.ranked.keys, found.ranked.matrix, SCOPE)
    return limited_pairs(exact) if _is_limited(found) else exact


def separation(slug: str, wanted: Slice, one: str, other: str) -> Separation | None:
    found = _looked_up(slug, wanted)
    if found is None or found.ranked.matrix is None or not {one, other} <= set(found.ranked.keys):
        return None
    places = found.ranked.keys.index(one), found.ranked.keys.index(other)
    digits = 1 if _is_limited(found) else 2
    return planned(found.ranked.matrix, *places, found.ranked.n_items, unit="items", digits=digits)


@dataclass(frozen=True)
class _Found:
    version: BenchmarkVersion
    source: Now | Then | None
    revision: int
    changed_at: datetime | None
    facets: Mapping[str, tuple[str, ...]]
    wanted: Slice
    ranked: Ranked
    printed: printed.InForce


def _looked_up(slug: str, wanted: Slice) -> _Found | None:
    tables = ReportedTable.objects.filter(board=OuterRef("slug")).order_by().values("board")
    benchmark = (
        Benchmark.objects.select_related("current__benchmark")
        .annotate(printings=Subquery(tables.annotate(n=Count("pk")).values("n")))
        .filter(slug=slug)
        .first()
    )
    if benchmark is None or benchmark.current is None:
        return None
    version = published.version_then(benchmark, wanted.as_of) if wanted.as_of else benchmark.current
    if version is None:  # there was no such benchmark yet
        return None
    every = columns_of(version.pk)
    facets = _facets(slug, every)
    chosen = slicing.existing(wanted.chosen, facets)
    wanted = replace(wanted, chosen=chosen, split=wanted.split if wanted.split in SPLITS else Slice.split)
    columns = slicing.taken(every, chosen)
    source, revision, changed_at = _source(version, wanted)
    keys, weights = tuple(column.key for column in columns), slicing.weights_of(columns, wanted)
    return _Found(
        version=version,
        source=source,
        revision=revision,
        changed_at=changed_at,
        facets=facets,
        wanted=wanted,
        ranked=ranked(source, keys, wanted.mode, weights) if source else Ranked(columns),
        printed=printed.in_force(slug, wanted.as_of) if benchmark.printings else printed.InForce(),
    )


def _source(version: BenchmarkVersion, wanted: Slice) -> tuple[Now | Then | None, int, datetime | None]:
    """Where the board's contents come from, how often it had changed, and when it last did."""
    if wanted.as_of is not None:
        events = published.events_of(version, wanted.as_of)
        at = events[-1].at if events else None
        return Then(version.pk, wanted.split, on_board(events)), len(events), at
    board = Board.objects.filter(version=version, split=wanted.split).defer("entries").first()
    if board is None:
        return None, 0, None
    now = Now(board.pk, version.pk, board.split, board.revision, board.published_at)
    return now, board.revision, board.published_at


def _facets(slug: str, columns: tuple[Column, ...]) -> dict[str, tuple[str, ...]]:
    spec = specification(slug)
    names = dict.fromkeys([*(spec.labels if spec else ()), *FACETS])
    return slicing.facets_of(columns, list(names))


def _head(version: BenchmarkVersion) -> Head:
    slug = version.benchmark.slug
    spec = specification(slug)
    return Head(
        slug=slug,
        title=version.name,
        kind="benchmark",
        description=version.description,
        version=version.label,
        benchmark=slug,
        synthetic=version.synthetic,
        source=version.source,
        licence=version.licence,
        citation=version.citation,
        labels=spec.labels if spec else {},
    )


@lru_cache(maxsize=256)
def _labelled_by(version_pk: int) -> str:
    """On a board of judges: with whose labels the judges agree; empty where tasks of other kinds are."""
    tasks = list(Task.objects.filter(version=version_pk).values_list("family", "options"))
    if not tasks or any(family not in JUDGING for family, _ in tasks):
        return ""
    return ", ".join(sorted({options.get("labelled_by", "physicians") for _, options in tasks}))


def _is_limited(found: _Found) -> bool:
    limited = limited_columns(found.version.pk, found.wanted.split)
    return any(column.key in limited for column in found.ranked.columns)


def _note(found: Ranked) -> str:
    most = max((row.n_items for row in found.rows), default=None)
    if most is None or not overview.is_thin(most):
        return ""
    return f"too few cases: n = {most} in this slice, below {overview.FEWEST_CASES}"
