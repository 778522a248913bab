"""Generated text against references: BLEU and chrF of the whole task, ROUGE averaged over items.

All values are 0 to 1 (published figures are often × 100). The model's reasoning is left out, an answer of
which nothing remains scores 0 and counts as unparsed, and both sides are NFKC-normalised. Tokens depend
on the language (`evaluation.domain.tokens`).

BLEU and chrF are corpus metrics: their n-gram counts are summed over items before anything is divided,
which a mean of sentence scores does not equal. The counts per item are sacrebleu's own sufficient
statistics, and the value equals its `corpus_score` / 100, so any published sacrebleu figure can be
reproduced; the jackknife takes one item's counts off the sums at a time.

- bleu1, bleu4  case:mixed|eff:no|tok:13a (zh: zh, ja: janome)|smooth:exp, orders up to 1 and 4
                (Papineni et al. 2002; Post 2018)
- chrf          chrF2: case:mixed|eff:yes|nc:6|nw:0|space:no (Popović 2015)
- rouge1, rouge2, rougeL  F1, without stemming (Lin 2004)

Several references: BLEU counts an n-gram as right if any has it and takes the closest length, chrF and
ROUGE take the reference that scores best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import sacrebleu

from evaluation.domain import intervals, tokens
from evaluation.domain.answers.final import final_part
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.rouge import best_overlap

Clusters = npt.NDArray[np.int64] | None
Cut = Callable[[str, Options], str]  # text → tokens between spaces


@dataclass
class CorpusMetric:
    """A function of sacrebleu's summed statistics.

    `scores` maps (m, k) sums to (m,) values; `item_scores` does so for single items, where BLEU leaves out
    the orders an answer is too short for (sacrebleu's `effective_order`).
    """

    name: str
    columns: int
    statistics: sacrebleu.BLEU | sacrebleu.CHRF
    cut: Cut
    scores: Callable[[Floats], Floats]
    item_scores: Callable[[Floats], Floats]

    def read(self, answer: str, question: Question, options: Options) -> str | None:
        return final_part(answer) or None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows of sacrebleu: BLEU [length, reference length, matches by order, n-grams by order];
        chrF [n-grams, reference n-grams, matches] by order."""
        texts = [final_part(answer) for answer in answers]
        rows = [
            self._row(text, references(question), options)
            for text, question in zip(texts, questions, strict=True)
        ]
        return Counts(_table(rows, self.columns), _empty(texts))

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        return intervals.from_sums(
            self.name,
            counts.table,
            counts.unparsed,
            self.scores,
            self.item_scores(counts.table),
            clusters=clusters,
        )

    def _row(self, text: str, expected: Sequence[str], options: Options) -> list[int]:
        streams = [[self.cut(reference, options)] for reference in expected]
        row: list[int] = self.statistics._extract_corpus_statistics([self.cut(text, options)], streams)[0]
        return row


@dataclass
class RougeMetric:
    """The mean over items of the F1 with the best reference."""

    name: str

    def read(self, answer: str, question: Question, options: Options) -> str | None:
        return final_part(answer) or None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows (precision, recall, F1)."""
        cut = tokens.content_words(_language(options))
        texts = [final_part(answer) for answer in answers]
        rows = [
            best_overlap(self.name, cut(text), [cut(reference) for reference in references(question)])
            for text, question in zip(texts, questions, strict=True)
        ]
        return Counts(_table(rows, 3), _empty(texts))

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        precision, recall, f1 = counts.table.T
        parts = {"precision": float(precision.mean()), "recall": float(recall.mean())} if len(f1) else {}
        return intervals.from_mean(self.name, f1, counts.unparsed, clusters=clusters, parts=parts)


def references(question: Question) -> list[str]:
    """The item's references, NFKC-normalised; BenchmarkError when it has none."""
    texts = question.gold.get("references")
    if not texts or isinstance(texts, str):
        raise BenchmarkError(
            f"item {question.key} of {question.task} has no references: "
            'a text metric needs gold {"references": ["…"]}'
        )
    return [normalize("NFKC", str(text)) for text in texts]


def bleu_scores(sums: Floats, effective_order: bool = False) -> Floats:
    """(m, 2 + 2N) sums → (m,) BLEU-N, 0 to 1, with exponential smoothing (Chen & Cherry 2014, method 3).

    A value needs at least one match and, unless `effective_order`, one n-gram of every order.
    """
    length, expected = sums[:, 0], sums[:, 1]
    right, total = np.split(sums[:, 2:], 2, axis=1)
    present = total > 0
    smoothed = np.where(right > 0, right, 0.5 ** np.cumsum(right == 0, axis=1))
    precision = np.divide(smoothed, total, out=np.zeros_like(total), where=present)
    logs = np.log(precision, out=np.zeros_like(total), where=present)
    orders = present.sum(axis=1) if effective_order else np.full(len(sums), total.shape[1])
    mean_log = np.divide(logs.sum(axis=1), orders, out=np.zeros(len(sums)), where=orders > 0)
    scored = (right > 0).any(axis=1) & (present.sum(axis=1) >= orders)
    penalty = np.divide(expected, length, out=np.ones(len(sums)), where=length > 0)
    return np.where(scored, np.exp(np.minimum(0.0, 1 - penalty) + mean_log), 0.0)


def effective_bleu_scores(rows: Floats) -> Floats:
    return bleu_scores(rows, effective_order=True)


def chrf_scores(sums: Floats, beta: float = 2.0) -> Floats:
    """(m, 3 · order) sums → (m,) chrF, 0 to 1; precision and recall are means over the orders both have."""
    said, expected, right = (sums[:, start::3] for start in range(3))
    present = (said > 0) & (expected > 0)
    orders = np.maximum(present.sum(axis=1), 1)
    precision = np.divide(right, said, out=np.zeros_like(right), where=present).sum(axis=1) / orders
    recall = np.divide(right, expected, out=np.zeros_like(right), where=present).sum(axis=1) / orders
    below = beta * beta * precision + recall
    above = (1 + beta * beta) * precision * recall
    scores: Floats = np.divide(above, below, out=np.zeros(len(sums)), where=below > 0)
    return scores


def _spaced_tokens(text: str, options: Options) -> str:
    return " ".join(tokens.words(_language(options))(text))


def _as_is(text: str, options: Options) -> str:
    return text


def _language(options: Options) -> str:
    return str(options.get("language", "en"))


def _table(rows: Sequence[Any], columns: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), columns)


def _empty(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.array([not text for text in texts], dtype=np.bool_)


def _bleu(name: str, order: int) -> CorpusMetric:
    # the text comes cut already
    statistics = sacrebleu.BLEU(max_ngram_order=order, tokenize="none", force=True)
    return CorpusMetric(name, 2 + 2 * order, statistics, _spaced_tokens, bleu_scores, effective_bleu_scores)


BLEU1 = _bleu("bleu1", 1)
BLEU4 = _bleu("bleu4", 4)
CHRF = CorpusMetric("chrf", 3 * 6, sacrebleu.CHRF(), _as_is, chrf_scores, chrf_scores)
ROUGE1 = RougeMetric("rouge1")
ROUGE2 = RougeMetric("rouge2")
ROUGEL = RougeMetric("rougeL")
