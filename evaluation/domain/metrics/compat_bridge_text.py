"""BRIDGE's mean ROUGE and sentence BLEU-4 of generated text.

BERTScore, the third published text figure, needs a language model and is not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals, tokens
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics import compat_bridge_parsing as parsing
from evaluation.domain.metrics.compat_bridge_bootstrap import as_reported, share, with_ones
from evaluation.domain.metrics.rouge import best_overlap

Clusters = npt.NDArray[np.int64] | None


@dataclass
class Generation:
    """The mean over items of (ROUGE-1 + ROUGE-2 + ROUGE-L) / 3, each the F1 with its best reference.

    options: language (ISO 639-1); answer_name, where a short answer is extracted ("answer" in "answer: …").
    An empty answer scores 0. parts: bleu4, nltk's sentence BLEU with method-7 smoothing averaged over
    items, which exceeds 1 on near copies, as published.
    """

    name: str

    def read(self, answer: str, question: Question, options: Options) -> str | None:
        text = parsing.response_to(answer, options)
        if name := options.get("answer_name"):
            text = parsing.extracted_answer(text, parsing.plain(str(name)))
        return text or None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Columns: mean ROUGE, BLEU-4."""
        language = str(options.get("language", "en"))
        rows = np.zeros((len(answers), 2))
        unread = np.zeros(len(answers), dtype=np.bool_)
        for i, (answer, question) in enumerate(zip(answers, questions, strict=True)):
            expected, text = _references(question), self.read(answer, question, options)
            unread[i] = text is None
            if text:
                rows[i] = mean_rouge(text, expected, language), bleu4(text, expected, language)
        return Counts(rows, unread)

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        rouge, bleu = counts.table.T
        plain = intervals.from_mean(
            self.name,
            rouge,
            counts.unparsed,
            clusters=clusters,
            parts={"bleu4": float(bleu.mean())} if len(bleu) else {},
        )
        return as_reported(plain, with_ones(rouge), share)


def mean_rouge(text: str, references: Sequence[str], language: str) -> float:
    """English words are cut as rouge_score does, the others as for BLEU: punctuation counts there."""
    cut = tokens.content_words("en") if language == "en" else _cut(language)
    said, expected = cut(text), [cut(reference) for reference in references]
    return sum(best_overlap(kind, said, expected).f1 for kind in ("rouge1", "rouge2", "rougeL")) / 3


def bleu4(text: str, references: Sequence[str], language: str) -> float:
    cut, (sentence_bleu, smoothing) = _cut(language), _nltk_bleu()
    said, expected = cut(text), [cut(reference) for reference in references]
    return float(sentence_bleu(expected, said, smoothing_function=smoothing))


def _cut(language: str) -> tokens.Tokens:
    return tokens.characters if language in {"zh", "ja"} else tokens.nltk_words


@cache
def _nltk_bleu() -> tuple[Any, Any]:
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    return sentence_bleu, SmoothingFunction().method7


def _references(question: Question) -> list[str]:
    texts = question.gold.get("references")
    if not texts or isinstance(texts, str):
        raise BenchmarkError(
            f"item {question.key} of {question.task} has no references: "
            'BRIDGE\'s text rule needs gold {"references": ["…"]}'
        )
    return [parsing.plain(str(text)) for text in texts]
