"""The people of a study as its coordinator sees them: what they are, how far, how fast."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Aggregate, Count, F, FloatField, Q

from raters.domain.languages import LANGUAGES
from raters.domain.specialties import SPECIALTIES
from raters.models import Assignment, Credential, Draft, Membership, RaterGroup, Study
from raters.selectors import design as designs
from raters.translated_names import named


class _Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class MemberRow:
    """One member. `begun` says that something of theirs must be kept; `median_seconds` is a screen's."""

    member: Membership
    done: int
    total: int
    median_seconds: float | None
    begun: bool
    is_eligible: bool
    credential: Credential | None
    consent_is_current: bool

    @property
    def specialties(self) -> str:
        return ", ".join(named(self.credential.specialties if self.credential else (), SPECIALTIES))


@dataclass(frozen=True)
class GroupRows:
    """A group with its members. `waits` counts those who could rate now and have no screens yet."""

    group: RaterGroup
    members: tuple[MemberRow, ...]
    specialties: str
    languages: str

    @property
    def waits(self) -> int:
        return sum(row.is_eligible and not row.total for row in self.members)


def groups_of(study: Study) -> list[GroupRows]:
    """All groups with their members, in the order in which they were made."""
    states = Assignment.State
    counts = {
        row["membership"]: (row["done"], row["total"])
        for row in Assignment.objects.filter(study=study)
        .exclude(state=states.VOID)
        .values("membership")
        .annotate(
            total=Count("pk"),
            done=Count("pk", filter=Q(state__in=[states.SUBMITTED, states.SKIPPED])),
        )
        .order_by()
    }
    spent = Assignment.objects.filter(study=study, state=states.SUBMITTED, seconds__gt=0)
    paces = dict(spent.values_list("membership").annotate(median=_Median(F("seconds"))).order_by())
    drafts = set(
        Draft.objects.filter(assignment__study=study).values_list("assignment__membership", flat=True)
    )
    return [
        _group_rows(study, group, counts, paces, drafts) for group in study.groups.select_related("study")
    ]


def _group_rows(
    study: Study,
    group: RaterGroup,
    counts: dict[int, tuple[int, int]],
    paces: dict[int, float],
    drafts: set[int],
) -> GroupRows:
    members = list(group.memberships.select_related("rater").order_by("pk"))
    eligible = {int(rater.id) for rater in designs.raters_of(group)}
    credentials = {
        each.rater_id: each for each in Credential.objects.filter(rater__in=[m.rater_id for m in members])
    }
    rows = tuple(
        MemberRow(
            member=member,
            done=counts.get(member.pk, (0, 0))[0],
            total=counts.get(member.pk, (0, 0))[1],
            median_seconds=paces.get(member.pk),
            begun=bool(member.chain_length) or member.pk in drafts,
            is_eligible=member.pk in eligible,
            credential=credentials.get(member.rater_id or 0),
            consent_is_current=member.consent_version == study.consent_version,
        )
        for member in members
    )
    specialties = ", ".join(named(group.specialties, SPECIALTIES))
    return GroupRows(group, rows, specialties, ", ".join(named(group.languages, LANGUAGES)))
