"""The scoring rules of MedS-Bench (Wu et al. 2025), quirks included, for comparison with its leaderboard.

Rules were read in the benchmark's published scoring scripts (MedS-Ins, commit 185cfc0) and rewritten.
They are not Consilium's own rules and should not be used for new benchmarks:

- a multiple-choice answer is its first letter, so "The answer is B" is wrong and option E cannot be right;
- substring rules reward long answers, and an empty reference is found in every answer;
- named entities lose their last character on both sides;
- answers that are missing leave the denominator of some tasks.

The scripts read answers with pandas, for which an empty cell is not a number. A rule that writes it out
gets the text "nan", and that is kept: on yes/no questions its first letter says no. `read` still gives
None for it and the item counts as unparsed.

Values are 0 to 1, the published ones × 100. The scripts give no intervals; the ones here are Consilium's.
References: {"references": ["…"]} with the text of the published file, or {"letters": …}, {"label": …}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.compat_meds_bench_text import MeanSimilarity, bleu1, rouge_l

Clusters = npt.NDArray[np.int64] | None

ANNOUNCEMENT = "the right answer is"
NO_ENTITY = "there is no related enetity"  # spelt so in the benchmark's references

HALLMARKS_OF_CANCER = (
    "sustaining proliferative signaling",
    "evading growth suppressors",
    "resisting cell death",
    "enabling replicative immortality",
    "inducing angiogenesis",
    "activating invasion and metastasis",
    "genomic instability and mutation",
    "tumor promoting inflammation",
    "cellular energetics",
    "avoiding immune destruction",
)


@dataclass
class RightOrWrong:
    """The share of answers judged right, with Wilson's interval.

    `understood` says what the rule looks at in an answer; `right` compares it with the reference's text.
    """

    name: str
    understood: Callable[[str, Options], str]
    right: Callable[[str, str, Options], bool]

    def read(self, answer: str, question: Question, options: Options) -> str | None:
        return self.understood(answer, options) or None if answer.strip() else None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """One column: 1 for right."""
        right = [
            self.right(self.understood(answer or "nan", options), reference_text(question), options)
            for answer, question in zip(answers, questions, strict=True)
        ]
        unread = [
            self.read(answer, question, options) is None
            for answer, question in zip(answers, questions, strict=True)
        ]
        table = np.array(right, dtype=np.float64).reshape(len(right), 1)
        return Counts(table, np.array(unread, dtype=np.bool_))

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        right = counts.table[:, 0]
        return intervals.from_mean(self.name, right, counts.unparsed, clusters=clusters, method="wilson")


@dataclass
class EntitySets:
    """F1 of the entities of a whole task: hits, false and missed ones are summed over items first."""

    name: str

    def read(self, answer: str, question: Question, options: Options) -> list[str] | None:
        return sorted(entities(answer)) if answer else None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Columns: hits, false, missed, skipped. An empty cell is skipped, what it missed included."""
        rows = [
            (*_compare(entities(answer), entities(reference_text(question))), 0) if answer else (0, 0, 0, 1)
            for answer, question in zip(answers, questions, strict=True)
        ]
        unread = np.array([not answer for answer in answers], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(len(rows), 4), unread)

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        sums = counts.table.sum(axis=0, keepdims=True)
        precision, recall = (float(share[0]) for share in _precision_recall(sums))
        return intervals.from_sums(
            self.name,
            counts.table,
            counts.unparsed,
            _micro_f1,
            _item_f1(counts.table),
            clusters=clusters,
            parts={"precision": precision, "recall": recall, "skipped": float(sums[0, 3])},
        )


@dataclass
class MentionedLabels:
    """Macro F1 over labels mentioned anywhere in the lower-cased text; a label never at issue counts as 0.

    options["labels"], lower case, defaults to the ten hallmarks of cancer.
    """

    name: str

    def read(self, answer: str, question: Question, options: Options) -> list[str] | None:
        return [label for label in _labels(options) if label in answer.lower()] or None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Columns: hits of each label, then false of each, then missed of each."""
        labels = _labels(options)
        rows = np.zeros((len(answers), 3, len(labels)))
        for row, answer, question in zip(rows, answers, questions, strict=True):
            said, true = answer.lower(), reference_text(question).lower()
            for column, label in enumerate(labels):
                pair = (label in said, label in true)
                row[:, column] = pair == (True, True), pair == (True, False), pair == (False, True)
        unread = rows[:, :2].sum(axis=(1, 2)) == 0
        return Counts(rows.reshape(len(answers), 3 * len(labels)), unread)

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        by_item = counts.table.reshape(len(counts.table), 3, len(_labels(options))).sum(axis=2)
        sums = counts.table.sum(axis=0).reshape(3, -1).T
        precision, recall = (float(shares.mean()) for shares in _precision_recall(sums))
        return intervals.from_sums(
            self.name,
            counts.table,
            counts.unparsed,
            _macro_f1,
            _item_f1(by_item),
            clusters=clusters,
            parts={"precision": precision, "recall": recall},
        )


def reference_text(question: Question) -> str:
    """The reference as text; BenchmarkError when there is none."""
    gold = question.gold
    for key in ("references", "letters", "labels"):
        if gold.get(key):
            return ", ".join(gold[key]) if key == "labels" else str(gold[key][0])
    if "label" in gold:
        return str(gold["label"])
    raise BenchmarkError(
        f"item {question.key} of {question.task} has no reference text: MedS-Bench rules need gold with "
        '"references", "letters", "labels" or "label"'
    )


def entities(text: str) -> frozenset[str]:
    """The set named in a text. Dots go first, then the last character, which was meant to be the last dot."""
    plain = text.replace(".", "").strip().lower()
    return frozenset() if plain == NO_ENTITY else frozenset(plain[:-1].split(", "))


def _first_letter(answer: str, options: Options) -> str:
    """The first character, where it is one of options["letters"] (default abcd; yn for yes and no)."""
    said = answer.lower().replace(ANNOUNCEMENT, "").strip()
    return said[0] if said and said[0] in options.get("letters", "abcd") else ""


def _same_letter(letter: str, reference: str, options: Options) -> bool:
    return bool(letter) and letter == _first_letter(reference, options)


def _lower(answer: str, options: Options) -> str:
    return _without_quotes(answer) if _clean(options) == "quotes" else answer.lower()


def _contained(said: str, reference: str, options: Options) -> bool:
    """options["clean"]: "quotes" (default; quotes and line ends go on both sides) or "dots" (dots and
    options["prefix"], say "The diagnosis result is", go from the reference)."""
    if _clean(options) == "quotes":
        return _without_quotes(reference) in said
    return _without_dots(reference, options) in said


def _first_line(answer: str, options: Options) -> str:
    return answer.split("\n")[0].strip().lower()


def _in_first_line(line: str, reference: str, options: Options) -> bool:
    return _without_dots(reference, options) in line


def _one_of_true_false(answer: str, options: Options) -> str:
    said = [word for word in ("true", "false") if word in answer.lower()]
    return said[0] if len(said) == 1 else ""


def _same_truth(word: str, reference: str, options: Options) -> bool:
    return bool(word) and word == reference.lower().strip()


def _without_quotes(text: str) -> str:
    return text.lower().strip().translate({ord('"'): None, ord("'"): None, ord("\n"): None})


def _without_dots(reference: str, options: Options) -> str:
    return reference.replace(".", "").replace(str(options.get("prefix", "")), "").strip().lower()


def _clean(options: Options) -> str:
    chosen: Any = options.get("clean", "quotes")
    if chosen not in ("quotes", "dots"):
        raise BenchmarkError(f'option clean is {chosen!r}: the substring rule knows "quotes" and "dots"')
    return str(chosen)


def _labels(options: Options) -> Sequence[str]:
    labels: Sequence[str] = options.get("labels", HALLMARKS_OF_CANCER)
    return labels


def _compare(said: frozenset[str], true: frozenset[str]) -> tuple[int, int, int]:
    return len(said & true), len(said - true), len(true - said)


def _ratio(above: Floats, below: Floats) -> Floats:
    """0 where nothing is below, as scikit-learn's zero_division=0."""
    shares: Floats = np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
    return shares


def _precision_recall(rows: Floats) -> tuple[Floats, Floats]:
    """Of (m, 3+) hits, false, missed."""
    hits, false, missed = rows[:, 0], rows[:, 1], rows[:, 2]
    return _ratio(hits, hits + false), _ratio(hits, hits + missed)


def _micro_f1(sums: Floats) -> Floats:
    hits, false, missed = sums[:, 0], sums[:, 1], sums[:, 2]
    return _ratio(2 * hits, 2 * hits + false + missed)


def _macro_f1(sums: Floats) -> Floats:
    hits, false, missed = sums.reshape(len(sums), 3, -1).transpose(1, 0, 2)
    mean: Floats = _ratio(2 * hits, 2 * hits + false + missed).mean(axis=1)
    return mean


def _item_f1(rows: Floats) -> Floats:
    """F1 of each item's own set; right to name nothing where nothing is to be named."""
    return np.where(rows.any(axis=1), _micro_f1(rows), 1.0)


MCQA = RightOrWrong("meds_bench.mcqa", _first_letter, _same_letter)
SUBSTRING = RightOrWrong("meds_bench.substring", _lower, _contained)
FIRST_LINE = RightOrWrong("meds_bench.first_line", _first_line, _in_first_line)
TRUE_FALSE = RightOrWrong("meds_bench.true_false", _one_of_true_false, _same_truth)
NER = EntitySets("meds_bench.ner")
HALLMARKS = MentionedLabels("meds_bench.hallmarks")
BLEU1 = MeanSimilarity("meds_bench.bleu1", bleu1)
ROUGEL = MeanSimilarity("meds_bench.rougeL", rouge_l)
