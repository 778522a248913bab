"""Errors in clinical notes, by the rules of MEDIQA-CORR 2024 and MEDEC.

- error_flag        share of texts rightly said to have an error or none
- error_sentence    share of texts whose wrong sentence is named, or rightly said to have none
- error_correction  the composite score: per text 1 when the reference and the answer both say that there
                    is no error, 0 when only one does, else ROUGE-1 F1 of the two corrections; then the mean

An answer that sees an error but offers no correction does not say that there is none: it scores 0. The
published aggregate adds BERTScore and BLEURT, which need model weights. Corrections are compared by the
tokens of ROUGE (`evaluation.domain.tokens`), in Japanese and Chinese by characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals, tokens
from evaluation.domain.answers.errors import NoteError, error_line
from evaluation.domain.benchmarks import Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.rouge import best_overlap

# columns of a row: flag right, sentence right, composite score, the flag's tp, fp and fn, both sides correct
# the text and then ROUGE-1
FLAG, SENTENCE, COMPOSITE, TP, FP, FN, BOTH, ROUGE = range(8)


class NoteErrors:
    """`column` is the one whose mean is the metric."""

    def __init__(self, name: str, column: int) -> None:
        self.name = name
        self.column = column

    def read(self, answer: str, question: Question, options: Options) -> NoteError | None:
        return error_line(answer)

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows of the eight columns named above; BOTH and ROUGE are of texts both sides correct."""
        found = [error_line(answer) for answer in answers]
        rows = [_row(read, question.gold, options) for read, question in zip(found, questions, strict=True)]
        unparsed = np.array([read is None for read in found], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, 8), unparsed)

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        return intervals.from_mean(
            self.name,
            counts.table[:, self.column],
            counts.unparsed,
            clusters=clusters,
            parts=_parts(counts.table),
            method="jackknife-t" if self.column == COMPOSITE else "wilson",
        )


def _row(read: NoteError | None, gold: Mapping[str, Any], options: Options) -> list[float]:
    wrong = gold["flag"] == 1
    if read is None:
        return [0, 0, 0, 0, 0, float(wrong), 0, 0]
    said = read["flag"] == 1
    named = str(read["sentence_id"]) == str(gold["sentence_id"]) if wrong and said else wrong == said
    both = wrong and said and read["correction"] is not None and gold["correction"] is not None
    alike = _rouge1(str(read["correction"]), str(gold["correction"]), options) if both else 0.0
    composite = alike if both else float(not wrong and not said)
    flags = [float(wrong and said), float(said and not wrong), float(wrong and not said)]
    return [float(wrong == said), float(named), composite, *flags, float(both), alike]


def _rouge1(said: str, expected: str, options: Options) -> float:
    cut = _tokens(str(options.get("language", "en")), expected)
    return best_overlap("rouge1", cut(normalize("NFKC", said)), [cut(normalize("NFKC", expected))]).f1


def _tokens(language: str, expected: str) -> Callable[[str], list[str]]:
    """Characters for Japanese and Chinese, also where the task forgot to say its language."""
    if language in {"ja", "zh"} or any("\u3040" <= character <= "\u9fff" for character in expected):
        return lambda text: [
            character for character in tokens.characters(text.lower()) if character.isalnum()
        ]
    return tokens.content_words(language)


def _parts(table: Floats) -> dict[str, float]:
    """The three scores, precision, recall and F1 of finding an error, ROUGE-1 where both sides correct."""
    if not len(table):
        return {}
    total = table.sum(axis=0).tolist()
    tp, fp, fn = total[TP], total[FP], total[FN]
    parts = {
        "error_flag": total[FLAG] / len(table),
        "error_sentence": total[SENTENCE] / len(table),
        "error_correction": total[COMPOSITE] / len(table),
        "flag_precision": tp / (tp + fp) if tp + fp else 0.0,
        "flag_recall": tp / (tp + fn) if tp + fn else 0.0,
        "flag_f1": 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0,
    }
    return {**parts, "rouge1_where_both_correct": total[ROUGE] / total[BOTH]} if total[BOTH] else parts


ERROR_FLAG = NoteErrors("error_flag", FLAG)
ERROR_SENTENCE = NoteErrors("error_sentence", SENTENCE)
ERROR_CORRECTION = NoteErrors("error_correction", COMPOSITE)
