"""A board of many small tasks: categories at a glance, and a word where few cases are behind a number."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.core.management import call_command
from django.utils import timezone

from evaluation.selectors import benchmarks
from evaluation.services import submissions
from leaderboard.domain.table import Slice, Table
from leaderboard.models import ReportedTable
from leaderboard.selectors import boards
from workers import tasks

pytestmark = pytest.mark.django_db

FAMILIES = ("multiple_choice", "yes_no_maybe")
ITEMS = 6


def gold(number: int, item: int) -> str:
    return "ABC"[item % 3] if number % 2 == 0 else ("yes", "no", "maybe")[item % 3]


@pytest.fixture
def wide(db: None, tmp_path: Path) -> Any:
    """Fourteen tasks of two families, six public items each."""
    folder = tmp_path / "wide"
    folder.mkdir()
    spec = [
        'slug = "wide"',
        'name = "Wide"',
        'description = "For tests."',
        "[[files]]",
        'reader = "items"',
        'paths = ["items.jsonl"]',
    ]
    lines = []
    for number in range(14):
        family = FAMILIES[number % 2]
        spec += [
            "[[tasks]]",
            f'slug = "t{number}"',
            f'name = "T{number}"',
            f'family = "{family}"',
            'metric = "accuracy"',
        ]
        spec += ["[tasks.options]", 'labels = ["yes", "no", "maybe"]'] if number % 2 else []
        for item in range(ITEMS):
            asked: dict[str, Any] = {"question": f"{number}/{item}?"}
            if number % 2 == 0:
                asked["options"] = {"A": "one", "B": "two", "C": "three"}
            answer = {"letters": [gold(number, item)]} if number % 2 == 0 else {"label": gold(number, item)}
            lines.append(
                {
                    "task": f"t{number}",
                    "id": f"{number}-{item}",
                    "split": "public",
                    "input": asked,
                    "gold": answer,
                }
            )
    (folder / "benchmark.toml").write_text("\n".join(spec))
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, lines)))
    call_command("load_benchmark", str(folder), stdout=io.StringIO())
    return benchmarks.current_version("wide")


@pytest.fixture
def submit(lab: Any, wide: Any) -> Callable[[str, Callable[[int, int], bool]], None]:
    def hand_in(system: str, right: Callable[[int, int], bool]) -> None:
        rows = [
            {"id": f"{number}-{item}", "output": gold(number, item if right(number, item) else item + 1)}
            for number in range(14)
            for item in range(ITEMS)
        ]
        file = File(io.BytesIO("\n".join(map(json.dumps, rows)).encode()), name="p.jsonl")
        submission, _ = submissions.submit(lab, wide, system, "", "p.jsonl", file)
        assert submission.verdict == "accepted", submission.findings
        tasks.serve_queue()

    return hand_in


def board(**wanted: Any) -> Table:
    table = boards.table("wide", Slice(**wanted))
    assert table is not None
    return table


def test_categories_are_means_of_their_tasks_with_intervals_of_their_own(
    submit: Callable[..., None],
) -> None:
    submit("Alpha", lambda number, item: (number + item) % 3 > 0)
    submit("Beta", lambda number, item: number % 2 == 0 or item > 3)
    table = board()
    assert [column.key for column in table.shown] == ["family:multiple_choice", "family:yes_no_maybe"]
    assert len(table.columns) == 14
    for row in table.rows:
        for family in FAMILIES:
            cell = row.cells[f"family:{family}"]
            own = [row.cells[column.key].value for column in table.columns if column.category == family]
            assert cell.value == pytest.approx(sum(own) / 7)
            alone = next(one for one in board(chosen=(("family", (family,)),)).rows if one.key == row.key)
            assert (cell.low, cell.high) == (pytest.approx(alone.low), pytest.approx(alone.high))
        assert row.average == pytest.approx(sum(row.cells[column.key].value for column in table.columns) / 14)
    then = board(as_of=timezone.now())
    assert (then.rows, then.shown) == (table.rows, table.shown)


def test_few_cases_are_marked_with_their_number(submit: Callable[..., None]) -> None:
    submit("Alpha", lambda number, item: item % 2 == 0)
    (row,) = board().rows
    assert row.cells["t0"].note == "too few cases: n = 6"
    assert row.cells["family:yes_no_maybe"].note == ""  # 42 of them
    assert board().note == ""
    assert board(chosen=(("task", ("t0", "t1")),)).note == "too few cases: n = 12 in this slice, below 30"


def test_how_many_more_items_would_separate_two_runs_is_said(submit: Callable[..., None]) -> None:
    submit("Alpha", lambda number, item: (number + item) % 3 > 0)
    submit("Beta", lambda number, item: (number + 2 * item) % 4 > 0)
    submit("None", lambda number, item: False)
    keys = {row.system: row.key for row in board().rows}
    near = boards.separation("wide", Slice(), keys["Alpha"], keys["Beta"])
    assert near is not None
    assert "more items would separate them" in near.text
    far = boards.separation("wide", Slice(), keys["Alpha"], keys["None"])
    assert far is not None
    assert far.separated
    assert boards.separation("nowhere", Slice(), "run-1", "run-2") is None


def test_a_weight_changes_averages_and_ranks_of_runs(submit: Callable[..., None]) -> None:
    submit("Alpha", lambda number, item: number == 0)
    submit("Beta", lambda number, item: number != 0)
    plain = {row.system: row for row in board().rows}
    heavy = {row.system: row for row in board(weights=(("t0", 1_000.0),)).rows}
    assert (plain["Alpha"].place, plain["Beta"].place) == (2, 1)
    assert (heavy["Alpha"].place, heavy["Beta"].place) == (1, 2)
    assert heavy["Alpha"].average == pytest.approx(1000 / 1013)


def test_a_mode_is_ranked_among_itself_and_an_unknown_one_is_ignored(submit: Callable[..., None]) -> None:
    submit("Alpha", lambda number, item: True)
    assert board(mode="nonsense").slice.mode == ""
    assert board().head.modes == ("",)


def test_the_rows_of_a_specification_are_loaded_by_their_command(db: None) -> None:
    call_command("import_results", spec=["meds-bench", "multimedqa"], stdout=io.StringIO())
    assert sorted(ReportedTable.objects.values_list("board", flat=True)) == ["meds-bench", "multimedqa"]
