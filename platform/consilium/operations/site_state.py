"""How the site is just now, read once for the page: what lives, what waits, what failed, what is full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.utils import timezone

from consilium.operations import database, disks, waiting
from consilium.readiness import Readiness, readiness
from evaluation.models import Run, Worker
from telemetry.ledger import ALIVE
from telemetry.models import Fault, Mark, Process, Reading, SlowQuery

SHOWN_RUNS, SHOWN_FAULTS, SHOWN_QUERIES = 10, 15, 10
STUCK_AFTER = timedelta(minutes=15)
MINUTES = 60  # of the little pictures
STORE_ASKED_EVERY = 60  # seconds


@dataclass(frozen=True)
class SiteState:
    """Everything the page shows. `store`: why the object store does not answer, empty where it does."""

    at: datetime
    readiness: Readiness
    database: database.Database
    disks: list[disks.Disk]
    store: str
    lines: list[waiting.Line]
    web: list[Process]
    workers: list[WorkerSeen]
    failed: list[Run]
    stuck: list[Run]
    faults: list[Fault]
    faults_in_an_hour: int
    slow: list[SlowQuery]
    backup: Mark | None
    requests: list[float]  # a minute each, the last one now
    queued: list[float]

    @property
    def versions(self) -> list[str]:
        return sorted({each.version for each in self.web})

    @property
    def waiting_runs(self) -> int:
        return sum(line.runs for line in self.lines)

    @property
    def streams(self) -> int:
        return int(sum(each.gauges.get("live_streams", 0) for each in self.web))


@dataclass(frozen=True)
class WorkerSeen:
    """A worker and the seconds it has been silent; `memory` of its process where that is known."""

    worker: Worker
    silent: float
    memory: int | None

    @property
    def is_silent(self) -> bool:
        return self.silent > 2 * max(settings.LEASE_SECONDS, settings.SWEEP_SECONDS)


def site_state() -> SiteState:
    """Raises the database's errors where it is away."""
    now = timezone.now()
    processes = list(Process.objects.filter(seen_at__gte=now - ALIVE))
    return SiteState(
        at=now,
        readiness=readiness(),
        database=database.state(),
        disks=disks.disks(),
        store=_store_at(int(now.timestamp()) // STORE_ASKED_EVERY),
        lines=waiting.lines(),
        web=[each for each in processes if each.kind == "web"],
        workers=_workers(now, {each.name: each.memory for each in processes}),
        failed=list(_runs().filter(state=Run.State.FAILED).order_by("-finished_at")[:SHOWN_RUNS]),
        stuck=list(_stuck(now)[:SHOWN_RUNS]),
        faults=list(Fault.objects.all()[:SHOWN_FAULTS]),
        faults_in_an_hour=Fault.objects.filter(at__gte=now - timedelta(hours=1)).count(),
        slow=list(SlowQuery.objects.all()[:SHOWN_QUERIES]),
        backup=Mark.objects.filter(name="backup").first(),
        requests=_minutes("requests", now),
        queued=_minutes("waiting", now),
    )


def _runs() -> QuerySet[Run]:
    return Run.objects.select_related("submission__version")


def _stuck(now: datetime) -> QuerySet[Run]:
    """Nobody has begun it, or finished anything of it, for long."""
    long_ago = now - STUCK_AFTER
    moved = Q(chunks__finished_at__gte=long_ago) | Q(served_at__gte=long_ago) | Q(started_at__gte=long_ago)
    waits = _runs().filter(state__in=Run.ACTIVE, queued_at__lt=long_ago)
    return waits.exclude(pk__in=waits.filter(moved).values("pk")).order_by("queued_at")


def _workers(now: datetime, memory: dict[str, int]) -> list[WorkerSeen]:
    """A worker is named `name@host/process`, its process `host/process`."""
    return [
        WorkerSeen(each, (now - each.seen_at).total_seconds(), memory.get(each.name.partition("@")[2]))
        for each in Worker.objects.all()
    ]


def _minutes(name: str, now: datetime) -> list[float]:
    """A value for each of the last minutes, 0 where nothing was read."""
    last = now.replace(second=0, microsecond=0)
    found = Reading.objects.filter(name=name, minute__gt=last - timedelta(minutes=MINUTES))
    known = dict(found.values_list("minute", "value"))
    return [known.get(last - timedelta(minutes=ago), 0.0) for ago in reversed(range(MINUTES))]


@lru_cache(maxsize=1)
def _store_at(_minute: int) -> str:
    """Asked once a minute: a store that is away is slow to say so."""
    try:
        if settings.S3_BUCKET:
            store: Any = default_storage
            store.connection.meta.client.head_bucket(Bucket=settings.S3_BUCKET)
        else:
            default_storage.exists("a name that nothing has")
    except Exception as error:  # of whatever library speaks to the store
        return type(error).__name__
    return ""
