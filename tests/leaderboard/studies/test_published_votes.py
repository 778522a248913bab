"""Published votes, imported as a study, stand on the board as they were published."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evalica
import numpy as np
import pytest
from scipy.stats import spearmanr

from leaderboard.domain.table import Slice
from leaderboard.selectors import study_boards
from raters.domain.importing import READERS
from raters.models import Study
from raters.services.importing import import_study

pytestmark = pytest.mark.django_db


def golden_scores(path: Path, algorithm: str) -> dict[str, float]:
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["item"]: float(row["score"]) for row in csv.DictReader(lines) if row["algorithm"] == algorithm
        }


def strengths(slug: str, column: str) -> dict[str, float]:
    table = study_boards.table(slug, Slice())
    assert table is not None
    return {row.system: row.cells[column].value for row in table.rows if row.cells[column].value is not None}


@pytest.mark.parametrize("name", ["simple", "food"])
def test_golden_scores_of_published_votes_are_on_the_board(
    published_data: Path,
    tmp_path: Path,
    root_admin: Any,
    put_on_board: Callable[[Study], Study],
    name: str,
) -> None:
    folder = published_data / "llmfao_votes"
    if not folder.is_dir():
        pytest.skip("llmfao_votes is not among the published data")
    lines = ["prompt,worker,winner,left,right"]
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        for at, row in enumerate(csv.DictReader(rows)):  # nobody says who voted on what: all apart
            lines.append(f"{at},{at % 6},{row['winner']},m{row['left']},m{row['right']}")
    (tmp_path / "votes_subset.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    study, _ = import_study(READERS["llmfao_votes"](tmp_path), "llmfao_votes", root_admin)
    found = strengths(put_on_board(study).slug, "preference.plain")
    golden = golden_scores(folder / f"{name}-golden.csv", "bradley_terry")
    total = sum(np.exp(list(found.values())))
    assert {
        system.removeprefix("m"): np.exp(value) / total for system, value in found.items()
    } == pytest.approx(golden, rel=1e-4)


def test_crowd_votes_are_ranked_on_the_board_as_evalica_ranks_the_file(
    on_board: Callable[..., Study], published_data: Path
) -> None:
    study = on_board("llmfao_votes")
    with (published_data / "llmfao_votes" / "votes_subset.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    winners = {"left": evalica.Winner.X, "right": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    theirs = evalica.bradley_terry(
        [row["left"] for row in rows],
        [row["right"] for row in rows],
        [winners[row["winner"]] for row in rows],
    ).scores
    found = strengths(study.slug, "preference.plain")
    assert len(found) == len(theirs) == 59
    ours = np.array([found[system] for system in theirs.index])
    logs = np.log(theirs.to_numpy())
    assert ours == pytest.approx(logs - logs.mean(), abs=2e-3)
    # with the place on the screen held equal, the order hardly moves
    controlled = strengths(study.slug, "preference")
    order = sorted(controlled, key=lambda system: -controlled[system])
    plain = sorted(found, key=lambda system: -found[system])
    assert spearmanr([order.index(one) for one in plain], range(len(plain))).statistic > 0.99
