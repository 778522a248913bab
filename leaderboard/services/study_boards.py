"""Boards of published studies: derived once by a worker, appended, read as they are.

Each derivation is a new row of StudyResults, so that a board can be shown as it stood. `results` holds

    about    the study, its protocol and design (services.study_protocol)
    groups   name, raters, people, ratings, items and the columns: see leaderboard.domain.physicians
    texts    columns of automatic scores of the texts that were rated, where cases hold references
    tallied  when the study's counts last changed, by which a stale board is known

and `matrices` what comparisons need (domain.physicians.storing): "0/3" is the fourth column of the first
group, "texts/0" the first automatic score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, Subquery

from leaderboard.domain.physicians.asking import Asked, asked
from leaderboard.domain.physicians.automatic import automatic
from leaderboard.domain.physicians.measured import Answered, Matrices, of_sheet
from leaderboard.domain.physicians.storing import to_bytes
from leaderboard.domain.physicians.voted import of_votes, unacceptable
from leaderboard.models import StudyResults
from leaderboard.services import study_protocol, study_sheets
from leaderboard.services.study_sheets import GroupSheets
from raters.models import AgreementTally, RaterGroup, RatingRevision, Study
from raters.selectors import rubrics
from raters.services.results import SETTLED

FORMAT = 1


def waiting() -> list[Study]:
    """Published studies without a board, or whose counts have changed since; not before they are counted."""
    newest = StudyResults.objects.filter(study=OuterRef("pk")).order_by("-at", "-pk")
    published = Study.objects.filter(published=True).annotate(
        board_of=Subquery(newest.values("results__tallied")[:1]), changed=Max("tallies__updated_at")
    )
    stale = [study for study in published if study.board_of != _moment(study.changed)]
    uncounted = set(
        RatingRevision.objects.filter(membership__study__in=stale, counted=False).values_list(
            "membership__study", flat=True
        )
    )
    unsettled = set(
        AgreementTally.objects.filter(study__in=stale)
        .exclude(estimates__has_key=SETTLED)
        .values_list("study", flat=True)
    )
    return [study for study in stale if study.pk not in uncounted | unsettled]


@transaction.atomic
def derive(study: Study) -> StudyResults | None:
    """Append the results of a published study; None where it is not published, or they are there already."""
    locked = Study.objects.select_for_update(no_key=True).filter(pk=study.pk, published=True).first()
    if locked is None or locked.pk not in {one.pk for one in waiting()}:
        return None
    return StudyResults.objects.create(study=locked, **results_of(locked))


def results_of(study: Study) -> dict[str, Any]:
    """`results` and `matrices` of a study as its ratings stand."""
    rubric = rubrics.of_results(study)
    said, agreement = study_sheets.read(study), study_protocol.agreement(study)
    matrices: dict[str, Matrices] = {}
    groups: list[dict[str, Any]] = []
    for group in RaterGroup.objects.filter(study=study, pk__in=said):
        columns = _columns(asked(rubric), said[group.pk])
        matrices |= {f"{len(groups)}/{at}": one.matrices for at, one in enumerate(columns)}
        groups.append(_group(group, said[group.pk], columns, agreement))
    texts = automatic(study_sheets.texts(study))
    matrices |= {f"texts/{at}": one.matrices for at, one in enumerate(texts)}
    changed = AgreementTally.objects.filter(study=study).aggregate(at=Max("updated_at"))["at"]
    results = {
        "format": FORMAT,
        "about": study_protocol.about(study, rubric),
        "groups": groups,
        "texts": [one.as_json(None) for one in texts],
        "tallied": _moment(changed),
    }
    return {"results": results, "matrices": to_bytes(matrices)}


def _group(
    group: RaterGroup,
    said: GroupSheets,
    columns: list[Answered],
    agreement: Mapping[tuple[int, str], dict[str, Any]],
) -> dict[str, Any]:
    return {
        "name": group.name,
        "id": group.pk,
        "raters": len(said.raters),
        "ratings": said.ratings,
        "items": len(said.items),
        "people": study_protocol.people(said.raters),
        "columns": [one.as_json(agreement.get((group.pk, one.asked.variable))) for one in columns],
    }


def _columns(wanted: tuple[Asked, ...], said: GroupSheets) -> list[Answered]:
    """The columns that have an answer, in the rubric's order."""
    by_key = {column.key: column for column in wanted}
    made: dict[str, Answered] = {}
    for column in wanted:
        if column.measure == "strength" and (ballots := said.ballots.get(column.key)):
            beside = (by_key[f"{column.key}@style"], by_key[f"{column.key}.plain"])
            made |= {one.asked.key: one for one in of_votes(column, *beside, ballots)}
        elif column.measure == "unacceptable":
            found = unacceptable(column, said.ballots.get(column.key.removesuffix(".unacceptable"), []))
            made |= {column.key: found} if found else {}
        elif column.key in said.sheets and not _beyond(column, said):
            made[column.key] = of_sheet(column, said.sheets[column.key])
    return [made[column.key] for column in wanted if column.key in made]


def _beyond(column: Asked, said: GroupSheets) -> bool:
    """Whether a column speaks of a turn that no consultation had."""
    return column.measure == "turn" and int(column.key.rpartition("-")[2]) > said.turns


def _moment(at: Any) -> str:
    return at.isoformat() if at else ""
