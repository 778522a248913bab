"""Studies: which ones a person sees, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import Role, User
from raters.models import Assignment, Membership, Study, StudyItem
from raters.selectors import assignments
from raters.selectors.assignments import Progress


@dataclass(frozen=True)
class OwnStudy:
    """A study one rates in, and how far one is."""

    study: Study
    membership: Membership
    progress: Progress
    minutes_left: float | None

    @property
    def has_consented(self) -> bool:
        return self.membership.consent_version == self.study.consent_version

    @property
    def can_rate(self) -> bool:
        return self.study.state == Study.State.OPEN and self.membership.state in (
            Membership.State.ACTIVE,
            Membership.State.QUALIFIED,
        )


def find(slug: str) -> Study | None:
    return Study.objects.select_related("rubric", "coordinator").filter(slug=slug).first()


def may_manage(person: User, study: Study) -> bool:
    """Its coordinator, and administrators."""
    return person.is_authenticated and (
        (study.coordinator_id == person.pk and person.has_role(Role.COORDINATOR))
        or person.has_role(Role.ADMINISTRATOR)
    )


def rated_by(rater: User) -> list[OwnStudy]:
    """Studies a person rates in, the open ones first."""
    memberships = (
        Membership.objects.select_related("study__rubric", "group")
        .filter(rater=rater)
        .exclude(study__state=Study.State.DRAFT)
        .order_by("-study__opened_at")
    )
    own = [_own(membership) for membership in memberships]
    return sorted(own, key=lambda each: each.study.state != Study.State.OPEN)


def own_study(rater: User, study: Study) -> OwnStudy | None:
    """A person's place in one study; None where they have none or it is not open yet."""
    membership = Membership.objects.select_related("study__rubric", "group").filter(rater=rater, study=study)
    found = membership.first()
    return _own(found) if found and study.state != Study.State.DRAFT else None


def open_to(person: User) -> list[Study]:
    """Open studies in which the person may rate now."""
    return [own.study for own in rated_by(person) if own.can_rate]


def coordinated_by(person: User) -> QuerySet[Study]:
    """Studies a coordinator defined; an administrator sees all."""
    rows = Study.objects.select_related("rubric", "coordinator").annotate(
        raters=Count("memberships", distinct=True),
        screens=Count("assignments", filter=~Q(assignments__state=Assignment.State.VOID), distinct=True),
        rated=Count("assignments", filter=Q(assignments__state=Assignment.State.SUBMITTED), distinct=True),
    )
    return rows if person.has_role(Role.ADMINISTRATOR) else rows.filter(coordinator=person)


def published() -> QuerySet[Study]:
    """Studies whose results everybody may read."""
    return Study.objects.select_related("rubric").filter(published=True).order_by("title")


def _own(membership: Membership) -> OwnStudy:
    progress = assignments.progress_of(membership.pk)
    planned = membership.study.rubric.content.get("minutes", 3.0)
    return OwnStudy(membership.study, membership, progress, progress.minutes_left(planned))


@dataclass(frozen=True)
class Summary:
    """A study in numbers; `raters` have accepted, `rated` screens are submitted."""

    raters: int
    items: int
    systems: int
    screens: int
    rated: int
    skipped: int

    @property
    def share(self) -> float:
        """Screens that are done, of all, in percent."""
        return 100 * (self.rated + self.skipped) / self.screens if self.screens else 0.0


def summary(study: Study) -> Summary:
    """How large a study is and how far."""
    screens = study.assignments.exclude(state=Assignment.State.VOID).aggregate(
        all=Count("pk"),
        rated=Count("pk", filter=Q(state=Assignment.State.SUBMITTED)),
        skipped=Count("pk", filter=Q(state=Assignment.State.SKIPPED)),
    )
    accepted = study.memberships.exclude(
        state__in=[Membership.State.INVITED, Membership.State.WITHDRAWN]
    ).count()
    return Summary(
        raters=accepted,
        items=study.items.filter(kind=StudyItem.Kind.LIVE).count(),
        systems=study.systems.count(),
        screens=screens["all"],
        rated=screens["rated"],
        skipped=screens["skipped"],
    )
