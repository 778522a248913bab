"""What happened on the boards, newest first: everything that changed what a reader sees, with its reason.

Nobody is named but systems, and those only where the board names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, overload

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from evaluation.domain.publication import ANONYMOUS, PUBLIC
from evaluation.models import Benchmark, Run
from leaderboard.domain.replay import anonymous_name
from leaderboard.models import Flag, ReportedTable, ScoreEvent, StudyResults

Kind = ScoreEvent.Kind
A_PAGE = 40

KINDS = {
    "published": _("published"),
    "scored_again": _("scored again"),
    "named": _("named"),
    "withdrawn": _("withdrawn by its submitter"),
    "hidden": _("hidden by a moderator"),
    "shown": _("shown again"),
    "flag_resolved": _("a flag was resolved"),
    "reported": _("reported results imported"),
    "study": _("physicians' results published"),
}
_QUIET = (Kind.ANONYMISED,)  # of a row that comes onto the board in the same moment


@dataclass(frozen=True)
class Change:
    """board  its slug and title;  system_key  "" where the name is kept back, or no system changed
    before, after   moments for ?as_of=: the board without this change, and with it
    """

    at: datetime
    kind: str
    board: str
    title: str
    system: str = ""
    system_key: str = ""
    mode: str = ""
    reason: str = ""

    @property
    def said(self) -> str:
        return str(KINDS[self.kind])

    @property
    def before(self) -> str:
        return _moment(self.at - timedelta(microseconds=1))

    @property
    def after(self) -> str:
        return _moment(self.at)


@dataclass(frozen=True)
class Wanted:
    """Which changes: of one board, of some kinds, of one system. Empty means all."""

    board: str = ""
    kinds: tuple[str, ...] = ()
    system: str = ""  # evaluation.domain.names.name_key

    def takes(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


class Changes(Sequence[Change]):
    """The changes wanted, as a paginator takes them: nothing is read beyond the page asked for."""

    def __init__(self, wanted: Wanted) -> None:
        self._sources = [source for source in _SOURCES if any(map(wanted.takes, source.kinds))]
        self._wanted = wanted

    def __len__(self) -> int:
        return sum(source.rows(self._wanted).count() for source in self._sources)

    @overload
    def __getitem__(self, part: int) -> Change: ...
    @overload
    def __getitem__(self, part: slice) -> list[Change]: ...
    def __getitem__(self, part: int | slice) -> Change | list[Change]:
        if isinstance(part, int):
            return self[part : part + 1][0]
        end = part.stop
        streams = [self._newest(source, end) for source in self._sources]
        newest_first = merge(*streams, key=lambda change: change.at, reverse=True)
        return list(islice(newest_first, part.start, end))

    def _newest(self, source: _Source, number: int) -> Iterator[Change]:
        return map(source.tell, source.rows(self._wanted)[:number])


@dataclass(frozen=True)
class _Source:
    """A table of the ledger: what of it is wanted, newest first, and a row of it in words."""

    kinds: tuple[str, ...]
    rows: Callable[[Wanted], QuerySet[Any]]
    tell: Callable[[Any], Change]


_RUN = ("run__submission__version__benchmark", "run__submission__system")


def _of_runs(rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    rows = rows.select_related(*_RUN)
    if wanted.board:
        rows = rows.filter(run__submission__version__benchmark__slug=wanted.board)
    if wanted.system:  # a search must not find what the page keeps back
        rows = rows.filter(
            run__submission__system__name_key=wanted.system, run__submission__visibility=PUBLIC
        )
    return rows


def _events(wanted: Wanted) -> QuerySet[ScoreEvent]:
    rows = _of_runs(ScoreEvent.objects.exclude(kind__in=_QUIET), wanted).order_by("-at", "-pk")
    if not wanted.kinds:
        return rows
    chosen = rows.filter(kind__in=[kind for kind in wanted.kinds if kind != Kind.PUBLISHED])
    if "published" in wanted.kinds:
        chosen |= rows.filter(kind=Kind.PUBLISHED, scoring=1)
    if "scored_again" in wanted.kinds:
        chosen |= rows.filter(kind=Kind.PUBLISHED, scoring__gt=1)
    return chosen


def _event_told(event: ScoreEvent) -> Change:
    again = event.kind == Kind.PUBLISHED and event.scoring > 1
    return _of_run(event.run, event.at, "scored_again" if again else event.kind, event.reason)


def _flags(wanted: Wanted) -> QuerySet[Flag]:
    return _of_runs(Flag.objects.exclude(resolved_at=None), wanted).order_by("-resolved_at", "-pk")


def _flag_told(flag: Flag) -> Change:
    assert flag.resolved_at is not None
    return _of_run(flag.run, flag.resolved_at, "flag_resolved", f"{flag.reason} → {flag.resolution}")


def _tables(wanted: Wanted) -> QuerySet[ReportedTable]:
    rows = ReportedTable.objects.order_by("-at", "-pk")
    rows = rows.none() if wanted.system else rows
    return rows.filter(board=wanted.board) if wanted.board else rows


def _table_told(table: ReportedTable) -> Change:
    return Change(table.at, "reported", table.board, table.title, mode=table.mode, reason=table.url)


def _studies(wanted: Wanted) -> QuerySet[StudyResults]:
    rows = StudyResults.objects.select_related("study").defer("results", "matrices").order_by("-at", "-pk")
    rows = rows.none() if wanted.system else rows
    return rows.filter(study__slug=wanted.board) if wanted.board else rows


def _study_told(results: StudyResults) -> Change:
    return Change(results.at, "study", results.study.slug, results.study.title)


_SOURCES = (
    _Source(("published", "scored_again", "named", "withdrawn", "hidden", "shown"), _events, _event_told),
    _Source(("flag_resolved",), _flags, _flag_told),
    _Source(("reported",), _tables, _table_told),
    _Source(("study",), _studies, _study_told),
)


def _of_run(run: Run, at: datetime, kind: str, reason: str) -> Change:
    submission = run.submission
    system, key = shown_name(run)
    return Change(
        at=at,
        kind=kind,
        board=submission.version.benchmark.slug,
        title=submission.version.name,
        system=system,
        system_key=key,
        mode=submission.mode,
        reason=reason,
    )


def shown_name(run: Run) -> tuple[str, str]:
    """The name everybody reads, and the key of its page: "" while the name is kept back."""
    submission = run.submission
    if submission.visibility == ANONYMOUS or submission.system is None:
        return anonymous_name(submission.pk), ""
    return submission.system.name, submission.system.name_key


def known_kinds(asked: Iterable[str]) -> tuple[str, ...]:
    """Of what an address asks for what there is: an old link still opens."""
    return tuple(dict.fromkeys(kind for kind in asked if kind in KINDS))


def title_of(board: str) -> str | None:
    """What a board with changes of its own is called; None where there is no such board."""
    benchmark = Benchmark.objects.filter(slug=board).select_related("current").first()
    if benchmark is not None and benchmark.current is not None:
        return benchmark.current.name
    table = ReportedTable.objects.filter(board=board).order_by("-at").first()
    if table is not None:
        return table.title
    results = StudyResults.objects.filter(study__slug=board).select_related("study").first()
    return results.study.title if results else None


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
