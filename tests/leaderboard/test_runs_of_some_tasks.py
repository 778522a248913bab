"""A run of some tasks is on the board with its scores, has no rank, and hides no run of all tasks."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.services import recipes
from leaderboard.selectors import boards
from leaderboard.selectors.boards import Slice
from workers import tasks

pytestmark = pytest.mark.django_db(transaction=True)


def run(person: Any, version: Any, name: str, rule: str, *slugs: str) -> str:
    submission, _ = recipes.submit(
        person, version, name, recipes.Wanted("baseline", rule, task_slugs=list(slugs)), "baseline"
    )
    tasks.serve_models()
    tasks.serve_queue()
    return str(submission.pk)


def rows(**wanted: Any) -> dict[str, boards.Row]:
    table = boards.table("tiny", Slice(**wanted))
    assert table is not None
    return {row.system: row for row in table.rows}


def test_some_tasks_give_scores_and_no_rank(lab: Any, tiny: Any) -> None:
    run(lab, tiny, "Whole", "constant")
    run(lab, tiny, "Part", "constant", "choice")

    part = rows()["Part"]

    assert set(part.cells) == {"choice"}
    assert (part.average, part.rank_low, part.rank_high, part.missing) == (None, None, None, 1)
    assert rows()["Whole"].rank_low == 1
    alone = rows(chosen=(("task", ("choice",)),))
    assert alone["Part"].rank_low == 1  # where only what it ran is compared, it is compared


def test_a_later_run_of_one_task_does_not_take_a_systems_rank(lab: Any, tiny: Any) -> None:
    whole = run(lab, tiny, "M", "constant")
    part = run(lab, tiny, "M", "longest option", "choice")

    assert part != whole
    assert rows()["M"].submission == whole
    assert rows()["M"].rank_low == 1


def test_a_run_of_all_tasks_replaces_one_of_some(lab: Any, tiny: Any) -> None:
    run(lab, tiny, "M", "constant", "choice")
    whole = run(lab, tiny, "M", "longest option")

    assert rows()["M"].submission == whole
