"""BRIDGE's accuracy of one label, and of a set of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics import compat_bridge_parsing as parsing
from evaluation.domain.metrics.compat_bridge_bootstrap import SEED, as_reported, f1, share, with_ones

Clusters = npt.NDArray[np.int64] | None


@dataclass
class Classification:
    """Accuracy over one label per item.

    options: labels, all that may be answered; prefix, what stands before the label ("AIS" in "AIS: yes").
    An unreadable answer becomes one of the labels that occur in the references, at random.
    parts: f1_macro and f1_micro over those labels.
    """

    name: str

    def read(self, answer: str, question: Question, options: Options) -> str | None:
        return parsing.single_label(parsing.response_to(answer, options), _prefix(options), _labels(options))

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Columns: places of the reference and of the answer among the labels (-1 unread), random share."""
        place = {label: i for i, label in enumerate(_labels(options))}
        rows = np.zeros((len(answers), 3))
        for row, answer, question in zip(rows, answers, questions, strict=True):
            said = self.read(answer, question, options)
            row[:] = _place_of_reference(question, place), place.get(said or "", -1), _random_share(question)
        return Counts(rows, rows[:, 1] < 0)

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        true, said = _with_random_labels(counts.table)
        right = (true == said).astype(np.float64)
        plain = intervals.from_mean(
            self.name,
            right,
            counts.unparsed,
            clusters=clusters,
            parts=label_f1(true, said),
            method="wilson",
        )
        return as_reported(plain, with_ones(right), share)


@dataclass
class MultiLabel:
    """The share of items whose set of labels is exact.

    options: labels, those that occur in the references: others in an answer are ignored, as published;
    prefix; open_set, true where codes are written out instead of names from a list. An unreadable answer
    becomes one of the labels at random. With an open set an empty answer is an empty label in the published
    rule; here it counts as unparsed as well. parts: f1_micro.
    """

    name: str

    def read(self, answer: str, question: Question, options: Options) -> list[str] | None:
        text = parsing.response_to(answer, options)
        found = parsing.several_labels(text, _prefix(options), _labels(options), _open(options))
        return found if any(found) else None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Columns: exact, hits, false, missed."""
        labels = _labels(options)
        rows = np.zeros((len(answers), 4))
        unread = np.zeros(len(answers), dtype=np.bool_)
        for i, (answer, question) in enumerate(zip(answers, questions, strict=True)):
            true, found = _labels_of_reference(question, labels), self.read(answer, question, options)
            unread[i] = found is None
            said = frozenset(found or _instead(question, options))
            said = said & frozenset(labels) if labels else said
            rows[i] = said == true, len(said & true), len(said - true), len(true - said)
        return Counts(rows, unread)

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        exact, sums = counts.table[:, 0], counts.table[:, 1:].sum(axis=0, keepdims=True)
        plain = intervals.from_mean(
            self.name,
            exact,
            counts.unparsed,
            clusters=clusters,
            parts={"f1_micro": float(f1(sums)[0])},
            method="wilson",
        )
        return as_reported(plain, with_ones(exact), share)


def label_f1(true: Floats, said: Floats) -> Mapping[str, float]:
    """Macro and micro F1 over the labels in `true`, 0 for a label never right (scikit-learn's labels=)."""
    labels = np.unique(true)
    if not len(labels):
        return {}
    is_true, is_said = true[:, None] == labels, said[:, None] == labels
    hits, both = (is_true & is_said).sum(axis=0), is_true.sum(axis=0) + is_said.sum(axis=0)
    return {"f1_macro": float((2 * hits / both).mean()), "f1_micro": float(2 * hits.sum() / both.sum())}


def _with_random_labels(table: Floats) -> tuple[Floats, Floats]:
    true, said, draw = table.T
    labels = np.unique(true)
    if len(labels):
        said = np.where(said < 0, labels[(draw * len(labels)).astype(np.int64)], said)
    return true, said


def _random_share(question: Question) -> float:
    """Uniform on [0, 1), the same for an item wherever it stands among the others."""
    item = f"{question.task}/{question.key}".encode("utf-8", "surrogatepass")
    return float(np.random.default_rng([SEED, crc32(item)]).random())


def _instead(question: Question, options: Options) -> list[str]:
    """What the published rule makes of an answer without labels."""
    labels = sorted(_labels(options))
    return [""] if _open(options) else [labels[int(_random_share(question) * len(labels))]]


def _place_of_reference(question: Question, place: Mapping[str, int]) -> int:
    label = parsing.plain(str(question.gold.get("label", "")))
    if label not in place:
        raise BenchmarkError(_foreign(question, [label]))
    return place[label]


def _labels_of_reference(question: Question, labels: Sequence[str]) -> frozenset[str]:
    true = frozenset(parsing.plain(str(label)) for label in question.gold.get("labels", ()))
    if labels and (foreign := true.difference(labels)):
        raise BenchmarkError(_foreign(question, sorted(foreign)))
    return true


def _foreign(question: Question, labels: Sequence[str]) -> str:
    return (
        f"item {question.key} of {question.task} has the reference {', '.join(map(repr, labels))}, which is "
        "not among the task's labels: add it to the option labels or correct the reference"
    )


def _labels(options: Options) -> list[str]:
    labels = [parsing.plain(str(label)) for label in options.get("labels", ())]
    if not labels and not _open(options):
        raise BenchmarkError(
            "BRIDGE's label rules need the option labels, the list of all labels of the task"
        )
    return labels


def _prefix(options: Options) -> str:
    return parsing.plain(str(options.get("prefix", "answer")))


def _open(options: Options) -> bool:
    return bool(options.get("open_set", False))
