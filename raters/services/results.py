"""What raters said of each system, computed once a study is locked and kept with its tallies."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import asdict, dataclass, field

import numpy as np
from django.db import transaction

from raters.domain.system_measures import is_share, measured
from raters.domain.system_results import system_means
from raters.models import AgreementTally, Study, StudyAnswer
from raters.selectors import rubrics
from raters.selectors.counted import counted_ratings
from raters.services import counting

SETTLED = "systems"  # where a tally's estimates keep the results


@dataclass
class _Sheet:
    """(n,) each: the value, and the ids of system, rater and cluster of cases."""

    values: array[float] = field(default_factory=lambda: array("d"))
    systems: array[int] = field(default_factory=lambda: array("q"))
    raters: array[int] = field(default_factory=lambda: array("q"))
    items: array[int] = field(default_factory=lambda: array("q"))


def unsettled_studies() -> list[Study]:
    """Locked studies with a tally that has no results yet, or no longer."""
    lacking = AgreementTally.objects.exclude(estimates__has_key=SETTLED).values("study")
    return list(Study.objects.filter(state=Study.State.LOCKED, pk__in=lacking))


@transaction.atomic
def settle(study: Study) -> None:
    """Compute the results of a locked study anew and keep them."""
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    counting.count_all_new(locked)
    sheets = _sheets(locked)
    for tally in AgreementTally.objects.filter(study=locked).defer("state"):
        tally.estimates[SETTLED] = {
            measure: _means(sheet, measure)
            for measure, sheet in sheets.get((tally.group_id, tally.variable), {}).items()
        }
        tally.save(update_fields=["estimates", "updated_at"])


def _sheets(study: Study) -> dict[tuple[int, str], dict[str, _Sheet]]:
    rows = StudyAnswer.objects.filter(item__study=study).values_list("pk", "system__pk")
    system_of = dict(rows)
    found: dict[tuple[int, str], dict[str, _Sheet]] = defaultdict(dict)
    clusters: dict[str, int] = {}
    for revision, screen in counted_ratings(study):
        assignment = revision.assignment
        # cases of one source are one cluster, the others one each
        source = assignment.item.cluster or f"item {assignment.item_id}"
        item = clusters.setdefault(source, len(clusters))
        rubric = rubrics.rubric_of(assignment.rubric_id)
        for one in measured(rubric, revision.payload, screen):
            sheet = found[revision.membership.group_id, one.variable].setdefault(one.measure, _Sheet())
            sheet.values.append(one.value)
            sheet.systems.append(system_of[assignment.answers[one.answer]])
            sheet.raters.append(revision.membership_id)
            sheet.items.append(item)
    return found


def _means(sheet: _Sheet, measure: str) -> list[dict[str, object]]:
    values = np.array(sheet.values, dtype=np.float64)
    systems, raters, items = (
        np.array(codes, dtype=np.int64) for codes in (sheet.systems, sheet.raters, sheet.items)
    )
    return [asdict(one) for one in system_means(values, systems, raters, items, share=is_share(measure))]
