"""`manage.py create_token USERNAME` prints a new API token, once."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts import selectors, services
from accounts.acts import RecordedCommand


class Command(RecordedCommand):
    help = "Print a new API token for a person. It is shown once and kept only as a hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is for")

    def handle(self, *args: Any, username: str, name: str, **options: Any) -> None:
        person = selectors.person_named(username)
        if person is None:
            raise CommandError(
                f"There is no person called {username!r}. Sign up on the site, or check the spelling."
            )
        self.stdout.write(services.create_token(person, name))
