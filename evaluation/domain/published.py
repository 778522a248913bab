"""Result files that others have published, read as they are.

- MedS-Bench submissions: CSV with the columns task_id, input, GT, output.
- BRIDGE boards: JSON with one object a column, {column: {row: value}}; rank, model, facts about the model,
  average and one column per task.

BenchmarkError names the file, the place and what is wrong.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Floats

SUBMISSION_COLUMNS = ("task_id", "input", "GT", "output")

RANK, SYSTEM, AVERAGE = "T", "Model", "Average Performance"
FACTS = ("Model: Domain", "Model: License", "Model: Accessibility", "Size (B)", "Model: Size Range")


@dataclass(frozen=True, slots=True)
class SubmittedTask:
    """The items of one task in a submission, with the answer to each."""

    task: str
    questions: tuple[Question, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedBoard:
    """A board as published, figures × 100.

    systems (m,) names, facts (m,) what the board says of each, tasks (k,) names, scores (m, k),
    average (m,) rounded to two decimals, rank (m,) from 1.
    """

    systems: tuple[str, ...]
    facts: tuple[Mapping[str, str], ...]
    tasks: tuple[str, ...]
    scores: Floats
    average: Floats
    rank: npt.NDArray[np.int64]


def read_meds_bench_submission(path: Path) -> dict[str, SubmittedTask]:
    """Tasks by id in order of appearance; an item's key is its number among the file's rows, from 1."""
    items: dict[str, list[tuple[Question, str]]] = {}
    for number, row in enumerate(_rows(path), start=1):
        task = row["task_id"].strip()
        if not task:
            raise BenchmarkError(f"{path.name}, item {number}: task_id is empty; every row names its task")
        question = Question(
            task=task,
            key=str(number),
            split="public",
            input={"instruction": row["input"]},
            gold={"references": [row["GT"]]},
        )
        items.setdefault(task, []).append((question, row["output"]))
    return {
        task: SubmittedTask(task, tuple(q for q, _ in pairs), tuple(a for _, a in pairs))
        for task, pairs in items.items()
    }


def read_bridge_board(path: Path) -> PublishedBoard:
    """A BRIDGE board; columns that are neither rank, name, facts nor average are tasks."""
    columns = _columns(path)
    tasks = tuple(name for name in columns if name not in {RANK, SYSTEM, AVERAGE, *FACTS})
    if not tasks:
        raise BenchmarkError(f"{path.name}: no task columns beside {RANK}, {SYSTEM}, {AVERAGE} and the facts")
    systems = tuple(str(name) for name in columns[SYSTEM])
    return PublishedBoard(
        systems=systems,
        facts=tuple(
            {name: str(columns[name][i]) for name in FACTS if name in columns} for i in range(len(systems))
        ),
        tasks=tasks,
        scores=np.stack([_numbers(path, name, columns[name]) for name in tasks], axis=1),
        average=_numbers(path, AVERAGE, columns[AVERAGE]),
        rank=_numbers(path, RANK, columns[RANK]).astype(np.int64),
    )


def average_performance(scores: Floats) -> Floats:
    """(m, k) task scores → (m,) unweighted means, BRIDGE's Average Performance before rounding."""
    means: Floats = scores.mean(axis=1)
    return means


def board_rank(average: Floats) -> npt.NDArray[np.int64]:
    """(m,) averages → (m,) positions from 1, the highest first; of equal ones the earlier row is first.

    This is the published rank, which has no ties and no uncertainty. Consilium ranks by intervals.
    """
    rank = np.empty(len(average), dtype=np.int64)
    rank[np.argsort(-average, kind="stable")] = np.arange(1, len(average) + 1)
    return rank


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="…", restval=None, strict=True)
            missing = [name for name in SUBMISSION_COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise BenchmarkError(
                    f"{path.name}: no column {', '.join(missing)}; "
                    f"a MedS-Bench submission has the columns {', '.join(SUBMISSION_COLUMNS)}"
                )
            return [_whole(path, reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"{path.name}: not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except csv.Error as error:
        raise BenchmarkError(f"{path.name}, line {reader.line_num}: broken CSV ({error})") from error


def _whole(path: Path, line: int, row: dict[str, Any]) -> dict[str, str]:
    if "…" in row or None in row.values():
        raise BenchmarkError(
            f"{path.name}, line {line}: cells and columns differ in number; quote cells with commas or lines"
        )
    return row


def _columns(path: Path) -> dict[str, list[Any]]:
    try:
        board = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BenchmarkError(f"{path.name}: not JSON ({error})") from error
    if not isinstance(board, dict) or not all(isinstance(column, dict) for column in board.values()):
        raise BenchmarkError(
            f"{path.name}: a BRIDGE board is one JSON object a column, {{column: {{row: value}}}}"
        )
    for name in (RANK, SYSTEM, AVERAGE):
        if name not in board:
            raise BenchmarkError(f"{path.name}: no column {name!r}; a BRIDGE board has it")
    rows = list(board[SYSTEM])
    for name, column in board.items():
        if column.keys() != board[SYSTEM].keys():
            raise BenchmarkError(f"{path.name}: column {name!r} has other rows than {SYSTEM!r}")
    return {name: [column[row] for row in rows] for name, column in board.items()}


def _numbers(path: Path, name: str, values: Sequence[Any]) -> Floats:
    try:
        numbers = np.array([float(value) for value in values], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BenchmarkError(
            f"{path.name}: column {name!r} holds something that is no number: {error}"
        ) from error
    if not np.isfinite(numbers).all():
        raise BenchmarkError(
            f"{path.name}: column {name!r} has a missing value; a board row needs every task"
        )
    return numbers
