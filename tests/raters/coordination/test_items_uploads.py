"""Long files of items: kept at once, taken in by a worker, all of a file or nothing, and never twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

pytestmark = pytest.mark.django_db

LONG = 501


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that workers were told of; here the test is the worker."""
    from raters.services import nudges

    told: list[str] = []
    monkeypatch.setattr(nudges, "_send", told.append)
    return told


def uploads(desk: Any) -> list[Any]:
    return list(desk.study.items_uploads.all())


def work() -> None:
    from workers.tasks import take_items_in

    take_items_in()


def test_a_long_file_is_answered_at_once_and_taken_in_by_a_worker(
    desk: Any, item_lines: Callable[..., Any], sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.upload(item_lines(LONG))
    assert answer["Location"] == "/studies/first/items/"
    assert sent == ["workers.take_items_in"]
    assert desk.study.items.count() == 0
    (upload,) = uploads(desk)
    assert (upload.state, upload.lines, upload.author.username) == ("waiting", LONG, "carla")
    assert "501 lines wait for a worker" in desk.get("items/").content.decode()
    part = desk.get(f"items/uploads/{upload.pk}/")
    assert 'hx-trigger="every 1s"' in part.content.decode()
    assert "<html" not in part.content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        work()
    assert (desk.study.items.count(), desk.study.systems.count()) == (LONG, 2)
    (upload,) = uploads(desk)
    assert (upload.state, upload.read <= upload.answers, upload.answers) == ("taken", True, 2 * LONG)
    assert desk.get(f"items/uploads/{upload.pk}/")["HX-Refresh"] == "true"
    assert "501 items added." in desk.get("items/").content.decode()
    assert upload.file.name == "", "the bytes are let go"
    assert default_storage.listdir("item-files/" + timezone.now().strftime("%Y/%m"))[1] == []
    desk.post(f"items/uploads/{upload.pk}/forget/")
    assert uploads(desk) == []


def test_a_short_file_stays_in_the_request(desk: Any, item_lines: Callable[..., Any]) -> None:
    desk.upload(item_lines(LONG - 1))
    assert desk.study.items.count() == LONG - 1
    assert uploads(desk) == []


def test_every_fault_of_a_long_file_is_named_by_its_line_and_nothing_is_added(
    desk: Any, item_lines: Callable[..., Any]
) -> None:
    lines = item_lines(LONG)
    lines[7]["answers"] = {}
    lines[400]["key"] = "q3"
    desk.upload(lines)
    work()
    assert desk.study.items.count() == 0
    page = desk.get("items/").content.decode()
    assert "line 8" in page
    assert "line 401" in page
    assert "Nothing of the file was taken" in page
    assert uploads(desk)[0].state == "refused"
    desk.upload(item_lines(3))
    assert "line 401" not in desk.get("items/").content.decode(), "another file was added since"


def test_the_same_file_again_is_the_same_upload_while_it_waits_and_adds_nothing_afterwards(
    desk: Any, item_lines: Callable[..., Any]
) -> None:
    for _ in range(3):
        assert desk.upload(item_lines(LONG)).status_code == 302
    assert len(uploads(desk)) == 1
    work()
    desk.upload(item_lines(LONG))
    work()
    (upload,) = uploads(desk)
    assert (upload.findings["items_added"], upload.findings["unchanged"]) == (0, LONG)
    assert desk.study.items.count() == LONG


def test_long_files_are_masked_as_short_ones_are(desk: Any, item_lines: Callable[..., Any]) -> None:
    from raters.models import StudyAnswer

    lines = item_lines(LONG)
    lines[0]["answers"]["Ash"] = "As GPT-4 I say what Oakwood said."
    desk.upload(lines)
    work()
    late = item_lines(LONG, ("Oakwood",))
    late[1]["answers"]["Oakwood"] = "I am Oakwood."
    desk.upload(late)
    work()
    (upload,) = uploads(desk)
    assert upload.findings["answers"] == LONG
    assert "name a new system: masked there, too" in upload.findings["notes"][-1]
    shown = StudyAnswer.objects.filter(item__study=desk.study).exclude(masked=[]).order_by("pk")
    texts = [answer.shown["text"] for answer in shown]
    assert texts == ["As [name removed] I say what [name removed] said.", "I am [name removed]."]


def test_a_worker_that_was_killed_leaves_nothing_behind_and_the_sweep_takes_the_file_up_again(
    desk: Any, item_lines: Callable[..., Any], sent: list[str], settings: Any,
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    from raters.services import items, items_uploads

    desk.upload(item_lines(LONG))
    sent.clear()
    claimed = items_uploads.claim()
    assert claimed is not None
    assert items_uploads.claim() is None, "one worker at a time"

    def away(*_given: Any, **_more: Any) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(items, "join", away)
        with pytest.raises(OperationalError):
            items_uploads.take_in(claimed)
    (upload,) = uploads(desk)
    assert (upload.state, desk.study.items.count()) == ("waiting", 0)
    with django_capture_on_commit_callbacks(execute=True):
        items_uploads.nudge_for_abandoned()
    assert sent == [], "its worker may be at it still"
    upload.claimed_at = timezone.now() - timedelta(seconds=2 * settings.LEASE_SECONDS + 1)
    upload.save(update_fields=["claimed_at"])
    with django_capture_on_commit_callbacks(execute=True):
        items_uploads.nudge_for_abandoned()
    assert sent == ["workers.take_items_in"]
    work()
    assert (uploads(desk)[0].state, desk.study.items.count()) == ("taken", LONG)
    items_uploads.take_in(claimed)
    assert desk.study.items.count() == LONG, "the first worker, back from the dead, adds nothing twice"


def test_a_fault_of_ours_ends_in_words(
    desk: Any, item_lines: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from raters.services import items

    def fault(*_given: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    desk.upload(item_lines(LONG))
    monkeypatch.setattr(items, "join", fault)
    work()
    page = desk.get("items/").content.decode()
    assert "stopped on a fault of ours" in page
    assert "ZeroDivisionError" not in page


def test_a_study_does_not_open_over_a_file_that_is_being_taken_in(
    filled: Any, item_lines: Callable[..., Any]
) -> None:
    from raters.services import drafts, studies

    drafts.play(filled.study)
    filled.upload(item_lines(LONG, start=100))
    page = filled.client.post("/studies/first/open/", {"reason": "A pilot"}, follow=True).content.decode()
    assert "still being taken in" in page
    studies.open_study(filled.study, without_dry_run=True)
    work()
    assert "items are added to drafts" in filled.get("items/").content.decode()
    assert filled.study.items.count() == 12


def test_a_draft_that_is_deleted_takes_its_file_with_it(
    desk: Any, item_lines: Callable[..., Any], django_capture_on_commit_callbacks: Any
) -> None:
    desk.upload(item_lines(LONG))
    (upload,) = uploads(desk)
    name = upload.file.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post("delete/", typed="First study")
    assert not default_storage.exists(name)
    work()


def test_somebody_elses_upload_does_not_exist(
    desk: Any, dora: Any, browser_of: Callable[[Any], Client], item_lines: Callable[..., Any]
) -> None:
    from raters.services import drafts

    desk.upload(item_lines(LONG))
    (upload,) = uploads(desk)
    drafts.create(dora, "hers", "Hers", desk.study.rubric)
    answer = browser_of(dora).get(f"/studies/hers/items/uploads/{upload.pk}/")
    assert answer["HX-Refresh"] == "true"
    assert answer.content == b""
    browser_of(dora).post(f"/studies/hers/items/uploads/{upload.pk}/forget/")
    assert len(uploads(desk)) == 1
