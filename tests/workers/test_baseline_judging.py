"""Judges that only count words answer every item, and differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.benchmarks import Question
from evaluation.domain.loading import load
from evaluation.domain.metrics import metric
from workers.backends.baseline import BASELINES

LOADED = load(Path("sample_judging"))
TASKS = {task.slug: task for task in LOADED.spec.tasks}
ITEMS = list(LOADED.questions)


def line(item: Question) -> dict[str, Any]:
    return {"id": item.key, "family": TASKS[item.task].family, "input": item.input}


@pytest.mark.parametrize("name", BASELINES)
def test_every_judgement_of_a_baseline_can_be_read(name: str) -> None:
    for item in ITEMS:
        task = TASKS[item.task]
        assert metric(task.metric).read(BASELINES[name](line(item)), item, task.options) is not None


def test_baselines_differ_in_every_family() -> None:
    for family in {task.family for task in TASKS.values()}:
        mine = [item for item in ITEMS if TASKS[item.task].family == family]
        given = {tuple(baseline(line(item)) for item in mine) for baseline in BASELINES.values()}
        assert len(given) == len(BASELINES)


@pytest.mark.parametrize("name", BASELINES)
def test_equal_answers_and_bare_inputs_are_no_trouble(name: str) -> None:
    same = {"family": "preference", "input": {"question": "?", "answers": {"a": "x", "b": "x"}}}
    assert BASELINES[name](same) in {"A", "tie"}
    assert BASELINES[name]({"family": "risk_label", "input": {"question": "?", "answer": "…"}})
    assert BASELINES[name]({"family": "criterion", "input": {"dialogue": "…", "criterion": "…"}})
