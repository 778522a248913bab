"""Leases go by the database's clock, whatever a worker's own says, and what is appended comes last."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from evaluation.models import Chunk, Submission
from evaluation.selectors import benchmarks, runs
from evaluation.services import artefacts, leases, submissions, work
from leaderboard.models import ScoreEvent
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]


def hand_in(person: Any, version: Any, content: bytes, system: str) -> Submission:
    file = SimpleUploadedFile("a.jsonl", content)
    return submissions.submit(person, version, system, "", "a.jsonl", file)[0]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_worker_whose_clock_is_wrong_gives_a_lease_of_the_right_length(
    lab: Any, tiny: Any, answers_to: Answers, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    hand_in(lab, tiny, answers_to(), "M")
    wrong = timezone.now() + timedelta(hours=hours)
    monkeypatch.setattr(timezone, "now", lambda: wrong)

    chunk = work.claim("worker/wrong")
    work.seen("worker/wrong")

    assert chunk is not None and chunk.lease_until is not None
    assert timedelta(0) < chunk.lease_until - leases.now() <= leases.length()
    assert work.claim("worker/other") is None, "it is held"
    assert [worker.name for worker in runs.workers_alive()] == ["worker/wrong"]


def test_a_lease_from_before_the_clock_was_set_back_ends_one_lease_after_the_next_sweep(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    hand_in(lab, tiny, answers_to(), "M")
    assert work.claim("worker/gone") is not None
    Chunk.objects.update(lease_until=leases.now() + timedelta(days=3))

    leases.shorten(artefacts.LONGEST_WAIT)

    left = Chunk.objects.get().lease_until - leases.now()
    assert timedelta(0) < left <= leases.length()


def test_what_happens_after_the_clock_was_set_back_still_comes_last(
    lab: Any, tiny: Any, answers_to: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(lab, tiny, answers_to(), "First")
    tasks.serve_queue()
    earlier = timezone.now() - timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: earlier)
    hand_in(lab, tiny, answers_to(wrong=("c0",)), "Second")
    tasks.serve_queue()

    first, second = ScoreEvent.objects.order_by("pk").values_list("at", flat=True)

    assert first < second < first + timedelta(milliseconds=1)


@pytest.fixture
def api(lab: Any) -> Client:
    token = accounts.create_token(lab, "tests")
    return Client(headers={"authorization": f"Token {token}"}, raise_request_exception=False)


def post(api: Client, content: bytes) -> Any:
    return api.post(
        "/api/v1/submissions/",
        {"benchmark": "tiny", "system": "M", "file": SimpleUploadedFile("a.jsonl", content)},
    )


def test_an_upload_for_which_the_store_has_no_room_is_refused_at_once_and_taken_later(
    api: Client, tiny: Any, answers_to: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as without_room:
        without_room.setattr(FileSystemStorage, "_save", full)
        refused = post(api, answers_to())
    assert refused.status_code == 400
    assert "disk is full" in refused.json()["problems"][0]["message"]
    assert Submission.objects.get().verdict == "refused"

    assert post(api, answers_to()).status_code == 201


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (OperationalError("the connection is closed"), "database of the site does not answer"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk of the site is full"),
    ],
)
def test_what_the_site_lacks_for_a_while_is_said_on_the_page_and_to_programs(
    api: Client, tiny: Any, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: str
) -> None:
    def fails(*_: Any) -> Any:
        raise fault

    monkeypatch.setattr(benchmarks, "current_versions", fails)
    for address, kind in (("/benchmarks/", "text/html"), ("/api/v1/benchmarks/", "application/json")):
        answer = api.get(address)
        assert answer.status_code == 503, address
        assert told in answer.content.decode()
        assert answer["Content-Type"].startswith(kind)
        assert int(answer["Retry-After"]) > 0


def test_the_database_says_what_time_it_is(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert timedelta(0) <= leases.now() - now < timedelta(minutes=1)
