"""MedS-Bench's BLEU-1 and ROUGE-L against the libraries its scripts call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge import Rouge

from evaluation.domain import tokens
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import metric
from evaluation.domain.metrics.compat_meds_bench_text import bleu1, rouge_l

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30) | st.lists(
    st.sampled_from(["pain", "no", ".", ", ", "\n", '"', " ", "肺炎", "痛み"]), max_size=8
).map("".join)


def scored(
    name: str, answers: Sequence[str], references: Sequence[str], options: Mapping[str, Any] | None = None
) -> Estimate:
    rule = metric(f"meds_bench.{name}")
    asked = [
        Question("task1", str(i), "public", {}, {"references": [text]}) for i, text in enumerate(references)
    ]
    return rule.estimate(rule.count(answers, asked, options or {}), options or {})


def test_bleu1_is_clipped_precision_times_the_brevity_penalty() -> None:
    # words no, pain, pain: "pain" counts once, 2 of 3 right; 3 words for 4: exp(1 - 4/3)
    assert bleu1("no pain pain", "no chest pain today", "en") == pytest.approx(2 / 3 * np.exp(-1 / 3))


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
@given(answer=ANY_TEXT, reference=ANY_TEXT)
@settings(deadline=None, max_examples=40)
def test_bleu1_is_nltks_sentence_bleu(language: str, answer: str, reference: str) -> None:
    cut = {"en": tokens.nltk_words, "zh": tokens.jieba_words, "ja": tokens.janome_words}[language]
    expected = sentence_bleu(
        [cut(reference)],
        cut(answer),
        weights=(1, 0, 0, 0),
        smoothing_function=SmoothingFunction().method1,
    )
    assert bleu1(answer, reference, language) == pytest.approx(expected, abs=1e-12)


def test_rouge_l_counts_distinct_words_of_the_union_of_sentences() -> None:
    # reference "no pain" and "no fever" (4 words, 3 distinct), answer "pain no fever" (3 distinct).
    # common with the first: one of "no", "pain"; walking back from the ends gives up "pain" of the
    # reference last, so "pain"; with the second: no, fever. Union 3: precision 3/3, recall 3/3.
    assert rouge_l("pain no fever", "no pain. no fever", "en") == pytest.approx(1, abs=1e-7)


def test_rouge_l_splits_sentences_at_decimal_points() -> None:
    # "5.5 mg" is the sentences "5" and "5 mg": two distinct words, both found
    assert rouge_l("5 mg", "5.5 mg", "en") == pytest.approx(1, abs=1e-7)


def test_rouge_l_keeps_case_and_punctuation() -> None:
    assert rouge_l("No pain,", "no pain", "en") == 0


def test_rouge_l_of_dots_alone_is_nothing() -> None:
    with pytest.raises(ValueError, match="Hypothesis is empty"):
        Rouge().get_scores("...", "no pain")
    assert rouge_l("...", "no pain", "en") == 0


@given(
    answer=st.lists(st.sampled_from(["a", "b", "c", ". ", ".", " ", "\n"]), min_size=1, max_size=20).map(
        " ".join
    ),
    reference=st.lists(st.sampled_from(["a", "b", "c", ". ", ".", " "]), min_size=1, max_size=20).map(
        " ".join
    ),
)
@settings(deadline=None, max_examples=300)
def test_rouge_l_is_that_of_the_rouge_package(answer: str, reference: str) -> None:
    found = rouge_l(answer, reference, "en")
    if answer.strip(".") and reference.strip("."):
        assert found == pytest.approx(Rouge().get_scores(answer, reference)[0]["rouge-l"]["f"], abs=1e-12)


def test_rouge_l_scores_a_sentence_too_long_for_the_package() -> None:
    words = " ".join(f"w{i}" for i in range(1100))
    with pytest.raises(RecursionError):
        Rouge().get_scores(words, words)
    assert rouge_l(words, words, "en") == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("name", ["bleu1", "rougeL"])
def test_empty_answers_leave_the_denominator_unless_told_otherwise(name: str) -> None:
    answers, references = ["no pain", "  ", "x"], ["no pain", "fever", ""]
    skipped = scored(name, answers, references)
    assert skipped.value == pytest.approx(1, abs=1e-7)
    assert (skipped.parts["skipped"], skipped.n_unparsed) == (2, 1)
    counted = scored(name, answers, references, {"empty": "zero"})
    assert counted.value == pytest.approx(1 / 3, abs=1e-7)
    with pytest.raises(BenchmarkError, match='know "skip" and "zero"'):
        scored(name, answers, references, {"empty": "ignore"})


@pytest.mark.parametrize("name", ["bleu1", "rougeL"])
def test_a_task_of_skipped_items_has_no_value(name: str) -> None:
    assert scored(name, ["", ""], ["a", "b"]).status == "undefined_no_items"


def test_fact_verification_compares_without_capitals_and_reference_dots() -> None:
    options = {"lower_without_dots": True, "empty": "zero"}
    assert scored("bleu1", ["Supported"], ["Supported."], options).value == pytest.approx(1)
    assert scored("bleu1", ["Supported"], ["Supported."]).value == pytest.approx(np.exp(-1))


def test_white_space_at_the_end_is_a_sentence_where_it_is_not_stripped() -> None:
    # "pain. " is the sentences "pain" and "" (an empty word): precision 1/2, recall 1/1
    found = scored("rougeL", ["pain. "], ["pain"], {"strip": False})
    assert found.value == pytest.approx(2 * 0.5 / 1.5, abs=1e-7)
    assert scored("rougeL", ["pain. "], ["pain"]).value == pytest.approx(1, abs=1e-7)
