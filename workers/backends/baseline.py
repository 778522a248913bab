"""Honest floors: systems that understand nothing, for every family of task.

A benchmark on which a model does not clearly beat these says nothing about the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event
from typing import Any

from evaluation.domain.asking import Engine, Finding, ModelSpec, Reply, Request, Turn
from evaluation.domain.benchmarks import CONSULTING, JUDGING
from workers.backends import baseline_dialogues, baseline_judging
from workers.backends.protocol import Log, ServingError

Item = Mapping[str, Any]  # a line of items.jsonl: what a system may see
Baseline = Callable[[Item], str]

LEAD_SENTENCES = 2
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*")
_DOSE = re.compile(r"\b\d+(?:\.\d+)? ?(?:mg|g|mcg|µg|units|IU|ml)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def constant(item: Item) -> str:
    """The first thing that may be said: option A, the first label, no error, nothing found."""
    if item["family"] in JUDGING:
        return baseline_judging.constant(item)
    match item["family"]:
        case "multiple_choice":
            return str(next(iter(item["input"]["options"])))
        case "yes_no_maybe":
            return "yes"
        case "classification" | "multi_label":
            return str(item["labels"][0])
        case "extraction":
            return "None"
        case "error_correction":
            return f"{item['id']} 0 -1 NA"
        case "calculation":
            return "1"
        case "consultation":
            return baseline_dialogues.as_transcript()
        case _:
            return _lead(_text(item), 1)


def longest(item: Item) -> str:
    """The longest option or label, often the right one of careless writers; elsewhere the text itself."""
    if item["family"] in JUDGING:
        return baseline_judging.longest(item)
    match item["family"]:
        case "multiple_choice":
            options = item["input"]["options"]
            return str(max(options, key=lambda letter: len(options[letter])))
        case "classification" | "multi_label":
            return str(max(item["labels"], key=len))
        case "calculation":
            return max(_numbers(item), key=float)
        case "summarisation" | "open_question":
            return _text(item)
        case _:
            return constant(item)


def overlap(item: Item) -> str:
    """The option or label that shares most words with the question; the lead of the text elsewhere."""
    if item["family"] in JUDGING:
        return baseline_judging.overlap(item)
    words = set(_words(_text(item)))
    match item["family"]:
        case "multiple_choice":
            options = item["input"]["options"]
            return str(max(options, key=lambda letter: _shared(options[letter], words)))
        case "yes_no_maybe":
            return "no" if words & {"not", "no", "without", "unclear"} else "yes"
        case "classification":
            return str(max(item["labels"], key=lambda label: _shared(label, words)))
        case "multi_label":
            named = [label for label in item["labels"] if _shared(label, words) > 0]
            return ", ".join(named or item["labels"][:1])
        case "extraction":
            return _doses(item)
        case "error_correction":
            return _least_supported_sentence(item)
        case "calculation":
            return _numbers(item)[-1]
        case "consultation":
            return constant(item)
        case _:
            return _lead(_text(item), LEAD_SENTENCES)


DOCTORS: dict[Baseline, Callable[[Sequence[Turn]], str]] = {
    constant: baseline_dialogues.constant,
    longest: baseline_dialogues.longest,
    overlap: baseline_dialogues.overlap,
}

BASELINES: dict[str, Baseline] = {
    "Baseline: constant": constant,
    "Baseline: longest option": longest,
    "Baseline: word overlap": overlap,
}


class BaselineBackend:
    """A baseline in the place of a model: it looks at the item itself, and at prompts in talks alone."""

    parallel = 1

    def __init__(self, name: str) -> None:
        self.name, self._baseline = name, _named(name)

    def about(self) -> Engine:
        return Engine("baseline", self.name, "", {}, "no model", is_chat=True)

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        return 0

    def replies(self, requests: Sequence[Request], stop: Event) -> Iterator[Reply]:
        for request in requests:
            if stop.is_set():
                return
            assert request.item is not None  # the runner always shows it
            yield Reply(request.key, self._said(request, request.item))

    def _said(self, request: Request, item: Item) -> str:
        if request.to == "patient":
            return baseline_dialogues.UNKNOWING
        if request.to == "judge":
            return baseline_judging.constant({"family": "criterion"})
        if item["family"] in CONSULTING:
            return DOCTORS[self._baseline](request.turns)
        return self._baseline(item)

    def close(self) -> None:
        """There is nothing to let go."""


def inspect(spec: ModelSpec) -> list[Finding]:
    try:
        _named(spec.model)
    except ServingError as error:
        return [Finding("baseline", "failed", str(error))]
    return [Finding("baseline", "ok", "A rule that needs no model and understands nothing.")]


def serve(spec: ModelSpec, log: Log) -> BaselineBackend:
    return BaselineBackend(spec.model)


def _named(name: str) -> Baseline:
    """By full name, or the part after "Baseline: "."""
    for known, baseline in BASELINES.items():
        if name.casefold() in {known.casefold(), known.partition(": ")[2].casefold()}:
            return baseline
    there = ", ".join(known.partition(": ")[2] for known in BASELINES)
    raise ServingError("unknown_baseline", f"There is no baseline {name!r}; there are {there}.")


def _text(item: Item) -> str:
    given = item["input"]
    sentences = " ".join(text for _, text in given.get("sentences", []))
    parts = [given.get(name, "") for name in ("context", "dialogue", "question")]
    return " ".join(part for part in [*parts, sentences] if part)


def _numbers(item: Item) -> list[str]:
    found: list[str] = _NUMBER.findall(_text(item))
    return found or ["1"]


def _words(text: str) -> list[str]:
    found: list[str] = _WORD.findall(text.casefold())
    return found


def _shared(text: str, words: set[str]) -> float:
    own = set(_words(text))
    return len(own & words) / len(own) if own else 0.0


def _lead(text: str, sentences: int) -> str:
    return " ".join(_SENTENCE_END.split(text)[:sentences]).strip()


def _doses(item: Item) -> str:
    """The word before every dose, as a record: the oldest trick of drug extraction."""
    text, fields = _text(item), item.get("fields", ["entity", "type"])
    lines = []
    for dose in _DOSE.finditer(text):
        before = _words(text[: dose.start()])
        values = {
            "entity": before[-1] if before else "",
            "drug": before[-1] if before else "",
            "dose": dose.group(),
        }
        lines.append(", ".join(f"{field}: {values.get(field, 'drug')}" for field in fields) + ";")
    return "\n".join(lines) or "None"


def _least_supported_sentence(item: Item) -> str:
    """Flag the sentence whose words occur least in the others, and leave it as it is."""
    sentences = item["input"].get("sentences", [])
    if not sentences:
        return constant(item)
    support = []
    for number, text in sentences:
        others = {word for other, rest in sentences if other != number for word in _words(rest)}
        support.append((_shared(text, others), number, text))
    _, number, text = min(support)
    return f'{item["id"]} 1 {number} "{text}"'
