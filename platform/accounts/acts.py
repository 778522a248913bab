"""Writing down what was done with more than everybody's rights: one line an act, kept for good."""

from __future__ import annotations

import getpass
import os
from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand
from django.db import ProgrammingError, connection

from accounts.models import PrivilegedAct, User

Kind = PrivilegedAct.Kind

# of a command's options, those that are the same for every command and say nothing of what was done
_OF_EVERY_COMMAND = {
    *vars(BaseCommand().create_parser("manage.py", "any").parse_args([], Namespace())),
    "skip_checks", "stdout", "stderr",
}  # fmt: skip
_SECRET = ("key", "password", "secret", "token")


def record(
    person: User | None, kind: str, subject: str, details: str = "", reason: str = "", *, by: str = ""
) -> None:
    """Append an act; in the transaction of what was done, so that neither is kept without the other.

    Args:
        by: who, where it is no person of this site: a command, a worker
    """
    PrivilegedAct.objects.create(
        person=person,
        by=(person.username if person else by)[:150],
        kind=kind,
        subject=subject[:300],
        details=details,
        reason=reason,
    )


def acting(person: User) -> None:
    """Say for the rest of this transaction who it is that changes people."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('consilium.person', %s, true)", [str(person.pk)])


class RecordedCommand(BaseCommand):
    """A command that changes what others see or opens what others may not: what it did is written down."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        said = super().execute(*args, **options)
        name = type(self).__module__.rpartition(".")[2]
        try:
            record(None, Kind.COMMAND, name, _chosen(args, options), by=f"command line, as {_user()}")
        except ProgrammingError:  # an archive of an earlier release was restored
            self.stderr.write("Not written down among the privileged acts: run `manage.py migrate` first.")
        return said


def _chosen(args: tuple[Any, ...], options: dict[str, Any]) -> str:
    """What a command was told, without what is secret."""
    words = [str(each) for each in args]
    for name, value in options.items():
        if name not in _OF_EVERY_COMMAND and value not in (None, "", [], False):
            words.append(f"{name}: {'…' if name.endswith(_SECRET) else value}")
    return "; ".join(words)


def _user() -> str:
    """Of the operating system; a container may run as a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
