"""Drafts and ratings. A draft is saved by revision, a rating is submitted once whatever the network does.

Every submission of a rater is a link of their hash chain, so submissions of one rater wait for each other
(a lock on the membership) and those of different raters never do.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from accounts.statements import first_row
from raters.domain import chain
from raters.domain.rubric import Payload, check
from raters.models import Assignment, Membership, Study
from raters.selectors import ledger, rated_screen
from raters.selectors.rated_screen import RatedScreen
from raters.services import nudges, training
from raters.services import rating_statements as statements
from raters.services.handing_out import LEASE, counted
from raters.services.refusals import (
    IncompleteError,
    LockedError,
    NotFoundError,
    ReasonMissingError,
    RefusalError,
    StaleError,
)

MOST_BYTES = 256 * 1024
LONGEST_KEY = 80
LONGEST_REASON = 2000
_NULL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it, and not six characters somebody typed


class SavedDraft(NamedTuple):
    revision: int
    saved_at: datetime


@dataclass(frozen=True)
class Submission:
    """A rating as it was sent. `revision` is that of the draft it was made from."""

    key: str
    payload: Payload
    revision: int | None = None
    reason: str = ""
    seconds: int = 0
    client: str = ""


def save_draft(
    rater: User, pk: uuid.UUID, payload: Payload, revision: int, client: str, seconds: int
) -> SavedDraft:
    """Keep what is on the screen now. StaleError with the other draft if another window saved meanwhile."""
    written = _storable(payload, client)
    values = {
        "rater": rater.pk, "screen": pk, "payload": written, "revision": revision, "client": client[:64],
        "lease": LEASE, "seconds": counted(seconds),
    }  # fmt: skip
    row = first_row(statements.SAVE, values)
    if row is not None:
        return SavedDraft(*row)
    screen = _own(pk, rater)
    _refuse_closed(screen)
    # the same content again is a retry whose answer was lost on the way
    if screen.draft_revision is not None and screen.draft_saved_at and screen.draft_payload == payload:
        return SavedDraft(screen.draft_revision, screen.draft_saved_at)
    if screen.draft_revision is None:
        raise RefusalError(gettext('There is no draft yet: begin with If-Match: "0".'))
    raise _stale(screen)


def submit(rater: User, pk: uuid.UUID, sent: Submission) -> dict[str, Any]:
    """Submit a rating, or with a reason a revision of it; the answer, which the same key gets again.

    Raises StaleError where another window saved since the draft, and IncompleteError with every problem;
    nothing is stored then. A screen that was given to somebody else meanwhile is kept as an extra rating.
    """
    _storable(sent.payload, sent.client, sent.reason)
    if not 0 < len(sent.key) <= LONGEST_KEY:
        raise RefusalError(gettext("Send an Idempotency-Key of 1 to 80 characters: the same for each retry."))
    try:
        answer = _submitted_once(rater, pk, sent)
    except IntegrityError:  # the same key at the same moment in another study
        raise _key_was_used() from None
    nudges.count_ratings()
    return answer


def _submitted_once(rater: User, pk: uuid.UUID, sent: Submission) -> dict[str, Any]:
    with transaction.atomic():
        first_row(statements.LOCK, {"screen": pk, "rater": rater.pk})
        screen = _own(pk, rater, sent.key)
        if screen.receipt_answer is not None:
            if screen.receipt_screen != pk:
                raise _key_was_used()
            return msgspec.json.decode(screen.receipt_answer, type=dict[str, Any])
        _refuse_closed(screen)
        return _rated(rater, screen, sent)


def _key_was_used() -> RefusalError:
    return RefusalError("This Idempotency-Key was used for another screen: make a new one.")


def _rated(rater: User, screen: RatedScreen, sent: Submission) -> dict[str, Any]:
    latest = rated_screen.latest_revision(screen.id) if screen.state == Assignment.State.SUBMITTED else None
    shown = screen.screen()
    checked = check(screen.rubric, sent.payload, shown, screen.group)
    if latest is not None and latest.payload == checked.payload:
        return _answer(
            screen, latest.number, screen.draft_revision or 0, latest.created_at, checked.questions
        )
    if screen.draft_revision is not None and sent.revision not in (None, screen.draft_revision):
        raise _stale(screen)
    if checked.problems:
        raise IncompleteError(checked.problems)
    if latest is not None and not sent.reason.strip():
        raise ReasonMissingError(gettext("This rating was submitted already. Say why you change it."))
    number, now = latest.number + 1 if latest else 1, timezone.now()
    screen.seconds = max(screen.seconds, counted(sent.seconds))
    answer = _answer(screen, number, (screen.draft_revision or 0) + 1, now, checked.questions)
    if screen.kind == Assignment.Kind.TRAINING:
        answer["feedback"] = training.feedback(screen, checked.payload)
    _append(rater, screen, sent, checked.payload, number, now, answer)
    if screen.kind == Assignment.Kind.TRAINING:
        training.judge(screen.membership_id)
    return answer


def _append(
    rater: User,
    screen: RatedScreen,
    sent: Submission,
    payload: Payload,
    number: int,
    now: datetime,
    answer: dict[str, Any],
) -> None:
    previous, link = screen.chain_head or chain.GENESIS, screen.chain_length + 1
    reason = sent.reason.strip()[:LONGEST_REASON]
    record = ledger.record(
        assignment=screen.id,
        item=screen.item_id,
        answers=screen.answers,
        order=screen.order,
        rubric=screen.rubric_hash,
        number=number,
        link=link,
        payload=payload,
        reason=reason,
        seconds=screen.seconds,
        created_at=now,
        kind=Assignment.Kind.EXTRA if screen.state == Assignment.State.VOID else screen.kind,
        shown=ledger.digest_once(screen.item_id, tuple(screen.answers)),
    )
    values = {
        "rater": rater.pk, "member": screen.membership_id, "screen": screen.id, "number": number,
        "link": link, "payload": json.dumps(payload), "reason": reason, "seconds": screen.seconds, "now": now,
        "previous": previous, "sha": chain.record_sha(previous, record), "client": sent.client[:64],
        "key": sent.key, "answer": msgspec.json.encode(answer).decode(),
    }  # fmt: skip
    first_row(statements.APPEND, values)


def _answer(
    screen: RatedScreen, number: int, revision: int, submitted_at: datetime, questions: list[str]
) -> dict[str, Any]:
    """What a submission is answered; `questions` are about answers that rarely go together."""
    return {
        "assignment": str(screen.id),
        "number": number,
        "revision": revision,
        "kind": "training" if screen.kind == Assignment.Kind.TRAINING else "live",
        "submitted_at": submitted_at.isoformat(),
        "questions": questions,
        "feedback": [],
    }


def _own(pk: uuid.UUID, rater: User, key: str = "") -> RatedScreen:
    screen = rated_screen.read(pk, rater.pk, key)
    if screen is None:
        raise NotFoundError(gettext("There is no such screen among yours."))
    return screen


def _stale(screen: RatedScreen) -> StaleError:
    other = {
        "revision": screen.draft_revision,
        "payload": screen.draft_payload,
        "client": screen.draft_client,
        "saved_at": screen.draft_saved_at.isoformat() if screen.draft_saved_at else None,
    }
    return StaleError("Another window saved this screen meanwhile. Choose what to keep.", other)


def _refuse_closed(screen: RatedScreen) -> None:
    if screen.study_state != Study.State.OPEN:
        raise LockedError(
            gettext("This study is closed: no ratings are taken any more. Your draft stays as it is.")
        )
    if screen.membership_state == Membership.State.WITHDRAWN:
        raise LockedError(
            gettext("You have withdrawn from this study: no ratings of yours are taken any more.")
        )


def _storable(payload: Payload, *texts: str) -> str:
    """The payload as JSON for the database; RefusalError where it cannot be stored."""
    if not isinstance(payload, dict):
        raise RefusalError(
            gettext('The payload is an object of axis ids and values: {"payload": {"axis": "value"}}.')
        )
    try:
        chain.canonical(payload)
    except ValueError as error:
        raise RefusalError(gettext("The rating cannot be stored: %(error)s.") % {"error": error}) from None
    written = json.dumps(payload)
    if len(written) > MOST_BYTES:
        raise RefusalError(
            gettext("The rating is larger than %(value)s kB. Shorten the longest notes.")
            % {"value": MOST_BYTES // 1024}
        )
    if _NULL.search(written) or any("\0" in text for text in texts):
        raise RefusalError(gettext("The rating holds a null character, which cannot be stored: remove it."))
    return written
