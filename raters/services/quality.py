"""What a coordinator does about a rater in a study: each act has a reason, which the rater reads, and stays.

A paused rater is given nothing new; what they have open they may finish. Ratings left out of the results stay
in the ledger with their chain, and can be counted again.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from raters.models import Assignment, Membership, MembershipRecord, Study
from raters.services import counting
from raters.services.refusals import NotAllowedError, NotFoundError, RefusalError

LONGEST_REASON = 2000
Act = MembershipRecord.Act
State = Membership.State


def note_seen(membership: Membership) -> None:
    """The rater looks at the figures about themself; noted once for each number of ratings."""
    if not membership.chain_length or membership.rater_id is None:
        return
    last = membership.records.filter(act=Act.SEEN).first()
    if (last.ratings if last else 0) != membership.chain_length:
        MembershipRecord.objects.create(
            membership=membership, act=Act.SEEN, actor_id=membership.rater_id, ratings=membership.chain_length
        )


@transaction.atomic
def pause(coordinator: User, study: Study, pk: int, reason: str) -> Membership:
    """Give a rater nothing more until they are taken up again."""
    membership, said = _member(study, pk), _reason(reason)
    _refuse_own(coordinator, membership)
    if membership.state == State.PAUSED:
        raise RefusalError(gettext("This rater is paused already."))
    if membership.state not in (State.ACTIVE, State.QUALIFIED):
        raise NotAllowedError(gettext("Only a rater who takes part can be paused."))
    if not membership.chain_length:
        raise NotAllowedError(gettext("This rater has not rated anything: there is nothing to pause for."))
    _change(coordinator, membership, Act.PAUSED, State.PAUSED, said)
    return membership


@transaction.atomic
def resume(coordinator: User, study: Study, pk: int, reason: str) -> Membership:
    """End a pause: the rater goes on where they were."""
    membership, said = _member(study, pk), _reason(reason)
    if membership.state != State.PAUSED:
        raise RefusalError(gettext("This rater is not paused."))
    _change(coordinator, membership, Act.RESUMED, _before(membership, Act.PAUSED), said)
    return membership


@transaction.atomic
def leave_out(
    coordinator: User, study: Study, pk: int, reason: str, *, name: str, unseen: bool = False
) -> Membership:
    """Leave all ratings of a rater out of the results, and give what they had not finished back.

    `name` repeats the rater's, against slips. Where the rater has not looked at their figures since the last
    rating, `unseen` says that the coordinator knows it.
    """
    membership, said = _member(study, pk), _reason(reason)
    _refuse_own(coordinator, membership)
    if name.strip() != membership.name:
        raise RefusalError(
            gettext('Type the rater\'s name, "%(name)s", to leave their ratings out.')
            % {"name": membership.name}
        )
    if membership.state == State.WITHDRAWN:
        raise RefusalError(gettext("The ratings of this rater are left out of the results already."))
    if not membership.chain_length:
        raise NotAllowedError(gettext("This rater has not rated anything: there is nothing to leave out."))
    if not _has_seen(membership) and not unseen:
        raise RefusalError(
            gettext(
                "The rater has not seen these figures yet. "
                "Write to them first, or tick that you go on without."
            )
        )
    counting.look_again(membership.study_id, Q(membership=membership))
    membership.withdrawn_at = timezone.now()
    _change(coordinator, membership, Act.LEFT_OUT, State.WITHDRAWN, said)
    membership.assignments.filter(state__in=Assignment.WAITING).update(state=Assignment.State.VOID)
    return membership


@transaction.atomic
def reinstate(coordinator: User, study: Study, pk: int, reason: str) -> Membership:
    """Count a rater's ratings again that were left out here; not those of somebody who left by themself."""
    membership, said = _member(study, pk), _reason(reason)
    _refuse_own(coordinator, membership)
    last = membership.records.exclude(act=Act.SEEN).first()
    if membership.state != State.WITHDRAWN or last is None or last.act != Act.LEFT_OUT:
        raise NotAllowedError(gettext("Only ratings that were left out on this page can be counted again."))
    counting.look_again(membership.study_id, Q(membership=membership))
    membership.withdrawn_at = None
    _change(coordinator, membership, Act.REINSTATED, _before(membership, Act.LEFT_OUT), said)
    return membership


def _change(coordinator: User, membership: Membership, act: str, state: str, reason: str) -> None:
    MembershipRecord.objects.create(
        membership=membership,
        act=act,
        actor=coordinator,
        reason=reason,
        ratings=membership.chain_length,
        was=membership.state,
        seen=_has_seen(membership),
    )
    membership.state = state
    membership.save(update_fields=["state", "withdrawn_at"])


def _before(membership: Membership, act: str) -> str:
    """The state before the last such act. Who was paused when left out is taken up again, not paused."""
    was = membership.records.filter(act=act).values_list("was", flat=True).first()
    if was == State.PAUSED:
        return _before(membership, Act.PAUSED)
    return was or State.QUALIFIED


def _has_seen(membership: Membership) -> bool:
    return membership.records.filter(act=Act.SEEN, ratings__gte=membership.chain_length).exists()


def _member(study: Study, pk: int) -> Membership:
    """The membership, locked. A study that is a draft has nobody to act on."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)  # in the order in which counting locks
    rows = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("study")
    found = rows.filter(study=study, pk=pk).exclude(study__state=Study.State.DRAFT).first()
    if found is None:
        raise NotFoundError(gettext("There is no such rater in this study."))
    return found


def _refuse_own(coordinator: User, membership: Membership) -> None:
    if membership.rater_id == coordinator.pk:
        raise NotAllowedError(gettext("Nobody decides about their own ratings: ask another coordinator."))


def _reason(text: str) -> str:
    said = text.strip()
    if not said:
        raise RefusalError(gettext("Give the reason: the rater reads it, and it stays on record."))
    if len(said) > LONGEST_REASON or "\x00" in said:
        raise RefusalError(
            gettext("The reason is plain text of at most %(longest_reason)s characters.")
            % {"longest_reason": LONGEST_REASON}
        )
    return said
