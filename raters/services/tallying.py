"""What is kept of agreement on one variable in one group: its counts, and the estimates that pages read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Collate

from raters.domain import study_agreement
from raters.domain.agreement import AgreementState
from raters.domain.rubric import Variable
from raters.domain.study_agreement import Rated
from raters.models import AgreementTally, Assignment, Membership, Observation, Study
from raters.selectors.shown_screens import screens_of

Change = tuple[dict[int, int], dict[int, int]]  # of one unit: rater → category before and after


def update(study: Study, group: int, variable: Variable, changes: Sequence[Change], grown: int) -> None:
    """Take changed units into the counts; `grown` is by how many ratings. A tally without any goes."""
    tally, _ = AgreementTally.objects.get_or_create(study=study, group_id=group, variable=variable.id)
    tally.n_ratings += grown
    if not tally.n_ratings:
        tally.delete()
        return
    rows = Observation.objects.filter(study=study, group=group, variable=variable.id)
    if variable.scale is not None and variable.scale.categories is not None:
        stored = AgreementState.from_bytes(bytes(tally.state)) if tally.state else None
        state = stored or AgreementState(variable.scale.size)
        for old, new in changes:
            state.replace(old, new)
        tally.state = state.to_bytes()
        # as it is read back: sums, to their last digit, do not depend on what happened before
        tally.estimates = study_agreement.of_state(variable, AgreementState.from_bytes(tally.state))
        if variable.scale.is_metric:
            extra = study_agreement.of_numbers(variable, rated(rows))
            found = {name: one for name, one in extra["coefficients"].items() if name.startswith("icc")}
            tally.estimates["coefficients"] |= found
    elif variable.scale is not None:
        tally.estimates = study_agreement.of_numbers(variable, rated(rows))
    else:
        tally.estimates = study_agreement.of_spans(rated(rows), _lengths(rows))
    tally.save()


def note_planned_pairs(study: Study) -> None:
    """Keep with each tally how many pairs of screens the plan has in its group, and how many are rated."""
    pairs = _planned_pairs(study)
    for tally in AgreementTally.objects.filter(study=study).defer("state"):
        if tally.estimates.get("screens") != pairs[tally.group_id]:
            tally.estimates["screens"] = pairs[tally.group_id]
            tally.save(update_fields=["estimates", "updated_at"])


def rated(rows: QuerySet[Observation]) -> list[Rated]:
    """Up to `MOST_REALS` ratings of one variable, in an order that does not depend on when they were made."""
    # in the order of code points, which Python sorts by too
    ordered = rows.order_by(Collate("unit", "C"), Collate("part", "C"), "membership")
    found = ordered.values_list("unit", "part", "membership", "value", "number")
    return [
        Rated(f"{unit}/{part}", rater, number if number is not None else value)
        for unit, part, rater, value, number in found[: study_agreement.MOST_REALS]
    ]


def _planned_pairs(study: Study) -> dict[int, dict[str, int]]:
    screens = (
        Assignment.objects.filter(study=study, kind=Assignment.Kind.LIVE, item__left_out="")
        .exclude(state=Assignment.State.VOID)
        .exclude(membership__state=Membership.State.WITHDRAWN)
        .values("membership__group", "item", "answers")
        .annotate(planned=Count("pk"), rated=Count("pk", filter=Q(state=Assignment.State.SUBMITTED)))
        .filter(planned__gt=1)
        .values_list("membership__group", "planned", "rated")
    )
    found: dict[int, Counter[str]] = defaultdict(lambda: Counter(planned=0, rated=0))
    for group, planned, done in screens:
        found[group].update(planned=planned * (planned - 1) // 2, rated=done * (done - 1) // 2)
    return defaultdict(
        lambda: {"planned": 0, "rated": 0}, {group: dict(pairs) for group, pairs in found.items()}
    )


def _lengths(rows: QuerySet[Observation]) -> dict[str, dict[str, int]]:
    """Code points of the texts that were marked, by unit."""
    marked = list(
        rows.select_related("assignment").order_by("unit", "part", "membership").distinct("unit", "part")
    )
    screens = screens_of(row.assignment for row in marked)
    found = {}
    for row in marked:
        screen: Any = screens[row.assignment_id]
        answer = screen.order.index(int(row.part)) if row.part else 0
        texts = {"output": screen.answers[answer].text, "source": screen.case.source}
        found[f"{row.unit}/{row.part}"] = {side: len(text) for side, text in texts.items() if text}
    return found
