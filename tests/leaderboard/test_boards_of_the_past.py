"""What a board said at a moment it says for ever: the same bytes, whatever happens later."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import File
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from evaluation.models import Score, Submission
from evaluation.services import submissions
from leaderboard.domain.replay import Event, OnBoard, anonymous_name, on_board
from leaderboard.domain.table import Slice, Table
from leaderboard.forms import written
from leaderboard.models import Board, ScoreEvent
from leaderboard.selectors import boards, published
from leaderboard.services.boards import derive, publish
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]
FORMS = ["/boards/tiny/?as_of={}", "/boards/tiny.csv?as_of={}", "/boards/tiny.json?as_of={}"]
SLICES = ["", "&language=es", "&split=public&sort=-choice", "&mode=cot"]


@pytest.fixture
def submit(lab: Any, tiny: Any) -> Callable[..., Any]:
    def hand_in(system: str, content: bytes, mode: str = "", **fields: Any) -> Any:
        file = File(io.BytesIO(content), name="p.jsonl")
        submission, _ = submissions.submit(lab, tiny, system, mode, "p.jsonl", file)
        Submission.objects.filter(pk=submission.pk).update(**fields)
        tasks.serve_queue()
        return Submission.objects.get(pk=submission.pk)

    return hand_in


def happened(submission: Any, kind: str) -> None:
    ScoreEvent.objects.create(run=submission.run, kind=kind, reason="for a test")
    derive(submission.version)


def board(**wanted: Any) -> Table:
    table = boards.table("tiny", Slice(**wanted))
    assert table is not None
    return table


def names(**wanted: Any) -> list[str]:
    return sorted(row.system for row in board(**wanted).rows)


def scored_again(submission: Any) -> None:
    """New scores of the same run, as a re-score leaves them, then published."""
    run = submission.run
    for score in list(Score.objects.filter(run=run, scoring=1)):
        score.pk, score.scoring, score.value = None, 2, 0.25
        score.save()
    run.scoring = 2
    run.save(update_fields=["scoring"])
    publish(submission.version, [run])


def test_page_csv_and_json_of_a_moment_are_the_same_bytes_for_ever(
    client: Client, submit: Callable[..., Any], answers_to: Answers, tmp_path: Any
) -> None:
    alpha = submit("Alpha", answers_to(wrong=("c0",)))
    hidden = submit("Beta", answers_to(wrong=("v0", "v1")), visibility="anonymous")
    submit("Gamma", answers_to(unreadable=("v1",)), mode="cot")
    then = written(timezone.now())
    addresses = [form.format(then) + part for form in FORMS for part in SLICES]
    before = {address: client.get(address) for address in addresses}
    assert {answer.status_code for answer in before.values()} == {200}

    submit("Alpha", answers_to())
    submit("Delta", answers_to(wrong=("c0", "c1", "v0")))
    happened(hidden, "named")
    scored_again(alpha)
    happened(alpha, "withdrawn")
    table = tmp_path / "printed.csv"
    table.write_text("system,choice,verdict\nPrinted,75,50\n")
    call_command("import_results", str(table), "--board", "tiny", stdout=io.StringIO())

    assert {"Alpha", "Beta", "Delta", "Gamma", "Printed"} == set(names())
    for address, answer in before.items():
        again = client.get(address)
        assert again.content == answer.content, address
        assert "Printed" not in again.content.decode()
        assert "Beta" not in again.content.decode()


def test_a_board_of_the_past_has_the_ranks_it_had(submit: Callable[..., Any], answers_to: Answers) -> None:
    submit("Alpha", answers_to(wrong=("c0",)))
    submit("Beta", answers_to(wrong=("v0", "v1")))
    now, then = board(), board(as_of=timezone.now())
    assert [vars(row) for row in now.rows] == [vars(row) for row in then.rows]
    assert (now.revision, now.changed_at, now.order_method) == (
        then.revision, then.changed_at, then.order_method,
    )  # fmt: skip
    submit("Delta", answers_to())
    assert board().revision == now.revision + 1
    assert board(as_of=now.changed_at).rows == then.rows


def test_a_moment_before_there_was_anything_shows_an_empty_board_or_none(
    client: Client, submit: Callable[..., Any], answers_to: Answers, tiny: Any
) -> None:
    empty = written(timezone.now())
    submit("Alpha", answers_to())
    answer = client.get(f"/boards/tiny/?as_of={empty}")
    assert answer.status_code == 200
    assert "Alpha" not in answer.content.decode()
    assert client.get("/boards/tiny/?as_of=2001-01-01").status_code == 404


@pytest.mark.parametrize(
    "text", ["2999-01-01", "tomorrow", "2026-02-31", "2999-01-01T00:00:00Z", "9999-12-31"]
)
def test_a_date_that_is_none_or_has_not_come_is_refused_with_the_remedy(
    client: Client, tiny: Any, text: str
) -> None:
    page = client.get("/boards/tiny/", {"as_of": text})
    assert page.status_code == 400
    assert "as_of" in page.content.decode() or "That day is not over" in page.content.decode()
    assert client.get("/boards/tiny.csv", {"as_of": text}).status_code == 400
    assert client.get("/api/v1/boards/tiny/", {"as_of": text}).status_code == 400


def test_a_day_means_its_end_and_today_is_not_over(client: Client, tiny: Any) -> None:
    today = timezone.now().date()
    assert client.get(f"/boards/tiny/?as_of={today}").status_code == 400
    ended = board(as_of=None).slice  # the page itself opens
    assert ended.as_of is None
    assert client.get(f"/boards/tiny/?as_of={today - timedelta(days=1)}").status_code == 404  # not yet loaded


def test_a_page_of_the_past_says_so_and_leads_to_the_present(
    client: Client, submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("Alpha", answers_to())
    page = client.get(f"/boards/tiny/?language=es&as_of={written(timezone.now())}").content.decode()
    assert "The board as it stood on" in page
    assert '<a href="?language=es">See the board of now</a>' in page


def test_a_run_without_its_name_tells_nothing_of_whose_it_is(
    client: Client, submit: Callable[..., Any], answers_to: Answers, lab: Any
) -> None:
    kept_back = submit("Secret model", answers_to(), visibility="anonymous")
    (row,) = board().rows
    assert row.system == anonymous_name(kept_back.pk)
    assert row.system.startswith("Anonymous ")
    assert (row.submission, row.system_key, row.anonymous) == (None, "", True)
    stored = str(list(Board.objects.values_list("entries", flat=True)))
    for address in ["/boards/tiny/", "/boards/tiny.csv", "/boards/tiny.json", "/", "/api/v1/boards/tiny/"]:
        stored += client.get(address).content.decode()
    assert "Secret" not in stored
    assert str(kept_back.pk) not in stored
    assert client.get("/boards/tiny/?q=secret").content.decode().count(row.system) == 0
    first = ScoreEvent.objects.filter(run=kept_back.run).first()
    assert first is not None
    assert first.kind == "anonymised"  # so that at no moment of the past the name is seen
    happened(kept_back, "named")
    assert names() == ["Secret model"]


def test_a_run_without_a_name_stands_beside_the_named_ones_of_its_system(
    submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("Alpha", answers_to())
    other = submit("Alpha", answers_to(wrong=("c0",)), visibility="anonymous")
    assert names() == ["Alpha", anonymous_name(other.pk)]
    happened(other, "named")
    (row,) = board().rows
    assert row.submission == str(other.pk)  # the newest of its system


def test_what_is_private_or_without_the_owners_word_is_never_published(
    submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("Private", answers_to(), visibility="private")
    submit("Not asked", answers_to(wrong=("c0",)), relation="not_asked")
    assert ScoreEvent.objects.count() == 0
    assert published.scored_but_unpublished() == []
    assert names() == []


def test_hidden_runs_come_back_and_withdrawn_ones_do_not(
    submit: Callable[..., Any], answers_to: Answers
) -> None:
    alpha = submit("Alpha", answers_to())
    happened(alpha, "hidden")
    assert names() == []
    happened(alpha, "shown")
    assert names() == ["Alpha"]
    happened(alpha, "withdrawn")
    happened(alpha, "shown")
    assert names() == []
    scored_again(alpha)
    assert names() == []
    assert published.scored_but_unpublished() == []


def test_scores_of_a_new_scoring_replace_the_old_ones_and_both_are_kept(
    submit: Callable[..., Any], answers_to: Answers
) -> None:
    alpha = submit("Alpha", answers_to())
    first = board().changed_at
    scored_again(alpha)
    (now,), (then,) = board(split="public").rows, board(split="public", as_of=first).rows
    assert now.cells["choice"].value == 0.25
    assert then.cells["choice"].value == 1.0
    assert board().revision == 2
    publish(alpha.version, [alpha.run])
    assert board().revision == 2  # a scoring is published once


def at(second: int) -> Any:
    return timezone.datetime(2026, 5, 1, 12, 0, second, tzinfo=timezone.get_default_timezone())


def event(run: int, kind: str, second: int, scoring: int = 1, whole: bool = True) -> Event:
    return Event(run, kind, scoring, at(second), system=1, mode="", whole=whole)


def test_replay_keeps_the_newest_whole_run_whatever_became_of_the_others() -> None:
    events = [event(1, "published", 1), event(2, "published", 2), event(3, "published", 3, whole=False)]
    assert on_board(events) == (OnBoard(2, 1, False, at(2)),)
    events += [event(1, "withdrawn", 4), event(1, "published", 5, scoring=2)]
    assert on_board(events) == (OnBoard(2, 1, False, at(2)),)
    assert on_board([*events, event(2, "published", 6, scoring=2)]) == (OnBoard(2, 2, False, at(2)),)
    assert on_board([]) == ()


@pytest.mark.parametrize("act", ["withdrawn", "hidden"])
def test_no_older_run_stands_in_for_the_newest_that_was_taken_off(act: str) -> None:
    events = [event(1, "published", 1), event(2, "published", 2), event(2, act, 3)]
    assert on_board(events) == ()
    assert on_board([*events, event(3, "published", 4)]) == (OnBoard(3, 1, False, at(4)),)
    if act == "hidden":
        assert on_board([*events, event(2, "shown", 5)]) == (OnBoard(2, 1, False, at(2)),)
