"""Rows against each other, and the matrix of all pairs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.domain.matrix import matrix
from leaderboard.domain.table import Pairs
from leaderboard.forms import slice_from
from leaderboard.selectors import boards, compare, significance
from leaderboard.selectors.boards import Slice
from tests.leaderboard.made_tables import row, table
from tests.leaderboard.published_runs import answers, items, load, submitter

pytestmark = pytest.mark.django_db


@pytest.fixture
def deep(db: None, tmp_path: Path) -> Any:
    return load(tmp_path / "deep")


@pytest.fixture
def submit(lab: Any, deep: Any) -> Callable[..., Any]:
    return submitter(lab, deep)


PUBLIC = [item["id"] for item in items() if item["task"] == "choice" and item["split"] == "public"]


def of_compare(*submissions: Any, query: str = "") -> str:
    keys = "&".join(f"compare=run-{each.run.pk}" for each in submissions)
    return reverse("leaderboard:compare", args=["deep"]) + f"?{keys}{query}"


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def views(*submissions: Any, **wanted: Any) -> list[compare.PairView]:
    keys = tuple(f"run-{each.run.pk}" for each in submissions)
    table = boards.table("deep", Slice(compare=keys, **wanted))
    assert table is not None
    return compare.compare(table, boards.pairs("deep", table.slice), compare.chosen_rows(table))


def test_two_systems_are_compared_overall_task_by_task_and_case_by_case(
    client: Client, submit: Callable[..., Any]
) -> None:
    good, poor = submit("Good", answers(wrong=PUBLIC[:1])), submit("Poor", answers(wrong=PUBLIC[1:6]))
    page = text(client, of_compare(good, poor))
    assert "McNemar" in page
    short = text(client, of_compare(good, poor, query="&split=public"))
    assert "cannot be tested" in short, "with one item in a task there is no average with an interval"
    alone = text(client, of_compare(good, poor, query="&task=choice"))
    assert "none: there is one pair alone" in alone
    assert "cannot be tested" not in alone
    for case in PUBLIC[1:6]:
        assert f"/cases/{case}/" in page
    (pair,) = views(good, poor, split="public")
    (choice,) = [each for each in pair.tasks if each.column.key == "choice"]
    assert choice.counts is not None
    assert (choice.counts.both, choice.counts.only_first, choice.counts.only_second, choice.counts.neither) == (
        2, 5, 1, 0,
    )  # fmt: skip
    assert choice.difference == pytest.approx(4 / 8)
    assert choice.low is not None
    assert choice.high is not None
    differences = np.array([1.0] * 5 + [-1.0] + [0.0] * 2)
    half = 2.364624 * differences.std(ddof=1) / 8**0.5  # t of 7 degrees of freedom
    assert (choice.low, choice.high) == (
        pytest.approx(0.5 - half, abs=1e-4),
        pytest.approx(0.5 + half, abs=1e-4),
    )
    assert [each.case for each in pair.better_second] == PUBLIC[:1]


def test_the_difference_overall_is_what_the_board_s_own_comparison_says(submit: Callable[..., Any]) -> None:
    good, poor, other = (
        submit("Good", answers()),
        submit("Poor", answers(wrong=PUBLIC)),
        submit("O", answers(wrong=PUBLIC[:3])),
    )
    chosen = (("task", ("choice",)),)
    found = views(good, poor, other, split="public", chosen=chosen)
    assert [(each.first.system, each.second.system) for each in found] == [
        ("Good", "Poor"), ("Good", "O"), ("Poor", "O"),
    ]  # fmt: skip
    pairs = boards.pairs("deep", Slice(split="public", chosen=chosen))
    assert pairs is not None
    at = pairs.keys.index(f"run-{good.run.pk}"), pairs.keys.index(f"run-{poor.run.pk}")
    assert found[0].overall is not None
    assert found[0].overall.p_adjusted == pytest.approx(float(pairs.p_adjusted[at]))
    assert found[0].overall.difference == pytest.approx(float(pairs.difference[at]))


def test_numbers_over_private_items_are_no_finer_than_their_interval(submit: Callable[..., Any]) -> None:
    good, poor = submit("Good", answers()), submit("Poor", answers(wrong=("set/c2", "set/c1", "set/c4")))
    (pair,) = views(good, poor)
    (choice,) = [each for each in pair.tasks if each.column.key == "choice"]
    assert choice.low is not None
    assert choice.high is not None
    for figure in (choice.difference, choice.low, choice.high):
        assert figure == pytest.approx(round(figure * 20) / 20), "a twentieth, no finer"
    assert choice.counts is not None
    assert choice.counts.both + choice.counts.only_first == 8, "public items alone are counted"


def test_a_comparison_without_rows_offers_a_choice_and_says_what_is_missing(
    client: Client, submit: Callable[..., Any]
) -> None:
    address = reverse("leaderboard:compare", args=["deep"])
    assert "There are not two systems to compare yet" in text(client, address)
    first, second = submit("Alpha <b>", answers()), submit("Beta", answers(wrong=PUBLIC[:2]))
    page = text(client, f"{address}?split=public")
    assert "Choose two systems" in page
    assert '<input type="hidden" name="split" value="public">' in page
    assert "Alpha &lt;b&gt;" in page
    half = text(client, f"{address}?compare=run-{first.run.pk}&compare=run-0")
    assert f'<option value="run-{first.run.pk}" selected>' in half
    assert "1 of the systems asked for is not on the board" in half
    many = "&".join(
        f"compare={key}" for key in [f"run-{first.run.pk}", f"run-{second.run.pk}", *map(str, range(9))]
    )
    assert client.get(f"{address}?{many}").status_code == 200
    assert client.get(reverse("leaderboard:compare", args=["nowhere"])).status_code == 404


def test_a_comparison_costs_two_queries_more_for_each_pair_however_many_tasks_there_are(
    client: Client, submit: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    four = [submit(f"System {n}", answers(wrong=PUBLIC[n : n + 2])) for n in range(4)]
    for chosen, pairs in ((four[:2], 1), (four, 6)):
        text(client, of_compare(*chosen))
        with django_assert_max_num_queries(10 + 2 * pairs):
            text(client, of_compare(*chosen))


class Cells(HTMLParser):
    """Rows of a table, whatever end tags it leaves out."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def made_pairs(size: int) -> Pairs:
    values = np.linspace(1, 0, size)
    gap = values[:, None] - values
    p = np.where(np.abs(gap) > 0.2, 0.0004, 0.41)
    np.fill_diagonal(p, 1.0)
    keys = tuple(f"run-{n}" for n in range(size))
    return Pairs(keys, gap, gap - 0.1, gap + 0.1, p, p, p, "max-t", "items like these")


def test_a_matrix_says_both_ways_who_is_ahead_and_the_words_say_the_same() -> None:
    size = 30
    rows = [row(f"run-{n}", f"System <{n}>", {"a": 1 - n / 40}) for n in range(size)]
    view = significance.significance(table(*rows), made_pairs(size), "?split=public")
    assert view is not None
    cells = Cells()
    cells.feed(view.body)
    assert len(cells.rows) == size
    found = matrix(made_pairs(size))
    for at in range(size):
        for other in range(size):
            shown, back = cells.rows[at][other + 1].strip(), cells.rows[other][at + 1].strip()
            assert (shown == "+") == bool(found.ahead[at, other])
            assert (shown == "+") == (back == "−")
            assert (shown == ".41") == (found.sign(at, other) == "=")
    assert view.ahead[0].places == "7–30"
    assert view.n_proven == int(found.ahead.sum())
    assert "System &lt;0&gt;" in view.body


def test_a_matrix_of_98_systems_stays_below_150_kilobytes() -> None:
    rows = [
        row(f"reported-{n}", f"Organisation Model {n} Instruct 70B", {"a": 1 - n / 100}) for n in range(98)
    ]
    pairs = made_pairs(98)
    keys = tuple(each.key for each in rows)
    view = significance.significance(table(*rows), Pairs(**{**vars(pairs), "keys": keys}), "")
    assert view is not None
    whole = len(view.head) + len(view.body) + sum(len(each.name) + len(each.places) for each in view.ahead)
    assert whole < 150_000


def test_the_matrix_page_links_each_pair_and_gives_a_file(client: Client, submit: Callable[..., Any]) -> None:
    good, poor = submit("=Good", answers()), submit("Poor", answers(wrong=PUBLIC))
    submit("Zero", answers(wrong=PUBLIC[:2]))
    address = reverse("leaderboard:significance", args=["deep"]) + "?split=public&task=choice"
    page = text(client, address)
    assert "max-T over all pairs of this board" in page
    link = f"../compare/?task=choice&amp;split=public&amp;compare=run-{good.run.pk}&amp;compare=run-{poor.run.pk}"
    assert link in page
    assert "=Good ahead of Poor" in page or "=Good not separated from Poor" in page
    answer = client.get(f"{address}&as=csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(lines) == 3
    assert lines[0]["first"] == "'=Good"
    assert lines[0]["correction"] == "max-t"
    followed = client.get(
        reverse("leaderboard:compare", args=["deep"]) + link.partition("compare/")[2].replace("&amp;", "&")
    )
    assert followed.status_code == 200


def test_an_empty_board_has_no_matrix(client: Client, deep: Any) -> None:
    assert "Nothing to compare" in text(client, reverse("leaderboard:significance", args=["deep"]))


def test_a_query_of_a_slice_leads_to_the_same_comparison() -> None:
    from django.http import QueryDict

    assert slice_from(QueryDict("compare=run-1&compare=run-2")).compare == ("run-1", "run-2")
