"""Rubrics that coordinators write themselves: every problem named, or a new version that is never edited."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError
from django.utils.translation import gettext

from accounts.models import Role, User
from raters.domain.rubric import RubricError, read_rubric
from raters.models import RubricVersion
from raters.services import rubrics
from raters.services.refusals import NotAllowedError

LONGEST_TITLE = 200


@dataclass(frozen=True)
class Uploaded:
    """A version, new or the one that is there with this content; or what has to be mended."""

    version: RubricVersion | None = None
    is_new: bool = False
    problems: tuple[str, ...] = ()


def upload(toml: str, owner: User) -> Uploaded:
    """Publish a coordinator's rubric. NotAllowedError where the name is somebody else's."""
    if not owner.has_role(Role.COORDINATOR):
        raise NotAllowedError(gettext("Rubrics are uploaded by coordinators."))
    if not toml.strip():
        return Uploaded(problems=("there is nothing in it: choose a file, or paste the text",))
    try:
        title = read_rubric(toml).title
        if len(title) > LONGEST_TITLE:
            return Uploaded(problems=(f'"title" has {len(title)} characters, at most {LONGEST_TITLE} fit',))
        version, is_new = rubrics.publish(toml, owner)
    except RubricError as error:
        return Uploaded(problems=tuple(error.problems))
    except IntegrityError:
        return Uploaded(problems=("somebody publishes a version of it at this moment: try again",))
    return Uploaded(version, is_new)
