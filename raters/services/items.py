"""Items of a draft: added from a file, joined with those that are there, pictured, left out, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from evaluation.models import System
from raters.domain.privacy import findings
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.study_images import ImageRefusedError, as_png
from raters.domain.study_item_fields import StudyItem as ReadItem
from raters.domain.study_items import MOST_ITEMS, MOST_LISTED, MOST_SYSTEMS, ItemProblem, read_items
from raters.models import Assignment, Study, StudyAnswer, StudyItem, StudySystem
from raters.selectors import coordination, rubrics
from raters.services import counting, studies
from raters.services.drafts import discard_files, forget_dry_run, keep_image, locked_draft
from raters.services.masked_answers import Masked, Told, as_stored, mask_again, mask_ahead, masked_rows
from raters.services.refusals import NotAllowedError, RefusalError
from raters.services.replanning import lay_out_again

LONGEST_REASON = 2000
MOST_LOOKED_AT = 2000  # items of a file, for what may name a patient


@dataclass
class Added:
    """What adding came to. With `problems` nothing was added; `answers` counts those to items that were
    there before, `unchanged` items of which everything was."""

    items: int = 0
    answers: int = 0
    unchanged: int = 0
    problems: list[ItemProblem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # no Counter: templates would find no .items in it
    notes: list[str] = field(default_factory=list)


def add_file(study: Study, content: bytes, told: Told | None = None) -> Added:
    """Add the items of a file of JSON Lines, all of them or none. A file may come again: nothing doubles.

    `told` hears how many answers were masked, of how many: nothing is locked meanwhile.
    """
    if study.state != Study.State.DRAFT:
        raise NotAllowedError(gettext("The study is open or locked: items are added to drafts."))
    read = read_items(content, rubrics.rubric_of(study.rubric_id), coordination.names_of(study))
    if read.problems:
        return Added(problems=read.problems, counts=dict(read.counts))
    added = join(study, read.items, ahead=_masked_ahead(study, read.items, told))
    added.notes = read.notes + added.notes + _naming(read.items)
    return added


def _naming(items: Sequence[ReadItem]) -> list[str]:
    """A note on cases that seem to name a patient: published vignettes do, too, so a coordinator decides."""
    looked = items[:MOST_LOOKED_AT]
    named = [item.key for item in looked if any(findings(text) for text in _texts(item.case))]
    if not named:
        return []
    more = gettext(" and %(n)d more") % {"n": len(named) - 5} if len(named) > 5 else ""
    message = gettext(
        "Names, birth dates, numbers or addresses of people seem to stand in: %(keys)s%(more)s. Look at them "
        "before the study opens: raters and everybody who reads its results will see them."
    )
    return [message % {"keys": ", ".join(named[:5]), "more": more}]


def _texts(case: Case) -> list[str]:
    told = [case.question, case.instruction, case.context, case.source, case.reference, case.twin_question]
    return [*told, *(turn.text for turn in case.dialogue)]


@transaction.atomic
def join(
    study: Study,
    items: Sequence[ReadItem],
    known: Mapping[str, System] | None = None,
    ahead: Masked | None = None,
) -> Added:
    """Join items with those of a draft: new ones are added, new answers to old ones too.

    `known` are the systems behind the names, `ahead` answers that were masked already. What contradicts the
    study is a problem, and nothing is added.
    """
    found = locked_draft(study)
    if found.rubric_id != study.rubric_id:
        raise RefusalError(gettext("The rubric was changed meanwhile: add the items again."))
    there = coordination.items_by_key(found, [item.key for item in items])
    added = Added()
    for item in items:
        if item.key in there:
            _compare(item, there[item.key], added)
    new = [item for item in items if item.key not in there]
    if len(new) + found.items.count() > MOST_ITEMS:
        _refuse(added, None, "", "too_many_items", f"A study takes at most {MOST_ITEMS:,} items in all.")
    if added.problems:
        return Added(problems=added.problems, counts=added.counts)
    systems, fresh = _systems(found, items, known or {})
    names = coordination.names_of(found)
    made = _create_items(found, new)
    rows = [(made[item.key].pk, item) for item in new]
    rows += [(there[item.key].pk, _missing(item, there[item.key])) for item in items if item.key in there]
    answers = [row for pk, item in rows for row in masked_rows(pk, item, systems, names, ahead)]
    StudyAnswer.objects.bulk_create(answers, batch_size=2000)
    added.items, added.answers = len(new), sum(row.item_id in _ids(there) for row in answers)
    if fresh:
        added.notes += mask_again(found, names, {row.pk for row in answers})
    forget_dry_run(found)
    return added


def set_image(item: StudyItem, content: bytes) -> None:
    """Give an item its picture, or another one. RefusalError says what is wrong with the file."""
    try:
        image = as_png(content)
    except ImageRefusedError as refusal:
        raise RefusalError(str(refusal)) from None
    with transaction.atomic():
        locked_draft(item.study)
        if item.image:
            discard_files([item.image])
            item.image = ""
        keep_image(item, image)


@transaction.atomic
def remove(item: StudyItem) -> None:
    """Remove an item from a draft, and systems of which no answer is left."""
    study = locked_draft(item.study)
    discard_files([item.image])
    item.delete()
    _drop_empty_systems(study)
    forget_dry_run(study)


@transaction.atomic
def remove_all(study: Study) -> int:
    """Remove every item of a draft; how many there were."""
    found = locked_draft(study)
    images = [item.image for item in found.items.exclude(image="")]
    number = found.items.count()
    found.items.all().delete()
    found.systems.all().delete()
    forget_dry_run(found)
    discard_files(images)
    return number


@transaction.atomic
def leave_out(item: StudyItem, reason: str) -> int:
    """Count an item no more and ask nobody about it again; how many waiting screens were taken back.

    Ratings stay on record, and so does a screen that a rater has before them.
    """
    study = Study.objects.select_for_update(no_key=True).get(pk=item.study_id)
    if study.state == Study.State.LOCKED:
        raise NotAllowedError(gettext("The study is locked: what it counts stays as it is."))
    if len(reason) > LONGEST_REASON or "\0" in reason:
        raise RefusalError(
            gettext("Give the reason in at most %(longest_reason)s characters.")
            % {"longest_reason": LONGEST_REASON}
        )
    studies.leave_out(item, reason)
    forget_dry_run(study)
    waiting = Assignment.objects.filter(item=item, state=Assignment.State.PLANNED)
    return waiting.update(state=Assignment.State.VOID)


@transaction.atomic
def take_back(item: StudyItem) -> int:
    """Count an item again that was left out; how many screens an open study hands out again for it."""
    study = Study.objects.select_for_update(no_key=True).get(pk=item.study_id)
    if study.state == Study.State.LOCKED:
        raise NotAllowedError(gettext("The study is locked: what it counts stays as it is."))
    if not StudyItem.objects.filter(pk=item.pk).exclude(left_out="").exists():
        return 0  # pressed twice
    if study.state == Study.State.DRAFT:
        StudyItem.objects.filter(pk=item.pk).update(left_out="")
        forget_dry_run(study)
        return 0
    counting.look_again(study.pk, Q(assignment__item=item))
    StudyItem.objects.filter(pk=item.pk).update(left_out="")
    waiting = Assignment.objects.filter(item=item, state__in=Assignment.WAITING)
    before = waiting.count()
    lay_out_again(study, taken_back=item)
    return waiting.count() - before


def _masked_ahead(study: Study, items: Sequence[ReadItem], told: Told | None) -> Masked:
    """What the file adds to the study, masked with the names that are going to be in it."""
    there = coordination.items_by_key(study, [item.key for item in items])
    lacking = [_missing(item, there[item.key]) if item.key in there else item for item in items]
    names = [*coordination.names_of(study), *(name for item in items for name in item.answers)]
    return mask_ahead(lacking, list(dict.fromkeys(names)), told)


def _compare(item: ReadItem, old: coordination.StoredItem, added: Added) -> None:
    """Name what contradicts the item of this key that is there."""
    if item.kind != old.kind or as_stored(item.case) != old.content:
        text = "An item of this key is in the study with another kind or case: remove it, or use another key."
        _refuse(added, item.line, item.key, "key_taken", text)
    elif (item.expected, item.specialty, item.language) != (old.expected, old.specialty, old.language):
        text = "What is expected, or who may rate it, differs from the item that is there: remove it first."
        _refuse(added, item.line, item.key, "key_taken", text)
    else:
        written = _written(item)
        differing = [
            name for name, _ in written if old.answers.get((name, _), written[name, _]) != written[name, _]
        ]
        for name in dict.fromkeys(differing):
            text = f'Another answer of "{name}" is in the study: remove the item first, or leave it out here.'
            _refuse(added, item.line, item.key, "answer_taken", text)
        added.unchanged += not differing and written.keys() <= old.answers.keys()


def _written(item: ReadItem) -> dict[tuple[str, bool], Any]:
    """Answers as stored, by system and whether it is a wrong twin."""
    pairs = [((name, False), answer) for name, answer in item.answers.items()]
    pairs += [((name, True), answer) for name, answer in item.wrong_twins.items()]
    return {key: as_stored(answer) for key, answer in pairs}


def _missing(item: ReadItem, old: coordination.StoredItem) -> ReadItem:
    """The item with only those answers that the study does not have."""

    def lacking(given: Mapping[str, ShownAnswer], is_twin: bool) -> dict[str, ShownAnswer]:
        return {name: answer for name, answer in given.items() if (name, is_twin) not in old.answers}

    return msgspec.structs.replace(
        item, answers=lacking(item.answers, False), wrong_twins=lacking(item.wrong_twins, True)
    )


def _ids(there: Mapping[str, coordination.StoredItem]) -> set[int]:
    return {item.pk for item in there.values()}


def _refuse(added: Added, line: int | None, key: str, code: str, message: str) -> None:
    added.counts[code] = added.counts.get(code, 0) + 1
    if len(added.problems) < MOST_LISTED:
        added.problems.append(ItemProblem(line, key, code, message))


def _systems(
    study: Study, items: Sequence[ReadItem], known: Mapping[str, System]
) -> tuple[dict[str, StudySystem], bool]:
    """The study's systems by name, and whether some joined others that were there."""
    before = set(study.systems.values_list("name", flat=True))
    names = list(dict.fromkeys(name for item in items for name in item.answers))
    if len(before.union(names)) > MOST_SYSTEMS:
        raise RefusalError(
            gettext("A study compares at most %(most_systems)s systems.") % {"most_systems": MOST_SYSTEMS}
        )
    systems = studies.add_systems(study, names)
    for name, system in known.items():
        if name in systems and systems[name].system_id != system.pk:
            systems[name].system = system
            systems[name].save(update_fields=["system"])
    return systems, bool(before) and not before.issuperset(names)


def _create_items(study: Study, items: Sequence[ReadItem]) -> dict[str, StudyItem]:
    last = study.items.order_by("-number").values_list("number", flat=True).first() or 0
    rows = [
        StudyItem(
            study=study,
            number=number,
            key=item.key,
            kind=item.kind,
            content=msgspec.to_builtins(item.case),
            expected=item.expected,
            specialty=item.specialty,
            language=item.language,
            cluster=item.cluster,
        )
        for number, item in enumerate(items, start=last + 1)
    ]
    return {row.key: row for row in StudyItem.objects.bulk_create(rows, batch_size=2000)}


def _drop_empty_systems(study: Study) -> None:
    """The planner would plan answers that nobody gave."""
    study.systems.filter(answers=None).delete()
    for number, system in enumerate(study.systems.order_by("number"), start=1):
        if system.number != number:
            system.number = number
            system.save(update_fields=["number"])
