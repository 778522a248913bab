"""Right or wrong: multiple choice, yes/no/maybe and single labels.

An answer that cannot be read is wrong. The share of right answers has Wilson's interval.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.answers.choice import choice_letters
from evaluation.domain.answers.labels import label, yes_no_maybe
from evaluation.domain.answers.labels import labels as all_labels
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, Options

YES_NO_MAYBE = ("yes", "no", "maybe")


class _Share(ABC):
    """Counts one column, 1 for a right answer and 0 for a wrong one."""

    name: str

    @abstractmethod
    def read(self, answer: str, question: Question, options: Options) -> Any | None: ...

    @abstractmethod
    def is_right(self, read: Any, gold: Mapping[str, Any]) -> bool: ...

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        right, unparsed = [], []
        for answer, question in zip(answers, questions, strict=True):
            found = self.read(answer, question, options)
            unparsed.append(found is None)
            right.append(found is not None and self.is_right(found, question.gold))
        return Counts(np.array(right, dtype=np.float64).reshape(-1, 1), np.array(unparsed, dtype=np.bool_))

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        return intervals.from_mean(
            self.name, counts.table[:, 0], counts.unparsed, clusters=clusters, method="wilson"
        )


class Accuracy(_Share):
    """The share of items whose one right letter, or label, is named and nothing else."""

    name = "accuracy"

    def read(self, answer: str, question: Question, options: Options) -> str | list[str] | None:
        """The letter or label; a list where the answer names several letters."""
        if "letters" in question.gold:
            letters = choice_letters(answer, question.input.get("options") or {})
            return None if letters is None else letters[0] if len(letters) == 1 else list(letters)
        return read_label(answer, question, options.get("labels"))

    def is_right(self, read: Any, gold: Mapping[str, Any]) -> bool:
        return read in gold["letters"] if "letters" in gold else bool(read == gold["label"])


class ExactSet(_Share):
    """The share of items for which every right letter is named and no other."""

    name = "exact_set"

    def read(self, answer: str, question: Question, options: Options) -> list[str] | None:
        letters = choice_letters(answer, question.input.get("options") or {})
        return None if letters is None else sorted(letters)

    def is_right(self, read: Any, gold: Mapping[str, Any]) -> bool:
        return set(read) == set(gold["letters"])


def read_label(answer: str, question: Question, labels: Sequence[str] | None) -> str | None:
    """The label an answer gives, also where it names the letter of the option that says it.

    Without `labels` they are yes, no and maybe where the reference is one of these, else an open set, of
    which the only thing said is taken.
    """
    if labels is None and question.gold["label"] not in YES_NO_MAYBE:
        pieces = all_labels(answer, None)
        return pieces[0] if pieces and len(pieces) == 1 else None
    names = YES_NO_MAYBE if labels is None else labels
    found = yes_no_maybe(answer) if _are_yes_no_maybe(tuple(names)) else label(answer, names)
    if found is None and (lettered := question.input.get("options")):
        letters = choice_letters(answer, lettered)
        found = label(lettered[letters[0]], names) if letters and len(letters) == 1 else None
    return found if found in names else None


@lru_cache(maxsize=64)
def _are_yes_no_maybe(names: tuple[str, ...]) -> bool:
    return set(names) <= set(YES_NO_MAYBE)


def class_labels(options: Options) -> tuple[str, ...]:
    """The task's labels; yes, no and maybe where it names none."""
    return tuple(options.get("labels") or YES_NO_MAYBE)


def label_index(label: str, labels: Mapping[str, int], question: Question) -> int:
    """The number of a reference's label; BenchmarkError when the task does not know it."""
    try:
        return labels[label]
    except KeyError:
        raise BenchmarkError(
            f"item {question.key} of {question.task}: its label {label!r} is not among the task's labels "
            f"{', '.join(labels)}; list every label in the task's options.labels"
        ) from None


ACCURACY = Accuracy()
EXACT_SET = ExactSet()
