"""A study from its first line to its lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from evaluation.models import System
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.shown_answers import masked_answer
from raters.domain.study_design import UnusableDesignError, read_design
from raters.models import (
    Membership,
    RaterGroup,
    RubricVersion,
    Study,
    StudyAnswer,
    StudyItem,
    StudySystem,
)
from raters.services import counting, planning
from raters.services.refusals import NotAllowedError, RefusalError


def create(coordinator: User, slug: str, title: str, rubric: RubricVersion, **more: Any) -> Study:
    """A draft with one group of raters. RefusalError when the address is taken."""
    if Study.objects.filter(slug=slug).exists():
        raise RefusalError(
            gettext('There is a study at the address "%(slug)s" already: choose another.') % {"slug": slug}
        )
    design = msgspec.to_builtins(read_design(more.pop("design", {})))
    with transaction.atomic():
        study = Study.objects.create(
            coordinator=coordinator, slug=slug, title=title, rubric=rubric, design=design, **more
        )
        RaterGroup.objects.create(study=study, name="Raters")
    return study


def change(study: Study, **fields: Any) -> Study:
    """Change a draft; a dry run of another design no longer counts. A new consent text is a new version."""
    if study.state != Study.State.DRAFT and set(fields) - {"consent_text", "hourly_rate", "description"}:
        raise NotAllowedError(gettext("The study is open: its design, rubric and items stay as they are."))
    if "design" in fields:
        fields["design"] = msgspec.to_builtins(read_design(fields["design"]))
    if fields.get("consent_text", study.consent_text) != study.consent_text and study.opened_at:
        fields["consent_version"] = study.consent_version + 1
    if {"design", "rubric"} & set(fields):
        fields["dry_run"] = {}
    for name, value in fields.items():
        setattr(study, name, value)
    study.save(update_fields=list(fields))
    return study


def add_systems(study: Study, names: Sequence[str]) -> dict[str, StudySystem]:
    """Systems by name, those that are there already included. A known system of that name is linked."""
    there = {system.name: system for system in study.systems.all()}
    known = {system.name: system for system in System.objects.filter(name__in=names)}
    for name in names:
        if name not in there:
            number = len(there) + 1
            there[name] = StudySystem.objects.create(
                study=study, number=number, name=name, system=known.get(name)
            )
    return there


def add_item(
    study: Study,
    key: str,
    case: Case,
    answers: Mapping[str, ShownAnswer],
    *,
    kind: str = StudyItem.Kind.LIVE,
    twins: Mapping[str, ShownAnswer] | None = None,
    authors: Mapping[str, User] | None = None,
    image: bytes | None = None,
    **more: Any,
) -> StudyItem:
    """One case with its answers by system. What names a model in them is masked before anybody sees it."""
    _refuse_unless_draft(study)
    systems = add_systems(study, list(answers))
    last = study.items.order_by("-number").values_list("number", flat=True).first() or 0
    names = [system.name for system in systems.values()]
    with transaction.atomic():
        item = StudyItem.objects.create(
            study=study, number=last + 1, key=key, kind=kind, content=msgspec.to_builtins(case), **more
        )
        for is_twin, given in ((False, answers), (True, twins or {})):
            for name, answer in given.items():
                shown, masked = masked_answer(answer, names)
                StudyAnswer.objects.create(
                    item=item,
                    system=systems[name],
                    shown=msgspec.to_builtins(shown),
                    original=msgspec.to_builtins(answer),
                    masked=masked,
                    author=(authors or {}).get(name),
                    is_twin=is_twin,
                )
        if image is not None:
            item.image.save(f"{item.pk}.png", ContentFile(image))
        Study.objects.filter(pk=study.pk).update(dry_run={})
    return item


def invite(study: Study, group: RaterGroup, raters: Sequence[User]) -> list[Membership]:
    """Invite people into a group; whoever is in the study already stays where they are."""
    if study.state == Study.State.LOCKED:
        raise NotAllowedError(gettext("The study is locked: nobody can join it any more."))
    return [
        Membership.objects.get_or_create(
            study=study, rater=rater, defaults={"group": group, "name": rater.get_username()}
        )[0]
        for rater in raters
    ]


@transaction.atomic
def open_study(study: Study, *, without_dry_run: bool = False) -> int:
    """Compute the design, hand out every screen and open the study; the number of screens.

    A study opens only after a dry run of the design it has now.
    """
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    _refuse_unless_draft(study)
    if not study.dry_run and not without_dry_run:
        raise NotAllowedError(
            gettext("Play the dry run first: it shows what the design is worth before anybody rates.")
        )
    try:
        made = planning.lay_out(study, planning.plans_of(study))
    except UnusableDesignError as error:
        raise RefusalError(str(error)) from None
    study.state, study.opened_at = Study.State.OPEN, timezone.now()
    study.save(update_fields=["state", "opened_at"])
    return made


def lock(study: Study) -> None:
    """Take no more ratings. Sources may be revealed from now on; there is no way back."""
    with transaction.atomic():
        with connection.cursor() as cursor:  # after every submission that has begun, before any that has not
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(study.pk)])
        is_open = Study.objects.filter(pk=study.pk, state=Study.State.OPEN)
        if not is_open.update(state=Study.State.LOCKED, locked_at=timezone.now()):
            raise NotAllowedError(gettext("Only an open study can be locked."))


def leave_out(item: StudyItem, reason: str) -> None:
    """Count an item no more, for a fault in how it was displayed, say. Its ratings stay."""
    if not reason.strip():
        raise RefusalError(gettext("Say why the item is left out: reports name the number and the reason."))
    with transaction.atomic():
        counting.look_again(item.study_id, Q(assignment__item=item))
        StudyItem.objects.filter(pk=item.pk).update(left_out=reason.strip())


def _refuse_unless_draft(study: Study) -> None:
    if study.state != Study.State.DRAFT:
        raise NotAllowedError(
            gettext("The study is open or locked: items are added and designs changed in a draft.")
        )
