"""Credentials from the filling in to the confirmation, each step on record.

A number with a right check digit exists; that it is this person's, somebody has to find out. So a coordinator
confirms, never for themself, and only what they have seen.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Role, User
from raters.models import Credential, CredentialRecord
from raters.selectors.credentials import content_of, may_confirm
from raters.services.refusals import NotAllowedError, NotFoundError, RefusalError

LONGEST_NOTE = 2000


class ConfirmationLostError(RefusalError):
    """The change would take the confirmation away, and the rater has not agreed to that."""

    code = "confirmation_lost"


@transaction.atomic
def fill_in(rater: User, content: dict[str, Any], *, agreed: bool = False) -> bool:
    """Keep what a rater says of themself; whether anything changed.

    Somebody without the role thereby asks for it. A change takes a confirmation away, with `agreed` only.
    """
    User.objects.select_for_update(no_key=True).get(pk=rater.pk)  # two windows: one after the other
    credential = Credential.objects.select_related("rater").filter(rater=rater).first()
    if credential is not None and content_of(credential) == content:
        return False
    was_confirmed = credential is not None and credential.confirmed_at is not None
    if was_confirmed and not agreed:
        raise ConfirmationLostError(
            gettext("This was confirmed. Saving the change removes the confirmation: tick that you know it.")
        )
    made = credential or Credential(rater=rater)
    for name, value in content.items():
        setattr(made, name, value)
    made.confirmed_by = made.confirmed_at = None
    made.save()
    act = CredentialRecord.Act.CHANGED
    if was_confirmed:
        act = CredentialRecord.Act.UNCONFIRMED
    elif credential is None and not rater.has_role(Role.RATER):
        act = CredentialRecord.Act.ASKED
    _record(rater, act, rater, content)
    return True


@transaction.atomic
def confirm(coordinator: User, username: str, version: str) -> Credential:
    """Confirm what `version` names, and make the person a rater. RefusalError when it changed meanwhile."""
    credential = _to_decide_on(coordinator, username, version)
    if credential.confirmed_at is None:
        Credential.objects.filter(pk=credential.pk).update(
            confirmed_by=coordinator, confirmed_at=timezone.now()
        )
        _record(credential.rater, CredentialRecord.Act.CONFIRMED, coordinator, content_of(credential))
    person = User.objects.select_for_update(no_key=True).get(pk=credential.rater_id)
    if Role.RATER not in person.roles:
        person.roles = [*person.roles, Role.RATER]
        person.save(update_fields=["roles"])
    return credential


@transaction.atomic
def send_back(coordinator: User, username: str, version: str, note: str) -> Credential:
    """Return a credential to its rater with what is missing; a confirmation ends with it."""
    credential = _to_decide_on(coordinator, username, version)
    said = note.strip()
    if not said:
        raise RefusalError(gettext("Say what is missing or cannot be right: the rater reads it."))
    if len(said) > LONGEST_NOTE or "\x00" in said:
        raise RefusalError(
            gettext("The note is plain text of at most %(longest_note)s characters.")
            % {"longest_note": LONGEST_NOTE}
        )
    Credential.objects.filter(pk=credential.pk).update(confirmed_by=None, confirmed_at=None)
    last = CredentialRecord.objects.filter(rater=credential.rater_id).first()
    if last is None or (last.act, last.note) != (CredentialRecord.Act.RETURNED, said):
        _record(credential.rater, CredentialRecord.Act.RETURNED, coordinator, content_of(credential), said)
    return credential


def _to_decide_on(coordinator: User, username: str, version: str) -> Credential:
    rows = Credential.objects.select_for_update(no_key=True, of=("self",)).select_related("rater")
    credential = rows.filter(rater__username=username.replace("\x00", ""), rater__is_active=True).first()
    if not may_confirm(coordinator) or credential is None:
        raise NotFoundError(gettext("There is no credential of this name."))
    if credential.rater_id == coordinator.pk:
        raise NotAllowedError(gettext("Nobody confirms their own credential: ask another coordinator."))
    if credential.changed_at.isoformat() != version:
        raise RefusalError(gettext("The rater changed it since you opened the page. Look at it again."))
    return credential


def _record(rater: User, act: str, actor: User, content: dict[str, Any], note: str = "") -> None:
    CredentialRecord.objects.create(rater=rater, act=act, actor=actor, content=content, note=note)
