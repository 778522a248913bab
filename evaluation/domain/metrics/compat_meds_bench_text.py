"""BLEU-1 and ROUGE-L as MedS-Bench computes them: a mean of item scores, no corpus figure.

Rules were read in the benchmark's published scoring scripts (MedS-Ins, commit 185cfc0) and rewritten.

BLEU-1 there is nltk's `sentence_bleu` with all weight on single words and method-1 smoothing; with that
weight the smoothing has no effect, which leaves clipped precision times the brevity penalty.

ROUGE-L there is the `rouge` package's "rouge-l" f. The package is Apache-2.0 but has had no release since
2021, exceeds Python's recursion limit on sentences beyond a thousand words and raises on a text without
words, so its rule is written out here. It differs from Lin's ROUGE-L: texts are split at every dot (also
in "0.5"), words at spaces only, and what counts are distinct words: of each reference sentence those in
its common subsequence with any answer sentence, a word already found in an earlier one not again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals, tokens
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.subsequences import longest_common

Clusters = npt.NDArray[np.int64] | None

_EPSILON = 1e-8  # the package's guard against dividing by zero; part of the published score


@dataclass
class MeanSimilarity:
    """The mean of a similarity over items.

    `similarity` maps answer, reference and language to 0 to 1. Options:

    - language            ISO 639-1
    - empty               "skip" (default: an empty answer or reference leaves the denominator) or "zero"
    - strip               False for summaries, concept explanations and inference, where white space at the
                          ends stays and can make a sentence of ROUGE's
    - lower_without_dots  True for fact verification: the reference loses its dots, both their capitals
    """

    name: str
    similarity: Callable[[str, str, str], float]

    def read(self, answer: str, question: Question, options: Options) -> str | None:
        return answer.strip() or None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Columns: score, 1 if counted."""
        rows = [
            self._row(answer, _reference(question), options)
            for answer, question in zip(answers, questions, strict=True)
        ]
        unread = np.array([not answer.strip() for answer in answers], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(len(rows), 2), unread)

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        return intervals.from_sums(
            self.name,
            counts.table,
            counts.unparsed,
            _mean_of_counted,
            counts.table[:, 0],
            clusters=clusters,
            parts={"skipped": float((counts.table[:, 1] == 0).sum())},
            undefined="undefined_no_items",
        )

    def _row(self, answer: str, reference: str, options: Options) -> tuple[float, float]:
        if options.get("lower_without_dots"):
            answer, reference = answer.lower(), reference.replace(".", "").lower()
        if options.get("strip", True):
            answer, reference = answer.strip(), reference.strip()
        if not answer or not reference:
            return 0.0, float(_counts_empty(options))
        return self.similarity(answer, reference, str(options.get("language", "en"))), 1.0


def bleu1(answer: str, reference: str, language: str) -> float:
    """Clipped share of the answer's words that the reference has, times exp(1 - r/c) when it is shorter."""
    cut = _cut(language)
    said, expected = cut(answer), cut(reference)
    if not said:
        return 0.0
    right = (Counter(said) & Counter(expected)).total()
    return exp(min(0.0, 1 - len(expected) / len(said))) * right / len(said)


def rouge_l(answer: str, reference: str, language: str) -> float:
    """F1 of distinct words in the union of common subsequences; 0 where a side has no sentence."""
    if language in {"zh", "ja"}:
        cut = _cut(language)
        answer, reference = " ".join(cut(answer)), " ".join(cut(reference))
    said, expected = _sentences(answer), _sentences(reference)
    if not said or not expected:
        return 0.0
    found: set[str] = set()
    for sentence in expected:
        for other in said:
            found.update(longest_common(sentence, other))
    recall = len(found) / len({word for sentence in expected for word in sentence})
    precision = len(found) / len({word for sentence in said for word in sentence})
    return 2 * precision * recall / (precision + recall + _EPSILON)


def _cut(language: str) -> tokens.Tokens:
    return {"zh": tokens.jieba_words, "ja": tokens.janome_words}.get(language, tokens.nltk_words)


def _sentences(text: str) -> list[list[str]]:
    """Words between dots. White space between two dots makes a sentence of one empty word, as published."""
    return [" ".join(part.split()).split(" ") for part in text.split(".") if part]


def _mean_of_counted(sums: Floats) -> Floats:
    means: Floats = np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=sums[:, 1] > 0)
    return means


def _reference(question: Question) -> str:
    texts = question.gold.get("references")
    if texts is None or isinstance(texts, str) or not len(texts):
        raise BenchmarkError(
            f"item {question.key} of {question.task} has no references: "
            'MedS-Bench text rules need gold {"references": ["…"]}'
        )
    return str(texts[0])


def _counts_empty(options: Options) -> bool:
    chosen = options.get("empty", "skip")
    if chosen not in ("skip", "zero"):
        raise BenchmarkError(f'option empty is {chosen!r}: MedS-Bench text rules know "skip" and "zero"')
    return bool(chosen == "zero")
