"""What a coordinator sees of a study: its items, what was masked, and what is still missing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet

from raters.domain.consent_template import is_unfinished
from raters.models import Assignment, Flag, ItemsUpload, Study, StudyAnswer, StudyItem
from raters.selectors import design as designs
from raters.selectors import dry_run_report
from raters.selectors.dry_run_report import AxisReport

LONGEST_SEARCH = 200
SEARCHED = ("question", "twin_question", "instruction", "context", "source", "reference")  # of a case


@dataclass(frozen=True)
class StoredItem:
    """An item as it is compared with one that is to be added. `answers` by system and whether a twin."""

    pk: int
    kind: str
    content: dict[str, Any]
    expected: dict[str, Any] | None
    specialty: str
    language: str
    answers: dict[tuple[str, bool], Any]


@dataclass(frozen=True)
class Readiness:
    """What a draft has and lacks. `problem` says why its design cannot be planned, "" if it can."""

    live: int
    training: int
    gold: int
    systems: int
    raters: int
    groups_without: tuple[str, ...]
    consent: bool
    played: bool
    short_of_answers: int
    missed: tuple[AxisReport, ...]  # questions whose target the dry run misses
    n_targets: int

    @property
    def may_play(self) -> bool:
        return bool(self.live and self.systems and not self.groups_without)

    @property
    def may_open(self) -> bool:
        return self.may_play and self.consent and self.played


def names_of(study: Study) -> list[str]:
    """Names to be masked: the study's systems, and what they are called elsewhere."""
    rows = study.systems.order_by("number").values_list("name", "system__name")
    return list(dict.fromkeys(name for pair in rows for name in pair if name))


def items_by_key(study: Study, keys: Sequence[str]) -> dict[str, StoredItem]:
    """The items of these keys that are in the study, with their answers as they were given."""
    found: dict[str, StoredItem] = {}
    by_pk: dict[int, StoredItem] = {}
    for item in study.items.filter(key__in=keys):
        by_pk[item.pk] = found[item.key] = StoredItem(
            item.pk, item.kind, item.content, item.expected, item.specialty, item.language, {}
        )
    rows = StudyAnswer.objects.filter(item__in=by_pk).values_list(
        "item", "system__name", "is_twin", "original"
    )
    for pk, name, is_twin, original in rows:
        by_pk[pk].answers[name, is_twin] = original
    return found


def items_of(study: Study, search: str = "", kind: str = "") -> QuerySet[StudyItem]:
    """Items in their order with numbers of answers and twins; those that hold what is searched for."""
    rows = study.items.annotate(
        n_answers=Count("answers", filter=Q(answers__is_twin=False)),
        n_twins=Count("answers", filter=Q(answers__is_twin=True)),
        n_masked=Count("answers", filter=~Q(answers__masked=[])),
    )
    if kind in StudyItem.Kind.values:
        rows = rows.filter(kind=kind)
    elif kind == "masked":
        rows = rows.filter(n_masked__gt=0)
    elif kind == "left_out":
        rows = rows.exclude(left_out="")
    wanted = search.replace("\0", "").strip()[:LONGEST_SEARCH]
    if wanted:
        fields = ("key", *(f"content__{part}" for part in SEARCHED))
        rows = rows.filter(reduce(or_, (Q(**{f"{field}__icontains": wanted}) for field in fields)))
    return rows.order_by("number")


def uploads_of(study: Study) -> list[ItemsUpload]:
    """Files that wait to be taken in, and what came of the last one."""
    return list(study.items_uploads.order_by("-created_at"))


def upload_of(study: Study, pk: uuid.UUID) -> ItemsUpload | None:
    return study.items_uploads.filter(pk=pk).first()


def item_of(study: Study, number: int) -> StudyItem | None:
    return study.items.select_related("study").filter(number=number).first()


def neighbours(item: StudyItem) -> tuple[int | None, int | None]:
    """Numbers of the items before and after."""
    own = StudyItem.objects.filter(study=item.study_id)
    before = own.filter(number__lt=item.number).order_by("-number").values_list("number", flat=True).first()
    after = own.filter(number__gt=item.number).order_by("number").values_list("number", flat=True).first()
    return before, after


def answers_of(item: StudyItem) -> list[StudyAnswer]:
    """The answers to an item in the order of the systems, wrong twins after what they are of."""
    return list(item.answers.select_related("system").order_by("system__number", "is_twin"))


def flags_of(study: Study, item: StudyItem | None = None) -> QuerySet[Flag]:
    """What raters flagged and nobody has resolved."""
    rows = Flag.objects.filter(assignment__study=study, resolved_at=None).select_related("assignment__item")
    return rows.filter(assignment__item=item) if item else rows


def rated_screens(item: StudyItem) -> int:
    return Assignment.objects.filter(item=item, state=Assignment.State.SUBMITTED).count()


def readiness(study: Study) -> Readiness:
    """What there is, what is missing, and whether all live items have an answer of every system."""
    kinds = dict(study.items.filter(left_out="").values_list("kind").annotate(Count("pk")).order_by())
    systems = study.systems.count()
    answered = designs.live_items(study).annotate(n=Count("answers", filter=Q(answers__is_twin=False)))
    groups = list(study.groups.select_related("study"))
    report = dry_run_report.report_of(study)
    able = {group.name: len(designs.raters_of(group)) for group in groups}
    return Readiness(
        live=kinds.get(StudyItem.Kind.LIVE, 0),
        training=kinds.get(StudyItem.Kind.TRAINING, 0),
        gold=kinds.get(StudyItem.Kind.GOLD, 0),
        systems=systems,
        raters=sum(able.values()),
        groups_without=tuple(name for name, number in able.items() if not number),
        consent=bool(study.consent_text.strip()) and not is_unfinished(study.consent_text),
        played=bool(study.dry_run),
        missed=report.missed if report else (),
        n_targets=report.n_targets if report else 0,
        short_of_answers=answered.filter(n__lt=systems).count(),
    )
