"""Publishing rubrics: other content is another version, and none is ever edited."""

from __future__ import annotations

import msgspec
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from raters.domain.rubric import content_hash, read_rubric, shipped
from raters.models import RubricVersion
from raters.services.refusals import NotAllowedError


@transaction.atomic
def publish(toml: str, owner: User | None, slug: str = "") -> tuple[RubricVersion, bool]:
    """Read and keep a rubric: (its version, whether it is new). RubricError names every problem.

    A name belongs to whoever used it first; shipped rubrics belong to the platform.
    """
    rubric = read_rubric(toml)
    digest, slug = content_hash(rubric), slug or rubric.id.replace("_", "-")
    earlier = RubricVersion.objects.select_for_update().filter(slug=slug).order_by("-number")
    known = next((version for version in earlier if version.content_hash == digest), None)
    if known is not None:
        return known, False
    newest = earlier.first()
    if newest is not None and newest.owner_id != (owner.pk if owner else None):
        raise NotAllowedError(
            gettext('A rubric named "%(slug)s" exists already and is not yours: give it another id.')
            % {"slug": slug}
        )
    version = RubricVersion.objects.create(
        slug=slug,
        number=newest.number + 1 if newest else 1,
        title=rubric.title,
        toml=toml,
        content=msgspec.to_builtins(rubric),
        content_hash=digest,
        owner=owner,
    )
    return version, True


def publish_shipped() -> list[RubricVersion]:
    """Every rubric that comes with the platform, in its present version."""
    return [publish(toml, None, slug.replace("_", "-"))[0] for slug, toml in shipped().items()]
