"""Publishing a locked study: everybody may read it once a second computation agrees with its agreement.

A request only asks for it. A worker verifies the chains of ratings, computes every alpha from the ratings
anew and once more by other people's code, and publishes, or says to the coordinator what stands in the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from django.db import transaction
from django.utils import timezone

from raters.domain import second_opinion, study_agreement
from raters.domain.agreement import AgreementState, Scale, all_coefficients
from raters.domain.rubric import Variable, observations, variables
from raters.domain.study_agreement import Rated
from raters.models import AgreementTally, RaterGroup, Study
from raters.selectors import ledger, rubrics
from raters.selectors.counted import counted_ratings
from raters.services import counting, nudges
from raters.services.refusals import NotAllowedError

LARGEST_TABLE = 20_000_000  # units × raters, or units × different numbers


def ask(study: Study) -> None:
    """Have a locked study published. NotAllowedError before it is locked."""
    with transaction.atomic():
        locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if locked.state != Study.State.LOCKED:
            raise NotAllowedError("Lock the study first: what is published no longer changes.")
        if not locked.published:
            Study.objects.filter(pk=study.pk).update(
                publication_asked_at=timezone.now(), publication_problem=""
            )
            nudges.publish_study()


def state_of(study: Study) -> str:
    """ "published", "waiting", "blocked", "possible", or "open" while the study is not locked."""
    if study.state != Study.State.LOCKED:
        return "open"
    if study.published:
        return "published"
    if study.publication_asked_at:
        return "waiting"
    return "blocked" if study.publication_problem else "possible"


def waiting() -> list[Study]:
    """Studies whose publication was asked for and not yet decided."""
    return list(Study.objects.filter(published=False).exclude(publication_asked_at=None))


@transaction.atomic
def publish(study: Study) -> bool:
    """Decide on a publication that was asked for; whether the study is now published."""
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if locked.published or locked.publication_asked_at is None:
        return locked.published
    counting.count_all_new(locked)
    found = problems(locked)
    Study.objects.filter(pk=study.pk).update(
        published=not found, publication_problem="\n".join(found), publication_asked_at=None
    )
    return not found


def problems(study: Study) -> list[str]:
    """What stands in the way of publishing: broken chains, and variables whose agreement is not confirmed."""
    found = [
        f"The chain of ratings of {membership.name} is broken: {report.reason}."
        for membership in study.memberships.all()
        if not (report := ledger.verify(membership)).ok
    ]
    groups = dict(RaterGroup.objects.filter(study=study).values_list("pk", "name"))
    known = {variable.id: variable for variable in variables(rubrics.of_results(study))}
    tallies = {
        (tally.group_id, tally.variable): tally for tally in AgreementTally.objects.filter(study=study)
    }
    raw = _raw_ratings(study)
    for group, name in sorted({*tallies, *raw}):
        if name in known:
            tally, ratings = tallies.get((group, name)), raw.get((group, name), [])
            what = f"{known[name].label} ({groups[group]})"
            found += [f"{what}: {reason}" for reason in _faults(known[name], tally, ratings)]
    return found


def _raw_ratings(study: Study) -> dict[tuple[int, str], list[Rated]]:
    """The ratings of each variable in each group, read from the ledger."""
    found: dict[tuple[int, str], list[Rated]] = defaultdict(list)
    for revision, screen in counted_ratings(study):
        rubric, unit = rubrics.rubric_of(revision.assignment.rubric_id), revision.assignment.unit
        for one in observations(rubric, revision.payload, screen):
            rated = Rated(f"{unit}/{one.part}", revision.membership_id, one.value)
            found[revision.membership.group_id, one.variable].append(rated)
    return found


def _faults(variable: Variable, tally: AgreementTally | None, raw: list[Rated]) -> Iterator[str]:
    if tally is None or tally.n_ratings != len(raw):
        counted = tally.n_ratings if tally else 0
        yield f"{counted} ratings are counted and {len(raw)} are in the ledger. Have them counted anew."
    elif variable.scale is not None:  # passages have no alpha to compare
        estimate = tally.estimates.get("coefficients", {}).get("krippendorff_alpha", {})
        yield from _alpha_faults(variable.scale, estimate.get("value"), raw)
        if variable.scale.categories is not None:
            yield from _state_faults(variable.scale, tally, raw)


def _state_faults(scale: Scale, tally: AgreementTally, raw: list[Rated]) -> Iterator[str]:
    units, raters = np.array([one.unit for one in raw]), np.array([one.rater for one in raw])
    state = AgreementState.from_ratings(units, raters, scale.codes([one.value for one in raw]), scale.size)
    if tally.state is None or bytes(tally.state) != state.to_bytes():
        yield "the counts kept are not those of the ratings. Have them counted anew."


def _alpha_faults(scale: Scale, kept: float | None, raw: list[Rated]) -> Iterator[str]:
    rated = raw if scale.categories is not None else study_agreement.used(scale, raw)
    units, unit = np.unique([one.unit for one in rated], return_inverse=True)
    raters, rater = np.unique([one.rater for one in rated], return_inverse=True)
    values = [one.value for one in rated]
    if kept is None:
        ours = all_coefficients(unit, rater, values, scale)["krippendorff_alpha"]
        if ours.value is not None:
            yield f"no alpha is kept where the ratings give {ours.value:.6f}."
        return
    different = len(set(values)) if scale.categories is None else 1
    if len(units) * max(len(raters), different) > LARGEST_TABLE:
        yield "there are too many ratings, or different numbers, for the second computation."
        return
    table = np.full((len(units), len(raters)), np.nan)
    table[unit, rater] = values if scale.is_metric else scale.codes(values)
    opinion = second_opinion.check(table, scale, kept)
    if not opinion.agrees:
        theirs = "none" if opinion.theirs is None else f"{opinion.theirs:.6f}"
        yield f"alpha is kept as {kept:.6f} and the second computation gives {theirs}."
