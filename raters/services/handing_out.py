"""Handing screens out: the next one, the lease on it, and giving one back.

What a rater waits for is one statement each; the ORM is only asked why a statement found nothing.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from accounts.statements import first_row
from raters.domain.rubric.rubric import CANNOT_JUDGE_REASONS
from raters.models import Assignment, Flag, Membership, Study
from raters.selectors import assignments, rated_screen
from raters.selectors.rated_screen import RatedScreen
from raters.services.refusals import LockedError, NotAllowedError, NotFoundError, RefusalError

LEASE = timedelta(minutes=45)
SKIP_REASONS = CANNOT_JUDGE_REASONS
LONGEST_NOTE = 4000
TRIES = 3  # the screen that was next may be submitted at this very moment
MOST_SECONDS = 7_200  # of one screen: who is away longer is not reading

# The screen after `after` first, then any that was left before it: each is the first of an index, so that a
# rater's many screens are not read. What is given is the screen as it then stands, with all that it needs.
_NEXT = f"""
WITH mine AS MATERIALIZED (
    SELECT member.id, member.state,
           COALESCE((SELECT place FROM raters_assignment WHERE id = %(after)s::uuid), 0) AS place
    FROM raters_membership member JOIN raters_study study ON study.id = member.study_id
    WHERE member.rater_id = %(rater)s AND study.slug = %(slug)s AND study.state = 'open'
      AND member.consent_version = study.consent_version AND member.state IN ('qualified', 'active')
), ahead AS (
    SELECT screen.id FROM mine CROSS JOIN LATERAL (
        SELECT id FROM raters_assignment
        WHERE membership_id = mine.id AND state IN ('planned', 'open') AND place >= mine.place
          AND (mine.state = 'qualified' OR kind = 'training') AND id IS DISTINCT FROM %(after)s::uuid
        ORDER BY place LIMIT 1
    ) screen
), wanted AS (
    SELECT id FROM ahead
    UNION ALL
    SELECT screen.id FROM mine CROSS JOIN LATERAL (
        SELECT id FROM raters_assignment
        WHERE membership_id = mine.id AND state IN ('planned', 'open') AND place < mine.place
          AND (mine.state = 'qualified' OR kind = 'training')
        ORDER BY place LIMIT 1
    ) screen
    WHERE NOT EXISTS (SELECT FROM ahead)
), screen AS (
    UPDATE raters_assignment
    SET state = 'open', lease_until = now() + %(lease)s,
        lease_token = COALESCE(lease_token, gen_random_uuid())
    FROM wanted
    WHERE raters_assignment.id = wanted.id AND raters_assignment.state IN ('planned', 'open')
    RETURNING raters_assignment.*
)
SELECT {rated_screen.COLUMNS} FROM screen {rated_screen.WITH_ALL_THAT_BELONGS_TO_IT}
"""  # noqa: S608 - words of ours

_HEARTBEAT = """
UPDATE raters_assignment screen
SET lease_until = CASE WHEN screen.state = 'open' THEN now() + %(lease)s ELSE lease_until END,
    seconds = CASE WHEN screen.state = 'open' THEN GREATEST(seconds, %(seconds)s) ELSE seconds END
FROM raters_membership member, raters_study study
WHERE screen.id = %(screen)s AND member.id = screen.membership_id AND member.rater_id = %(rater)s
  AND study.id = screen.study_id AND study.state = 'open' AND member.state <> 'withdrawn'
RETURNING screen.state, screen.lease_until
"""


class Alive(NamedTuple):
    """What became of a screen, and how long it is reserved."""

    state: str
    lease_until: datetime | None


def membership_of(rater: User, slug: str) -> Membership:
    """The rater's place in a study. NotFoundError where there is none, NotAllowedError before consent."""
    membership = (
        Membership.objects.select_related("study", "group").filter(rater=rater, study__slug=slug).first()
    )
    if membership is None or membership.study.state == Study.State.DRAFT:
        raise NotFoundError(gettext("You are not a rater in a study of this name."))
    if membership.state in (Membership.State.WITHDRAWN, Membership.State.REFUSED):
        raise NotAllowedError(gettext("You no longer rate in this study. Its page says why."))
    if membership.state == Membership.State.PAUSED:
        raise NotAllowedError(
            gettext("The coordinator has paused your part for now. The study's page says why.")
        )
    if membership.consent_version != membership.study.consent_version:
        raise NotAllowedError(gettext("Please read and accept the consent text on the study's page first."))
    return membership


def next_screen(rater: User, slug: str, after: uuid.UUID | None = None) -> RatedScreen | None:
    """The next screen of a study, reserved for this rater for 45 minutes; None when nothing is left.

    `after` asks for the one to fetch ahead while that screen is still being worked on.
    """
    if "\0" in slug:  # the database cannot even be asked
        raise NotFoundError(gettext("You are not a rater in a study of this name."))
    values = {"rater": rater.pk, "slug": slug, "after": after, "lease": LEASE}
    for _ in range(TRIES):
        row = first_row(_NEXT, values)
        if row is not None:
            return rated_screen.of_row(row)
        membership = membership_of(rater, slug)
        if membership.study.state != Study.State.OPEN:
            raise LockedError(gettext("This study is closed: no ratings are taken any more."))
        if not assignments.are_waiting(membership):
            return None
    return None


def heartbeat(rater: User, pk: uuid.UUID, seconds: int) -> Alive:
    """The window is still open: the reservation lasts on, and the longest count of time spent is kept."""
    values = {"rater": rater.pk, "screen": pk, "lease": LEASE, "seconds": counted(seconds)}
    row = first_row(_HEARTBEAT, values)
    if row is None:
        _refuse_closed(_own(rater, pk))
        raise NotFoundError(gettext("There is no such screen among yours."))
    return Alive(*row)


def opened(assignment: Assignment) -> None:
    """The rater looks at a screen for the first time."""
    if assignment.first_opened_at is None:
        unopened = Assignment.objects.filter(pk=assignment.pk, first_opened_at=None)
        unopened.update(first_opened_at=timezone.now())


def counted(seconds: int) -> int:
    """Seconds as they are kept: none below nothing, none above a day."""
    return min(max(int(seconds), 0), MOST_SECONDS)


@transaction.atomic
def skip(rater: User, pk: uuid.UUID, reason: str, note: str) -> Assignment:
    """Leave a screen with a reason. It counts as done, and can be taken up again."""
    assignment = _own(rater, pk)
    if reason not in SKIP_REASONS:
        raise RefusalError(
            gettext("Give one of these reasons: %(value)s.") % {"value": ", ".join(SKIP_REASONS)}
        )
    _refuse_closed(assignment)
    if assignment.kind == Assignment.Kind.TRAINING:
        raise NotAllowedError(gettext("Training items cannot be skipped: answer as well as you can."))
    waiting = (*Assignment.WAITING, Assignment.State.SKIPPED)
    changed = Assignment.objects.filter(pk=assignment.pk, state__in=waiting).update(
        state=Assignment.State.SKIPPED, skip_reason=reason, skip_note=_note(note), lease_until=None
    )
    if not changed:
        raise NotAllowedError(gettext("This screen was submitted already. You can still revise it."))
    assignment.refresh_from_db(fields=["state", "skip_reason", "skip_note"])
    return assignment


def take_up_again(rater: User, pk: uuid.UUID) -> Assignment:
    """Undo a skip."""
    assignment = _own(rater, pk)
    _refuse_closed(assignment)
    Assignment.objects.filter(pk=pk, state=Assignment.State.SKIPPED).update(
        state=Assignment.State.OPEN, skip_reason="", skip_note=""
    )
    heartbeat(rater, pk, 0)
    assignment.refresh_from_db(fields=["state", "skip_reason", "skip_note", "lease_until"])
    return assignment


def flag(rater: User, pk: uuid.UUID, note: str) -> Flag:
    """Tell the coordinator that something is wrong with a screen; rating goes on."""
    assignment = _own(rater, pk)
    if not note.strip():
        raise RefusalError(gettext("Say in a few words what is wrong, so that the coordinator can mend it."))
    _refuse_closed(assignment)
    written = _note(note)
    return Flag.objects.get_or_create(assignment=assignment, note=written, resolved_at=None)[0]


def _own(rater: User, pk: uuid.UUID) -> Assignment:
    assignment = assignments.find(rater, pk)
    if assignment is None:
        raise NotFoundError(gettext("There is no such screen among yours."))
    return assignment


def _refuse_closed(assignment: Assignment) -> None:
    if assignment.study.state != Study.State.OPEN:
        raise LockedError(gettext("This study is closed: no ratings are taken any more."))
    if assignment.membership.state == Membership.State.WITHDRAWN:
        raise LockedError(gettext("You have left this study: nothing in it can be changed any more."))


def _note(text: str) -> str:
    if len(text) > LONGEST_NOTE:
        raise RefusalError(
            gettext("The note is longer than %(longest_note)s characters. Shorten it.")
            % {"longest_note": LONGEST_NOTE}
        )
    if "\0" in text:
        raise RefusalError(gettext("The note holds a null character, which cannot be stored: remove it."))
    return text.strip()
