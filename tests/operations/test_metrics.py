"""What Prometheus is told: true figures of all processes, to whom it concerns, also when something is away."""

from __future__ import annotations

import io
import logging
import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from django.core.files.base import File
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from consilium.kept_answers import KeptAnswers
from consilium.live import LiveStreams
from consilium.operations import waiting
from consilium.operations.counting import ledger_of
from evaluation.models import Chunk, Run
from evaluation.services import submissions, work
from telemetry import faults, slow_queries, tallies
from telemetry.ledger import Ledger
from telemetry.models import Fault, Process, Reading, Tally
from workers import tasks

ROOT = Path(__file__).resolve().parents[2]
Figures = dict[str, dict[tuple[tuple[str, str], ...], float]]


@pytest.fixture(autouse=True)
def _nothing_counted_before() -> None:
    tallies.take()
    slow_queries.take()
    faults.take()


def figures(client: Client) -> Figures:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    return read(answer.content.decode())


def read(text: str) -> Figures:
    """Sample name → labels → value, by Prometheus' own reader."""
    found: Figures = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def of(found: Figures, name: str, **labels: str) -> float:
    return found[f"consilium_{name}"][tuple(sorted(labels.items()))]


# who may ask


@pytest.mark.django_db
def test_without_a_token_only_this_machine_may_ask(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 403
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"):
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403
    settings.TRUST_PROXY = True
    assert client.get("/metrics").status_code == 403


@pytest.mark.django_db
def test_with_a_token_it_alone_counts(client: Client, settings: Any, root_admin: Any) -> None:
    settings.METRICS_TOKEN = "a-long-token-of-the-operator"
    client.force_login(root_admin)
    assert client.get("/metrics").status_code == 403, "neither the machine nor the person"
    wrong = client.get("/metrics", headers={"Authorization": "Bearer a-long-token-of-the-operatoR"})
    assert wrong.status_code == 403
    assert "METRICS_TOKEN" in wrong.content.decode()
    right = {"Authorization": "Bearer a-long-token-of-the-operator"}
    answer = client.get("/metrics", headers=right, REMOTE_ADDR="10.0.0.7")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


# what is counted


@pytest.mark.django_db
def test_requests_are_counted_by_page_method_and_status_with_their_durations(client: Client) -> None:
    process = Ledger("web")
    for _ in range(3):
        client.get("/healthz")
    client.post("/healthz")
    process.write()
    found = figures(client)
    assert of(found, "requests_total", route="healthz", method="GET", status="200") == 3
    assert of(found, "requests_total", route="healthz", method="POST", status="405") == 1
    assert of(found, "request_seconds_count", route="healthz") == 4
    bounds = found["consilium_request_seconds_bucket"]
    up_to = [bounds[("le", str(bound)), ("route", "healthz")] for bound in (*tallies.BOUNDS, "+Inf")]
    assert up_to == sorted(up_to), "a bucket holds all that is quicker"
    assert up_to[-1] == 4


@pytest.mark.django_db(transaction=True)
def test_counts_of_many_processes_at_once_add_up_and_none_is_lost() -> None:
    def one() -> None:
        process = Ledger("web")
        for number in range(20):
            tallies.count("requests", route=f"page{number % 4}", method="GET", status=200)
            if number % 5 == 0:
                process.write()
        process.write()
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Ledger("web").write()
    assert sum(Tally.objects.filter(name="requests").values_list("value", flat=True)) == 80


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_waits_in_memory(lines: Any) -> None:
    process = Ledger("web")
    tallies.count("requests", route="a", method="GET", status=200)
    slow_queries.note("SELECT 1", 1.0)
    faults.FaultHandler().handle(logging.LogRecord("a", logging.ERROR, "", 1, "it failed", None, None))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE telemetry_fault RENAME TO elsewhere")
    try:
        with pytest.raises(Exception, match="telemetry_fault"):
            process.write()
        assert not Tally.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO telemetry_fault")
    process.write()
    assert Tally.objects.get(name="requests").value == 1
    assert Fault.objects.get().message == "it failed"
    process.write()
    assert Tally.objects.get(name="requests").value == 1, "nothing is written twice"


@pytest.mark.django_db(transaction=True)
def test_a_process_says_what_it_holds_and_counts_what_it_answers_from_memory(client: Client) -> None:
    async def nobody(*_: Any) -> None: ...

    kept, live = KeptAnswers(nobody, nobody, room=2**20), LiveStreams()
    process = ledger_of(live, kept)
    kept.told.update(at_once=5, unchanged=2, made=1)
    kept.told_bytes = 4321
    process.write()
    kept.told.update(at_once=1)
    process.write()
    found = figures(client)
    assert of(found, "kept_answers_total", outcome="at_once") == 6
    assert of(found, "kept_answers_total", outcome="unchanged") == 2
    assert found["consilium_kept_answers_sent_bytes_total"][()] == 4321
    assert of(found, "live_streams", process=process.name) == 0
    assert of(found, "process_memory_bytes", process=process.name, kind="web") > 2**20
    assert Reading.objects.get(name="requests").value >= 8
    process.stop()
    assert not Process.objects.exists(), "it has said that it ends"


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_that_of_the_ledger(
    client: Client, lab: Any, tiny: Any, answers_to: Any, settings: Any
) -> None:
    assert waiting.lines() == []
    submission, _ = submissions.submit(lab, tiny, "Mine", "", "p.jsonl", File(io.BytesIO(answers_to())))
    submissions.submit(lab, tiny, "Not", "", "p.jsonl", File(io.BytesIO(b"nothing")))
    Run.objects.update(queued_at=timezone.now() - timedelta(seconds=90))
    found = figures(client)
    assert of(found, "queue_runs", queue="scoring") == 1
    assert of(found, "queue_chunks", queue="scoring") == 1
    assert 90 <= of(found, "queue_oldest_seconds", queue="scoring") < 150
    assert of(found, "runs", state="queued") == 1
    assert of(found, "submissions", verdict="accepted") == 1
    assert of(found, "submissions", verdict="refused") == 1

    settings.LEASE_SECONDS = 0  # a worker that takes a chunk and falls silent
    assert work.claim("worker@elsewhere/1") is not None
    tasks.serve_queue()
    Ledger("worker").write()
    found = figures(client)
    assert of(found, "leases_lost_total", kind="ingest") == 1
    assert of(found, "chunks_retried_total", kind="ingest") == 1
    assert of(found, "runs", state="scored") == 1
    assert "consilium_queue_runs" not in found, "nothing waits"
    assert of(found, "worker_silent_seconds", worker=tasks.worker_name()) < 60
    assert Chunk.objects.filter(run=submission.run, state="done").count() == 3


@pytest.mark.django_db
def test_a_failed_run_is_counted_by_its_cause_and_the_database_tells_of_itself(
    client: Client, lab: Any, tiny: Any, answers_to: Any
) -> None:
    submissions.submit(lab, tiny, "Mine", "", "p.jsonl", File(io.BytesIO(answers_to())))
    Run.objects.update(state=Run.State.FAILED, failure_code="worker_lost")
    found = figures(client)
    assert of(found, "runs_failed", cause="worker_lost") == 1
    assert found["consilium_database_up"][()] == 1
    assert found["consilium_database_bytes"][()] > 2**20
    assert found["consilium_database_connections"][()] >= 1
    assert of(found, "disk_free_bytes", what="state") > 0


@pytest.mark.django_db(transaction=True)
def test_a_backup_leaves_a_mark(client: Client, tmp_path: Path) -> None:
    assert "consilium_last_done_timestamp_seconds" not in figures(client)
    before = timezone.now().timestamp()
    call_command("backup", str(tmp_path / "site.zip"), stdout=io.StringIO())
    assert of(figures(client), "last_done_timestamp_seconds", what="backup") >= before


def test_every_alert_asks_for_figures_that_exist() -> None:
    """Names in docker/alerts.yml are names that /metrics has."""
    source = (ROOT / "platform/consilium/operations/exposition.py").read_text(encoding="utf-8")
    known = {name.removeprefix("consilium_") for name in re.findall(r'"([a-z_]+)"', source)}
    rules = yaml.safe_load((ROOT / "docker" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    assert len(rules) >= 10
    for rule in rules:
        for name in re.findall(r"consilium_([a-z_]+)", rule["expr"]):
            short = name.removesuffix("_total").removesuffix("_bucket")
            assert short in known, f"{rule['alert']}: {name}"
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_any_web_process_of_a_real_site_tells_of_all_of_them(site: Any, eventually: Any) -> None:
    """`manage.py up` with its web processes and workers: public pages from memory are counted as well."""
    with httpx.Client(base_url=site.address, timeout=60) as visitor:
        for _ in range(30):
            assert visitor.get("/boards/sample/").status_code == 200

        def told() -> bool:
            found = read(visitor.get("/metrics").text)
            kept = found.get("consilium_kept_answers_total", {})
            kinds = {dict(labels)["kind"] for labels in found["consilium_process_memory_bytes"]}
            at_once = kept.get((("outcome", "at_once"),), 0)
            return at_once > 0 and sum(kept.values()) >= 30 and kinds == {"web", "worker"}

        eventually(told, 60)
        found = read(visitor.get("/metrics").text)
    assert of(found, "runs", state="scored") >= 3
    assert found["consilium_jobs_total"], "workers count too"
