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

from accounts.statements import Row, first_row
from raters.domain.rubric.case import Case, Screen, ShownAnswer
from raters.domain.rubric.rubric import Rubric
from raters.models import RatingRevision, StudyAnswer, StudyItem
from raters.selectors import rubrics

COLUMNS = """
screen.id, screen.study_id, study.slug, study.state, screen.membership_id, member.state,
member.chain_length, member.chain_head, grouped.name, screen.item_id, screen.rubric_id,
rubric.slug, rubric.number, rubric.content_hash, screen.answers, screen.order, screen.kind,
screen.state, screen.place, screen.seconds, screen.lease_until, item.image <> '',
draft.revision, draft.payload, draft.client, draft.saved_at"""
WITH_ALL_THAT_BELONGS_TO_IT = """
JOIN raters_membership member ON member.id = screen.membership_id
JOIN raters_ratergroup grouped ON grouped.id = member.group_id
JOIN raters_study study ON study.id = screen.study_id
JOIN raters_studyitem item ON item.id = screen.item_id
JOIN raters_rubricversion rubric ON rubric.id = screen.rubric_id
LEFT JOIN raters_draft draft ON draft.assignment_id = screen.id"""
_READ = f"""
SELECT {COLUMNS}, receipt.assignment_id, receipt.answer
FROM raters_assignment screen {WITH_ALL_THAT_BELONGS_TO_IT}
LEFT JOIN raters_receipt receipt ON receipt.rater_id = %(rater)s AND receipt.key = %(key)s
WHERE screen.id = %(screen)s AND member.rater_id = %(rater)s
"""  # noqa: S608 - words of ours
_CASE = "SELECT content::text FROM raters_studyitem WHERE id = %(item)s"
_SHOWN = """
SELECT json_agg(answer.shown ORDER BY wanted.place)::text
FROM unnest(%(answers)s::bigint[]) WITH ORDINALITY wanted (id, place)
JOIN raters_studyanswer answer ON answer.id = wanted.id
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
    receipt_screen: uuid.UUID | None = (
        None  # of the request that is being answered, if it was answered before
    )
    receipt_answer: str | None = None

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


def read(pk: uuid.UUID, rater_id: int, key: str = "") -> RatedScreen | None:
    """A rater's own screen; None for one of somebody else, as if it did not exist. With it comes the receipt
    of the request that had this key."""
    row = first_row(_READ, {"screen": pk, "rater": rater_id, "key": key})
    return None if row is None else of_row(row)


def of_row(row: Row) -> RatedScreen:
    """The screen whose COLUMNS these are."""
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
    row = first_row(_CASE, {"item": item_id})
    if row is None:
        raise StudyItem.DoesNotExist(item_id)
    return msgspec.json.decode(row[0], type=Case)


@lru_cache(maxsize=8192)
def shown_answers(ids: Sequence[int]) -> tuple[ShownAnswer, ...]:
    """The answers of these ids, masked, in the order given."""
    row = first_row(_SHOWN, {"answers": list(ids)})
    found = msgspec.json.decode(row[0], type=tuple[ShownAnswer, ...]) if row and row[0] else ()
    if len(found) != len(ids):
        raise StudyAnswer.DoesNotExist(ids)
    return found
