"""Published ratings become a locked study, through the same chain of revisions as any rating given here."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from raters.domain import chain
from raters.domain.importing import ImportedRating, ImportedStudy, UnusableRatingsError
from raters.domain.rubric import Rubric, check, observations
from raters.domain.rubric.case import Screen
from raters.domain.study_design import StudyDesign
from raters.models import (
    Adjudication,
    Assignment,
    Membership,
    RaterGroup,
    RatingRevision,
    RubricVersion,
    Study,
    StudyAnswer,
    StudyItem,
    StudySystem,
)
from raters.selectors import ledger, rubrics
from raters.services import counting, results
from raters.services.refusals import RefusalError
from raters.services.rubrics import publish

AT_ONCE = 2_000
UNGROUPED = "Raters"


@transaction.atomic
def import_study(found: ImportedStudy, reader: str, coordinator: User) -> tuple[Study, bool]:
    """(the study, whether it is new): a data set that is there already stays as it is.

    RefusalError where another study has its address, UnusableRatingsError where a rating does not fit.
    """
    there = Study.objects.filter(slug=found.slug).first()
    if there is not None and there.imported_from != reader:
        raise RefusalError(
            f'There is another study at the address "{found.slug}": rename or remove it first.'
        )
    if there is not None:
        return there, False
    version, _ = publish(found.rubric_toml, None)
    study = _study(found, reader, coordinator, version)
    _Import(study, version, found).rate(found)
    counting.count_all_new(study)
    results.settle(study)
    return study, True


def _study(found: ImportedStudy, reader: str, coordinator: User, version: RubricVersion) -> Study:
    now = timezone.now()
    # nothing is planned in such a study: its plan says where the ratings come from
    told = {"source": found.source, "licence": found.licence, "left_out": found.left_out}
    return Study.objects.create(
        slug=found.slug,
        title=found.title[:200],
        description=found.description,
        state=Study.State.LOCKED,
        coordinator=coordinator,
        rubric=version,
        design=msgspec.to_builtins(StudyDesign(overlap_share=0.0)),
        imported=told,
        imported_from=reader,
        opened_at=now,
        locked_at=now,
    )


class _Import:
    """A study being filled: its rows by the names the published files use."""

    def __init__(self, study: Study, version: RubricVersion, found: ImportedStudy) -> None:
        self.study, self.version = study, version
        self.rubric: Rubric = rubrics.rubric_of(version.pk)
        self.cases = {item.key: item.case for item in found.items}
        self.texts = {(one.item, one.system): one.answer for one in found.answers}
        self._people(found)
        self._content(found)
        self.links: dict[str, tuple[int, str]] = defaultdict(lambda: (0, chain.GENESIS))

    def rate(self, found: ImportedStudy) -> None:
        """Store every rating as a screen and a revision, rater by rater in the order published."""
        now, made = timezone.now(), list[tuple[Assignment, RatingRevision]]()
        for rating in found.ratings:
            made.append(self._rated(rating, now))
            if len(made) == AT_ONCE:
                _store(made)
                made = []
        _store(made)
        for name, (length, head) in self.links.items():
            self.members[name].chain_length, self.members[name].chain_head = length, head
        Membership.objects.bulk_update(self.members.values(), ["chain_length", "chain_head"], batch_size=500)

    def _people(self, found: ImportedStudy) -> None:
        names = dict.fromkeys(rater.group or UNGROUPED for rater in found.raters)
        groups = {name: RaterGroup.objects.create(study=self.study, name=name[:60]) for name in names}
        rows = [
            Membership(
                study=self.study,
                name=rater.name,
                group=groups[rater.group or UNGROUPED],
                state=Membership.State.QUALIFIED,
            )
            for rater in found.raters
        ]
        self.members = {row.name: row for row in Membership.objects.bulk_create(rows)}

    def _content(self, found: ImportedStudy) -> None:
        """Systems in the study's order and answers in the order of their systems: it is the canonical one."""
        systems = StudySystem.objects.bulk_create(
            StudySystem(study=self.study, number=number, name=name)
            for number, name in enumerate(found.systems, start=1)
        )
        by_name = {system.name: system for system in systems}
        items = StudyItem.objects.bulk_create(
            [
                StudyItem(
                    study=self.study,
                    number=number,
                    key=item.key[:200],
                    content=msgspec.to_builtins(item.case),
                    specialty=item.specialty[:60],
                    language=item.language[:12],
                    cluster=item.cluster[:200],
                )
                for number, item in enumerate(found.items, start=1)
            ],
            batch_size=AT_ONCE,
        )
        self.items = {item.key: row for item, row in zip(found.items, items, strict=True)}
        given = sorted(found.answers, key=lambda one: by_name[one.system].number)
        stored = [msgspec.to_builtins(one.answer) for one in given]
        rows = StudyAnswer.objects.bulk_create(
            [
                StudyAnswer(item=self.items[one.item], system=by_name[one.system], shown=text, original=text)
                for one, text in zip(given, stored, strict=True)
            ],
            batch_size=AT_ONCE,
        )
        self.answers = {(one.item, one.system): row.pk for one, row in zip(given, rows, strict=True)}
        self._adjudicated(found)

    def _rated(self, rating: ImportedRating, now: datetime) -> tuple[Assignment, RatingRevision]:
        shown = [self.answers[rating.item, system] for system in rating.systems]
        canonical = sorted(shown)
        order = tuple(canonical.index(answer) for answer in shown)
        texts = tuple(self.texts[rating.item, system] for system in rating.systems)
        screen = Screen(case=self.cases[rating.item], answers=texts, order=order)
        member = self.members[rating.rater]
        checked = check(self.rubric, rating.payload, screen, member.group.name)
        if checked.problems:
            raise UnusableRatingsError(
                f"{rating.rater} on {rating.item}: {checked.problems[0].message}. "
                "Take the file as it was published."
            )
        length, head = self.links[rating.rater]
        assignment = Assignment(
            id=uuid.uuid4(),
            study=self.study,
            membership=member,
            item=self.items[rating.item],
            rubric=self.version,
            answers=canonical,
            order=list(order),
            state=Assignment.State.SUBMITTED,
            place=length + 1,
            first_opened_at=now,
            submitted_at=now,
        )
        revision = _revision(assignment, checked.payload, length + 1, head, now)
        self.links[rating.rater] = (length + 1, revision.sha)
        return assignment, revision

    def _adjudicated(self, found: ImportedStudy) -> None:
        """What was settled by those who published the ratings, of items with one answer."""
        systems = defaultdict(list)
        for one in found.answers:
            systems[one.item].append(one.system)
        rows, settled = [], {axis.id for axis in self.rubric.axes}
        for item in found.items:
            if item.adjudicated is None or len(systems[item.key]) != 1:
                continue
            system = systems[item.key][0]
            screen = Screen(case=item.case, answers=(self.texts[item.key, system],), order=(0,))
            unit = f"{self.items[item.key].pk}:{self.answers[item.key, system]}"
            rows += [
                Adjudication(
                    study=self.study,
                    item=self.items[item.key],
                    unit=unit,
                    part=one.part,
                    variable=one.variable,
                    value=str(one.value),
                    explanation="As published with the ratings.",
                    adjudicator=self.study.coordinator,
                )
                for one in observations(self.rubric, item.adjudicated, screen)
                if one.variable in settled
            ]
        Adjudication.objects.bulk_create(rows, batch_size=AT_ONCE)


def _revision(
    assignment: Assignment, payload: dict[str, Any], link: int, head: str, now: datetime
) -> RatingRevision:
    made = RatingRevision(
        assignment=assignment,
        membership=assignment.membership,
        number=1,
        link=link,
        payload=payload,
        created_at=now,
        previous_sha=head,
    )
    shown = ledger.digest_once(made.assignment.item_id, tuple(made.assignment.answers))
    made.sha = chain.record_sha(head, ledger.record_of(made, shown))
    return made


def _store(made: list[tuple[Assignment, RatingRevision]]) -> None:
    Assignment.objects.bulk_create([assignment for assignment, _ in made])
    RatingRevision.objects.bulk_create([revision for _, revision in made])
