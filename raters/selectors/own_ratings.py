"""A rater's own screens, in the order of work. Planted screens look like any other, and sources stay hidden
until the study locks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from raters.domain.rubric import Rubric
from raters.models import Assignment, Flag, Membership, RatingRevision, Study, StudyAnswer
from raters.selectors import rubrics
from raters.selectors.screens import reasons
from raters.selectors.training import explanation_of, feedback_of

FILTERS = ("all", "rated", "skipped", "flagged", "training")
EXCERPT = 120  # characters of a case, to know it again by


@dataclass(frozen=True)
class OwnScreen:
    """One screen. `sources` by position as shown, empty before the lock; `revisions` were submitted."""

    assignment: Assignment
    number: int
    kind: str
    state: str
    excerpt: str
    minutes: float
    submitted_at: datetime | None
    revisions: int
    flags: tuple[Flag, ...]
    skip_reason: str
    sources: tuple[str, ...]
    can_open: bool
    can_take_up: bool


@dataclass(frozen=True)
class TrainingResult:
    """What a training screen taught: how many questions were answered as expected the first time."""

    assignment: Assignment
    right: int
    of: int
    lines: list[dict[str, Any]]
    explanation: str
    labels: dict[str, str] = field(default_factory=dict)


def begun(membership: Membership, wanted: str = "all") -> QuerySet[Assignment]:
    """Screens the rater has seen; what comes is not shown ahead."""
    states = Assignment.State
    rows = Assignment.objects.filter(membership=membership).select_related("item")
    rows = rows.filter(state__in=[states.OPEN, states.SUBMITTED, states.SKIPPED])
    rows = rows.exclude(state=states.OPEN, first_opened_at=None)  # only fetched ahead
    if wanted == "rated":
        rows = rows.filter(state=states.SUBMITTED).exclude(kind=Assignment.Kind.TRAINING)
    elif wanted == "skipped":
        rows = rows.filter(state=states.SKIPPED)
    elif wanted == "training":
        rows = rows.filter(kind=Assignment.Kind.TRAINING)
    elif wanted == "flagged":
        rows = rows.filter(Exists(Flag.objects.filter(assignment=OuterRef("pk"))))
    return rows.order_by("place")


def waiting(membership: Membership) -> int:
    """How many screens the rater has not seen."""
    all_waiting = Assignment.objects.filter(membership=membership, state__in=Assignment.WAITING)
    return all_waiting.filter(first_opened_at=None).count()


def screens(membership: Membership, rows: Sequence[Assignment]) -> list[OwnScreen]:
    """The page's lines for these assignments of the rater."""
    study, rubric = membership.study, rubrics.rubric_of(membership.study.rubric_id)
    is_open = study.state == Study.State.OPEN and membership.state != Membership.State.WITHDRAWN
    reason_of = dict(reasons())
    numbers, revisions, flags = _numbers(membership), _revisions(rows), _flags(rows)
    sources = _sources(rows) if study.state == Study.State.LOCKED else {}
    return [
        OwnScreen(
            assignment=row,
            number=numbers.get(row.pk, row.place),
            kind="training" if row.kind == Assignment.Kind.TRAINING else "live",
            state=row.state,
            excerpt=_excerpt(rubric, row.item.content),
            minutes=row.seconds / 60,
            submitted_at=row.submitted_at,
            revisions=revisions.get(row.pk, 0),
            flags=tuple(flags[row.pk]),
            skip_reason=reason_of.get(row.skip_reason, row.skip_reason)
            if row.state == Assignment.State.SKIPPED
            else "",
            sources=tuple(sources.get(row.answers[place], "") for place in row.order) if sources else (),
            can_open=row.state != Assignment.State.SKIPPED,
            can_take_up=row.state == Assignment.State.SKIPPED and is_open,
        )
        for row in rows
    ]


def training_results(membership: Membership) -> list[TrainingResult]:
    """Training screens that were answered, as they were answered first: that is what counted."""
    rubric = rubrics.of_results(membership.study)
    labels = {axis.id: axis.label for axis in rubric.axes}
    first = RatingRevision.objects.filter(
        membership=membership, number=1, assignment__kind=Assignment.Kind.TRAINING
    ).select_related("assignment__item")
    found = []
    for revision in first.order_by("assignment__place"):
        lines = feedback_of(revision.assignment, revision.payload)
        named = [{**line, "label": labels.get(line["axis"], line["axis"])} for line in lines]
        right = sum(bool(line["close_enough"]) for line in lines)
        told = explanation_of(revision.assignment)
        found.append(TrainingResult(revision.assignment, right, len(lines), named, told))
    return found


def _numbers(membership: Membership) -> dict[Any, int]:
    """Screens are numbered as on the rating page: by place, what was given to others left out."""
    rows = Assignment.objects.filter(membership=membership).exclude(state=Assignment.State.VOID)
    return {pk: n for n, pk in enumerate(rows.order_by("place").values_list("pk", flat=True), 1)}


def _revisions(rows: Iterable[Assignment]) -> dict[Any, int]:
    wanted = RatingRevision.objects.filter(assignment__in=[row.pk for row in rows])
    return dict(wanted.order_by("number").values_list("assignment", "number"))


def _flags(rows: Iterable[Assignment]) -> dict[Any, list[Flag]]:
    found: dict[Any, list[Flag]] = defaultdict(list)
    for flag in Flag.objects.filter(assignment__in=[row.pk for row in rows]):
        found[flag.assignment_id].append(flag)
    return found


def _sources(rows: Iterable[Assignment]) -> dict[int, str]:
    wanted = {answer for row in rows for answer in row.answers}
    return dict(StudyAnswer.objects.filter(pk__in=wanted).values_list("pk", "system__name"))


def _excerpt(rubric: Rubric, content: dict[str, Any]) -> str:
    """The beginning of a part of the case that raters are shown."""
    for part in ("question", "instruction", "context", "source", "dialogue"):
        value = content.get(part) if part in rubric.shows else None
        text = value[0].get("text", "") if isinstance(value, list) and value else value
        if isinstance(text, str) and text.strip():
            short = " ".join(text.split())
            return short if len(short) <= EXCERPT else f"{short[: EXCERPT - 1].rstrip()}…"
    return ""
