"""The sample studies: every protocol, ready to be rated from the first click."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import User
from raters.domain.phantom import png
from raters.domain.sample_studies import SampleItem, SampleStudy, sample_studies
from raters.models import RaterGroup, Study
from raters.selectors import rubrics
from raters.services import dry_runs, studies
from raters.services.rubrics import publish_shipped


def load_all(coordinator: User, raters: Sequence[User]) -> list[Study]:
    """Open a study for every shipped protocol; those that are there already stay as they are."""
    publish_shipped()
    there = set(Study.objects.values_list("slug", flat=True))
    wanted = [sample for sample in sample_studies() if _slug(sample) not in there]
    return [load(sample, coordinator, raters) for sample in wanted]


def load(sample: SampleStudy, coordinator: User, raters: Sequence[User]) -> Study:
    """One sample study, open, with the raters dealt to its groups in turn."""
    rubric = rubrics.newest(sample.rubric.replace("_", "-"))
    if rubric is None:
        raise ValueError(f"the sample study {sample.slug} needs the rubric {sample.rubric}: publish it first")
    study = studies.create(
        coordinator,
        _slug(sample),
        sample.title,
        rubric,
        description=sample.description,
        consent_text=sample.consent_text,
        design={**sample.design},
    )
    study.groups.all().delete()
    groups = [
        RaterGroup.objects.create(study=study, name=group.name, specialties=[], languages=[])
        for group in sample.groups
    ]
    studies.add_systems(study, sample.systems)
    for item in sample.items:
        _add(study, item)
    for number, rater in enumerate(raters):
        studies.invite(study, groups[number % len(groups)], [rater])
    dry_runs.play(study)
    studies.open_study(study)
    study.refresh_from_db()
    return study


def _slug(sample: SampleStudy) -> str:
    return f"sample-{sample.slug}".replace("_", "-")


def _add(study: Study, item: SampleItem) -> None:
    expected = None
    if item.expected is not None:
        expected = {
            "systems": list(item.shown),
            "payload": item.expected,
            "explanation": item.explanation,
        }
    studies.add_item(
        study,
        item.key,
        item.case,
        item.answers,
        kind=item.kind,
        twins=item.wrong_twins,
        image=png(item.picture) if item.picture else None,
        expected=expected,
    )
