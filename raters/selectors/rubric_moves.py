"""Whether an open study can go on to a newer version of its rubric, and what that would mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from raters.domain.rubric.succession import Succession, succession
from raters.models import Assignment, RubricMove, RubricVersion, Study
from raters.selectors import rubrics


@dataclass(frozen=True)
class MoveOffer:
    """A newer version than the study's: `unopened` screens would move, `begun` ones stay as they are."""

    version: RubricVersion
    unopened: int
    begun: int
    change: Succession


def offer_of(study: Study) -> MoveOffer | None:
    """The newest version of the study's rubric, held against what its ratings were given with; None where
    the study has it, or is not open."""
    if study.state != Study.State.OPEN:
        return None
    newest = rubrics.newest(study.rubric.slug)
    if newest is None or newest.number <= study.rubric.number:
        return None
    unopened = unopened_screens(study).count()
    return MoveOffer(newest, unopened, screens_of(study).count() - unopened, change_to(study, newest))


def screens_of(study: Study) -> QuerySet[Assignment]:
    return Assignment.objects.filter(study=study).exclude(state=Assignment.State.VOID)


def unopened_screens(study: Study) -> QuerySet[Assignment]:
    """Screens that no browser has: nobody opened them, fetched them ahead or wrote on them."""
    planned = Assignment.objects.filter(study=study, state=Assignment.State.PLANNED, first_opened_at=None)
    return planned.filter(draft=None)


def change_to(study: Study, version: RubricVersion) -> Succession:
    """From the study's rubric to another version, every version it had before considered."""
    earlier = [rubrics.rubric_of(each) for each in rubrics.earlier_versions(study)]
    return succession(rubrics.rubric_of(study.rubric_id), rubrics.rubric_of(version.pk), earlier)


def moves_of(study: Study) -> list[RubricMove]:
    """The moves there were, the latest first."""
    return list(study.rubric_moves.select_related("old", "new", "author"))


def described(move: RubricMove) -> dict[str, Any]:
    """A version that earlier ratings were given with, and how the study left it."""
    return {
        "version": move.old.number,
        "sha256": move.old.content_hash,
        "content": move.old.content,
        "left_at": move.created_at.isoformat(),
        "screens_moved": move.screens,
        "screens_kept": move.kept,
    }
