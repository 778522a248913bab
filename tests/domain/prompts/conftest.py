"""The sample benchmark, and counters of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.asking import Turn
from evaluation.domain.benchmarks import Question, TaskSpec
from evaluation.domain.prompts.building import Asked, Fit
from evaluation.domain.readers import reader
from evaluation.domain.readers.rows import DataFile, Located
from evaluation.domain.specification import read_specification

SAMPLE = Path(__file__).parents[3] / "evaluation" / "specs" / "sample"


@pytest.fixture(scope="session")
def sample() -> list[tuple[TaskSpec, Question]]:
    """Every item of the sample benchmark with its task."""
    spec = read_specification(SAMPLE / "benchmark.toml")
    tasks = {task.slug: task for task in spec.tasks}
    rows = reader("items")([DataFile(SAMPLE / "items.jsonl", "items.jsonl")], {})
    found = [row.question for row in rows if isinstance(row, Located)]
    return [(tasks[question.task], question) for question in found]


@pytest.fixture(scope="session")
def ask() -> Callable[[TaskSpec, Question], Asked]:
    def asked(task: TaskSpec, question: Question) -> Asked:
        return Asked(
            question.key, task.slug, task.family, task.language, task.prompt, question.input, task.options
        )

    return asked


def characters(turns: Sequence[Turn]) -> int:
    """A token a character and four a turn."""
    return sum(len(turn.text) + 4 for turn in turns)


@pytest.fixture(scope="session")
def roomy() -> Fit:
    return Fit(None, characters)


@pytest.fixture(scope="session")
def by_characters() -> Callable[..., Fit]:
    def fit(window: int | None, **changes: Any) -> Fit:
        return Fit(window, characters, **changes)

    return fit


@pytest.fixture(scope="session")
def real_counter(sample: list[tuple[TaskSpec, Question]]) -> Callable[[Sequence[Turn]], int]:
    """A byte-level BPE trained on the sample: counts of prefixes may fall, as those of real models do."""
    tokenizers = pytest.importorskip("tokenizers", reason="the tokenizers package is not installed")
    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator(
        [str(question.input) for _, question in sample], vocab_size=900, show_progress=False
    )

    def count(turns: Sequence[Turn]) -> int:
        return sum(len(made.encode(f"<{turn.role}>{turn.text}").ids) for turn in turns) + 3

    return count
