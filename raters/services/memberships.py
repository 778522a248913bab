"""Raters join a study: invited by a coordinator, in it once they accepted its consent text."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from raters.models import Assignment, Membership, Study
from raters.services import counting
from raters.services.refusals import NotFoundError, RefusalError


@transaction.atomic
def consent(rater: User, slug: str, version: int) -> Membership:
    """Accept the consent text of this version; RefusalError when the text has changed since it was read."""
    membership = _locked(rater, slug)
    if membership.state in (Membership.State.WITHDRAWN, Membership.State.REFUSED):
        raise RefusalError(gettext("You no longer rate in this study."))
    if version != membership.study.consent_version:
        raise RefusalError(
            gettext("The consent text has changed since you opened the page. Please read it again.")
        )
    membership.consent_version, membership.consented_at = version, timezone.now()
    if membership.state == Membership.State.INVITED:
        has_training = membership.assignments.filter(kind=Assignment.Kind.TRAINING).exists()
        membership.state = Membership.State.ACTIVE if has_training else Membership.State.QUALIFIED
    membership.save(update_fields=["consent_version", "consented_at", "state"])
    return membership


@transaction.atomic
def withdraw(rater: User, slug: str) -> Membership:
    """Leave a study: what was not rated is given back. Ratings stay in the ledger, and out of the results."""
    membership = _locked(rater, slug)
    if membership.state != Membership.State.WITHDRAWN:
        counting.look_again(membership.study_id, Q(membership=membership))
        membership.state, membership.withdrawn_at = Membership.State.WITHDRAWN, timezone.now()
        membership.save(update_fields=["state", "withdrawn_at"])
        membership.assignments.filter(state__in=Assignment.WAITING).update(state=Assignment.State.VOID)
    return membership


def _locked(rater: User, slug: str) -> Membership:
    """The membership, locked after its study: everybody locks in this order."""
    Study.objects.select_for_update(no_key=True).filter(slug=slug).first()
    rows = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("study")
    found = rows.filter(rater=rater, study__slug=slug).exclude(study__state=Study.State.DRAFT).first()
    if found is None:
        raise NotFoundError(gettext("You are not a rater in a study of this name."))
    return found
