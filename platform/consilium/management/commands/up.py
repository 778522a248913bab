"""Run all of Consilium on this machine: PostgreSQL, Redis, the web server and a worker."""

from __future__ import annotations

import contextlib
import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from consilium import embedded, processes
from consilium.embedded.services import KEEPER, wanted
from consilium.static_files import collect_if_changed
from consilium.supervisor import (
    LOCK,
    AlreadyRunningError,
    CannotStartError,
    StopRequested,
    Supervisor,
    holder,
)

_DATABASE_CACHE = "django.core.cache.backends.db.DatabaseCache"
_KEEPER_SECONDS = 60.0


class Command(BaseCommand):
    help = "Start PostgreSQL, Redis, the web server and a worker, and keep them running until Ctrl-C."
    requires_system_checks = ()  # `migrate` checks the models, once there is a database to check

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000, help="PORT, or 8000")
        parser.add_argument("--no-worker", action="store_true", help="run workers elsewhere")
        parser.add_argument(
            "--worker-concurrency", type=int, default=2, metavar="N", help="tasks at a time (2)"
        )
        parser.add_argument("--demo", action="store_true", help="load the demonstration before opening")

    def handle(self, *args: Any, **options: Any) -> None:
        state = embedded.state_folder()
        try:
            _refuse_a_second_start(state)
            processes.check_port(options["host"], options["port"])
            self._wait_for_other_commands(state)
            with Supervisor(state, self._say) as supervisor:
                with contextlib.suppress(StopRequested):
                    self._serve(supervisor, state, options)
                self._say("Stopping")
        except (CannotStartError, AlreadyRunningError) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _serve(self, supervisor: Supervisor, state: Path, options: dict[str, Any]) -> None:
        services = wanted(state)
        if services:
            self._say(f"Starting {' and '.join(service.name for service in services)}")
            supervisor.start(*(service.child() for service in services))
            self._say_where_the_database_lies(state)
        self._prepare(supervisor)
        self._say("Starting the site")
        site = [processes.web(options["host"], options["port"], settings.ALLOWED_HOSTS)]
        if not options["no_worker"]:
            site += [processes.worker(options["worker_concurrency"])]
            site += [processes.model_worker(), processes.endpoint_worker()]
        supervisor.start(*site)
        if options["demo"]:
            self._load_demonstration(supervisor)
        self._say(f"Consilium is ready at http://{processes.reachable(options['host'])}:{options['port']}/")
        supervisor.watch()

    def _prepare(self, supervisor: Supervisor) -> None:
        self._say("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        supervisor.stop_if_asked()
        if any(cache["BACKEND"] == _DATABASE_CACHE for cache in settings.CACHES.values()):
            call_command("createcachetable", verbosity=0)
        call_command("publish_rubrics", verbosity=0)
        connections.close_all()
        if not settings.DEBUG:
            collect_if_changed()
        supervisor.stop_if_asked()

    def _load_demonstration(self, supervisor: Supervisor) -> None:
        self._say("Loading the demonstration")
        code = supervisor.run(processes.manage("load_demo"))
        if code != 0:
            raise CommandError(f"The demonstration could not be loaded: load_demo ended with code {code}")

    def _wait_for_other_commands(self, state: Path) -> None:
        """Another command may have started the services for itself; they end with it."""
        deadline = time.monotonic() + _KEEPER_SECONDS
        waiting = False
        while somebody := holder(state / LOCK):
            if time.monotonic() > deadline:
                raise CannotStartError(
                    f"Another command still uses the database in {state} (kept by process {somebody.pid}). "
                    "Wait until it has ended, then start again"
                )
            if not waiting:
                self._say("Waiting for another command to finish with the database")
            waiting = True
            time.sleep(0.1)

    def _say_where_the_database_lies(self, state: Path) -> None:
        database = state / "postgres"
        if database.is_symlink():
            self._say(f"PostgreSQL does not run as root; the database lies in {database.resolve()}")

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self.stdout.write(text)
            self.stdout.flush()


def _refuse_a_second_start(state: Path) -> None:
    """Say that Consilium itself runs here, before saying that its port is taken."""
    somebody = holder(state / LOCK)
    if somebody and somebody.role != KEEPER:
        raise AlreadyRunningError(state / LOCK, somebody)
