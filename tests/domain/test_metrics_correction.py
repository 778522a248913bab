"""Errors in notes: the composite worked by hand, ROUGE-1 against rouge_score, published notes read back."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sklearn.metrics import accuracy_score, f1_score

from evaluation.domain.benchmarks import Question
from evaluation.domain.intervals import wilson
from evaluation.domain.metrics import metric
from evaluation.domain.metrics.correction import ERROR_CORRECTION, ERROR_FLAG, ERROR_SENTENCE

RIGHT = {"flag": 0, "sentence_id": None, "correction": None}


def wrong(sentence: str = "3", correction: str = "The dose is ten milligrams daily.") -> dict[str, Any]:
    return {"flag": 1, "sentence_id": sentence, "correction": correction}


def asked(gold: dict[str, Any]) -> Question:
    sentences = [[str(number), f"Sentence {number}."] for number in range(6)]
    return Question("task", "1", "public", {"sentences": sentences}, gold)


CASES = [
    # answer, reference, flag right, sentence right, composite
    ("text-1 0 -1 NA", RIGHT, 1, 1, 1.0),
    ('text-1 1 3 "The dose is ten milligrams daily."', RIGHT, 0, 0, 0.0),
    ("text-1 0 -1 NA", wrong(), 0, 0, 0.0),
    ('text-1 1 3 "The dose is ten milligrams daily."', wrong(), 1, 1, 1.0),
    # the right sentence rewritten in part: the, dose, is of 4 said and 6 expected: P 3/4, R 3/6, F 3/5
    ('text-1 1 3 "The dose is unknown."', wrong(), 1, 1, 0.6),
    # the wrong sentence corrected with the right words
    ('text-1 1 2 "The dose is ten milligrams daily."', wrong(), 1, 0, 1.0),
    # an error seen but not corrected is not the same as none seen
    ("text-1 1 3 NA", wrong(), 1, 1, 0.0),
    ("text-1 1 -1 NA", RIGHT, 0, 0, 0.0),
    ("I am not sure.", RIGHT, 0, 0, 0.0),
    ("I am not sure.", wrong(), 0, 0, 0.0),
]


@pytest.mark.parametrize(("answer", "gold", "flag", "sentence", "composite"), CASES)
def test_scores_of_one_note(
    answer: str, gold: dict[str, Any], flag: float, sentence: float, composite: float
) -> None:
    counts = ERROR_CORRECTION.count([answer], [asked(gold)], {})
    assert counts.table[0, :3] == pytest.approx([flag, sentence, composite])


def test_the_three_metrics_share_their_counts_and_show_each_other_as_parts() -> None:
    answers, golds = [case[0] for case in CASES], [asked(case[1]) for case in CASES]
    counts = ERROR_CORRECTION.count(answers, golds, {})
    flag, sentence, composite = (
        rule.estimate(counts, {}) for rule in (ERROR_FLAG, ERROR_SENTENCE, ERROR_CORRECTION)
    )
    assert flag.value == pytest.approx(5 / 10)
    assert sentence.value == pytest.approx(4 / 10)
    assert composite.value == pytest.approx((1 + 1 + 0.6 + 1) / 10)
    assert (flag.low, flag.high) == pytest.approx(wilson(5, 10))
    assert (flag.interval, composite.interval) == ("wilson", "jackknife-t")
    assert flag.n_unparsed == 2
    # of the flag: 4 errors found, 2 seen where there are none, 2 missed; ROUGE over three corrected notes
    assert composite.parts == pytest.approx(
        {
            "error_flag": 0.5,
            "error_sentence": 0.4,
            "error_correction": 0.36,
            "flag_precision": 4 / 6,
            "flag_recall": 4 / 6,
            "flag_f1": 8 / 12,
            "rouge1_where_both_correct": 2.6 / 3,
        }
    )


def test_sentence_numbers_are_names() -> None:
    counts = ERROR_SENTENCE.count(
        ['1 0 "X is so."', '1 3 "X is so."'], [asked(wrong("0")), asked(wrong("03"))], {}
    )
    assert counts.table[:, 1].tolist() == [1, 0]


def test_japanese_is_compared_by_characters() -> None:
    gold = wrong(correction="体温は38度。")
    answer = json.dumps({"error_flag": 1, "sentence_id": "3", "correction": "体温は39度"}, ensure_ascii=False)
    # five of six characters each way, punctuation aside, whether or not the task says its language
    for options in ({"language": "ja"}, {}):
        assert ERROR_CORRECTION.count([answer], [asked(gold)], options).table[0, 2] == pytest.approx(5 / 6)


WORDS = st.lists(
    st.sampled_from(["fever", "no", "yeast", "The", "38.5", "in-patient"]), min_size=1, max_size=8
)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_rouge_1_is_that_of_rouge_score(said: list[str], expected: list[str]) -> None:
    answer, reference = "Now " + " ".join(said), "Now " + " ".join(expected)
    counts = ERROR_CORRECTION.count([f'1 3 "{answer}"'], [asked(wrong(correction=reference))], {})
    oracle = RougeScorer(["rouge1"]).score(reference, answer)["rouge1"].fmeasure
    assert counts.table[0, 2] == pytest.approx(oracle)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_flags_equal_scikit_learn(pairs: list[tuple[bool, bool]]) -> None:
    answers = ['1 3 "A rash."' if said else "0 -1 NA" for _, said in pairs]
    questions = [asked(wrong() if truth else RIGHT) for truth, _ in pairs]
    found = ERROR_FLAG.estimate(ERROR_FLAG.count(answers, questions, {}), {})
    truth, said = zip(*pairs, strict=True)
    assert found.value == pytest.approx(accuracy_score(truth, said))
    assert found.parts["flag_f1"] == pytest.approx(f1_score(truth, said, zero_division=0))


def test_no_notes_one_note_and_all_perfect() -> None:
    none = ERROR_CORRECTION.estimate(ERROR_CORRECTION.count([], [], {}), {})
    assert (none.value, none.status) == (None, "undefined_no_items")
    one = ERROR_CORRECTION.estimate(ERROR_CORRECTION.count(["CORRECT"], [asked(RIGHT)], {}), {})
    assert (one.value, one.low, one.status) == (1.0, None, "too_few_items")
    counts = ERROR_CORRECTION.count(["CORRECT"] * 12, [asked(RIGHT)] * 12, {})
    all_right = ERROR_CORRECTION.estimate(counts, {})
    assert (all_right.value, all_right.low) == (1.0, pytest.approx(0.05 ** (1 / 12)))
    clustered = ERROR_CORRECTION.estimate(counts, {}, np.arange(12) // 4)
    assert clustered.low == pytest.approx(0.05 ** (1 / 3))


def test_what_was_read_is_json_and_the_registry_knows_these_rules() -> None:
    read = ERROR_FLAG.read('1 3 "A rash."', asked(RIGHT), {})
    assert json.loads(json.dumps(read)) == {"flag": 1, "sentence_id": "3", "correction": "A rash."}
    for name in ("error_flag", "error_sentence", "error_correction"):
        assert metric(name).name == name


def test_published_notes_in_the_published_run_format_score_one(published_data: Path) -> None:
    """Every reference written as a run line is read back and scores 1; a run that calls every note right
    scores the share of right notes."""
    path = published_data / "medec" / "medec_ms.csv"
    if not path.is_file():
        pytest.skip("medec is not in the data folder")
    lines, questions = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            flag, number, correction = row["Error Flag"], row["Error Sentence ID"], row["Corrected Sentence"]
            said = f'"{correction}"' if flag == "1" else "NA"
            lines.append(f"{row['Text ID']} {flag} {number} {said}")
            questions.append(asked(wrong(number, correction) if flag == "1" else RIGHT))
    perfect = ERROR_CORRECTION.estimate(ERROR_CORRECTION.count(lines, questions, {}), {})
    assert (perfect.value, perfect.n_unparsed, perfect.n_items) == (pytest.approx(1.0), 0, 200)
    assert perfect.parts["error_sentence"] == 1
    silent = ERROR_CORRECTION.estimate(ERROR_CORRECTION.count(["0 -1 NA"] * 200, questions, {}), {})
    assert silent.value == pytest.approx(sum(question.gold["flag"] == 0 for question in questions) / 200)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_published_notes_answered_in_json_score_one(published_data: Path, language: str) -> None:
    path = published_data / "medrect" / f"medrect_{language}.jsonl"
    if not path.is_file():
        pytest.skip("medrect is not in the data folder")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    questions = [
        asked(wrong(str(row["error_sentence_id"]), row["corrected_sentence"]) if row["error_flag"] else RIGHT)
        for row in rows
    ]
    answers = [
        json.dumps({name: row[name] for name in ("error_flag", "error_sentence_id", "corrected_sentence")})
        for row in rows
    ]
    found = ERROR_CORRECTION.estimate(
        ERROR_CORRECTION.count(answers, questions, {"language": language}), {"language": language}
    )
    assert (found.value, found.n_unparsed) == (pytest.approx(1.0), 0)
    assert found.parts["error_sentence"] == 1
