"""Disputes about the honorarium: a rater says what is wrong, a coordinator answers."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from raters.models import HonorariumDispute, Membership, Study
from raters.services.refusals import NotFoundError, RefusalError

LINES = ("rated", "training", "skipped")
LONGEST_NOTE = 2000


@transaction.atomic
def dispute(rater: User, study: Study, line: str, note: str) -> HonorariumDispute:
    """Say that a line is wrong. One dispute of a line is open at a time; the same again changes nothing."""
    rows = Membership.objects.select_for_update(no_key=True).filter(rater=rater, study=study)
    membership = rows.exclude(study__state=Study.State.DRAFT).first()
    if membership is None or line not in LINES:
        raise NotFoundError(gettext("There is no such line."))
    said = _text(note, "Say what is wrong with the line: the coordinator reads it.")
    standing = membership.disputes.filter(line=line, resolved_at=None).first()
    if standing is None:
        return HonorariumDispute.objects.create(membership=membership, line=line, note=said)
    if standing.note != said:
        raise RefusalError(gettext("You disputed this line already. The coordinator answers that first."))
    return standing


@transaction.atomic
def resolve(coordinator: User, study: Study, pk: int, resolution: str) -> HonorariumDispute:
    """Answer a dispute; the rater reads it."""
    rows = HonorariumDispute.objects.select_for_update(no_key=True, of=("self",)).select_related("membership")
    found = rows.filter(membership__study=study, pk=pk).first()
    if found is None:
        raise NotFoundError(gettext("There is no such dispute in this study."))
    said = _text(resolution, "Say how it was settled: the rater reads it.")
    if found.membership.rater_id == coordinator.pk:
        raise RefusalError(gettext("Nobody settles their own dispute: ask another coordinator."))
    if found.resolved_at is not None:
        raise RefusalError(gettext("This dispute was answered already."))
    found.resolved_at, found.resolved_by, found.resolution = timezone.now(), coordinator, said
    found.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    return found


def _text(text: str, empty: str) -> str:
    said = text.strip()
    if not said:
        raise RefusalError(empty)
    if len(said) > LONGEST_NOTE or "\x00" in said:
        raise RefusalError(
            gettext("The text is plain and has at most %(longest_note)s characters.")
            % {"longest_note": LONGEST_NOTE}
        )
    return said
