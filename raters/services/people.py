"""Who rates in a study: groups, invitations, and people who leave before or after they began."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Role, User
from raters.models import Assignment, Draft, Membership, RaterGroup, Study
from raters.services import counting, studies
from raters.services.drafts import forget_dry_run
from raters.services.refusals import NotAllowedError, RefusalError
from raters.services.replanning import lay_out_again

MOST_GROUPS = 20
MOST_INVITED = 200


@dataclass
class Invited:
    """What became of each name; `screens` were planned where the study is open."""

    invited: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    screens: int = 0


@transaction.atomic
def keep_group(
    study: Study,
    group: int | None,
    *,
    name: str,
    specialties: Sequence[str],
    languages: Sequence[str],
    needs_credential: bool,
) -> RaterGroup:
    """Add a group, or change one of a draft. To an open study a group only joins: how those that rate were
    chosen is a part of its design."""
    found = _unlocked(study)
    if group is not None and found.state != Study.State.DRAFT:
        raise NotAllowedError(
            gettext("The study is open: its groups stay as they are. Add another one instead.")
        )
    named = found.groups.filter(name=name).first()
    if named is not None and named.pk != group:
        raise RefusalError(
            gettext('There is a group "%(name)s" already: give it another name.') % {"name": name}
        )
    if group is None and found.groups.count() >= MOST_GROUPS:
        raise RefusalError(
            gettext("A study has at most %(most_groups)s groups.") % {"most_groups": MOST_GROUPS}
        )
    kept = found.groups.filter(pk=group).first() if group is not None else RaterGroup(study=found)
    if kept is None:
        raise RefusalError(gettext("This group is gone: reload the page."))
    kept.name, kept.needs_credential = name, needs_credential
    kept.specialties, kept.languages = list(specialties), list(languages)
    kept.save()
    forget_dry_run(found)
    return kept


@transaction.atomic
def remove_group(study: Study, group: int) -> None:
    """Remove an empty group that was given nothing to rate; the last one stays."""
    found = _unlocked(study)
    kept = found.groups.filter(pk=group).first()
    if kept is None:
        return
    if kept.memberships.exists():
        raise RefusalError(
            gettext('"%(name)s" has raters: remove them first, or invite them into another group.')
            % {"name": kept.name}
        )
    if str(group) in found.plan:
        raise RefusalError(
            gettext('"%(name)s" has a plan in the open study: it stays on record with it.')
            % {"name": kept.name}
        )
    if found.groups.count() == 1:
        raise RefusalError(gettext("A study needs a group: change this one, or add another first."))
    kept.delete()
    forget_dry_run(found)


@transaction.atomic
def invite(study: Study, group: int, names: Iterable[str], at_most: int | None = None) -> Invited:
    """Invite people by user name or e-mail address. In an open study the unopened rest is planned again."""
    found = _unlocked(study)
    into = found.groups.filter(pk=group).first()
    if into is None:
        raise RefusalError(gettext("Choose one of the study's groups."))
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not wanted or len(wanted) > MOST_INVITED:
        raise RefusalError(
            gettext("Give 1 to %(most_invited)s user names or e-mail addresses, one a line.")
            % {"most_invited": MOST_INVITED}
        )
    report, people = Invited(), []
    members = set(found.memberships.values_list("rater", flat=True))
    for name in wanted:
        matching = _raters_called(name)
        if len(matching) > 1:
            report.doubtful.append(name)
        elif not matching:
            report.unknown.append(name)
        elif matching[0].pk in members:
            report.already.append(name)
        else:
            people.append(matching[0])
            members.add(matching[0].pk)
            report.invited.append(matching[0].get_username())
    made = studies.invite(found, into, people)
    if at_most is not None:
        Membership.objects.filter(pk__in=[one.pk for one in made]).update(at_most=at_most)
    if made:
        report.screens = _follow(found, into.pk)
    return report


@transaction.atomic
def remove(study: Study, membership: int) -> str:
    """Take somebody out of a study in which they have not begun to rate; their name."""
    found = _unlocked(study)
    member = _member(found, membership)
    if member.chain_length or Draft.objects.filter(assignment__membership=member).exists():
        raise RefusalError(
            gettext("%(name)s has begun to rate: end their part instead, and all of it is kept.")
            % {"name": member.name}
        )
    member.assignments.all().delete()
    member.delete()
    _follow(found, member.group_id)
    return member.name


@transaction.atomic
def end(study: Study, membership: int) -> str:
    """End somebody's part: what they have not finished goes to others, what they rated stays on record."""
    found = _unlocked(study)
    member = _member(found, membership)
    if member.state != Membership.State.WITHDRAWN:
        counting.look_again(found.pk, Q(membership=member))
        member.state, member.withdrawn_at = Membership.State.WITHDRAWN, timezone.now()
        member.save(update_fields=["state", "withdrawn_at"])
        member.assignments.filter(state__in=Assignment.WAITING).update(state=Assignment.State.VOID)
        _follow(found, member.group_id)
    return member.name


def plan_again(study: Study) -> int:
    """Draw the unopened rest again, for credentials confirmed meanwhile, say; the number of new screens."""
    return lay_out_again(study)


def _follow(study: Study, group: int) -> int:
    """What a change of a group's people asks for; the other groups' plans do not hang on it."""
    if study.state == Study.State.OPEN:
        return lay_out_again(study, group)
    forget_dry_run(study)
    return 0


def _unlocked(study: Study) -> Study:
    found = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if found.state == Study.State.LOCKED:
        raise NotAllowedError(gettext("The study is locked: who rates in it stays as it is."))
    return found


def _member(study: Study, membership: int) -> Membership:
    found = study.memberships.select_for_update(no_key=True, of=("self",)).filter(pk=membership).first()
    if found is None:
        raise RefusalError(gettext("This person is not in the study any more: reload the page."))
    return found


def _raters_called(name: str) -> list[User]:
    """People with the role of a rater of this user name, or else this e-mail address."""
    if "\0" in name or len(name) > 254:
        return []
    active = User.objects.filter(is_active=True)
    by_name = [person for person in active.filter(username=name) if person.has_role(Role.RATER)]
    if by_name or "@" not in name:
        return by_name
    return [person for person in active.filter(email__iexact=name)[:5] if person.has_role(Role.RATER)]
