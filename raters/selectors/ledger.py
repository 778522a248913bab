"""The chains of ratings, read back as they were written."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from raters.domain import chain
from raters.domain.chain import ChainReport, Link
from raters.domain.rubric import Payload
from raters.models import Membership, RatingRevision


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
    }


def verify(membership: Membership) -> ChainReport:
    """Whether a rater's ratings are those that were written, all of them and in their order."""
    head = membership.chain_head or chain.GENESIS
    return chain.verify(_links(membership), membership.chain_length, head)


def _links(membership: Membership) -> Iterator[Link]:
    rows = RatingRevision.objects.filter(membership=membership).order_by("link")
    for revision in rows.select_related("assignment__rubric").iterator(chunk_size=500):
        yield Link(revision.previous_sha, revision.sha, record_of(revision))


def record_of(revision: RatingRevision) -> dict[str, Any]:
    """The record of a stored revision."""
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
    )
