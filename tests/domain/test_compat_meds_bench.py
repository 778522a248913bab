"""MedS-Bench's published rules, one test a quirk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Metric, metric
from evaluation.domain.metrics.compat_meds_bench import HALLMARKS_OF_CANCER, entities

NAMES = [
    f"meds_bench.{name}"
    for name in ("mcqa", "substring", "first_line", "true_false", "ner", "hallmarks", "bleu1", "rougeL")
]
NONE = "There is no related enetity."
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30) | st.lists(
    st.sampled_from(
        ["A", "true", "false", ".", ", ", NONE, "\n", '"', " ", "inducing angiogenesis", "肺炎", "痛み"]
    ),
    max_size=6,
).map("".join)


def questions(references: Sequence[str]) -> list[Question]:
    return [
        Question("task1", str(i), "public", {}, {"references": [text]}) for i, text in enumerate(references)
    ]


def scored(
    name: str, answers: Sequence[str], references: Sequence[str], options: Mapping[str, Any] | None = None
) -> Estimate:
    rule = metric(f"meds_bench.{name}")
    return rule.estimate(rule.count(answers, questions(references), options or {}), options or {})


def item_scores(
    name: str, answers: Sequence[str], references: Sequence[str], options: Mapping[str, Any] | None = None
) -> list[float]:
    return list(scored(name, answers, references, options).item_scores)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_rule_keeps_to_the_protocol(name: str) -> None:
    rule: Metric = metric(name)
    assert rule.name == name


def test_a_choice_is_the_first_character_after_the_announcement() -> None:
    answers = ["The right answer is B: hypertension", "b", "B) yes", " B", "(B)", "The answer is B"]
    # "(" and "t" are no letters of options
    assert item_scores("mcqa", answers, ["The right answer is B: x"] * 6) == [1, 1, 1, 1, 0, 0]


def test_a_word_that_begins_with_an_option_letter_is_taken_for_it() -> None:
    assert item_scores("mcqa", ["Because of C"], ["B"]) == [1]


def test_option_e_is_never_right() -> None:
    found = scored("mcqa", ["E", "A"], ["E", "A"])
    assert (found.value, found.n_unparsed, found.interval) == (0.5, 1, "wilson")


def test_yes_no_questions_are_read_by_y_and_n() -> None:
    options = {"letters": "yn"}
    assert item_scores("mcqa", ["Yes.", "No", "yup", "maybe"], ["yes", "no", "no", "yes"], options) == [
        1,
        1,
        0,
        0,
    ]


def test_an_empty_cell_says_no() -> None:
    # pandas reads it as nan, which begins with n; it counts as unparsed all the same
    found = scored("mcqa", ["", ""], ["no", "yes"], {"letters": "yn"})
    assert list(found.item_scores) == [1, 0]
    assert found.n_unparsed == 2


def test_letters_of_a_multiple_choice_reference_are_read_too() -> None:
    asked = [Question("task1", "1", "public", {}, {"letters": ["C"]})]
    assert metric("meds_bench.mcqa").count(["c"], asked, {}).table.tolist() == [[1]]


def test_a_substring_anywhere_in_a_long_answer_is_right() -> None:
    answers = ["Dose: 5 mg daily, or else 10 mg, or 20 mg", "10", "10 MG"]
    assert item_scores("substring", answers, ["10 mg"] * 3) == [1, 0, 1]


def test_the_quotes_rule_drops_quotes_and_line_ends_on_both_sides() -> None:
    assert item_scores("substring", ["{'age':\n\"54\"}"], ['"age":\n54']) == [1]


def test_the_dots_rule_drops_dots_and_the_prefix_from_the_reference_only() -> None:
    options = {"clean": "dots", "prefix": "The diagnosis result is"}
    reference = "The diagnosis result is St. Elmo fever."
    assert item_scores("substring", ["st elmo fever", "St. Elmo fever"], [reference] * 2, options) == [1, 0]


def test_an_empty_reference_is_found_in_every_answer() -> None:
    assert item_scores("substring", ["anything"], ["."], {"clean": "dots"}) == [1]


def test_an_unknown_way_of_cleaning_is_refused_with_a_reason() -> None:
    with pytest.raises(BenchmarkError, match='knows "quotes" and "dots"'):
        scored("substring", ["x"], ["x"], {"clean": "spaces"})


def test_only_the_first_line_is_searched_for_a_fact() -> None:
    answers = ["Supported by the study.\nbut", "Well\nsupported", "\nsupported"]
    assert item_scores("first_line", answers, ["Supported."] * 3) == [1, 0, 0]


def test_true_and_false_in_one_answer_are_wrong_either_way() -> None:
    answers = ["It is True.", "false", "true or false", "True", "no"]
    found = scored("true_false", answers, ["true", "False", "true", "false", "false"])
    assert list(found.item_scores) == [1, 1, 0, 0, 0]
    assert found.n_unparsed == 2


def test_entities_lose_their_last_character_on_both_sides() -> None:
    assert entities("Aspirin, 5-FU.") == {"aspirin", "5-f"}
    # 5-FU and 5-FX become the same "5-f"
    assert item_scores("ner", ["aspirin, 5-FX"], ["Aspirin, 5-FU."]) == [1]


def test_dots_inside_an_entity_are_dropped() -> None:
    assert entities("vitamin B.12, x") == {"vitamin b12", ""}


def test_the_misspelt_sentence_is_an_empty_set_and_the_right_spelling_is_not() -> None:
    assert entities(NONE) == frozenset()
    assert entities("There is no related entity.") == {"there is no related entit"}


def test_entity_f1_sums_hits_over_the_task() -> None:
    # items: {a, b} for {a, c}: 1 hit, 1 false, 1 missed; {x} for none: 1 false; none for none: nothing.
    # F1 = 2 · 1 / (2 · 1 + 2 + 1)
    answers = ["aa, bb, z", "xx, z", NONE]
    references = ["aa, cc, z", NONE, NONE]
    # the last entity of each list, "z", is cut to the empty string: one more hit, one more false
    found = scored("ner", answers, references)
    assert found.value == pytest.approx(2 * 2 / (2 * 2 + 3 + 1))
    assert found.parts == pytest.approx({"precision": 2 / 5, "recall": 2 / 3, "skipped": 0})
    assert found.item_scores == pytest.approx([2 / 3, 0, 1])


def test_an_empty_cell_is_skipped_with_what_it_missed() -> None:
    # without the second item: 1 hit and nothing else
    found = scored("ner", ["aspirin.", ""], ["aspirin.", "ibuprofen."])
    assert (found.value, found.parts["skipped"], found.n_unparsed) == (1, 1, 1)


def test_blank_text_is_not_skipped_but_names_an_empty_entity() -> None:
    # false "", missed "aspiri"
    assert scored("ner", [" "], ["aspirin"]).item_scores == pytest.approx([0])


def test_hallmarks_are_read_anywhere_and_averaged_over_all_ten() -> None:
    first, second, third = HALLMARKS_OF_CANCER[:3]
    answers = [f"{first.upper()} and {second}.", f"not {first}", "nothing of the sort"]
    references = [first, second, third]
    # first: hit, false → 2/3; second: false, missed → 0; third: missed → 0; seven never at issue → 0
    found = scored("hallmarks", answers, references)
    assert found.value == pytest.approx(2 / 3 / 10)
    assert found.n_unparsed == 1
    assert found.item_scores == pytest.approx([2 / 3, 0, 0])


@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 9), max_size=4), st.sets(st.integers(0, 9), max_size=4)),
        min_size=1,
        max_size=8,
    )
)
@settings(deadline=None)
def test_hallmark_figures_are_those_of_scikit_learn(items: list[tuple[set[int], set[int]]]) -> None:
    texts = [["; ".join(HALLMARKS_OF_CANCER[i] for i in side) for side in item] for item in items]
    said, true = (np.array([[i in item[side] for i in range(10)] for item in items], int) for side in (0, 1))
    found = scored("hallmarks", [text[0] for text in texts], [text[1] for text in texts])
    assert found.value == pytest.approx(f1_score(true, said, average="macro", zero_division=0))
    for name, function in (("precision", precision_score), ("recall", recall_score)):
        assert found.parts[name] == pytest.approx(function(true, said, average="macro", zero_division=0))


@pytest.mark.parametrize("name", NAMES)
def test_an_item_without_a_reference_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(BenchmarkError, match=r"item 4 of task1 has no reference"):
        metric(name).count(["a"], [Question("task1", "4", "public", {}, {})], {})


@pytest.mark.parametrize("name", NAMES)
def test_without_items_there_is_no_value(name: str) -> None:
    found = metric(name).estimate(metric(name).count([], [], {}), {})
    assert (found.value, found.status) == (None, "undefined_no_items")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh", "ja"])
@given(items=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), min_size=1, max_size=5), data=st.data())
@settings(deadline=None, max_examples=25)
def test_no_text_raises_and_the_order_of_items_changes_nothing(
    name: str, language: str, items: list[tuple[str, str]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(items))))
    name, options = name.removeprefix("meds_bench."), {"language": language}
    first = scored(name, [item[0] for item in items], [item[1] for item in items], options)
    second = scored(name, [items[i][0] for i in order], [items[i][1] for i in order], options)
    assert second.value == pytest.approx(first.value, abs=1e-12)
    assert second.item_scores == pytest.approx(first.item_scores[list(order)], abs=1e-12)
    assert ((first.item_scores >= 0) & (first.item_scores <= 1)).all()
    assert (second.n_unparsed, second.status) == (first.n_unparsed, first.status)


@pytest.mark.parametrize("name", NAMES)
@given(answer=ANY_TEXT)
@settings(deadline=None, max_examples=30)
def test_an_answer_counts_as_unparsed_just_when_nothing_is_read(name: str, answer: str) -> None:
    rule, asked = metric(name), questions(["A"])
    assert rule.count([answer], asked, {}).unparsed.tolist() == [rule.read(answer, asked[0], {}) is None]
