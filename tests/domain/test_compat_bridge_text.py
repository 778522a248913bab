"""BRIDGE's mean ROUGE and BLEU-4 against the libraries its code calls."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge_score.rouge_scorer import RougeScorer

from evaluation.domain import tokens
from evaluation.domain.metrics.compat_bridge_text import bleu4, mean_rouge


def test_rouge_is_the_mean_of_three() -> None:
    # "no pain" for "no pain today": ROUGE-1 4/5, ROUGE-2 2·1/(1 + 2) = 2/3, ROUGE-L 4/5
    assert mean_rouge("no pain", ["no pain today"], "en") == pytest.approx((4 / 5 + 2 / 3 + 4 / 5) / 3)


class Cut:
    def __init__(self, cut: tokens.Tokens) -> None:
        self.tokenize = cut


@pytest.mark.parametrize("language", ["en", "fr", "zh", "ja"])
@given(
    text=st.lists(st.sampled_from(["pain ", "no ", ". ", "肺", "炎", "É "]), min_size=1, max_size=12).map(
        "".join
    ),
    references=st.lists(st.text(max_size=20) | st.just("no pain . 肺炎"), min_size=1, max_size=2),
)
@settings(deadline=None, max_examples=60)
def test_text_figures_are_those_of_rouge_score_and_nltk(
    language: str, text: str, references: list[str]
) -> None:
    cut = tokens.characters if language in ("zh", "ja") else tokens.nltk_words
    kinds = ["rouge1", "rouge2", "rougeL"]
    scorer = RougeScorer(kinds) if language == "en" else RougeScorer(kinds, tokenizer=Cut(cut))
    scores = scorer.score_multi(references, text)
    expected = sum(scores[kind].fmeasure for kind in kinds) / 3
    assert mean_rouge(text, references, language) == pytest.approx(expected, abs=1e-12)
    smoothing = SmoothingFunction().method7
    bleu = sentence_bleu([cut(one) for one in references], cut(text), smoothing_function=smoothing)
    assert bleu4(text, references, language) == pytest.approx(bleu, abs=1e-12)


def test_published_bleu_of_a_copy_exceeds_one() -> None:
    # method 7 averages p_0 = p_1 + 1 = 2 with p_1 and p_2, and so on: 4/3, 10/9, 28/27, 82/81
    found = bleu4("a b c d e f", ["a b c d e f"], "en")
    assert found == pytest.approx((4 / 3 * 10 / 9 * 28 / 27 * 82 / 81) ** (1 / 4))
