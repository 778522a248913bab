"""The operator's page: what lives, what waits, what failed, and what to look at first."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import File
from django.db import connection
from django.test import Client
from django.utils import timezone

from consilium.operations.concerns import concerns
from consilium.operations.site_state import MINUTES, SiteState, site_state
from consilium.operations.sparkline import HEIGHT, WIDTH, sparkline
from evaluation.models import Run, Submission, Worker
from evaluation.services import submissions
from telemetry import ledger
from telemetry.models import Fault, Process, Reading, SlowQuery

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client, root_admin: Any) -> Client:
    client.force_login(root_admin)
    return client


@pytest.fixture
def queued(lab: Any, tiny: Any, answers_to: Any) -> Submission:
    return submissions.submit(lab, tiny, "Mine", "", "p.jsonl", File(io.BytesIO(answers_to())))[0]


def said(state: SiteState | None = None) -> str:
    return " ".join(f"{each.level}: {each.what}" for each in concerns(state or site_state()))


def page(boss: Client) -> str:
    answer = boss.get("/operations/")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.content.decode()


def test_a_site_where_nothing_happened_says_so(boss: Client) -> None:
    shown = page(boss)
    assert "Nothing waits." in shown
    assert "No worker has been heard of." in shown
    assert "None failed." in shown


def test_the_page_renews_its_part_alone_and_tells_when_the_database_is_away(boss: Client) -> None:
    part = boss.get("/operations/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="live"')
    assert 'hx-trigger="every 10s"' in part
    assert "<h1>" not in part


def test_a_run_that_failed_is_shown_with_its_cause_and_a_way_to_it(boss: Client, queued: Submission) -> None:
    Submission.objects.update(request_id="the-upload-0123")
    Run.objects.update(
        state=Run.State.FAILED, failure_code="worker_lost", failure="The platform lost <5> workers",
        finished_at=timezone.now(),
    )  # fmt: skip
    shown = page(boss)
    assert f"/submissions/{queued.pk}/" in shown
    assert "<code>worker_lost</code> The platform lost &lt;5&gt; workers" in shown
    assert "the-upload-0123" in shown


def test_a_run_nobody_has_moved_for_long_is_a_concern(queued: Submission) -> None:
    assert "do not move" not in said()
    Run.objects.update(queued_at=timezone.now() - timedelta(minutes=20, seconds=30))
    state = site_state()
    assert [run.submission_id for run in state.stuck] == [queued.pk]
    assert "error: Runs do not move: 1." in said(state)
    assert "warning: A run has waited 20 minutes in the queue scoring." in said(state)
    Run.objects.update(state=Run.State.RUNNING, started_at=timezone.now())
    assert not site_state().stuck, "somebody has just begun it"


def test_workers_are_shown_as_they_were_last_heard_of(boss: Client) -> None:
    now = timezone.now()
    Worker.objects.create(name="worker@here/7", started_at=now, seen_at=now, doing="score: Mine")
    silent = now - timedelta(minutes=10)
    Worker.objects.create(name="models@there/8", started_at=silent, seen_at=silent)
    Process.objects.create(
        name="here/7", kind="worker", version="0.1.0", started_at=now, seen_at=now, memory=150 * 2**20
    )
    shown = page(boss)
    assert "150.0" in shown, "the memory of its process"
    assert "score: Mine" in shown
    assert shown.count("badge-failed") == 1
    assert "No worker" not in said()
    Worker.objects.filter(name="worker@here/7").delete()
    assert "error: No worker has been heard of." in said()


def test_errors_and_slow_queries_are_those_of_all_processes(boss: Client) -> None:
    now = timezone.now()
    Fault.objects.create(
        at=now, process="a/1", logger="workers.tasks", message="it <failed>", request="r-1", run="7"
    )
    SlowQuery.objects.create(
        digest="d", shape="SELECT ? <x>", count=1200, seconds=3.25, worst=1.5, last_at=now
    )
    shown = page(boss)
    assert "it &lt;failed&gt;" in shown
    assert "r-1" in shown
    assert "SELECT ? &lt;x&gt;" in shown
    assert "1,200" in shown
    assert "Errors in the last hour: 1." in said()
    Fault.objects.update(at=now - timedelta(hours=2))
    assert "Errors" not in said()


def test_a_backup_is_asked_for_until_there_is_one_of_today() -> None:
    assert "There has been no backup." in said()
    ledger.mark("backup", "site.zip")
    assert "backup" not in said()
    mark = site_state().backup
    assert mark is not None
    mark.at = timezone.now() - timedelta(hours=27)
    mark.save()
    assert "The last backup is more than a day old." in said()


def test_settings_that_a_public_site_should_not_have_are_named(settings: Any) -> None:
    settings.DEBUG, settings.HTTPS, settings.EMAIL_HOST = True, False, ""
    settings.ALLOWED_HOSTS, settings.TRUST_PROXY, settings.METRICS_TOKEN = ["*"], True, ""
    for what in ("DEBUG is on", "without https", "no mail server", "Any host name", "/metrics"):
        assert what in said()
    settings.DEBUG, settings.HTTPS, settings.EMAIL_HOST = False, True, "mail.example.org"
    settings.ALLOWED_HOSTS, settings.METRICS_TOKEN = ["consilium.example.org"], "token"
    for what in ("DEBUG is on", "without https", "no mail server", "Any host name", "/metrics"):
        assert what not in said()


def test_the_worst_comes_first() -> None:
    levels = [each.level for each in concerns(site_state())]
    assert levels == sorted(levels), "error before warning"
    assert "error" in levels


def test_the_figures_of_an_hour_stand_in_their_minutes() -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    Reading.objects.create(name="requests", minute=now - timedelta(minutes=3), value=12)
    Reading.objects.create(name="requests", minute=now - timedelta(hours=2), value=99)
    shown = site_state().requests
    assert len(shown) == MINUTES
    assert 12 in (shown[-4], shown[-5]), "a minute may have passed meanwhile"
    assert 99 not in shown


def test_a_sparkline_stays_in_its_box() -> None:
    for figures in ([0.0] * 60, [5.0], [0.0, 1e9, 3.0], []):
        line = sparkline(figures)
        points = [tuple(map(float, point.split(","))) for point in line.line.split()]
        assert len(points) == len(figures)
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert sparkline([0.0, 4.0]).line == f"0.0,{HEIGHT - 2}.0 {WIDTH}.0,2.0"


def test_what_is_old_is_forgotten() -> None:
    now = timezone.now()
    for number in range(ledger.MOST_FAULTS + 5):
        Fault.objects.create(at=now - timedelta(seconds=number), process="p", logger="l", message=str(number))
    Reading.objects.create(name="requests", minute=now - timedelta(hours=30), value=1)
    Process.objects.create(name="p", kind="web", version="1", started_at=now, seen_at=now - timedelta(days=1))
    ledger.tidy()
    assert Fault.objects.count() == ledger.MOST_FAULTS
    assert Fault.objects.filter(message="0").exists(), "the newest stay"
    assert not Reading.objects.exists()
    assert not Process.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_part_that_renews_itself_says_so_when_the_database_does_not_answer(boss: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE telemetry_process RENAME TO elsewhere")
    try:
        assert boss.get("/operations/", headers={"HX-Request": "true"}).status_code == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO telemetry_process")
