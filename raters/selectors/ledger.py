"""The chains of ratings, read back as they were written."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from raters.domain import chain
from raters.domain.chain import ChainReport, Link
from raters.domain.rubric import Payload
from raters.models import Membership, RatingRevision, StudyAnswer, StudyItem


def record(
    *,
    assignment: uuid.UUID,
    item: int,
    answers: Sequence[int],
    order: Sequence[int],
    rubric: str,
    number: int,
    link: int,
    payload: Payload,
    reason: str,
    seconds: int,
    created_at: datetime,
    kind: str,
    shown: str,
) -> dict[str, Any]:
    """What of a revision its hash covers: the rating, and everything that says what was rated."""
    return {
        "assignment": str(assignment),
        "item": item,
        "answers": list(answers),
        "order": list(order),
        "rubric": rubric,
        "number": number,
        "link": link,
        "payload": payload,
        "reason": reason,
        "seconds": seconds,
        "created_at": created_at.isoformat(),
        "kind": kind,
        "shown": shown,
    }


def digest_of(item: int, answers: Sequence[int]) -> str:
    """SHA-256 of what stood behind the ids: the case, the answers as shown, and whose they are."""
    case = StudyItem.objects.values_list("content", flat=True).get(pk=item)
    rows = StudyAnswer.objects.filter(pk__in=answers).values_list("pk", "shown", "system__name")
    stored = {pk: [shown, system] for pk, shown, system in rows}
    content = {"case": case, "answers": [stored.get(pk) for pk in answers]}
    return hashlib.sha256(chain.canonical(content)).hexdigest()


@lru_cache(maxsize=16_384)
def digest_once(item: int, answers: tuple[int, ...]) -> str:
    """The same, read once by each process: what an open study shows never changes."""
    return digest_of(item, answers)


def verify(membership: Membership) -> ChainReport:
    """Whether a rater's ratings are those that were written, all of them and in their order."""
    head = membership.chain_head or chain.GENESIS
    return chain.verify(_links(membership), membership.chain_length, head)


def _links(membership: Membership) -> Iterator[Link]:
    rows = RatingRevision.objects.filter(membership=membership).order_by("link")
    for revision in rows.select_related("assignment__rubric").iterator(chunk_size=500):
        assignment = revision.assignment
        shown = digest_of(assignment.item_id, assignment.answers)  # as it is now, never as remembered
        yield Link(revision.previous_sha, revision.sha, record_of(revision, shown))


def record_of(revision: RatingRevision, shown: str) -> dict[str, Any]:
    """The record of a stored revision; `shown` is the digest of what was shown."""
    assignment = revision.assignment
    return record(
        assignment=assignment.pk,
        item=assignment.item_id,
        answers=assignment.answers,
        order=assignment.order,
        rubric=assignment.rubric.content_hash,
        number=revision.number,
        link=revision.link,
        payload=revision.payload,
        reason=revision.reason,
        seconds=revision.seconds,
        created_at=revision.created_at,
        kind=assignment.kind,
        shown=shown,
    )
