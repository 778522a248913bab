"""One table behind page, API and files; no order that the data do not prove."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import File
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from evaluation.services import submissions
from leaderboard.forms import query_of, slice_from
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


FACETS = ("language", "family", "specialty", "task")
SORTS = ("rank", "system", "average", "unparsed")


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
    assert set(spanish.cells) == {"verdict"}
    assert (spanish.average, spanish.n_items) == (pytest.approx(1.0), 3)
    cardiology = rows(chosen=(("specialty", ("Cardiology",)),))["Alpha"]
    assert cardiology.average == pytest.approx(0.8)
    # a board of one task shows the metric's own interval
    assert (cardiology.low, cardiology.high) == (
        cardiology.cells["choice"].low,
        cardiology.cells["choice"].high,
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


@pytest.fixture
def ranked(submit: Callable[..., Any], answers_to: Answers) -> None:
    """A board of two systems."""
    submit("Alpha", answers_to(wrong=("c0",)))
    submit("Beta", answers_to(wrong=("v0", "v1")))


def test_a_filter_value_the_board_does_not_have_is_ignored(client: Client, ranked: None) -> None:
    whole = client.get("/api/v1/boards/tiny/").json()["rows"]
    for query in ["language=xx", "task=%00", "family=", "specialty=Nobody&stage=x"]:
        assert client.get(f"/api/v1/boards/tiny/?{query}").json()["rows"] == whole, query
    spanish = client.get("/api/v1/boards/tiny/?language=es").json()["rows"]
    assert client.get("/api/v1/boards/tiny/?language=es&language=xx").json()["rows"] == spanish
    assert set(spanish[0]["scores"]) == {"verdict"}


def test_an_unknown_sort_is_the_order_of_ranks(client: Client, ranked: None) -> None:
    by_rank = client.get("/api/v1/boards/tiny/").json()["rows"]
    # a task that is filtered away cannot sort the rest either
    for query in ["sort=zz1", "sort=%00", "sort=--rank", "sort="]:
        assert client.get(f"/api/v1/boards/tiny/?{query}").json()["rows"] == by_rank, query
    gone = boards.table("tiny", Slice(chosen=(("language", ("es",)),), sort="choice"))
    assert gone is not None
    assert gone.slice.sort == "rank"


def test_no_query_makes_the_ranks_of_a_slice_be_computed_twice(
    client: Client, ranked: None, django_assert_max_num_queries: Any
) -> None:
    wanted = ["", "language=es"]
    again = ["sort=zz1", "sort=-choice", "language=xx", "sort=verdict&language=es", "task=verdict&stage=q"]
    for query in wanted:
        boards.table("tiny", slice_from(QueryDict(query)))
    for query in again:
        # benchmark and board only: ranking would read entries and moments as well
        with django_assert_max_num_queries(2):
            assert boards.table("tiny", slice_from(QueryDict(query))) is not None


def test_the_front_page_counts_systems_without_reading_boards(
    client: Client, ranked: None, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6) as seen:
        [listing] = boards.listed()
    assert (listing.head.slug, listing.systems) == ("tiny", 2)
    assert any("jsonb_array_length" in query["sql"] for query in seen.captured_queries)


def test_a_choice_made_on_the_page_puts_the_plain_address_into_the_bar(client: Client, ranked: None) -> None:
    typed = "/boards/tiny/?language=es&family=&task=&split=all&sort=average&stage=old"
    answer = client.get(typed, headers={"HX-Request": "true", "HX-Trigger": "filters"})
    assert answer.headers["HX-Push-Url"] == "/boards/tiny/?language=es&sort=average"
    plain = client.get("/boards/tiny/?language=&sort=rank", headers={"HX-Request": "true"})
    assert plain.headers["HX-Push-Url"] == "/boards/tiny/"


def test_a_board_that_refreshes_itself_makes_no_step_in_the_history(client: Client, ranked: None) -> None:
    answer = client.get("/boards/tiny/", headers={"HX-Request": "true", "HX-Trigger": "live"})
    assert "HX-Push-Url" not in answer.headers
    assert "HX-Push-Url" not in client.get("/boards/tiny/").headers


@given(
    split=st.sampled_from(boards.SPLITS),
    chosen=st.dictionaries(st.sampled_from(FACETS), st.sets(st.text(min_size=1), min_size=1)),
    sort=st.sampled_from([*SORTS, "-average", "choice"]),
)
def test_a_slice_survives_its_own_address(split: str, chosen: dict[str, set[str]], sort: str) -> None:
    wanted = Slice(
        split=split,
        chosen=tuple((facet, tuple(sorted(chosen[facet]))) for facet in sorted(chosen)),
        sort=sort,
    )
    assert slice_from(QueryDict(query_of(wanted).removeprefix("?"))) == wanted


def test_changing_a_filter_keeps_the_sort(client: Client, ranked: None) -> None:
    kept = '<input type="hidden" name="sort" value="-choice" form="filters">'
    headers = {"HX-Request": "true", "HX-Trigger": "sort-choice"}
    fragment = client.get("/boards/tiny/?sort=-choice", headers=headers).content.decode()
    assert kept in fragment
    assert kept in client.get("/boards/tiny/?sort=-choice").content.decode()
    assert 'name="sort"' not in client.get("/boards/tiny/?sort=nonsense").content.decode()


def test_a_header_link_has_the_same_id_whichever_way_it_sorts(client: Client, ranked: None) -> None:
    heads = [
        set(re.findall(r'<a id="(sort-[\w-]+)"', client.get(f"/boards/tiny/?sort={sort}").content.decode()))
        for sort in ["rank", "choice", "-choice"]
    ]
    assert heads[0] == {f"sort-{key}" for key in [*SORTS, "choice", "verdict"]}
    assert heads[0] == heads[1] == heads[2]
