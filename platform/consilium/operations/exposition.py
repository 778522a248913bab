"""Everything measured, in the words of Prometheus: what processes counted, and what the ledger says.

Counts are those of all processes together (see telemetry.ledger), so it does not matter which web process is
asked, and one address is enough for a site. While the database is away, little more than
`consilium_database_up 0` is told.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Count
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from consilium.operations import database, disks, waiting
from evaluation.models import Run, Submission, Worker
from telemetry.ledger import ALIVE
from telemetry.models import Mark, Process, Tally
from telemetry.tallies import BOUNDS

COUNTERS = {
    "requests": ("requests", "Requests answered, besides those answered from memory at once"),
    "kept_answers": (
        "kept_answers",
        "Public answers: at_once, unchanged and kept came from memory",
    ),
    "kept_answers_bytes": ("kept_answers_sent_bytes", "Bytes of bodies sent from memory at once"),
    "slow_queries": ("slow_queries", "Statements that took longer than SLOW_QUERY_MS, by page or job"),
    "errors_logged": ("errors_logged", "Lines logged as errors, by part of the platform"),
    "jobs": ("jobs", "Tasks of the queue that ended, by how"),
    "leases_lost": ("leases_lost", "Chunks claimed from a worker that fell silent or died"),
    "chunks_retried": ("chunks_retried", "Chunks claimed that had been tried before"),
}
HISTOGRAMS = {"request_seconds": "Seconds from a request to the end of its answer, by page"}
LABELS = {  # of counters that nothing was counted for yet
    "requests": ["method", "route", "status"],
    "kept_answers": ["outcome"],
    "slow_queries": ["where"],
    "errors_logged": ["logger"],
    "jobs": ["job", "state"],
    "leases_lost": ["kind"],
    "chunks_retried": ["kind"],
}


def exposition() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ledger())
    return generate_latest(registry)


class _Ledger(Collector):
    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("consilium_database_up", "Whether the database answers")
        try:
            found = list(itertools.chain(_counted(), _of_work(), _of_processes(), _of_the_database()))
        except (DatabaseError, InterfaceError):
            found = []
        up.add_metric([], float(bool(found)))
        version = InfoMetricFamily("consilium", "The version that answers", {"version": settings.VERSION})
        return [up, version, *found, *_of_the_machine()]


def _counted() -> Iterator[Metric]:
    rows: defaultdict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for each in Tally.objects.all():
        rows[each.name].append((json.loads(each.labels), each.value))
    for name, (told, meaning) in COUNTERS.items():
        names = LABELS.get(name, [])
        family = CounterMetricFamily(f"consilium_{told}", meaning, labels=names)
        for labels, value in rows[name]:
            family.add_metric([labels.get(each, "") for each in names], value)
        yield family
    for name, meaning in HISTOGRAMS.items():
        yield _histogram(name, meaning, rows[f"{name}_bucket"], rows[f"{name}_sum"])


def _histogram(
    name: str,
    meaning: str,
    buckets: list[tuple[dict[str, str], float]],
    sums: list[tuple[dict[str, str], float]],
) -> Metric:
    family = HistogramMetricFamily(f"consilium_{name}", meaning, labels=["route"])
    of_route: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for labels, value in buckets:
        of_route[labels["route"]][labels["le"]] = value
    total = {each["route"]: value for each, value in sums}
    bounds = [*map(str, BOUNDS), "+Inf"]
    for route, found in sorted(of_route.items()):
        up_to = itertools.accumulate(found.get(bound, 0.0) for bound in bounds)
        family.add_metric([route], list(zip(bounds, up_to, strict=True)), total.get(route, 0.0))
    return family


def _gauge(name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"consilium_{name}", meaning, labels=[label] if label else [])
    for of, value in values:
        family.add_metric([of] if label else [], value)
    return family


def _of_work() -> Iterator[Metric]:
    lines = waiting.lines()
    yield _gauge(
        "queue_runs", "Runs that wait, by queue", "queue", ((each.queue, each.runs) for each in lines)
    )
    yield _gauge(
        "queue_chunks",
        "Chunks that nobody holds, by queue",
        "queue",
        ((each.queue, each.chunks) for each in lines),
    )
    yield _gauge(
        "queue_oldest_seconds", "Waiting time of the oldest run not yet begun, by queue", "queue",
        ((each.queue, each.oldest or 0.0) for each in lines),
    )  # fmt: skip
    runs = dict(Run.objects.values_list("state").annotate(n=Count("pk")))
    yield _gauge(
        "runs", "Runs by state", "state", ((state, runs.get(state, 0)) for state in Run.State.values)
    )
    failed = Run.objects.filter(state=Run.State.FAILED).values_list("failure_code").annotate(n=Count("pk"))
    yield _gauge("runs_failed", "Failed runs by cause", "cause", failed)
    verdicts = dict(Submission.objects.values_list("verdict").annotate(n=Count("pk")))
    yield _gauge(
        "submissions", "Files and models handed in, by verdict", "verdict",
        ((verdict, verdicts.get(verdict, 0)) for verdict in Submission.Verdict.values),
    )  # fmt: skip
    for what, rows in database.inserted().items():
        yield CounterMetricFamily(f"consilium_{what}_written", f"Rows of {what} ever written", value=rows)


def _of_processes() -> Iterator[Metric]:
    now = timezone.now()
    workers = list(Worker.objects.all())
    silent = ((each.name, (now - each.seen_at).total_seconds()) for each in workers)
    yield _gauge("worker_silent_seconds", "Since a worker was last heard of", "worker", silent)
    speeds = ((each.name, each.tokens_a_second) for each in workers if each.tokens_a_second is not None)
    yield _gauge("worker_tokens_per_second", "Tokens a worker's model writes a second", "worker", speeds)
    alive = list(Process.objects.filter(seen_at__gte=now - ALIVE))
    memory = GaugeMetricFamily(
        "consilium_process_memory_bytes", "Resident memory of a process", labels=["process", "kind"]
    )
    for each in alive:
        memory.add_metric([each.name, each.kind], each.memory)
    yield memory
    for name, meaning in (
        ("live_streams", "Live streams open, by web process"),
        ("kept_held", "Public answers held in memory, by web process"),
        ("kept_bytes", "Bytes they take, by web process"),
    ):
        held = ((each.name, each.gauges[name]) for each in alive if name in each.gauges)
        yield _gauge(name, meaning, "process", held)
    marks = ((each.name, each.at.timestamp()) for each in Mark.objects.all())
    yield _gauge(
        "last_done_timestamp_seconds", "When what is to be done regularly was last done", "what", marks
    )


def _of_the_database() -> Iterator[Metric]:
    state = database.state()
    for name, meaning, value in (
        ("database_bytes", "Size of the database", state.size),
        ("database_connections", "Connections to the database", state.connections),
        ("database_connections_most", "Connections PostgreSQL allows", state.most_connections),
        ("database_oldest_transaction_seconds", "Age of the oldest open transaction", state.oldest),
        ("database_waiting_for_locks", "Connections that wait for a lock", state.locked),
    ):
        yield GaugeMetricFamily(f"consilium_{name}", meaning, value=value)
    yield CounterMetricFamily("consilium_database_deadlocks", "Deadlocks", value=state.deadlocks)


def _of_the_machine() -> Iterator[Metric]:
    free = ((each.what, float(each.free)) for each in disks.disks())
    yield _gauge("disk_free_bytes", "Room left on the disks of this web server", "what", free)
