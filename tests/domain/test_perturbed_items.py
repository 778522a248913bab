"""Variants leave what is right as it is, are the same everywhere, and are not made where they would mislead."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.loading import load
from evaluation.domain.perturbed_items import KINDS, OPTION_ORDER, REMARKS, CannotPerturbError, perturbed


def item(letters: str = "B", options: str = "ABCDE", key: str = "q1", **asked: Any) -> Question:
    shown = {"question": "Which?", "options": {letter: f"text of {letter}" for letter in options}, **asked}
    return Question("exam", key, "public", shown, {"letters": list(letters)}, asked.get("cluster", ""))


@given(
    options=st.integers(2, 10), right=st.sets(st.integers(0, 9), min_size=1), seed=st.integers(0, 2**31), key=st.text()
)  # fmt: skip
def test_the_right_texts_stay_right_under_other_letters(
    options: int, right: set[int], seed: int, key: str
) -> None:
    letters = "ABCDEFGHIJ"[:options]
    gold = "".join(letters[n] for n in sorted(right) if n < options)
    if not gold or len(gold) == options:
        return
    original = item(gold, letters, key)

    variant = perturbed(original, OPTION_ORDER, "reordered", seed)

    before, after = original.input["options"], variant.input["options"]
    assert list(after) == list(before)
    assert sorted(after.values()) == sorted(before.values())
    assert {after[letter] for letter in variant.gold["letters"]} == {before[letter] for letter in gold}
    assert set(variant.gold["letters"]) != set(gold)
    assert variant == perturbed(original, OPTION_ORDER, "reordered", seed)
    assert (variant.task, variant.key, variant.cluster) == ("reordered", f"{key}~option_order", key)


def test_every_other_place_is_as_likely() -> None:
    places = Counter(
        perturbed(item(key=f"q{n}"), OPTION_ORDER, "t", 1).gold["letters"][0] for n in range(2000)
    )

    assert set(places) == set("ACDE")
    assert all(430 < count < 570 for count in places.values())  # 500 each, 3.6 standard deviations


@pytest.mark.parametrize("kind", sorted(REMARKS))
def test_a_remark_speaks_for_a_wrong_option_and_moves_nothing(kind: str) -> None:
    original = item()
    variant = perturbed(original, kind, "biased", 3)

    assert variant.input["options"] == original.input["options"]
    assert variant.gold == original.gold
    asked = variant.input["question"]
    assert asked.startswith("Which?\n\n")
    assert "text of B" not in asked
    assert sum(f"text of {letter}" in asked for letter in "ACDE") == 1
    assert variant.key == f"q1~{kind}"


@pytest.mark.parametrize(
    "text",
    [
        "All of the above",
        "None of these",
        "Both A and C",
        "A and B",
        "neither B nor C",
        "Two of the above options",
    ],
)
def test_options_that_point_at_others_are_not_moved(text: str) -> None:
    pointing = item(options="ABCD")
    options = {**pointing.input["options"], "D": text}

    with pytest.raises(CannotPerturbError, match="by their place"):
        perturbed(
            item(options="ABCD", question="Which of these is right? Options A or B?"),
            OPTION_ORDER,
            "t",
            0,
        )
    with pytest.raises(CannotPerturbError, match="by their place"):
        perturbed(
            Question("exam", "q", "public", {"question": "?", "options": options}, {"letters": ["A"]}),
            OPTION_ORDER,
            "t",
            0,
        )


@pytest.mark.parametrize(
    "text", ["Vitamin A and zinc", "Hepatitis B", "All patients over sixty", "A fib and CHF"]
)
def test_options_that_only_look_like_it_are_moved(text: str) -> None:
    options = {"A": "one", "B": text}
    question = Question("exam", "q", "public", {"question": "?", "options": options}, {"letters": ["A"]})

    assert perturbed(question, OPTION_ORDER, "t", 0).gold == {"letters": ["B"]}


def test_what_cannot_be_perturbed_says_why() -> None:
    for question, kind, why in (
        (
            Question("t", "q", "public", {"question": "?"}, {"label": "yes"}),
            OPTION_ORDER,
            "only multiple-choice",
        ),
        (item("A", "A"), OPTION_ORDER, "no other order"),
        (item("AB", "AB"), "recency", "every option is right"),
        (item(), "hypnosis", "there is no perturbation 'hypnosis'"),
    ):
        with pytest.raises(CannotPerturbError, match=why):
            perturbed(question, kind, "t", 0)
    assert OPTION_ORDER in KINDS


SPEC = """
slug = "pairs"
name = "Pairs"
description = "d"
[[files]]
reader = "perturbed"
paths = ["q.jsonl"]
[files.settings]
reader = "lettered_options"
task = "exam"
seed = 7
[files.settings.settings]
task = "exam"
[files.settings.variants]
exam-reordered = "option_order"
exam-recency = "recency"
[[tasks]]
slug = "exam"
name = "Exam"
family = "multiple_choice"
metric = "accuracy"
[[tasks]]
slug = "exam-reordered"
name = "Exam, other order"
family = "multiple_choice"
metric = "accuracy"
[tasks.options]
pair_of = "exam"
[[tasks]]
slug = "exam-recency"
name = "Exam, with a remark"
family = "multiple_choice"
metric = "accuracy"
[tasks.options]
pair_of = "exam"
"""
ROWS = (
    '{"realidx": 1, "question": "Which?", "options": {"A": "one", "B": "two"}, "answer_idx": "A"}\n'
    '{"realidx": 2, "question": "Which?", "options": {"A": "one", "B": "both A and C"}, "answer_idx": "A"}\n'
)


def write(folder: Path, spec: str = SPEC) -> Path:
    (folder / "benchmark.toml").write_text(spec, encoding="utf-8")
    (folder / "q.jsonl").write_text(ROWS, encoding="utf-8")
    return folder


def test_any_multiple_choice_file_can_be_read_with_its_variants(tmp_path: Path) -> None:
    loaded = load(write(tmp_path))
    questions = {question.key: question for question in loaded.questions}

    assert sorted(questions) == ["1", "1~option_order", "1~recency", "2", "2~recency"]
    assert questions["1~option_order"].gold == {"letters": ["B"]}
    assert {question.task for question in questions.values()} == {"exam", "exam-reordered", "exam-recency"}
    (reason,) = loaded.questions.dropped
    assert reason.startswith("exam-reordered: an option or the question refers to options")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (('"option_order"', '"hypnosis"'), "there is no perturbation 'hypnosis'"),
        (('"lettered_options"', '"letters"'), "unknown reader 'letters'"),
        (('pair_of = "exam"', 'pair_of = "test"'), "must be the slug of another task: exam"),
        (('pair_of = "exam"', 'pair_of = "exam-reordered"'), "must be the slug of another task"),
        (('metric = "accuracy"\n[tasks', 'metric = "exact_set"\n[tasks'), "share one of the metrics"),
    ],
)
def test_a_specification_that_cannot_be_paired_is_refused(
    tmp_path: Path, changed: tuple[str, str], said: str
) -> None:
    with pytest.raises(BenchmarkError, match=said):
        list(load(write(tmp_path, SPEC.replace(*changed, 1))).questions)


def test_a_variant_of_a_variant_is_refused(tmp_path: Path) -> None:
    chained = SPEC[: SPEC.rindex("pair_of")] + 'pair_of = "exam-reordered"\n'
    with pytest.raises(BenchmarkError, match="is itself a variant"):
        load(write(tmp_path, chained))
