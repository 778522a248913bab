"""What the page says of an order: never more than is proven."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leaderboard.domain.table import Cell, Column, Head, Row, Slice, Table
from leaderboard.shown.cells import cells, frame
from leaderboard.shown.lines import Line, lines

COLUMN = Column("qa", "Questions", "accuracy")


def row(name: str, value: float, **more: Any) -> Row:
    facts = {
        "kind": "model", "mode": "", "origin": "run", "cells": {"qa": Cell(value, value - 0.1, value + 0.1, 50)},
        "average": value, "low": value - 0.1, "high": value + 0.1, "n_items": 50,
    }  # fmt: skip
    return Row(key=f"run-{name}", system=name, **{**facts, **more})


def ranked(name: str, value: float, low: int, high: int, band: int, **more: Any) -> Row:
    return row(name, value, rank_low=low, rank_high=high, band=band, **more)


def table(*rows: Row, **more: Any) -> Table:
    facts: dict[str, Any] = {"slice": Slice(), "facets": {"task": ("qa",)}}
    return Table(Head("b", "B", "benchmark"), 1, None, (COLUMN,), (COLUMN,), rows=rows, **{**facts, **more})


def shown(board: Table) -> list[Line]:
    return lines(board, board.rows, frame(board), lambda row: "")


def titles(board: Table) -> list[str]:
    return [line.title for line in shown(board) if line.row is None]


def test_systems_nobody_can_tell_apart_stand_under_one_word() -> None:
    board = table(ranked("a", 0.6, 1, 2, 1), ranked("b", 0.5, 1, 2, 1))
    assert titles(board) == ["All tied"]
    assert not any("lead" in line.css for line in shown(board))


def test_a_leader_is_called_so_only_where_it_is_proven() -> None:
    proven = table(ranked("a", 0.9, 1, 1, 1), ranked("b", 0.4, 2, 2, 2))
    assert titles(proven) == ["Proven best", "Behind the group above"]
    unproven = table(ranked("a", 0.9, 1, 2, 1), ranked("b", 0.4, 2, 2, 2))
    assert titles(unproven)[0] == "In the lead"
    assert [line.css for line in shown(proven)] == ["group lead", "lead", "group", ""]


def test_a_rank_range_is_never_a_number_alone() -> None:
    board = table(ranked("a", 0.6, 1, 3, 1), ranked("b", 0.2, 4, 4, 2))
    first, second = (cells(each, frame(board)) for each in board.rows)
    assert '<td class="num rank">1–3 <small>tied</small></td>' in first
    assert '<td class="num rank">4</td>' in second


def test_what_cannot_be_ranked_says_why_in_words() -> None:
    gap = replace(
        row("c", 0.3),
        average=None,
        low=None,
        high=None,
        missing=2,
        cells={"qa": Cell(None, status="too_few_items")},
    )
    board = table(ranked("a", 0.6, 1, 1, 1), gap)
    assert titles(board)[-1] == "Not rankable yet"
    html = cells(gap, frame(board))
    assert "not rankable yet" in html
    assert "2 tasks without a value" in html
    assert "too few cases" in html


def test_reported_rows_are_a_group_of_their_own_and_every_one_is_marked() -> None:
    board = table(
        ranked("a", 0.6, 1, 1, 1), row("b", 0.9, origin="reported", low=None, high=None, place=1, n_items=0)
    )
    found = shown(board)
    assert [line.title or line.row.system for line in found if line.row or line.title] == [
        "a", "Reported, not run here", "b",
    ]  # fmt: skip
    assert found[-1].about == ("reported, not run here",)
    assert '<td class="num place">1</td>' in found[-1].cells
    assert "<small>no interval</small>" in found[-1].cells


def test_a_row_run_here_has_no_place_beside_its_range() -> None:
    board = table(ranked("a", 0.6, 1, 2, 1, place=1), ranked("b", 0.5, 1, 2, 1, place=2))
    assert not frame(board).places


def test_an_anonymous_row_leads_nowhere_and_says_so() -> None:
    board = table(ranked("Anonymous system 1", 0.6, 1, 1, 1, anonymous=True))
    (line,) = (each for each in shown(board) if each.row)
    assert line.about == ("anonymous",)
    assert line.href == ""


def test_names_and_notes_are_written_as_text() -> None:
    note = replace(row("a", 0.5), cells={"qa": Cell(0.5, note="<b>x</b>")})
    assert "<b>x" not in cells(note, frame(table(note)))


def test_a_line_has_changed_only_when_something_in_it_has() -> None:
    before = shown(table(ranked("a", 0.6, 1, 2, 1), ranked("b", 0.5, 1, 2, 1)))
    after = shown(table(ranked("a", 0.6, 1, 2, 1), ranked("b", 0.52, 1, 2, 1)))
    by_key = {line.key: line for line in before}
    changed = [line.key for line in after if line.said != by_key[line.key].said]
    assert changed == ["run-b"]


def test_a_shade_that_shifts_is_redrawn_without_being_called_news() -> None:
    one = shown(table(ranked("a", 0.6, 1, 2, 1), ranked("b", 0.5, 1, 2, 1), ranked("c", 0.2, 3, 3, 2)))
    two = shown(table(ranked("a", 0.6, 1, 2, 1), ranked("b", 0.5, 1, 2, 1), ranked("c", 0.4, 3, 3, 2)))
    old, new = ({line.key: line for line in found}["run-b"] for found in (one, two))
    assert old.said == new.said
    assert old.digest != new.digest


def test_the_second_number_of_a_cell_stands_beside_the_first() -> None:
    both = replace(row("a", 0.5), cells={"qa": Cell(0.2446, second=0.2566)})
    assert "24.5 / 25.7" in cells(both, frame(table(both)))
