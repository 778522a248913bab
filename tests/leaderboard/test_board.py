"""One table behind page, API and files; no order that the data do not prove."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import File
from django.test import Client

from evaluation.services import submissions
from leaderboard.models import Board, ScoreEvent
from leaderboard.selectors import boards
from leaderboard.selectors.boards import Slice
from leaderboard.services.boards import derive
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]


@pytest.fixture
def submit(lab: Any, tiny: Any) -> Callable[..., Any]:
    def hand_in(system: str, content: bytes, mode: str = "") -> Any:
        file = File(io.BytesIO(content), name="p.jsonl")
        submission, _ = submissions.submit(lab, tiny, system, mode, "p.jsonl", file)
        tasks.serve_queue()
        return submission

    return hand_in


def rows(**wanted: Any) -> dict[str, boards.Row]:
    table = boards.table("tiny", Slice(**wanted))
    assert table is not None
    return {row.system: row for row in table.rows}


def test_systems_the_data_cannot_separate_share_a_rank_range_and_stand_by_name(
    submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("Zeta", answers_to())
    submit("Alpha", answers_to(wrong=("c0",)))

    table = boards.table("tiny", Slice())
    assert table is not None
    assert [(row.system, row.rank_low, row.rank_high) for row in table.rows] == [
        ("Alpha", 1, 2),
        ("Zeta", 1, 2),
    ]
    assert table.rows[1].average == pytest.approx(1.0)


def test_a_filter_takes_tasks_and_everything_follows_it(
    submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("Alpha", answers_to(wrong=("c0",)))

    spanish = rows(chosen=(("language", ("es",)),))["Alpha"]
    assert set(spanish.scores) == {"verdict"}
    assert (spanish.average, spanish.n_items) == (pytest.approx(1.0), 3)
    cardiology = rows(chosen=(("specialty", ("Cardiology",)),))["Alpha"]
    assert cardiology.average == pytest.approx(0.8)
    # a board of one task shows the metric's own interval
    assert (cardiology.low, cardiology.high) == (
        cardiology.scores["choice"]["low"],
        cardiology.scores["choice"]["high"],
    )


def test_a_split_is_a_board_of_its_own(submit: Callable[..., Any], answers_to: Answers) -> None:
    submit("Alpha", answers_to(wrong=("c1",)))
    assert rows(split="public")["Alpha"].average == pytest.approx(0.5)  # verdict has no public items
    assert rows(split="private")["Alpha"].average == pytest.approx(1.0)


def test_the_newest_run_of_a_system_and_mode_stands_for_it(
    submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("Alpha", answers_to())
    newer = submit("Alpha", answers_to(wrong=("c0", "c1")))
    submit("Alpha", answers_to(wrong=("c0",)), mode="cot")

    table = boards.table("tiny", Slice())
    assert table is not None
    assert [(row.system, row.mode) for row in table.rows] == [("Alpha", ""), ("Alpha", "cot")]
    assert table.rows[0].submission == str(newer.pk)


def test_a_withdrawn_run_leaves_the_board_and_the_event_stays(
    submit: Callable[..., Any], answers_to: Answers, tiny: Any
) -> None:
    submission = submit("Alpha", answers_to())
    ScoreEvent.objects.create(run=submission.run, kind="withdrawn", reason="asked by the owner")
    derive(tiny)
    assert rows() == {}
    assert ScoreEvent.objects.filter(run=submission.run).count() == 2


def test_deriving_again_from_the_facts_gives_the_same_board(
    submit: Callable[..., Any], answers_to: Answers, tiny: Any
) -> None:
    submit("Alpha", answers_to(wrong=("c0",)))
    submit("Beta", answers_to(unreadable=("v1",)))
    before = Board.objects.get(version=tiny, split="all").entries
    derive(tiny)
    assert Board.objects.get(version=tiny, split="all").entries == before


@pytest.mark.parametrize(
    "sort", ["average", "-average", "choice", "-choice", "system", "-system", "unparsed", "-rank", "nonsense"]
)
def test_a_board_sorts_by_any_column_and_survives_any_query(
    client: Client, submit: Callable[..., Any], answers_to: Answers, sort: str
) -> None:
    submit("Alpha", answers_to(wrong=("c0",)))
    submit("Beta", answers_to(wrong=("v0", "v1")))
    response = client.get("/api/v1/boards/tiny/", {"sort": sort, "language": ["en", "xx"], "split": "what"})
    assert response.status_code == 200
    systems = [row["system"] for row in response.json()["rows"]]
    assert sorted(systems) == ["Alpha", "Beta"]
    if sort == "choice":
        assert systems == ["Beta", "Alpha"]
    if sort == "-choice":
        assert systems == ["Alpha", "Beta"]


def test_the_page_the_api_and_the_file_say_the_same(
    client: Client, submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("Alpha", answers_to(wrong=("c0",)))
    average = client.get("/api/v1/boards/tiny/").json()["rows"][0]["average"]
    written = list(csv.DictReader(io.StringIO(client.get("/boards/tiny.csv").content.decode())))
    assert float(written[0]["average"]) == pytest.approx(average)
    assert f"{100 * average:.1f}" in client.get("/boards/tiny/").content.decode()
    assert client.get("/api/v1/boards/tiny.csv").content == client.get("/boards/tiny.csv").content


def test_a_name_that_a_spreadsheet_would_run_is_defused(
    client: Client, submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("=HYPERLINK(1)", answers_to())
    assert "'=HYPERLINK(1)" in client.get("/boards/tiny.csv").content.decode()


def test_a_name_with_markup_is_shown_as_text(
    client: Client, submit: Callable[..., Any], answers_to: Answers
) -> None:
    submit("<script>alert(1)</script>", answers_to())
    page = client.get("/boards/tiny/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_board_page_costs_few_queries(
    client: Client, submit: Callable[..., Any], answers_to: Answers, django_assert_max_num_queries: Any
) -> None:
    submit("Alpha", answers_to())
    client.get("/boards/tiny/")
    with django_assert_max_num_queries(3):
        client.get("/boards/tiny/")


def test_an_empty_board_says_what_to_do(client: Client, tiny: Any) -> None:
    page = client.get("/boards/tiny/").content.decode()
    assert "No system has been scored here yet" in page
    assert client.get("/boards/nowhere/").status_code == 404
