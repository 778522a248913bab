"""What the planner is told of a study: its raters, items and systems."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import QuerySet

from evaluation.models import System
from raters.domain.assignment import Item, Rater
from raters.models import Credential, Membership, RaterGroup, Study, StudyAnswer, StudyItem

ABLE = (Membership.State.INVITED, Membership.State.ACTIVE, Membership.State.QUALIFIED)


def raters_of(group: RaterGroup) -> list[Rater]:
    """Members of a group who can be given work, with their specialties, languages and conflicts of interest.

    Where the group asks for a credential, only what a coordinator confirmed counts.
    """
    members = list(group.memberships.filter(state__in=ABLE).order_by("pk"))
    people = [member.rater_id for member in members if member.rater_id]
    credentials = {each.rater_id: each for each in Credential.objects.filter(rater__in=people)}
    wrote: dict[int, set[tuple[str, str]]] = defaultdict(set)
    written = StudyAnswer.objects.filter(item__study=group.study_id, author__in=people)
    for author, item, system in written.values_list("author", "item", "system"):
        wrote[author or 0].add((str(item), str(system)))
    owned: dict[int, set[str]] = defaultdict(set)
    systems = group.study.systems.filter(system__owner__in=people).exclude(system__kind=System.Kind.BASELINE)
    for owner, number in systems.values_list("system__owner", "pk"):
        owned[owner].add(str(number))
    return [
        _rater(group, member, credentials.get(member.rater_id or 0), wrote, owned)
        for member in members
        if _is_eligible(group, credentials.get(member.rater_id or 0))
    ]


def items_of(study: Study, *, with_left_out: bool = False) -> list[Item]:
    """Live items, each open to raters of its specialty and language."""
    return [
        Item(id=str(item.pk), specialty=item.specialty or None, language=item.language or None)
        for item in (every_live_item(study) if with_left_out else live_items(study))
    ]


def live_items(study: Study) -> QuerySet[StudyItem]:
    return every_live_item(study).filter(left_out="")


def every_live_item(study: Study) -> QuerySet[StudyItem]:
    """Those left out included: an open study's plan was drawn with them."""
    return study.items.filter(kind=StudyItem.Kind.LIVE).order_by("number")


def systems_of(study: Study) -> list[str]:
    """Systems by id, in their order."""
    return [str(pk) for pk in study.systems.order_by("number").values_list("pk", flat=True)]


def _is_eligible(group: RaterGroup, credential: Credential | None) -> bool:
    if not group.needs_credential:
        return True
    if credential is None or credential.confirmed_at is None:
        return False
    asked = set(group.specialties)
    return not asked or bool(asked & set(credential.specialties))


def _rater(
    group: RaterGroup,
    member: Membership,
    credential: Credential | None,
    wrote: dict[int, set[tuple[str, str]]],
    owned: dict[int, set[str]],
) -> Rater:
    person = member.rater_id or 0
    counts = credential is not None and (credential.confirmed_at is not None or not group.needs_credential)
    specialties = set(credential.specialties) if credential and counts else set()
    languages = set(credential.languages) if credential and counts else set()
    return Rater(
        id=str(member.pk),
        specialties=frozenset(specialties | set(group.specialties)),
        languages=frozenset(languages | set(group.languages)),
        at_most=member.at_most,
        wrote=frozenset(wrote.get(person, ())),
        barred_systems=frozenset(owned.get(person, ())),
    )
