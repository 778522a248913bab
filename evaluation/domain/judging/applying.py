"""A judge on a run: the items that put a system's answers before a judge. No item has a reference label.

The verdicts on them are facts of their own, kept with the judge that gave them; a judge's score is never
shown as a physician's. References of private items go to a judge only where the caller hands them over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluation.domain.judging.prompts import JudgePrompt, prompt_for

Family = Literal["risk_label", "criterion", "preference"]
CARRIED = ("options", "context", "sentences", "dialogue")


class UnjudgeableError(ValueError):
    """These answers cannot be put before a judge; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An item as asked, and what the system answered; `reference` only where a judge may see it.

    `instruction` is the task's prompt: what the system was told to do.
    """

    key: str
    input: Mapping[str, Any]
    output: str
    instruction: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """`points` weigh it in the score; of a must-ask item the dialogue is judged, not the last answer."""

    id: str
    text: str
    points: float = 1.0
    must_ask: bool = False


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """One thing to be judged: `input` as in `benchmarks.Question`, `prompt` what the judge is told.

    `item` is the key of the answer judged, `criterion` and `points` what to score the verdict by.
    """

    key: str
    item: str
    family: Family
    input: Mapping[str, Any]
    prompt: JudgePrompt
    criterion: str = ""
    points: float = 0.0


def risk_items(answers: Iterable[Answered]) -> Iterator[JudgedItem]:
    """Every answer with a text of its own, for a grade of its risk; blank ones have nothing to be graded."""
    for answered in answers:
        if answered.output.strip():
            asked = {**_asked(answered), "answer": answered.output}
            yield _item(answered.key, answered.key, "risk_label", asked)


def criterion_items(
    answers: Iterable[Answered], criteria: Mapping[str, Sequence[Criterion]]
) -> Iterator[JudgedItem]:
    """Every answer with each of its criteria; UnjudgeableError for an answer that has none.

    The output of a simulated consultation is its transcript: must-ask items are asked of that.
    """
    for answered in answers:
        wanted = criteria.get(answered.key)
        if not wanted:
            raise UnjudgeableError(f"item {answered.key!r} has no criteria; give it some or leave it out")
        if len({criterion.id for criterion in wanted}) != len(wanted):
            raise UnjudgeableError(f"item {answered.key!r} has two criteria of one id; ids must be unique")
        for criterion in wanted:
            asked = {**_asked(answered), "criterion": criterion.text}
            asked["dialogue" if criterion.must_ask else "answer"] = answered.output
            key = f"{answered.key}/{criterion.id}"
            yield _item(key, answered.key, "criterion", asked, criterion.id, criterion.points)


def preference_items(first: Iterable[Answered], second: Iterable[Answered]) -> Iterator[JudgedItem]:
    """The answers of two systems to the same items, as a and b; items that only one answered are left out."""
    others = {answered.key: answered for answered in second}
    for answered in first:
        other = others.get(answered.key)
        if other is None or not (answered.output.strip() and other.output.strip()):
            continue
        if other.input != answered.input:
            raise UnjudgeableError(
                f"item {answered.key!r} was not asked alike of both systems; compare runs of one version"
            )
        asked = {**_asked(answered), "answers": {"a": answered.output, "b": other.output}}
        yield _item(answered.key, answered.key, "preference", asked)


def _asked(answered: Answered) -> dict[str, Any]:
    """The input as a judge sees it: what the system was told stands with the question."""
    asked = {name: answered.input[name] for name in CARRIED if answered.input.get(name)}
    told = (answered.instruction, answered.input.get("instruction"), answered.input.get("question"))
    if question := "\n".join(text.strip() for text in told if text):
        asked["question"] = question
    return {**asked, "reference": answered.reference} if answered.reference else asked


def _item(
    key: str, item: str, family: Family, asked: Mapping[str, Any], criterion: str = "", points: float = 0.0
) -> JudgedItem:
    return JudgedItem(key, item, family, asked, prompt_for(family, asked), criterion, points)
