"""An open study goes on to a newer version of its rubric: unopened screens move, all others stay."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from raters.models import RubricMove, Study
from raters.selectors import rubric_moves, rubrics
from raters.services.refusals import NotAllowedError, RefusalError


@transaction.atomic
def move(study: Study, number: int, author: User) -> RubricMove:
    """Go on to version `number`, which must be the newest. RefusalError says what bars it.

    Screens that somebody opened, or a browser fetched ahead, stay with the version they were shown in, and so
    do ratings. What is planned from now on has the new version.
    """
    locked = Study.objects.select_for_update(no_key=True, of=("self",)).select_related("rubric")
    found = locked.get(pk=study.pk)
    if found.state != Study.State.OPEN:
        raise NotAllowedError(gettext("Only an open study has screens to be moved to a newer rubric."))
    if number == found.rubric.number:
        raise RefusalError(gettext("The study is on version %(number)s already.") % {"number": number})
    newest = rubrics.newest(found.rubric.slug)
    if newest is None or number != newest.number or number < found.rubric.number:
        raise RefusalError(gettext("Another version was published meanwhile: look at what it changes first."))
    barriers = rubric_moves.change_to(found, newest).barriers
    if barriers:
        raise RefusalError(" ".join(barriers))
    moved = rubric_moves.unopened_screens(found).update(rubric=newest)
    kept = rubric_moves.screens_of(found).exclude(rubric=newest).count()
    made = RubricMove.objects.create(
        study=found, old=found.rubric, new=newest, author=author, screens=moved, kept=kept
    )
    found.rubric = newest
    found.save(update_fields=["rubric"])
    return made
