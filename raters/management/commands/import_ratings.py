"""`manage.py import_ratings PATH`: ratings that others have published, as a locked study."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.acts import RecordedCommand
from accounts.models import Role, User
from raters.domain.importing import READERS, UnusableRatingsError
from raters.services import publication
from raters.services.importing import import_study
from raters.services.refusals import RefusalError


class Command(RecordedCommand):
    help = (
        "Take over published ratings as a locked study, with their licence, what was left out and the same "
        "chain of hashes as any rating. A data set that is there already stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", help="folder or file; a bare name is looked for in CONSILIUM_DATA")
        parser.add_argument(
            "--reader", choices=sorted(READERS), help="how to read it; without it, by the name of the folder"
        )
        parser.add_argument(
            "--coordinator", help="who looks after the study; without it, the first administrator"
        )
        parser.add_argument(
            "--publish",
            action="store_true",
            help="publish it too: look first whether its licence allows everybody to download it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = located(options["path"])
        reader = options["reader"] or (path.name if path.is_dir() else path.parent.name)
        if reader not in READERS:
            raise CommandError(
                f'Nothing reads "{reader}". Choose one: --reader {{{",".join(sorted(READERS))}}}'
            )
        started = time.perf_counter()
        try:
            study, is_new = import_study(READERS[reader](path), reader, coordinator(options["coordinator"]))
            if options["publish"]:
                publication.ask(study)
                publication.publish(study)
        except (UnusableRatingsError, RefusalError) as error:
            raise CommandError(str(error)) from None
        study.refresh_from_db()
        ratings = study.assignments.count()
        said = f"{ratings} ratings in {time.perf_counter() - started:.1f} s" if is_new else "is there already"
        self.stdout.write(f"/studies/{study.slug}/: {said}{', published' if study.published else ''}")
        if study.publication_problem:
            raise CommandError(f"It is not published: {study.publication_problem}")


def located(name: str) -> Path:
    """The path given, or the folder of this name among the published data."""
    path = Path(name)
    data = os.environ.get("CONSILIUM_DATA", "")
    if not path.exists() and data and (Path(data) / name).exists():
        path = Path(data) / name
    if not path.exists():
        where = (
            f" nor in {data}"
            if data
            else "; set CONSILIUM_DATA to the folder of published data to name one in it"
        )
        raise CommandError(f"There is no {name} here{where}.")
    return path.resolve()


def coordinator(name: str | None) -> User:
    people = User.objects.filter(is_active=True).order_by("pk")
    found = people.filter(username=name) if name else people.filter(roles__contains=[Role.ADMINISTRATOR])
    person = found.first() or (None if name else people.filter(is_superuser=True).first())
    if person is None:
        raise CommandError(
            f'There is nobody called "{name}".'
            if name
            else "There is no administrator: name a --coordinator."
        )
    return person
