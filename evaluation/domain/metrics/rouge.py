"""ROUGE-1, -2 and -L of token lists (Lin 2004), by rouge_score's rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from evaluation.domain.metrics.subsequences import longest_common_length


class Overlap(NamedTuple):
    """Shares of the prediction's and of the reference's n-grams that are common, 0 to 1."""

    precision: float
    recall: float
    f1: float


def best_overlap(kind: str, prediction: Sequence[str], references: Sequence[Sequence[str]]) -> Overlap:
    """Against the reference with the highest F1; `kind` is rouge1, rouge2 or rougeL."""
    overlap = _subsequence_overlap if kind == "rougeL" else _scorer(kind)
    return max((overlap(prediction, reference) for reference in references), key=lambda found: found.f1)


def _subsequence_overlap(prediction: Sequence[str], reference: Sequence[str]) -> Overlap:
    """As rouge_score's, whose table in pure Python takes seconds for two long notes."""
    if not prediction or not reference:
        return Overlap(0.0, 0.0, 0.0)
    common = longest_common_length(reference, prediction)
    precision, recall = common / len(prediction), common / len(reference)
    return Overlap(precision, recall, 2 * precision * recall / (precision + recall) if common else 0.0)


@cache
def _scorer(kind: str) -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer([kind], tokenizer=_AlreadyCut())
    return lambda prediction, reference: Overlap(*scorer.score(reference, prediction)[kind])


class _AlreadyCut:
    def tokenize(self, tokens: Sequence[str]) -> Sequence[str]:
        return tokens
