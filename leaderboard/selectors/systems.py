"""One system on all boards, its published runs and what became of them. Runs whose name is kept back,
private, hidden and withdrawn ones are not here, and a system that has nothing else has no page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Avg, Count, Q, Sum

from evaluation.models import Answer, Miss, Receipt, Recipe, Run, Score
from leaderboard.domain.table import Head, Row, Scale, Slice, Table
from leaderboard.domain.units import common
from leaderboard.models import Flag, ReportedRow, StudyResults
from leaderboard.selectors import boards
from leaderboard.selectors.standing import Standing, runs_of_system
from raters.models import StudySystem

MOST_RUNS = 100


@dataclass(frozen=True)
class OnBoard:
    """A row of a board that is this system's, and how many rows the board ranks."""

    head: Head
    row: Row
    ranked: int
    scale: Scale


@dataclass(frozen=True)
class Spent:
    """What answering took, where recorded: sums, mean latency in ms, cost at the submitter's prices."""

    answers: int
    failed: int
    cut: int
    filtered: int
    tokens_in: int | None
    tokens_out: int | None
    latency_ms: float | None
    cost: float | None


@dataclass(frozen=True)
class PublishedRun:
    """`misses` (cause, items), the commonest first; `on_board` whether it stands on its board now.

    tries   how often this system was scored in this mode until then, private and withdrawn runs counted: the
            best of many tries flatters
    """

    run: Run
    standing: Standing
    slug: str
    on_board: bool
    n_tasks: int
    n_items: int
    n_unparsed: int
    spent: Spent
    misses: tuple[tuple[str, int], ...]
    receipt: str
    tries: int
    flags: tuple[Flag, ...] = ()
    open_flags: int = 0


@dataclass(frozen=True)
class SystemView:
    """`names` every spelling in use, the most used first; `attributes` what reported tables say of it."""

    name: str
    kind: str
    boards: tuple[OnBoard, ...]
    runs: tuple[PublishedRun, ...]
    more_runs: int
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.row.origin for each in self.boards))


def system_view(key: str, as_of: datetime | None = None) -> SystemView | None:
    """A system by its name key; None where nothing of it is public."""
    if "\0" in key:
        return None
    runs = runs_of_system(key, as_of)
    slugs = _boards_with(key, runs)
    places = _places(slugs, key, as_of)
    if not runs and not places:
        return None
    rows = [each.row for each in places]
    name = rows[0].system if rows else runs[0][0].submission.system_name
    kind = next((row.kind for row in rows if row.kind), runs[0][0].submission.kind if runs else "")
    attributes: dict[str, Any] = {}
    for row in rows:
        attributes = {**row.attributes, **attributes}
    return SystemView(
        name=name,
        kind=kind,
        boards=tuple(places),
        runs=_published(runs[:MOST_RUNS], {row.run for row in rows if row.run is not None}),
        more_runs=max(0, len(runs) - MOST_RUNS),
        attributes={name: value for name, value in attributes.items() if value not in (None, "")},
    )


def _boards_with(key: str, runs: Sequence[tuple[Run, Standing]]) -> set[str]:
    """Boards that may have a row of the system; reading only these spares the others."""
    of_runs = {run.submission.version.benchmark.slug for run, _ in runs}
    reported = set(ReportedRow.objects.filter(name_key=key).values_list("table__board", flat=True))
    studies = StudySystem.objects.filter(system__name_key=key, study__published=True)
    derived = StudyResults.objects.filter(study__published=True, results__icontains=key[:100])
    rated = set(studies.values_list("study__slug", flat=True))
    return of_runs | reported | rated | set(derived.values_list("study__slug", flat=True))


def _places(slugs: set[str], key: str, as_of: datetime | None) -> list[OnBoard]:
    """The system's rows on these boards, and on those that join them."""
    found = []
    for listing in boards.listed():
        head = listing.head
        if not (head.kind == "joint" or slugs & {head.slug, head.benchmark, head.study}):
            continue
        table = boards.table(head.slug, Slice(as_of=as_of))
        if table is not None:
            found += _rows(table, key)
    return found


def _rows(table: Table, key: str) -> list[OnBoard]:
    ranked = sum(row.rank_low is not None for row in table.rows)
    return [
        OnBoard(table.head, row, ranked, common(table.columns))
        for row in table.rows
        if row.system_key == key and not row.anonymous
    ]


def _published(runs: Sequence[tuple[Run, Standing]], on_board: set[int]) -> tuple[PublishedRun, ...]:
    """Runs with what is recorded of them; as many queries for one as for a hundred."""
    keys = tuple(run.pk for run, _ in runs)
    spent, misses, counts = _spent(keys), _misses(keys), _counts(runs)
    issued = Receipt.objects.filter(run__in=keys).values_list("run", "scoring", "sha256")
    receipts = {(run, scoring): sha256 for run, scoring, sha256 in issued}
    tries = _tries(runs)
    flags: dict[int, list[Flag]] = {}
    for flag in Flag.objects.filter(run__in=keys).order_by("at"):
        flags.setdefault(flag.run_id, []).append(flag)
    found = []
    for run, standing in runs:
        own = flags.get(run.pk, [])
        n_tasks, n_items, n_unparsed = counts.get(run.pk, (0, 0, 0))
        found.append(
            PublishedRun(
                run=run,
                standing=standing,
                slug=run.submission.version.benchmark.slug,
                on_board=run.pk in on_board,
                n_tasks=n_tasks,
                n_items=n_items,
                n_unparsed=n_unparsed,
                spent=spent[run.pk],
                misses=misses.get(run.pk, ()),
                receipt=receipts.get((run.pk, standing.scoring), ""),
                tries=tries[run.pk],
                flags=tuple(flag for flag in own if flag.resolved_at is not None),
                open_flags=sum(flag.resolved_at is None for flag in own),
            )
        )
    return tuple(found)


def _counts(runs: Sequence[tuple[Run, Standing]]) -> dict[int, tuple[int, int, int]]:
    """Run → tasks, items and unparsed answers of the scoring that counts."""
    scoring = {run.pk: standing.scoring for run, standing in runs}
    rows = (
        Score.objects.filter(run__in=scoring, split=Score.Split.ALL).order_by().values_list("run", "scoring")
    )
    counted = rows.annotate(tasks=Count("pk"), items=Sum("n_items"), unparsed=Sum("n_unparsed"))
    return {
        run: (tasks, items, unparsed)
        for run, number, tasks, items, unparsed in counted
        if number == scoring[run]
    }


def _tries(runs: Sequence[tuple[Run, Standing]]) -> dict[int, int]:
    """Run → scored runs of its system and mode on its version, up to and with it."""
    submissions = [run.submission for run, _ in runs]
    scored = Run.objects.filter(
        state=Run.State.SCORED,
        submission__system__in={submission.system_id for submission in submissions},
        submission__version__in={submission.version_id for submission in submissions},
    )
    ends: dict[tuple[object, ...], list[Any]] = {}
    columns = ("submission__system", "submission__version", "submission__mode", "finished_at")
    for system, version, mode, finished in scored.values_list(*columns):
        ends.setdefault((system, version, mode), []).append(finished)
    return {
        run.pk: sum(
            finished <= run.finished_at
            for finished in ends.get(
                (run.submission.system_id, run.submission.version_id, run.submission.mode), []
            )
        )
        for run, _ in runs
    }


def _misses(runs: Sequence[int]) -> dict[int, tuple[tuple[str, int], ...]]:
    found: dict[int, list[tuple[str, int]]] = {}
    rows = Miss.objects.filter(run__in=runs).order_by().values_list("run", "code").annotate(n=Count("pk"))
    for run, code, n in rows.order_by("-n", "code"):
        found.setdefault(run, []).append((code.replace("_", " "), n))
    return {run: tuple(causes) for run, causes in found.items()}


@lru_cache(maxsize=256)
def _spent(runs: tuple[int, ...]) -> dict[int, Spent]:
    """Answers of a scored run never change, so this is kept."""
    prices = {
        recipe.submission.run.pk: (recipe.options.get("price_in", 0), recipe.options.get("price_out", 0))
        for recipe in Recipe.objects.filter(submission__run__in=runs).select_related("submission__run")
    }
    rows = Answer.objects.filter(run__in=runs).order_by().values("run").annotate(
        n=Count("pk"), failed=Count("pk", filter=Q(finish="failed")),
        cut=Count("pk", filter=Q(finish="length")), filtered=Count("pk", filter=Q(finish="content_filter")),
        taken=Sum("tokens_in"), given=Sum("tokens_out"), latency=Avg("latency_ms"),
    )  # fmt: skip
    nothing = Spent(0, 0, 0, 0, None, None, None, None)
    return dict.fromkeys(runs, nothing) | {
        row["run"]: Spent(
            row["n"], row["failed"], row["cut"], row["filtered"], row["taken"], row["given"], row["latency"],
            _cost(row, prices.get(row["run"], (0, 0))),
        )
        for row in rows
    }  # fmt: skip


def _cost(row: Mapping[str, Any], prices: tuple[float, float]) -> float | None:
    """In the currency the prices are in; None where no price is known."""
    if not any(prices) or (row["taken"] is None and row["given"] is None):
        return None
    return float((row["taken"] or 0) * prices[0] + (row["given"] or 0) * prices[1]) / 1e6
