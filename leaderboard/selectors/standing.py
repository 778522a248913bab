"""Which runs a reader may look behind, and which of their scores count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluation.models import Run, Submission
from leaderboard.models import ScoreEvent

Kind = ScoreEvent.Kind


@dataclass(frozen=True)
class Standing:
    """A published run. `shown` by now and then: what was taken off since is shown by no page of the past.

    scoring  of its newest publication by then;  at  of that;  named  whether its system may be told
    """

    scoring: int
    at: datetime
    shown: bool
    named: bool


@dataclass
class _Replayed:
    scoring: int = 0
    at: datetime | None = None
    withdrawn: bool = False
    hidden: bool = False
    kept_back: bool | None = None  # None: nothing was said about its name

    def take(self, kind: str, scoring: int, at: datetime) -> None:
        match kind:
            case Kind.PUBLISHED:
                self.scoring, self.at = scoring, at
            case Kind.WITHDRAWN:
                self.withdrawn = True
            case Kind.HIDDEN | Kind.SHOWN:
                self.hidden = kind == Kind.HIDDEN
            case _:
                self.kept_back = kind == Kind.ANONYMISED


def standings(runs: Iterable[int], as_of: datetime | None = None) -> dict[int, Standing]:
    """Run → where it stands; a run that was never published by then is not among them. One query."""
    wanted = set(runs)
    if not wanted:
        return {}
    then: dict[int, _Replayed] = {}
    now: dict[int, _Replayed] = {}
    seen: dict[int, tuple[str, str]] = {}
    rows = ScoreEvent.objects.filter(run__in=wanted).order_by("at", "pk")
    for run, kind, scoring, at, visibility, relation in rows.values_list(
        "run", "kind", "scoring", "at", "run__submission__visibility", "run__submission__relation"
    ):
        seen[run] = visibility, relation
        now.setdefault(run, _Replayed()).take(kind, scoring, at)
        if as_of is None or at <= as_of:
            then.setdefault(run, _Replayed()).take(kind, scoring, at)
    return {
        run: _standing(found, now[run], *seen[run]) for run, found in then.items() if found.at is not None
    }


def _standing(then: _Replayed, now: _Replayed, visibility: str, relation: str) -> Standing:
    gone = then.withdrawn or then.hidden or now.withdrawn or now.hidden
    kept_off = visibility == Submission.Visibility.PRIVATE or relation == Submission.Relation.NOT_ASKED
    kept_back = visibility == Submission.Visibility.ANONYMOUS if now.kept_back is None else now.kept_back
    assert then.at is not None
    return Standing(
        scoring=then.scoring,
        at=then.at,
        shown=not gone and not kept_off,
        named=not kept_back,
    )


def shown_of(standing: Mapping[int, Standing], run: int | None) -> Standing | None:
    """The standing of a run that is on the board, else None."""
    found = standing.get(run) if run is not None else None
    return found if found is not None and found.shown else None


def runs_of_system(name_key: str, as_of: datetime | None = None) -> list[tuple[Run, Standing]]:
    """A system's runs that everybody may know are its own, the newest first. Two queries."""
    rows: Any = (
        Run.objects.filter(submission__system__name_key=name_key, state=Run.State.SCORED)
        .select_related("submission__system", "submission__version__benchmark")
        .order_by("-finished_at", "-pk")
    )
    found = list(rows)
    standing = standings((run.pk for run in found), as_of)
    return [
        (run, standing[run.pk])
        for run in found
        if run.pk in standing and standing[run.pk].shown and standing[run.pk].named
    ]
