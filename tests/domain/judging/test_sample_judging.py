"""The sample benchmark for judges keeps what its README promises."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from evaluation.domain.benchmarks import JUDGING
from evaluation.domain.judging.prompts import prompt_for
from evaluation.domain.judging.shown import answer_of
from evaluation.domain.loading import load, shipped
from evaluation.domain.metrics import metric
from evaluation.domain.specification import read_specification

LOADED = load(Path("sample_judging"))
ITEMS = list(LOADED.questions)
TASKS = {task.slug: task for task in LOADED.spec.tasks}
README = (shipped()["sample_judging"].parent / "README.md").read_text(encoding="utf-8")


def test_it_says_that_items_and_labels_are_invented() -> None:
    assert LOADED.spec.synthetic
    assert LOADED.spec.licence == "CC0-1.0"
    assert "not validated by physicians" in README
    assert {task.options["labelled_by"] for task in TASKS.values()} == {"invented physicians"}


def test_every_family_of_judging_occurs_with_the_numbers_of_the_readme() -> None:
    assert {task.family for task in TASKS.values()} == set(JUDGING)
    for slug, task in TASKS.items():
        mine = [item for item in ITEMS if item.task == slug]
        public = sum(item.split == "public" for item in mine)
        assert f"| {slug} | {task.family.replace('_', ' ')} |" in README
        assert f"| {len(mine)} ({public}) |" in README
    assert README.startswith(f"# The sample benchmark for judges\n\n{len(ITEMS)} short items")


def test_what_a_judge_is_told_is_word_for_word_the_shipped_prompt() -> None:
    for item in ITEMS:
        assert (
            TASKS[item.task].prompt.strip()
            == prompt_for(TASKS[item.task].family, item.input).instruction.strip()
        )


@pytest.mark.parametrize("slug", ["medval_bench", "healthbench_meta", "mslr_human_eval"])
def test_so_it_is_in_the_published_benchmarks_of_judging(slug: str) -> None:
    prompts = {"risk_label": "medval", "criterion": "healthbench", "preference": "pairwise"}
    from evaluation.domain.judging.prompts import judge_prompt

    for task in read_specification(shipped()[slug]).tasks:
        assert task.prompt.strip() == judge_prompt(prompts[task.family]).instruction.strip()


def test_two_or_three_raters_judge_every_item_and_sometimes_disagree() -> None:
    raters = [len(item.gold["labels"]) for item in ITEMS]
    assert set(raters) == {2, 3}
    said = [
        {str({**label, "rater": "", "errors": None, "turn": None}) for label in item.gold["labels"]}
        for item in ITEMS
    ]
    assert 0.1 <= np.mean([len(each) > 1 for each in said]) <= 0.5


def test_a_cluster_lies_on_one_side_of_the_split() -> None:
    sides = Counter((item.cluster, item.split) for item in ITEMS if item.cluster)
    assert len({cluster for cluster, _ in sides}) == len(sides)


def test_every_value_occurs_so_that_no_constant_judge_does_well() -> None:
    values = {
        family: Counter(
            label[field]
            for item in ITEMS
            if TASKS[item.task].family == family
            for label in item.gold["labels"]
        )
        for family, field in [("risk_label", "risk"), ("criterion", "met"), ("preference", "preference")]
    }
    assert set(values["risk_label"]) == {1, 2, 3, 4}
    assert set(values["criterion"]) == {True, False}
    assert set(values["preference"]) == {"a", "b", "tie", "both_unacceptable"}
    for counted in values.values():
        assert max(counted.values()) / counted.total() < 0.6


@pytest.mark.parametrize("slug", TASKS)
def test_a_judge_that_says_what_most_say_agrees_well_but_not_wholly(slug: str) -> None:
    task, mine = TASKS[slug], [item for item in ITEMS if item.task == slug]
    rule = metric(task.metric)
    found = rule.estimate(
        rule.count([answer_of(task.family, item.gold) for item in mine], mine, task.options), task.options
    )
    assert 0.8 < (found.value or 0) < 1
    assert found.n_unparsed == 0
