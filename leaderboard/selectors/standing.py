"""Which runs a reader may look behind, and which of their scores count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from evaluation.models import Run, Submission
from leaderboard.domain.replay import fate_of
from leaderboard.models import ScoreEvent


@dataclass(frozen=True)
class Standing:
    """A published run. `shown` by now and then: what was taken off since is shown by no page of the past.

    scoring  of its newest publication by then;  at  of that;  named  whether its system may be told
    """

    scoring: int
    at: datetime
    shown: bool
    named: bool


class _Event(NamedTuple):
    run: int
    kind: str
    scoring: int
    at: datetime
    visibility: str
    relation: str


def standings(runs: Iterable[int], as_of: datetime | None = None) -> dict[int, Standing]:
    """Run → where it stands; one that was never published by then is not among them. One query."""
    wanted = set(runs)
    if not wanted:
        return {}
    rows = ScoreEvent.objects.filter(run__in=wanted).order_by("at", "pk").values_list(
        "run", "kind", "scoring", "at", "run__submission__visibility", "run__submission__relation"
    )  # fmt: skip
    events: dict[int, list[_Event]] = defaultdict(list)
    for row in rows:
        events[row[0]].append(_Event(*row))
    found = {run: _standing(each, as_of) for run, each in events.items()}
    return {run: each for run, each in found.items() if each is not None}


def _standing(events: Sequence[_Event], as_of: datetime | None) -> Standing | None:
    then = fate_of((event.kind, event) for event in events if as_of is None or event.at <= as_of)
    if then.newest is None:
        return None
    now = fate_of((event.kind, event) for event in events)
    visibility, relation = events[0].visibility, events[0].relation  # those of now, the same in every event
    kept_off = visibility == Submission.Visibility.PRIVATE or relation == Submission.Relation.NOT_ASKED
    return Standing(
        scoring=then.newest.scoring,
        at=then.newest.at,
        shown=not (then.taken_off or now.taken_off or kept_off),
        named=not now.anonymous,
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
