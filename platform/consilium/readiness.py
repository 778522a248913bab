"""What the site needs to do its work, and whether it is there: database, its tables, the broker."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

from celery import current_app
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from kombu.exceptions import OperationalError as BrokerAwayError

Migration = tuple[str, str]


@dataclass(frozen=True)
class Readiness:
    """`missing`: migrations that the database has not had; None where it could not be asked."""

    database: bool
    missing: tuple[str, ...] | None
    broker: bool

    @property
    def ready(self) -> bool:
        """Requests can be answered. Without the broker they are too: the work waits in the ledger."""
        return self.database and not self.missing

    def told(self) -> dict[str, str]:
        return {
            "state": ("ok" if self.broker else "degraded") if self.ready else "not ready",
            "database": "ok" if self.database else "away",
            "migrations": self._migrations(),
            "broker": "ok" if self.broker else "away",
        }

    def _migrations(self) -> str:
        if self.missing is None:
            return "unknown"
        if not self.missing:
            return "ok"
        return f"{len(self.missing)} missing, run manage.py migrate: {', '.join(self.missing[:5])}"


def readiness() -> Readiness:
    try:
        missing: tuple[str, ...] | None = missing_migrations()
    except Error:  # of the database
        missing = None
    return Readiness(missing is not None, missing, broker_answers())


def missing_migrations() -> tuple[str, ...]:
    """What `manage.py migrate` would bring; raises where the database is away."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    applied: Set[Migration] = set()
    if MigrationRecorder.Migration._meta.db_table in tables:
        applied = MigrationRecorder(connection).applied_migrations().keys()
    return tuple(f"{app}.{name}" for app, name in sorted(_shipped() - applied))


@lru_cache(maxsize=1)
def _shipped() -> frozenset[Migration]:
    """Read once: the code does not change under a running process."""
    loader = MigrationLoader(None)
    return frozenset(key for key in loader.graph.nodes)


def broker_answers() -> bool:
    try:
        with current_app.connection_for_write() as asked:
            asked.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    except (BrokerAwayError, OSError):
        return False
    return True
