"""A study's own lines: defined, changed, copied and deleted by its coordinator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext

from accounts.models import User
from raters.domain.consent_template import is_unfinished
from raters.domain.study_design import UnusableDesignError
from raters.models import ItemsUpload, RaterGroup, RubricVersion, Study, StudyAnswer, StudyItem, StudySystem
from raters.selectors import dry_run_report
from raters.services import dry_runs, studies
from raters.services.refusals import NotAllowedError, RefusalError

LONGEST_REASON = 2000
RESERVED = frozenset({"new"})  # addresses of pages beside those of studies


def locked_draft(study: Study) -> Study:
    """The study, read anew and kept from others until the transaction ends; refused unless a draft."""
    found = Study.objects.select_for_update(no_key=True).filter(pk=study.pk).first()
    if found is None or found.state != Study.State.DRAFT:
        raise NotAllowedError(gettext("The study is no draft any more: what is planned stays as it is."))
    return found


def forget_dry_run(study: Study) -> None:
    """What was played is not what would open now."""
    Study.objects.filter(pk=study.pk, state=Study.State.DRAFT).exclude(dry_run={}).update(dry_run={})


def create(coordinator: User, slug: str, title: str, rubric: RubricVersion, **more: Any) -> Study:
    """A new draft. RefusalError when the address is taken, even by somebody who is faster."""
    if slug in RESERVED:
        raise RefusalError(
            gettext('The address "%(slug)s" is one of the site\'s own: choose another.') % {"slug": slug}
        )
    try:
        with transaction.atomic():
            return studies.create(coordinator, slug, title, rubric, **more)
    except IntegrityError:
        raise RefusalError(
            gettext('There is a study at the address "%(slug)s" already: choose another.') % {"slug": slug}
        ) from None


@transaction.atomic
def change(study: Study, **fields: Any) -> Study:
    """Change a study; of an open one the texts and the pay. RefusalError says what stays as it is."""
    found = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if found.state == Study.State.LOCKED:
        raise NotAllowedError(gettext("The study is locked: nothing of it changes any more."))
    different = {name: value for name, value in fields.items() if getattr(found, name) != value}
    if "rubric" in different and found.items.exists():
        raise RefusalError(
            gettext("The items were checked for the rubric they were added under: remove them first.")
        )
    try:
        return studies.change(found, **different) if different else found
    except UnusableDesignError as error:
        raise RefusalError(str(error)) from None


@transaction.atomic
def play(study: Study) -> Study:
    """Play the dry run of a draft as it is now."""
    return dry_runs.play(locked_draft(study))


@transaction.atomic
def open_study(study: Study, opener: User | None = None, anyway: str = "") -> int:
    """Open a draft to its raters; the number of screens handed out.

    One whose dry run misses the target opens for a reason, `anyway`, which is kept with who gave it.
    """
    found = locked_draft(study)
    if found.items_uploads.filter(state=ItemsUpload.State.WAITING).exists():
        raise RefusalError(
            gettext("A file of items is still being taken in: open the study when it is done.")
        )
    if not found.consent_text.strip():
        raise RefusalError(gettext("Write the consent text first: raters accept it before their first item."))
    if is_unfinished(found.consent_text):
        raise RefusalError(
            gettext("The consent text has places in [square brackets] to be filled in: finish it first.")
        )
    report = dry_run_report.report_of(found)
    is_short = report is not None and bool(report.missed)
    reason = anyway.strip() if is_short else ""
    if is_short and not reason:
        raise RefusalError(
            gettext(
                "The dry run misses the target precision: add raters, items or overlap and play it again, or "
                "say why the study opens anyway."
            )
        )
    if len(reason) > LONGEST_REASON or "\0" in reason:
        raise RefusalError(
            gettext("Give the reason in at most %(longest_reason)s characters.")
            % {"longest_reason": f"{LONGEST_REASON:,}"}
        )
    made = studies.open_study(found)
    Study.objects.filter(pk=found.pk).update(opened_by=opener, opened_anyway=reason)
    return made


def lock(study: Study, typed: str) -> None:
    """Close an open study for good. The title is typed as a sign that it is meant."""
    _require_typed(study, typed)
    studies.lock(study)


@transaction.atomic
def delete(study: Study, typed: str) -> None:
    """Delete a draft with its items, groups and invitations. Nobody has rated in it."""
    found = locked_draft(study)
    _require_typed(found, typed)
    files = [item.image for item in found.items.exclude(image="")]
    files += [upload.file for upload in found.items_uploads.exclude(file="")]
    found.memberships.all().delete()
    found.delete()
    discard_files(files)


@transaction.atomic
def clone(study: Study, coordinator: User) -> Study:
    """A new draft with the same rubric, design, groups, systems and items, and without its raters."""
    made = create(
        coordinator,
        _free_slug(study.slug),
        f"{study.title[:190]} (copy)",
        study.rubric,
        description=study.description,
        consent_text=study.consent_text,
        hourly_rate=study.hourly_rate,
        currency=study.currency,
        design=study.design,
    )
    made.groups.all().delete()
    for group in study.groups.all():
        group.pk, group.study = None, made
        group.save(force_insert=True)
    if not made.groups.exists():
        RaterGroup.objects.create(study=made, name="Raters")
    _copy_items(study, made)
    return made


def _copy_items(study: Study, made: Study) -> None:
    systems: dict[int, StudySystem] = {}
    for system in study.systems.all():
        systems[system.pk] = StudySystem.objects.create(
            study=made, number=system.number, name=system.name, system_id=system.system_id
        )
    for item in study.items.prefetch_related("answers"):
        answers = list(item.answers.all())
        image = item.image.read() if item.image else None
        item.pk, item.study, item.left_out, item.image = None, made, "", ""
        item.save(force_insert=True)
        for answer in answers:
            answer.pk, answer.item, answer.system = None, item, systems[answer.system_id]
        StudyAnswer.objects.bulk_create(answers)
        if image is not None:
            keep_image(item, image)


def keep_image(item: StudyItem, image: bytes) -> None:
    """Keep a picture that was read already. The name of its file says nothing."""
    item.image.save(f"{item.pk}.png", ContentFile(image))


def discard_files(files: Iterable[FieldFile]) -> None:
    """Delete files, of pictures say, once nothing can bring their rows back."""
    gone = [(file.storage, file.name) for file in files if file.name]

    def delete() -> None:
        for storage, name in gone:
            storage.delete(name)

    transaction.on_commit(delete)


def _require_typed(study: Study, typed: str) -> None:
    if " ".join(typed.split()) != " ".join(study.title.split()):
        raise RefusalError(
            gettext("Type the study's name to confirm, exactly as it stands: %(title)s")
            % {"title": study.title}
        )


def _free_slug(slug: str) -> str:
    taken: Mapping[str, None] = dict.fromkeys(Study.objects.values_list("slug", flat=True))
    numbers = (f"{slug[:70]}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in numbers if each not in taken)
