"""Accuracy and exact sets: worked cases, scikit-learn as oracle, published predictions recomputed."""

from __future__ import annotations

import csv
import json
import string
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.intervals import wilson
from evaluation.domain.metrics import metric
from evaluation.domain.metrics.choice import ACCURACY, EXACT_SET
from evaluation.domain.metrics.labels import MACRO_F1

OPTIONS = {"A": "Aspirin", "B": "Dialysis", "C": "Insulin", "D": "Imaging"}


def asked(gold: dict[str, Any], options: dict[str, str] | None = OPTIONS) -> Question:
    given = {"question": "What next?"} | ({} if options is None else {"options": options})
    return Question("task", "1", "public", given, gold)


def test_accuracy_counts_the_right_letter_and_nothing_else() -> None:
    answers = ["B", "The answer is (B).", "A", "A and B", "I cannot tell", "<think>B"]
    counts = ACCURACY.count(answers, [asked({"letters": ["B"]})] * 6, {})
    assert counts.table[:, 0].tolist() == [1, 1, 0, 0, 0, 0]
    assert counts.unparsed.tolist() == [False, False, False, False, True, True]
    found = ACCURACY.estimate(counts, {})
    assert found.value == pytest.approx(2 / 6)
    assert (found.low, found.high) == pytest.approx(wilson(2, 6))
    assert (found.n_items, found.n_unparsed) == (6, 2)


def test_accuracy_of_labels() -> None:
    options = {"labels": ["emergency", "same day", "self-care"]}
    answers = ["emergency", "Same day.", "self-care or same day", ""]
    counts = ACCURACY.count(answers, [asked({"label": "same day"}, None)] * 4, options)
    assert counts.table[:, 0].tolist() == [0, 1, 0, 0]
    assert counts.unparsed.tolist() == [False, False, True, True]


def test_yes_no_maybe_needs_no_list_of_labels_and_reads_other_languages() -> None:
    counts = ACCURACY.count(["yes", "Sí.", "no", "?"], [asked({"label": "yes"}, None)] * 4, {})
    assert counts.table[:, 0].tolist() == [1, 1, 0, 0]
    assert counts.unparsed.tolist() == [False, False, False, True]


def test_a_label_may_be_given_by_the_letter_of_its_option() -> None:
    question = asked({"label": "maybe"}, {"A": "yes", "B": "no", "C": "maybe"})
    assert [ACCURACY.read(text, question, {}) for text in ("C", "The answer is C.", "maybe", "D")] == [
        "maybe",
        "maybe",
        "maybe",
        None,
    ]


def test_an_open_set_of_labels_takes_the_one_thing_said() -> None:
    question = asked({"label": "I10"}, None)
    assert ACCURACY.count(["I10", "I10, E11"], [question] * 2, {}).table[:, 0].tolist() == [1, 0]


def test_what_was_read_is_json() -> None:
    question = asked({"letters": ["B"]})
    assert ACCURACY.read("(B)", question, {}) == "B"
    assert ACCURACY.read("A, C", question, {}) == ["A", "C"]
    assert EXACT_SET.read("C, A", question, {}) == ["A", "C"]
    assert ACCURACY.read("hm", question, {}) is None


def test_an_exact_set_has_every_right_letter_and_no_other() -> None:
    answers = ["A, C", "ca", "C and A", "A", "A, B, C", "none"]
    counts = EXACT_SET.count(answers, [asked({"letters": ["A", "C"]})] * 6, {})
    assert counts.table[:, 0].tolist() == [1, 1, 1, 0, 0, 0]
    assert counts.unparsed.tolist() == [False, False, False, False, False, True]
    assert EXACT_SET.estimate(counts, {}).interval == "wilson"


def test_no_items_one_item_and_one_cluster() -> None:
    none = ACCURACY.estimate(ACCURACY.count([], [], {}), {})
    assert (none.value, none.status) == (None, "undefined_no_items")
    one = ACCURACY.estimate(ACCURACY.count(["B"], [asked({"letters": ["B"]})], {}), {})
    assert (one.value, one.low, one.status) == (1.0, None, "too_few_items")
    counts = ACCURACY.count(["B", "A", "B"], [asked({"letters": ["B"]})] * 3, {})
    together = ACCURACY.estimate(counts, {}, np.zeros(3, dtype=np.int64))
    assert (together.low, together.status) == (None, "too_few_items")


def test_answers_and_questions_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="longer"):
        ACCURACY.count(["B"], [asked({"letters": ["B"]})] * 2, {})


def test_a_reference_outside_the_tasks_labels_says_which_item() -> None:
    with pytest.raises(BenchmarkError, match=r"item 1 of task: its label 'often' is not among"):
        MACRO_F1.count(["yes"], [asked({"label": "often"}, None)], {})


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD")), min_size=2, max_size=60))
def test_accuracy_equals_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    answers, right = zip(*pairs, strict=True)
    questions = [asked({"letters": [letter]}) for letter in right]
    found = ACCURACY.estimate(ACCURACY.count(answers, questions, {}), {})
    assert found.value == pytest.approx(accuracy_score(right, answers))
    assert found.item_scores.tolist() == [float(a == b) for a, b in pairs]


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=40), st.integers(1, 39))
def test_chunks_counted_apart_and_stacked_are_the_whole(right: list[bool], cut: int) -> None:
    answers = ["B" if each else "?" for each in right]
    questions = [asked({"letters": ["B"]})] * len(answers)
    whole = ACCURACY.count(answers, questions, {})
    parts = [ACCURACY.count(answers[part], questions[part], {}) for part in (slice(cut), slice(cut, None))]
    assert np.vstack([part.table for part in parts]).tolist() == whole.table.tolist()
    assert np.hstack([part.unparsed for part in parts]).tolist() == whole.unparsed.tolist()


def test_the_registry_knows_these_rules() -> None:
    assert metric("accuracy") is ACCURACY
    assert metric("exact_set") is EXACT_SET
    assert {ACCURACY.name, EXACT_SET.name} == {"accuracy", "exact_set"}


def table(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        pytest.skip(f"{path.parent.name} is not in the data folder")
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def records(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        pytest.skip(f"{path.parent.name} is not in the data folder")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_m_arc_accuracy_of_every_model_is_recomputed(published_data: Path) -> None:
    folder = published_data / "m_arc"
    options = {
        row["question_id"]: dict(zip(string.ascii_uppercase, json.loads(row["options"]), strict=False))
        for row in table(folder / "questions.csv")
    }
    models: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table(folder / "model_predictions.csv"):
        models[row["model"]].append(row)
    assert len(models) == 15
    for rows in models.values():
        questions = [asked({"letters": [row["gold"]]}, options[row["question_id"]]) for row in rows]
        found = ACCURACY.estimate(ACCURACY.count([row["pred"] for row in rows], questions, {}), {})
        expected = accuracy_score([row["gold"] for row in rows], [row["pred"] for row in rows])
        assert found.value == pytest.approx(expected)


def test_igakuqa_grades_of_plain_answers_are_reproduced_in_every_row(published_data: Path) -> None:
    """Three answers the published grader took for wrong carry more than the letter ("d" and the option's
    text, "b" and a percentage); read as a person would, they are right."""
    folder = published_data / "igakuqa119"
    options = {
        row["number"]: {choice[0]: choice[3:] for choice in row["choices"]}
        for row in records(folder / "questions.jsonl")
    }
    plain = differing = 0
    for row in table(folder / "graded_answers.csv"):
        question = asked({"letters": list(row["correct_answer"])}, options[row["question_number"]])
        right = EXACT_SET.count([row["model_answer"]], [question], {}).table[0, 0] == 1
        assert int(row["score"]) == int(row["possible"]) * (row["is_correct"] == "True")
        if row["model_answer"].isalpha():
            plain += 1
            assert right == (row["is_correct"] == "True")
        else:
            differing += right != (row["is_correct"] == "True")
    assert plain == 350
    assert differing == 3


def test_igakuqa_published_rates_follow_from_the_published_counts(published_data: Path) -> None:
    path = published_data / "igakuqa119" / "leaderboard.json"
    if not path.is_file():
        pytest.skip("igakuqa119 is not in the data folder")
    board = json.loads(path.read_text(encoding="utf-8"))
    assert board
    for row in board.values():
        for scope in ("overall", "no_image"):
            rate = row[f"{scope}_score"] / row[f"{scope}_possible_score"]
            assert row[f"{scope}_score_rate"] == pytest.approx(rate)
            right, n = row[f"{scope}_correct"], row[f"{scope}_total"]
            scores = np.repeat([1.0, 0.0], [right, n - right])
            counts = ACCURACY.count(
                ["B" if score else "A" for score in scores], [asked({"letters": ["B"]})] * n, {}
            )
            assert ACCURACY.estimate(counts, {}).value == pytest.approx(row[f"{scope}_accuracy"])


def test_medagents_zero_shot_accuracy_is_recomputed(published_data: Path) -> None:
    runs: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in table(published_data / "medagentsbench_predictions" / "predictions_zero_shot.csv"):
        runs[row["dataset"], row["model"]].append(row)
    assert len(runs) == 20
    for rows in runs.values():
        questions = [asked({"letters": [row["gold"]]}) for row in rows]
        found = ACCURACY.estimate(ACCURACY.count([row["predicted"] for row in rows], questions, {}), {})
        expected = accuracy_score([row["gold"] for row in rows], [row["predicted"] for row in rows])
        assert (found.value, found.n_unparsed) == (pytest.approx(expected), 0)


def test_medagents_hard_answers_are_read_where_they_name_an_option(published_data: Path) -> None:
    folder = published_data / "medagentsbench_predictions"
    options = {str(row["realidx"]): row["options"] for row in records(folder / "medqa_hard_questions.jsonl")}
    unread = []
    for row in table(folder / "predictions_hard_methods.csv"):
        found = ACCURACY.read(row["predicted"], asked({"letters": ["A"]}, options[row["item_id"]]), {})
        if row["predicted"] in OPTIONS:
            assert found == row["predicted"]
        elif found is None:
            unread.append(row["predicted"])
        else:
            assert f"({found})" in row["predicted"] or row["predicted"].endswith(f": {found}")
    # four empty answers, a letter that no option has, and one that declines
    assert len(unread) == 6
    assert set(unread) >= {"nan", "E"}


def test_pubmedqa_readers_are_scored_as_by_scikit_learn(published_data: Path) -> None:
    rows = records(published_data / "pubmedqa" / "pqal.jsonl")
    for column in ("reasoning_required_pred", "reasoning_free_pred"):
        questions = [asked({"label": row["final_decision"]}, None) for row in rows]
        counts = ACCURACY.count([row[column] for row in rows], questions, {"labels": ["yes", "no", "maybe"]})
        expected = accuracy_score([row["final_decision"] for row in rows], [row[column] for row in rows])
        assert ACCURACY.estimate(counts, {}).value == pytest.approx(expected)


def test_pubmedqa_published_human_accuracy_on_the_whole_test_set(published_data: Path) -> None:
    """78.0 % without and 90.4 % with the conclusion, on the official 500 items."""
    rows = [row for row in records(published_data / "pubmedqa" / "pqal.jsonl") if row["in_test_split"]]
    if len(rows) < 500:
        pytest.skip(f"only {len(rows)} of the 500 test items are in the data folder")
    for column, published in (("reasoning_required_pred", 0.780), ("reasoning_free_pred", 0.904)):
        questions = [asked({"label": row["final_decision"]}, None) for row in rows]
        counts = ACCURACY.count([row[column] for row in rows], questions, {})
        assert ACCURACY.estimate(counts, {}).value == pytest.approx(published, abs=5e-4)
