"""What the rating page shows of one screen. Nothing here says whose answer it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from raters.domain.rendering import to_html
from raters.domain.rubric.case import Case, Screen, ShownAnswer
from raters.domain.rubric.rubric import Axis, Rubric
from raters.models import Assignment, Draft, RatingRevision, Study
from raters.selectors import assignments, rubrics, training
from raters.selectors.rated_screen import RatedScreen


@dataclass(frozen=True)
class ScreenView:
    """One screen as its rater sees it; `kind` tells training from the rest and nothing more."""

    assignment: uuid.UUID
    study: Study
    kind: str
    state: str
    number: int
    locked: bool
    revision: int
    payload: dict[str, Any]
    rubric: Rubric
    rubric_version: int
    axes: tuple[Axis, ...]
    screen: Screen
    place: int
    total: int
    done: int
    minutes_left: float | None
    guidelines_html: str
    image_url: str
    lease_until: datetime | None
    flagged: bool
    skip_reason: str
    previous: uuid.UUID | None
    username: str
    seconds: int
    feedback: list[dict[str, Any]] = field(default_factory=list)
    explanation: str = ""

    @property
    def case(self) -> Case:
        return self.screen.case

    @property
    def answers(self) -> tuple[ShownAnswer, ...]:
        return self.screen.answers

    @property
    def state_json(self) -> dict[str, Any]:
        """The same for the browser's code."""
        longest = max([len(self.case.dialogue), *(len(answer.dialogue) for answer in self.answers)])
        return {
            "assignment": str(self.assignment),
            "study": self.study.slug,
            "user": self.username,
            "kind": self.kind,
            "state": self.state,
            "number": self.number,
            "locked": self.locked,
            "revision": self.revision,
            "payload": self.payload,
            "place": self.place,
            "total": self.total,
            "seconds": self.seconds,
            "rubric_version": self.rubric_version,
            "n_answers": len(self.answers),
            "n_turns": longest,
            "criteria": msgspec.to_builtins(self.case.criteria) if "criteria" in self.rubric.shows else [],
            "axes": msgspec.to_builtins(self.axes),
            "checks": msgspec.to_builtins(self.rubric.checks),
            "cannot_judge_reasons": reasons(),
            "skip_reasons": reasons(),
            "urls": _addresses(self.study.slug, self.assignment),
        }


def view_of(assignment: Assignment, rater: User) -> ScreenView:
    """The screen of an assignment with its draft, the rater's progress and the guidelines."""
    study, rubric = assignment.study, rubrics.rubric_of(assignment.rubric_id)
    draft = Draft.objects.filter(assignment=assignment).first()
    latest = RatingRevision.objects.filter(assignment=assignment).order_by("number").last()
    progress = assignments.progress_of(assignment.membership_id)
    is_training = assignment.kind == Assignment.Kind.TRAINING
    group = assignment.membership.group.name
    return ScreenView(
        assignment=assignment.pk,
        study=study,
        kind="training" if is_training else "live",
        state="open" if assignment.state in Assignment.WAITING else assignment.state,
        number=latest.number if latest else 0,
        locked=study.state != Study.State.OPEN,
        revision=draft.revision if draft else 0,
        payload=draft.payload if draft else latest.payload if latest else {},
        rubric=rubric,
        rubric_version=assignment.rubric.number,
        axes=tuple(axis for axis in rubric.axes if not axis.groups or group in axis.groups),
        screen=assignments.screen_of(assignment),
        place=_place(assignment),
        total=progress.total,
        done=progress.done,
        minutes_left=progress.minutes_left(rubric.minutes),
        guidelines_html=to_html(rubric.guidelines),
        image_url=reverse("raters:image", args=[assignment.pk]) if assignment.item.image else "",
        lease_until=assignment.lease_until,
        flagged=assignment.flags.filter(resolved_at=None).exists(),
        skip_reason=assignment.skip_reason,
        previous=_previous(assignment),
        username=rater.username,
        seconds=assignment.seconds,
        feedback=training.feedback_of(assignment, latest.payload) if is_training and latest else [],
        explanation=training.explanation_of(assignment) if is_training and latest else "",
    )


def case_for_rater(screen: Screen, rubric: Rubric) -> dict[str, Any]:
    """The parts of a case that the rubric shows; the rest, an answer key or a file's name, stays here."""
    stored = msgspec.to_builtins(screen.case)
    # an image is shown by its address, not by the name of its file
    shown = {str(part) for part in rubric.shows if part != "image"}
    if "image" in rubric.shows:
        shown.add("image_alt")
    if "question" in rubric.shows:
        shown.add("twin_question")
    return {name: value for name, value in stored.items() if name in shown}


def reasons() -> list[tuple[str, str]]:
    """Why a rater cannot judge, in their language."""
    return [
        ("outside_specialty", _("Outside my specialty")),
        ("missing_context", _("Context is missing")),
        ("ambiguous", _("The question is ambiguous")),
        ("not_applicable", _("Does not apply here")),
        ("unsafe_to_judge", _("Not safe to judge from this")),
        ("technical", _("Something is displayed wrongly")),
    ]


def _place(assignment: Assignment) -> int:
    rows = Assignment.objects.filter(membership=assignment.membership_id, place__lte=assignment.place)
    return rows.exclude(state=Assignment.State.VOID).count()


def _previous(assignment: Assignment) -> uuid.UUID | None:
    rows = Assignment.objects.filter(membership=assignment.membership_id, place__lt=assignment.place)
    answered = rows.filter(state__in=[Assignment.State.SUBMITTED, Assignment.State.SKIPPED])
    return answered.order_by("-place").values_list("pk", flat=True).first()


def _addresses(slug: str, pk: uuid.UUID) -> dict[str, str]:
    of_screen = ("draft", "submit", "skip", "flag", "heartbeat", "reopen")
    return {
        **{name: reverse(f"api-assignment-{name}", args=[pk]) for name in of_screen},
        "next": reverse("raters:screen", args=[slug]),
        "rate": reverse("raters:rate", args=[slug]),
        "study": reverse("raters:study", args=[slug]),
        "session": reverse("accounts:session"),
        "login": reverse("account_login"),
        "keys": reverse("raters:keys"),
    }


@lru_cache(maxsize=512)
def axes_for(rubric_id: int, group: str) -> list[dict[str, Any]]:
    """The axes of a rubric that raters of a group are asked, as JSON."""
    axes = rubrics.rubric_of(rubric_id).axes
    found: list[dict[str, Any]] = msgspec.to_builtins(
        [axis for axis in axes if not axis.groups or group in axis.groups]
    )
    return found


def as_json(rated: RatedScreen) -> dict[str, Any]:
    """A screen for programs: what is shown, what is asked, and the draft so far."""
    rubric, screen = rated.rubric, rated.screen()
    return {
        "assignment": str(rated.id),
        "study": rated.study_slug,
        "state": rated.state,
        "lease_until": rated.lease_until.isoformat() if rated.lease_until else None,
        "rubric": {"slug": rated.rubric_slug, "version": rated.rubric_number},
        "axes": axes_for(rated.rubric_id, rated.group),
        "case": case_for_rater(screen, rubric),
        "answers": msgspec.to_builtins(screen.answers),
        "image": reverse("raters:image", args=[rated.id]) if rated.has_image else None,
        "revision": rated.draft_revision or 0,
        "payload": rated.draft_payload or {},
    }
