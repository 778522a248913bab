"""`manage.py publish_rubrics`: the rubrics that come with the platform, in their present versions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from raters.domain.rubric import shipped
from raters.services import rubrics
from raters.services.refusals import NotAllowedError


class Command(BaseCommand):
    help = "Publish the rubrics that come with the platform. Safe to repeat: known content stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        for slug, toml in shipped().items():
            try:
                version, is_new = rubrics.publish(toml, None, slug.replace("_", "-"))
            except (
                NotAllowedError
            ) as refusal:  # a coordinator has the name; the others are published all the same
                self.stderr.write(refusal.message)
                continue
            if is_new and options["verbosity"]:
                self.stdout.write(f"{version.slug} v{version.number} is published")
