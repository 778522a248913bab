"""What is needed of a screen to rate it, read in one statement.

The case, the answers and the rubric of an open study never change; each process keeps those it has read.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from raters.domain.rubric.case import Case, Screen, ShownAnswer
from raters.domain.rubric.rubric import Rubric
from raters.models import RatingRevision, StudyAnswer, StudyItem
from raters.selectors import rubrics
from raters.selectors.statements import first_row

_READ = """
SELECT screen.id, screen.study_id, study.slug, study.state, screen.membership_id, member.state,
       member.chain_length, member.chain_head, grouped.name, screen.item_id, screen.rubric_id,
       rubric.slug, rubric.number, rubric.content_hash, screen.answers, screen.order, screen.kind,
       screen.state, screen.place, screen.seconds, screen.lease_until, item.image <> '',
       draft.revision, draft.payload, draft.client, draft.saved_at
FROM raters_assignment screen
JOIN raters_membership member ON member.id = screen.membership_id
JOIN raters_ratergroup grouped ON grouped.id = member.group_id
JOIN raters_study study ON study.id = screen.study_id
JOIN raters_studyitem item ON item.id = screen.item_id
JOIN raters_rubricversion rubric ON rubric.id = screen.rubric_id
LEFT JOIN raters_draft draft ON draft.assignment_id = screen.id
WHERE screen.id = %(screen)s AND member.rater_id = %(rater)s
"""


@dataclass
class RatedScreen:
    """One screen of a rater as it stands, with the draft (revision None where there is none)."""

    id: uuid.UUID
    study_id: uuid.UUID
    study_slug: str
    study_state: str
    membership_id: int
    membership_state: str
    chain_length: int
    chain_head: str
    group: str
    item_id: int
    rubric_id: int
    rubric_slug: str
    rubric_number: int
    rubric_hash: str
    answers: list[int]
    order: list[int]
    kind: str
    state: str
    place: int
    seconds: int
    lease_until: datetime | None
    has_image: bool
    draft_revision: int | None
    draft_payload: Any
    draft_client: str | None
    draft_saved_at: datetime | None

    @property
    def rubric(self) -> Rubric:
        return rubrics.rubric_of(self.rubric_id)

    def screen(self) -> Screen:
        """What is shown, in the order stored with the assignment."""
        shown = shown_answers(tuple(self.answers))
        return Screen(
            case=case_of(self.item_id),
            answers=tuple(shown[place] for place in self.order),
            order=tuple(self.order),
        )


def read(pk: uuid.UUID, rater_id: int) -> RatedScreen | None:
    """A rater's own screen; None for one of somebody else, as if it did not exist."""
    row = first_row(_READ, {"screen": pk, "rater": rater_id})
    if row is None:
        return None
    found = RatedScreen(*row)
    if isinstance(found.draft_payload, str):  # Django has the driver leave JSON as it is written
        found.draft_payload = msgspec.json.decode(found.draft_payload)
    return found


def latest_revision(pk: uuid.UUID) -> RatingRevision | None:
    """The rating of a screen as it stands; None before the first."""
    return RatingRevision.objects.filter(assignment=pk).order_by("number").last()


@lru_cache(maxsize=4096)
def case_of(item_id: int) -> Case:
    """The case of an item of a study that was opened."""
    return msgspec.convert(StudyItem.objects.values_list("content", flat=True).get(pk=item_id), Case)


@lru_cache(maxsize=8192)
def shown_answers(ids: Sequence[int]) -> tuple[ShownAnswer, ...]:
    """The answers of these ids, masked, in the order given."""
    stored = dict(StudyAnswer.objects.filter(pk__in=ids).values_list("pk", "shown"))
    return tuple(msgspec.convert(stored[pk], ShownAnswer) for pk in ids)
