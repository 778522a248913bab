"""Labels of equal weight: macro F1 of single labels; exact, micro and macro scores of label sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.answers.labels import labels as read_labels
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.influence import cluster_codes, sum_by_cluster
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.choice import class_labels, label_index, read_label
from evaluation.domain.metrics.sets import (
    macro_f1,
    macro_parts,
    micro_estimate,
    micro_parts,
    overlap,
)

Clusters = npt.NDArray[np.int64] | None
Codes = npt.NDArray[np.int64]


class MacroF1:
    """Mean F1 over the classes that occur in the references; an unread answer is in no class."""

    name = "macro_f1"

    def read(self, answer: str, question: Question, options: Options) -> str | None:
        return read_label(answer, question, class_labels(options))

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows (class of the reference, class of the answer), -1 for an answer not read."""
        names = class_labels(options)
        numbers = {name: number for number, name in enumerate(names)}
        found = [read_label(*pair, names) for pair in zip(answers, questions, strict=True)]
        rows = [
            (label_index(question.gold["label"], numbers, question), -1 if read is None else numbers[read])
            for read, question in zip(found, questions, strict=True)
        ]
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, 2), _missing(found))

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        expected, named = counts.table.astype(np.int64).T
        right = (expected == named).astype(np.float64)
        if not len(right):
            return intervals.from_mean(self.name, right, counts.unparsed)
        k = len(class_labels(options))
        total, of_items = _deletions(expected, named, k)
        codes = cluster_codes(clusters)
        rows = None if codes is None else _cluster_rows(expected, named, codes, k)
        units = total[k : 2 * k] if rows is None else np.count_nonzero(rows[:, k : 2 * k], axis=0)
        parts = {**macro_parts(total), "accuracy": float(right.mean())}
        return intervals.from_deletions(
            intervals.Scored(metric=self.name, item_scores=right, unparsed=counts.unparsed, parts=parts),
            float(macro_f1(total[np.newaxis])[0]),
            of_items,
            None if rows is None else intervals.leave_each_out(macro_f1, total, rows),
            codes,
            informative=len(right) if rows is None else len(rows),
            smallest=int(units[units > 0].min()),
        )


class _LabelSets:
    """Rows (tp, fp, fn, exact) of label sets."""

    def read(self, answer: str, question: Question, options: Options) -> list[str] | None:
        found = read_labels(answer, options.get("labels"))
        return None if found is None else sorted(found)

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        found = [read_labels(answer, options.get("labels")) for answer in answers]
        rows = [
            overlap(frozenset(question.gold["labels"]), None if named is None else frozenset(named))
            for named, question in zip(found, questions, strict=True)
        ]
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, 4), _missing(found))


class MultilabelExact(_LabelSets):
    """The share of items whose label set is exactly right."""

    name = "multilabel_exact"

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        parts = micro_parts(counts.table)
        return intervals.from_mean(
            self.name, counts.table[:, 3], counts.unparsed, clusters=clusters, parts=parts, method="wilson"
        )


class MultilabelMicroF1(_LabelSets):
    """F1 over all labels of all items together."""

    name = "multilabel_micro_f1"

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        return micro_estimate(self.name, counts, clusters)


class MultilabelMacroF1(_LabelSets):
    """Mean F1 over the labels that occur in the references."""

    name = "multilabel_macro_f1"

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows of 0 and 1: right, expected, named, each by label of the task."""
        names = _declared(options)
        numbers = {name: number for number, name in enumerate(names)}
        found = [read_labels(answer, names) for answer in answers]
        expected = np.zeros((len(found), len(names)))
        named = np.zeros_like(expected)
        for place, (labels, question) in enumerate(zip(found, questions, strict=True)):
            expected[place, [label_index(each, numbers, question) for each in question.gold["labels"]]] = 1
            named[place, [numbers[each] for each in labels or ()]] = 1
        return Counts(np.hstack([expected * named, expected, named]), _missing(found))

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        right, expected, named = (part.sum(axis=1) for part in np.split(counts.table, 3, axis=1))
        own = 2 * right / np.maximum(expected + named, 1)
        scores: Floats = np.where(expected + named > 0, own, ~counts.unparsed)
        return intervals.from_sums(
            self.name,
            counts.table,
            counts.unparsed,
            macro_f1,
            scores,
            clusters=clusters,
            parts=macro_parts(counts.table.sum(axis=0)),
            smallest=_rarest(counts.table, clusters),
        )


def _deletions(expected: Codes, named: Codes, k: int) -> tuple[Floats, Floats]:
    """(3k,) sums and (n,) macro F1 without each item: items alike in both classes are computed once."""
    kinds, kind_of_item = np.unique(expected * (k + 1) + named + 1, return_inverse=True)
    rows = _rows(kinds // (k + 1), kinds % (k + 1) - 1, k)
    total: Floats = np.bincount(kind_of_item).astype(np.float64) @ rows
    return total, intervals.leave_each_out(macro_f1, total, rows)[kind_of_item]


def _rows(expected: Codes, named: Codes, k: int) -> Floats:
    """(m, 3k) right, expected and named by class, of items with these classes."""
    classes = np.arange(k)
    of_reference = (expected[:, np.newaxis] == classes).astype(np.float64)
    of_answer = (named[:, np.newaxis] == classes).astype(np.float64)
    return np.hstack([of_reference * of_answer, of_reference, of_answer])


def _cluster_rows(expected: Codes, named: Codes, codes: Codes, k: int) -> Floats:
    """(G, 3k) sums of the items' rows by cluster, without making the items' rows."""
    groups = int(codes.max()) + 1
    right, read = expected == named, named >= 0
    columns = [
        np.bincount(codes[which] * k + classes[which], minlength=groups * k).reshape(groups, k)
        for classes, which in ((expected, right), (expected, np.ones_like(right)), (named, read))
    ]
    return np.hstack(columns).astype(np.float64)


def _rarest(table: Floats, clusters: Clusters) -> int | None:
    """How many items, or clusters, expect the rarest label that occurs."""
    expected = np.split(table, 3, axis=1)[1]
    codes = cluster_codes(clusters)
    rows = expected if codes is None else sum_by_cluster(expected, codes)
    units = np.count_nonzero(rows, axis=0)
    return int(units[units > 0].min()) if units.any() else None


def _declared(options: Options) -> tuple[str, ...]:
    if not options.get("labels"):
        raise BenchmarkError(
            "multilabel_macro_f1 weighs every label alike: list them in the task's options.labels"
        )
    return tuple(options["labels"])


def _missing(found: Sequence[object]) -> npt.NDArray[np.bool_]:
    return np.array([each is None for each in found], dtype=np.bool_)


MACRO_F1 = MacroF1()
MULTILABEL_EXACT = MultilabelExact()
MULTILABEL_MICRO_F1 = MultilabelMicroF1()
MULTILABEL_MACRO_F1 = MultilabelMacroF1()
