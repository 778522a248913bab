"""BRIDGE's published rules: reading order, replaced answers, figures and the reported mean."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, Metric, metric
from evaluation.domain.metrics.compat_bridge_bootstrap import resample, share, with_ones

YES_NO = {"prefix": "AIS", "labels": ["Yes", "No"]}
DRUGS = {"subject": ["drug"], "features": ["dosage"]}
TOPICS = {"prefix": "topics", "labels": ["lab", "imaging", "other"]}
OPTIONS: dict[str, Mapping[str, Any]] = {
    "bridge.classification": YES_NO,
    "bridge.multilabel": TOPICS,
    "bridge.extraction": DRUGS,
    "bridge.generation": {"language": "en"},
}
GOLD: dict[str, list[dict[str, Any]]] = {
    "bridge.classification": [{"label": "Yes"}, {"label": "no"}],
    "bridge.multilabel": [{"labels": ["lab"]}, {"labels": ["Imaging", "other"]}],
    "bridge.extraction": [{"records": [{"drug": "Aspirin", "dosage": "5 mg"}]}, {"records": []}],
    "bridge.generation": [{"references": ["no pain today"]}, {"references": ["fever", "a fever"]}],
}
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30) | st.lists(
    st.sampled_from(
        [
            "</think>",
            "result:",
            "AIS: ",
            "yes",
            "no",
            "topics: ",
            "lab",
            ",",
            ";",
            ":",
            "\n",
            " ",
            "drug: ",
            "，",
            "：",
            "肺",
        ]
    ),
    max_size=10,
).map("".join)


def questions(gold: Sequence[Mapping[str, Any]]) -> list[Question]:
    return [Question("task", f"item {i}", "public", {}, one) for i, one in enumerate(gold)]


def scored(
    name: str, answers: Sequence[str], gold: Sequence[Mapping[str, Any]], options: Any = None
) -> Estimate:
    rule, chosen = metric(name), OPTIONS[name] if options is None else options
    return rule.estimate(rule.count(answers, questions(gold), chosen), chosen)


def read(name: str, answer: str, options: Any = None) -> Any:
    return metric(name).read(answer, questions([{}])[0], OPTIONS[name] if options is None else options)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_published_rule_keeps_to_the_protocol(name: str) -> None:
    rule: Metric = metric(name)
    assert rule.name == name


def test_accuracy_with_every_answer_read() -> None:
    answers = ["AIS: Yes", "AIS: no", "AIS: yes", "AIS: no"]
    found = scored("bridge.classification", answers, [{"label": x} for x in ("yes", "no", "no", "no")])
    assert list(found.item_scores) == [1, 1, 0, 1]
    assert found.parts["plain"] == 3 / 4
    # yes: 1 hit of 2 said, 1 true; no: 2 hits of 2 said, 3 true
    assert found.parts["f1_macro"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert found.parts["f1_micro"] == pytest.approx(3 / 4)


def test_unread_answers_become_random_labels_of_the_references() -> None:
    # 400 items of two labels, none answered: right with probability 1/2, within 5 standard errors
    labels = ["yes", "no"] * 200
    found = scored("bridge.classification", [""] * 400, [{"label": label} for label in labels])
    assert found.n_unparsed == 400
    assert abs(found.parts["plain"] - 1 / 2) < 5 * sqrt(1 / 4 / 400)
    assert set(found.item_scores) == {0, 1}


def test_a_random_label_is_one_that_some_reference_has() -> None:
    options = {"prefix": "score", "labels": list("012345")}
    found = scored("bridge.classification", ["?"] * 20, [{"label": "3"}] * 20, options)
    assert found.parts["plain"] == 1


def test_the_draw_for_an_item_does_not_depend_on_the_items_around_it() -> None:
    rule, asked = metric("bridge.classification"), questions([{"label": "yes"}, {"label": "no"}] * 5)
    whole = rule.count([""] * 10, asked, YES_NO).table
    assert np.array_equal(np.vstack([rule.count([""], [one], YES_NO).table for one in asked]), whole)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
@settings(deadline=None, max_examples=60)
def test_label_figures_are_those_of_scikit_learn_over_the_labels_of_the_references(
    pairs: list[tuple[int, int]],
) -> None:
    said, true = map(list, zip(*pairs, strict=True))
    options = {"prefix": "score", "labels": list("0123")}
    answers, gold = [f"score: {label}" for label in said], [{"label": str(label)} for label in true]
    found = scored("bridge.classification", answers, gold, options)
    for average in ("macro", "micro"):
        expected = f1_score(true, said, labels=sorted(set(true)), average=average, zero_division=0)
        assert found.parts[f"f1_{average}"] == pytest.approx(expected)


def test_multi_label_accuracy_is_of_exact_sets() -> None:
    answers = ["topics: imaging, lab", "topics: lab", "topics: other, other"]
    gold = [{"labels": ["lab", "imaging"]}, {"labels": ["lab", "imaging"]}, {"labels": ["other"]}]
    found = scored("bridge.multilabel", answers, gold)
    assert list(found.item_scores) == [1, 0, 1]
    # hits 2 + 1 + 1, missed 1
    assert found.parts["f1_micro"] == pytest.approx(2 * 4 / (2 * 4 + 1))


def test_a_label_that_no_reference_has_is_ignored() -> None:
    options = {"prefix": "codes", "labels": ["a01", "b02"], "open_set": True}
    assert list(
        scored("bridge.multilabel", ["codes: A01, z99"], [{"labels": ["A01"]}], options).item_scores
    ) == [1]
    without_list = {"prefix": "codes", "open_set": True}
    assert list(
        scored("bridge.multilabel", ["codes: A01, z99"], [{"labels": ["A01"]}], without_list).item_scores
    ) == [0]


def test_an_unread_list_becomes_one_random_label() -> None:
    # three labels, 300 items of one label each: right with probability 1/3, within 5 standard errors
    found = scored("bridge.multilabel", ["?"] * 300, [{"labels": ["lab"]}] * 300)
    assert found.n_unparsed == 300
    assert abs(found.parts["plain"] - 1 / 3) < 5 * sqrt(2 / 9 / 300)


def test_record_f1_by_event_and_by_subject() -> None:
    answers = ["drug: aspirin, dosage: 5 mg;\ndrug: ibuprofen, dosage: 400 mg;", "no drug"]
    gold = [
        {"records": [{"drug": "Aspirin", "dosage": "5 mg"}, {"drug": "Ibuprofen", "dosage": "200 mg"}]},
        {"records": [{"drug": "codeine", "dosage": "1"}]},
    ]
    # events: 1 hit, 1 false, 2 missed; subjects: 2 hits, 1 missed
    found = scored("bridge.extraction", answers, gold)
    assert found.parts["plain"] == pytest.approx(2 / 5)
    assert found.parts["f1_subject"] == pytest.approx(4 / 5)
    assert found.parts["precision"] == pytest.approx(1 / 2) and found.parts["recall"] == pytest.approx(1 / 3)
    assert found.item_scores == pytest.approx([1 / 2, 0])
    assert found.n_unparsed == 1
    by_subject = scored("bridge.extraction", answers, gold, {**DRUGS, "level": "subject"})
    assert by_subject.parts["plain"] == pytest.approx(4 / 5)
    assert by_subject.parts["f1_event"] == pytest.approx(2 / 5)


def test_fields_may_be_named_as_for_the_platforms_own_rules() -> None:
    answers, gold = ["drug: aspirin, dosage: 5 mg;", ""], GOLD["bridge.extraction"]
    named = scored("bridge.extraction", answers, gold, {"fields": ["drug", "dosage"]})
    assert named.parts["plain"] == scored("bridge.extraction", answers, gold).parts["plain"] == 1


def test_two_subjects_may_be_swapped_and_repeats_count_once() -> None:
    options = {"fields": ["entity_1", "entity_2", "relation"], "subject": ["entity_1", "entity_2"]}
    line = "entity_1: b, entity_2: a, relation: causes;"
    gold = [{"records": [{"entity_1": "a", "entity_2": "b", "relation": "causes"}]}]
    found = scored("bridge.extraction", [f"{line}\n{line}"], gold, options)
    assert (found.parts["plain"], found.parts["exact"]) == (1, 1)


def test_an_empty_text_scores_nothing_and_is_unparsed() -> None:
    found = scored("bridge.generation", ["</think>", "fever"], GOLD["bridge.generation"])
    assert list(found.item_scores) == [0, pytest.approx(2 / 3)]  # one word has no pairs: (1 + 0 + 1)/3
    assert found.n_unparsed == 1


def test_a_short_answer_is_extracted_where_asked_for() -> None:
    options = {"language": "en", "answer_name": "Answer"}
    assert read("bridge.generation", "Well.\nAnswer: no pain\nthanks", options) == "no pain"


def test_the_published_interval_is_thirty_times_too_narrow() -> None:
    gold = [{"label": "yes"}] * 100 + [{"label": "no"}] * 100
    found = scored("bridge.classification", ["AIS: yes"] * 200, gold)
    values = resample(with_ones(found.item_scores), share)
    half = stats.t.ppf(0.975, 999) * stats.sem(values)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))
    assert found.interval == "bootstrap mean t"
    assert found.low is not None and found.high is not None
    own = found.parts["plain_high"] - found.parts["plain_low"]
    percentile = found.parts["percentile_high"] - found.parts["percentile_low"]
    assert 25 < percentile / (found.high - found.low) < 38  # √1000 = 31.6
    assert 0.9 < percentile / own < 1.1


def test_sums_of_one_item_give_no_interval() -> None:
    found = scored("bridge.classification", ["AIS: yes"], [{"label": "yes"}])
    assert (found.value, found.low, found.status) == (1, None, "too_few_items")


@pytest.mark.parametrize("name", OPTIONS)
def test_without_items_there_is_no_value(name: str) -> None:
    assert scored(name, [], []).status == "undefined_no_items"


@pytest.mark.parametrize(
    ("name", "gold", "options", "reason"),
    [
        (
            "bridge.classification",
            {"label": "maybe"},
            YES_NO,
            "'maybe', which is not among the task's labels",
        ),
        ("bridge.classification", {"label": "yes"}, {}, "need the option labels"),
        ("bridge.multilabel", {"labels": ["ecg"]}, TOPICS, "'ecg', which is not among the task's labels"),
        ("bridge.extraction", {}, DRUGS, "has no records"),
        ("bridge.extraction", {"records": []}, {}, "needs the options subject and features"),
        (
            "bridge.extraction",
            {"records": []},
            {"fields": ["drug"], "subject": ["dose"]},
            "option subject names dose",
        ),
        ("bridge.generation", {"references": []}, {}, "has no references"),
    ],
)
def test_a_broken_task_is_refused_with_a_reason(
    name: str, gold: Mapping[str, Any], options: Mapping[str, Any], reason: str
) -> None:
    with pytest.raises(BenchmarkError, match=reason):
        scored(name, ["yes"], [gold], options)


def test_an_unknown_level_of_extraction_is_refused_with_a_reason() -> None:
    with pytest.raises(BenchmarkError, match='knows "event" and "subject"'):
        scored("bridge.extraction", ["x"], [{"records": []}], {**DRUGS, "level": "entity"})


@pytest.mark.parametrize("name", OPTIONS)
@given(answers=st.lists(ANY_TEXT, min_size=2, max_size=6), data=st.data())
@settings(deadline=None, max_examples=40)
def test_no_text_raises_and_the_order_of_items_changes_nothing(
    name: str, answers: list[str], data: st.DataObject
) -> None:
    rule, options = metric(name), OPTIONS[name]
    asked = questions([GOLD[name][i % 2] for i in range(len(answers))])
    order = data.draw(st.permutations(range(len(answers))))
    counts = rule.count(answers, asked, options)
    again = Counts(counts.table[list(order)], counts.unparsed[list(order)])
    first, second = rule.estimate(counts, options), rule.estimate(again, options)
    shuffled = rule.count([answers[i] for i in order], [asked[i] for i in order], options)
    assert np.array_equal(shuffled.table, again.table)
    assert second.value == pytest.approx(first.value, abs=1e-12)
    assert second.item_scores == pytest.approx(first.item_scores[list(order)], abs=1e-12)
    read_none = [rule.read(a, q, options) is None for a, q in zip(answers, asked, strict=True)]
    assert counts.unparsed.tolist() == read_none


def test_the_published_sample_records_score_full_marks_for_their_own_output(published_data: Path) -> None:
    path = published_data / "bridge" / "BrainMRI-AIS.SFT.json"
    if not path.is_file():
        pytest.skip(f"no {path.name} among the published benchmark data")
    records = json.loads(path.read_text(encoding="utf-8"))
    asked = [
        Question(
            record["task"],
            str(record["id"]),
            "public",
            {"instruction": record["instruction"], "context": record["input"]},
            {"label": read("bridge.classification", record["output"])},
        )
        for record in records
    ]
    rule = metric("bridge.classification")
    found = rule.estimate(rule.count([record["output"] for record in records], asked, YES_NO), YES_NO)
    assert len(records) == 3
    assert list(found.item_scores) == [1, 1, 1]
    assert (found.value, found.n_unparsed) == (1, 0)
