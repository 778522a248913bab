"""The shape of a question and of its reference, family by family.

The shapes are those documented at `evaluation.domain.benchmarks.Question`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any, Literal, TypeVar

import msgspec

from evaluation.domain.answers.error_list import CATEGORIES
from evaluation.domain.benchmarks import JUDGING, Question, TaskSpec
from evaluation.domain.dialogues.case import Case
from evaluation.domain.judging.labels import CriterionLabels, PreferenceLabels, RiskLabels

PUBLISHED_TEXT = "meds_bench."  # these metrics read a reference of any family as the published text


class UnusableError(ValueError):
    """Why a task or a question cannot be used; the caller adds where it stands."""


class _Input(msgspec.Struct, forbid_unknown_fields=True):
    question: str = ""
    options: dict[str, str] = {}
    context: str = ""
    instruction: str = ""
    sentences: list[tuple[str, str]] = []
    dialogue: str = ""
    answer: str = ""
    answers: dict[str, str] = {}
    criterion: str = ""
    reference: str = ""


class _Letters(msgspec.Struct, forbid_unknown_fields=True):
    letters: list[str]


class _Label(msgspec.Struct, forbid_unknown_fields=True):
    label: str


class _Labels(msgspec.Struct, forbid_unknown_fields=True):
    labels: list[str]


class _Records(msgspec.Struct, forbid_unknown_fields=True):
    records: list[dict[str, str]]


class _Correction(msgspec.Struct, forbid_unknown_fields=True):
    flag: Literal[0, 1]
    sentence_id: str | None
    correction: str | None


class _References(msgspec.Struct, forbid_unknown_fields=True):
    references: list[str]


class _Number(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="number"):
    value: float
    lower: float
    upper: float


class _Integer(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="integer"):
    value: int


class _Date(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="date"):
    value: str


class _WeeksDays(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="weeks_days"):
    value: tuple[int, int]


Shape = TypeVar("Shape")


def check_shape(question: Question, task: TaskSpec) -> None:
    """Raises UnusableError with the first thing that is wrong.

    MedS-Bench's rules compare texts, so for them {"references": […]} is accepted whatever the family.
    """
    asked = _shaped(question.input, _Input, "input")
    if not asked.sentences and not f"{asked.question}{asked.context}{asked.dialogue}".strip():
        raise UnusableError("empty question: input has no question, context, dialogue or sentences")
    _check_judged(asked, task)
    if task.metric.startswith(PUBLISHED_TEXT) and "references" in question.gold:
        _check_references(question.gold, asked, task)
    else:
        _CHECKS[task.family](question.gold, asked, task)


def _shaped(value: Mapping[str, Any], shape: type[Shape], name: str) -> Shape:
    try:
        return msgspec.convert(dict(value), shape)
    except msgspec.ValidationError as error:
        raise UnusableError(f"{name}: {error}") from None


def _check_letters(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    letters = _shaped(gold, _Letters, "gold").letters
    if not asked.question.strip():
        raise UnusableError("empty question")
    if len(asked.options) < 2 or not all(re.fullmatch("[A-Z]", letter) for letter in asked.options):
        raise UnusableError(
            f"options must be two or more letters A to Z, not {', '.join(asked.options) or 'none'}"
        )
    if blank := [letter for letter, text in asked.options.items() if not text.strip()]:
        raise UnusableError(f"option {', '.join(blank)} has no text")
    if not letters or len(set(letters)) != len(letters):
        raise UnusableError("gold letters must not be empty or name a letter twice")
    if strange := [letter for letter in letters if letter not in asked.options]:
        raise UnusableError(
            f"right answer {', '.join(strange)!r} is not among the options {', '.join(asked.options)}"
        )
    if len(letters) > 1 and task.metric == "accuracy":
        raise UnusableError("metric 'accuracy' takes one right letter, here are several; use 'exact_set'")


def _check_yes_no_maybe(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    _check_one_label(_shaped(gold, _Label, "gold").label, task.options.get("labels", ["yes", "no", "maybe"]))


def _check_label(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    _check_one_label(_shaped(gold, _Label, "gold").label, task.options.get("labels"))


def _check_labels(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    labels = _shaped(gold, _Labels, "gold").labels
    if len(set(labels)) != len(labels):
        raise UnusableError("gold names a label twice")
    for label in labels:
        _check_one_label(label, task.options.get("labels"))


def _check_one_label(label: str, known: Sequence[str] | None) -> None:
    """Open label sets (codes of a catalogue) have no list of known ones."""
    if not label.strip():
        raise UnusableError("gold label is empty")
    if known is not None and label not in known:
        raise UnusableError(f"gold label {label!r} is not among the task's labels: {', '.join(known)}")


def _check_records(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    option = task.options.get
    fields = option("fields") or [*option("subject", ()), *option("features", ())]
    for record in _shaped(gold, _Records, "gold").records:
        if not any(text.strip() for text in record.values()):
            raise UnusableError("gold has an empty record")
        if fields and (strange := [name for name in record if name not in fields]):
            raise UnusableError(f"gold has field {', '.join(strange)!r}, the task has: {', '.join(fields)}")


def _check_correction(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    found = _shaped(gold, _Correction, "gold")
    ids = [number for number, _ in asked.sentences]
    if len(set(ids)) != len(ids) or not all(text.strip() for _, text in asked.sentences):
        raise UnusableError("sentences must have a text each and no number twice")
    if found.flag == 0 and (found.sentence_id is not None or found.correction is not None):
        raise UnusableError("flag 0 (no error) cannot name a sentence or a correction")
    if found.flag == 1 and found.sentence_id not in ids:
        raise UnusableError(f"sentence {found.sentence_id!r} is not among the sentences {', '.join(ids)}")
    if found.flag == 1 and not (found.correction or "").strip():
        raise UnusableError("flag 1 (error) needs a correction")


def _check_references(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    references = _shaped(gold, _References, "gold").references
    if not references or not all(text.strip() for text in references):
        raise UnusableError("gold references must not be empty")


def _check_calculation(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    found = _shaped(gold, _Number | _Integer | _Date | _WeeksDays, "gold")  # type: ignore[arg-type]
    if isinstance(found, _Number):
        if not all(map(isfinite, (found.lower, found.value, found.upper))):
            raise UnusableError("value and limits must be finite numbers")
        if not found.lower <= found.value <= found.upper:
            raise UnusableError(f"value {found.value} is not between {found.lower} and {found.upper}")
    elif isinstance(found, _Integer) and abs(found.value) > 2**53:
        raise UnusableError(f"{found.value} is too large for a whole number")
    elif isinstance(found, _Date) and not _is_day(found.value):
        raise UnusableError(f"{found.value!r} is not a day as in 2024-05-01")
    elif isinstance(found, _WeeksDays) and not (0 <= found.value[0] <= 1000 and 0 <= found.value[1] <= 6):
        raise UnusableError(f"{list(found.value)} is not weeks and days (0 to 6)")


def _check_judged(asked: _Input, task: TaskSpec) -> None:
    judged = {"answer": asked.answer, "answers": asked.answers, "criterion": asked.criterion}
    if task.family not in JUDGING:
        given = [name for name, value in {**judged, "reference": asked.reference}.items() if value]
        if given:
            raise UnusableError(
                f"input has {', '.join(given)}: only {', '.join(JUDGING)} items judge an answer"
            )
        return
    wanted = {"risk_label": {"answer"}, "criterion": {"criterion", "answer"}, "preference": {"answers"}}
    if strange := [name for name, value in judged.items() if value and name not in wanted[task.family]]:
        raise UnusableError(f"input has {', '.join(strange)}, which no {task.family} item has")


def _check_risk_labels(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    labels = _shaped(gold, RiskLabels, "gold").labels
    _check_raters([label.rater for label in labels])
    if not asked.answer.strip():
        raise UnusableError("input has no answer to be judged")
    named = {category for label in labels for category in label.errors or ()}
    if strange := sorted(named - set(CATEGORIES)):
        raise UnusableError(f"gold names the error {', '.join(strange)}; known: {', '.join(CATEGORIES)}")


def _check_criterion_labels(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    labels = _shaped(gold, CriterionLabels, "gold").labels
    _check_raters([label.rater for label in labels])
    if not asked.criterion.strip():
        raise UnusableError("input has no criterion")
    if not asked.answer.strip() and not asked.dialogue.strip():
        raise UnusableError("input has neither an answer nor a dialogue to be judged")
    for label in labels:
        if label.turn is not None and not (label.met and label.turn >= 1):
            raise UnusableError("a turn, from 1, is given only where the criterion is met")


def _check_preferences(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    _check_raters([label.rater for label in _shaped(gold, PreferenceLabels, "gold").labels])
    if set(asked.answers) != {"a", "b"} or not all(text.strip() for text in asked.answers.values()):
        raise UnusableError('input answers must be two texts, {"a": "…", "b": "…"}')


def _check_raters(raters: Sequence[str]) -> None:
    if not raters:
        raise UnusableError("gold has no label; an item nobody judged cannot be scored")
    if len(set(raters)) != len(raters) or not all(rater.strip() for rater in raters):
        raise UnusableError("gold labels must name their rater, each rater once")


def _check_case(gold: Mapping[str, Any], asked: _Input, task: TaskSpec) -> None:
    case = _shaped(gold, Case, "gold")
    beside = [name for name in msgspec.structs.asdict(asked) if name != "question" and getattr(asked, name)]
    if beside or not asked.question.strip():
        raise UnusableError("input of a consultation is the patient's opening as its question, nothing else")
    for name, found in (("facts", case.facts), ("must_ask", case.must_ask)):
        ids = [each.id for each in found]
        if not found or len(set(ids)) < len(ids) or not all(each.id and each.text.strip() for each in found):
            raise UnusableError(f"gold {name} must not be empty, and each needs a text and an id of its own")
    if not case.diagnosis.text.strip() or not all(name.strip() for name in case.diagnosis.names):
        raise UnusableError("gold diagnosis needs a text, and its names must not be empty")
    if task.metric == "diagnosis_named" and not case.diagnosis.names:
        raise UnusableError("metric 'diagnosis_named' needs gold diagnosis.names; use 'must_ask_coverage'")


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


_CHECKS: dict[str, Callable[[Mapping[str, Any], _Input, TaskSpec], None]] = {
    "multiple_choice": _check_letters,
    "yes_no_maybe": _check_yes_no_maybe,
    "classification": _check_label,
    "multi_label": _check_labels,
    "extraction": _check_records,
    "error_correction": _check_correction,
    "summarisation": _check_references,
    "open_question": _check_references,
    "calculation": _check_calculation,
    "risk_label": _check_risk_labels,
    "criterion": _check_criterion_labels,
    "preference": _check_preferences,
    "consultation": _check_case,
}
