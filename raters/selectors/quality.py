"""The figures about one rater in one study, and those about all of them side by side.

Everything follows from the newest revision of submitted screens. Gold, twins and repeats are told apart from
live screens here only: what leaves these functions for a rater counts them and never says which they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Aggregate, Count, FloatField, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from raters.domain.agreement import Scale
from raters.domain.quality import (
    NO_DIRECTION,
    Consistency,
    Gaps,
    PositionBias,
    Series,
    Share,
    TwinTest,
    consistencies,
    gaps,
    has_direction,
    position_bias,
    severity_drift,
    share,
    speed_drift,
    twin_drift,
    twin_test,
)
from raters.domain.rubric import Rubric, variables
from raters.models import Assignment, Membership, MembershipRecord, Study
from raters.selectors import rubrics
from raters.selectors.quality_ratings import (
    Rated,
    gold_share,
    rated_where,
    repeat_pairs,
    timed_ratings,
    twin_pairs,
)

BLOCK = 20  # screens
_LIVE = (Assignment.Kind.LIVE, Assignment.Kind.EXTRA)


class Median(Aggregate):
    """PostgreSQL's, the mean of the middle two where there are two."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Times:
    """Seconds on a screen, counted while it was visible; `study_median` is over all raters."""

    own: tuple[int, ...]
    own_median: float | None
    study_median: float | None

    @property
    def own_minutes(self) -> float | None:
        return None if self.own_median is None else self.own_median / 60

    @property
    def study_minutes(self) -> float | None:
        return None if self.study_median is None else self.study_median / 60

    @property
    def ratio(self) -> float | None:
        return self.own_median / self.study_median if self.own_median and self.study_median else None


@dataclass(frozen=True)
class Quality:
    """What is known of how one rater rates. `n` counts the rated screens all of it follows from; gold, twins
    and repeats follow from the first `n_settled` of them."""

    membership: Membership
    n: int
    n_settled: int
    skipped: Share
    gold: Share
    twins: TwinTest | None
    no_direction: str
    repeats: dict[str, Consistency]
    labels: dict[str, str]
    severity: Series | None
    speed: Series
    twin_course: Series
    times: Times
    gaps: Gaps
    position: PositionBias | None

    @property
    def repeated(self) -> list[tuple[str, Consistency]]:
        """By question, where anything was rated a second time."""
        return [(self.labels[name], one) for name, one in self.repeats.items() if one.n_repeats]


@dataclass(frozen=True)
class Standing:
    """One line of the coordinator's table. `since_seen` ratings were made after the rater last looked."""

    membership: Membership
    rated: int
    waiting: int
    skipped: int
    times: Times
    gold: Share
    noticed: Share
    seen_at: datetime | None
    since_seen: int
    paused: str


def membership_of(rater: User, study: Study) -> Membership | None:
    """A rater's own place in a study that has been opened."""
    rows = Membership.objects.select_related("study__rubric", "group", "rater")
    return rows.filter(rater=rater, study=study).exclude(study__state=Study.State.DRAFT).first()


def member(study: Study, pk: int) -> Membership | None:
    rows = Membership.objects.select_related("study__rubric", "group", "rater")
    return rows.filter(study=study, pk=pk).first()


def records(membership: Membership) -> list[MembershipRecord]:
    """What was done about a rater in a study, the newest first."""
    return list(membership.records.select_related("actor"))


def last_seen(membership: Membership) -> MembershipRecord | None:
    """When the rater last looked at these figures, and after how many ratings; None where never."""
    return membership.records.filter(act=MembershipRecord.Act.SEEN).first()


def note_to(membership: Membership) -> MembershipRecord | None:
    """Why a rater is paused or left out now; None where they are not."""
    acts = {
        Membership.State.PAUSED.value: MembershipRecord.Act.PAUSED,
        Membership.State.WITHDRAWN.value: MembershipRecord.Act.LEFT_OUT,
    }
    act = acts.get(membership.state)
    return membership.records.filter(act=act).select_related("actor").first() if act else None


def quality_of(membership: Membership, *, for_rater: bool = False) -> Quality:
    """Everything about one rater.

    For the rater, while the study is open, what is planted is counted in whole blocks of screens: a figure
    that moved with each screen would tell which of them was planted.
    """
    rubric = rubrics.rubric_of(membership.study.rubric_id)
    rated = rated_where(Q(membership=membership) & ~Q(kind=Assignment.Kind.TRAINING))
    items = {one.assignment.item_id for one in rated}
    others = Q(item__in=items, kind__in=_LIVE, membership__group=membership.group_id)
    compared = rated_where(
        Q(study=membership.study_id) & others & ~Q(membership__state=Membership.State.WITHDRAWN)
        | Q(membership=membership, kind__in=_LIVE)
    )
    payloads = [one.payload for one in rated]
    in_blocks = for_rater and membership.study.state == Study.State.OPEN
    settled = _settled(rated) if in_blocks else rated
    pairs = twin_pairs(rubric, settled)
    skips = membership.assignments.filter(state=Assignment.State.SKIPPED).count()
    scales, labels = _scales(rubric)
    me = str(membership.pk)
    times = [one.assignment.seconds for one in rated if one.assignment.seconds]
    directed = has_direction(rubric)
    return Quality(
        membership=membership,
        n=len(rated),
        n_settled=len(settled),
        skipped=share(skips, skips + len(rated), nothing=_("no screen has been worked on yet")),
        gold=gold_share(rubric, settled),
        twins=_tested(pairs) if directed else None,
        no_direction="" if directed else NO_DIRECTION,
        repeats=consistencies(repeat_pairs(rubric, settled), scales),
        labels=labels,
        severity=severity_drift(timed_ratings(rubric, compared), me) if directed else None,
        speed=speed_drift(timed_ratings(rubric, compared, by_time=True), me),
        # numbered by pair: the place of a screen would tell that it was a twin
        twin_course=twin_drift([(n, answer > twin) for n, (_, answer, twin) in enumerate(pairs, 1)]),
        times=Times(tuple(times), median(times) if times else None, study_median(membership.study)),
        gaps=gaps(rubrics.asked_throughout(membership.study), payloads, membership.group.name),
        position=position_bias(rubric, payloads),
    )


def standings(study: Study) -> list[Standing]:
    """All raters of a study who have joined it, by name."""
    rows = study.memberships.exclude(state=Membership.State.INVITED).select_related("group").order_by("name")
    members: list[Any] = list(rows.annotate(**_counts()))
    rubric = rubrics.rubric_of(study.rubric_id)
    of_study = study_median(study)
    medians = dict(
        _timed_screens(study).order_by().values_list("membership").annotate(middle=Median("seconds"))
    )
    planted = _planted(study)
    seen = _newest_records(study, MembershipRecord.Act.SEEN)
    paused = _newest_records(study, MembershipRecord.Act.PAUSED)
    found = []
    for each in members:
        pairs = twin_pairs(rubric, planted[each.pk])
        look = seen.get(each.pk)
        is_paused = each.state == Membership.State.PAUSED and each.pk in paused
        found.append(
            Standing(
                membership=each,
                rated=each.n_rated,
                waiting=each.n_waiting,
                skipped=each.n_skipped,
                times=Times((), medians.get(each.pk), of_study),
                gold=gold_share(rubric, planted[each.pk]),
                noticed=share(
                    sum(answer > twin for _, answer, twin in pairs),
                    len(pairs),
                    nothing=_("no answer and its wrong twin have both been rated yet"),
                ),
                seen_at=look.created_at if look else None,
                since_seen=each.chain_length - (look.ratings if look else 0),
                paused=paused[each.pk].reason if is_paused else "",
            )
        )
    return found


def study_median(study: Study) -> float | None:
    """The median of counted seconds of every rated screen of a study, training left out."""
    found: float | None = _timed_screens(study).aggregate(median=Median("seconds"))["median"]
    return found


def _settled(rated: Sequence[Rated]) -> list[Rated]:
    in_order = sorted(rated, key=lambda one: (one.assignment.submitted_at, one.assignment.place))
    return in_order[: len(in_order) // BLOCK * BLOCK]


def _planted(study: Study) -> dict[int, list[Rated]]:
    """Gold and twins by rater, with the answers that the twins are held against."""
    kinds = (Assignment.Kind.GOLD, Assignment.Kind.TWIN)
    wanted = Q(kind__in=kinds) | Q(repeated_by__kind=Assignment.Kind.TWIN)
    found: dict[int, list[Rated]] = defaultdict(list)
    for one in rated_where(Q(study=study) & wanted):
        found[one.assignment.membership_id].append(one)
    return found


def _tested(pairs: Sequence[tuple[int, float, float]]) -> TwinTest:
    return twin_test([answer for _, answer, _ in pairs], [twin for _, _, twin in pairs])


def _scales(rubric: Rubric) -> tuple[dict[str, Scale], dict[str, str]]:
    known = {one.id: one for one in variables(rubric) if one.scale is not None}
    scales = {name: one.scale for name, one in known.items() if one.scale is not None}
    return scales, {name: one.label for name, one in known.items()}


def _counts() -> dict[str, Any]:
    of_state = {
        "n_rated": [Assignment.State.SUBMITTED],
        "n_waiting": Assignment.WAITING,
        "n_skipped": [Assignment.State.SKIPPED],
    }
    return {
        name: Count("assignments", filter=Q(assignments__state__in=states))
        for name, states in of_state.items()
    }


def _timed_screens(study: Study) -> QuerySet[Assignment]:
    rows = study.assignments.filter(state=Assignment.State.SUBMITTED, seconds__gt=0)
    return rows.exclude(kind=Assignment.Kind.TRAINING)


def _newest_records(study: Study, act: str) -> dict[int, MembershipRecord]:
    rows = MembershipRecord.objects.filter(membership__study=study, act=act)
    return {row.membership_id: row for row in rows.order_by("pk")}
