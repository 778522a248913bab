"""The badge: honest words, safe text, room for every name."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.files import badge
from tests.leaderboard.made_tables import column, row, table

NAMESPACE = "{http://www.w3.org/2000/svg}"


def words(picture: bytes) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(picture).iter(f"{NAMESPACE}text")]


def test_a_badge_says_rank_range_and_average_with_its_interval() -> None:
    board = table(
        row("run-1", "A", {"qa": 0.412}), row("run-2", "B", {"qa": 0.4}), row("run-3", "C", {"qa": None})
    )
    assert words(badge.of_row(board, board.rows[0])) == [
        "Consilium · Tiny board",
        "rank 1–2 of 2 · 41.2 ± 2.0",
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rank_low": None, "rank_high": None}, "not rankable yet · 41.2 ± 2.0"),
        ({"low": None, "high": None}, "rank 1–2 of 1 · 41.2, no interval"),
        ({"low": 0.35, "high": 0.44}, "rank 1–2 of 1 · 41.2 (35.0 to 44.0)"),
        ({"average": None, "missing": 1}, "rank 1–2 of 1 · no average: results are missing"),
        ({"rank_high": 1}, "rank 1 of 1 · 41.2 ± 2.0"),
    ],
)
def test_a_badge_is_honest_about_what_is_not_known(changed: dict[str, object], said: str) -> None:
    board = table(row("run-1", "A", {"qa": 0.412}, **changed))
    assert words(badge.of_row(board, board.rows[0]))[1] == said


def test_strengths_are_shown_as_elo_points() -> None:
    board = table(row("s", "A", {"overall": 0.0}), columns=(column("overall", scale="logit"),))
    assert words(badge.of_row(board, board.rows[0]))[1] == "rank 1–2 of 1 · 1000 ± 3"


@given(st.text(), st.text())
def test_no_name_breaks_out_of_the_picture(system: str, title: str) -> None:
    board = table(row("run-1", system, {"qa": 0.4}))
    root = ElementTree.fromstring(badge.of_nothing(title, "not on this board"))
    drawn = ElementTree.fromstring(badge.of_row(board, board.rows[0]))
    for picture in (root, drawn):
        assert {node.tag.removeprefix(NAMESPACE) for node in picture.iter()} == {
            "svg",
            "title",
            "rect",
            "path",
            "g",
            "text",
        }
        assert picture.get("aria-label")


def test_a_row_is_found_by_its_key_or_by_its_systems_best_place() -> None:
    board = table(
        row("run-1", "A", {"qa": 0.4}, mode="direct", rank_low=3),
        row("run-2", "A", {"qa": 0.5}, mode="cot", rank_low=1),
    )
    assert badge.find(board, "run-1") is board.rows[0]
    assert badge.find(board, "a") is board.rows[1]
    assert badge.find(board, "nobody") is None
    assert badge.find(board, "") is None
