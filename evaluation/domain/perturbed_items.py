"""Variants of multiple-choice items that leave the right answer as it is: other order, misleading remarks.

Every variant is drawn from a seed and the item's key, so that it is the same on every machine. The remarks
put into words, for each cognitive bias, what might pull a reader towards a wrong option.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evaluation.domain.benchmarks import Question
from evaluation.domain.perturbation import MARK

OPTION_ORDER = "option_order"

REMARKS = {
    "self_diagnosis": "The patient has read about it and is convinced that the answer is: {wrong}.",
    "recency": "The last patient you saw with the same complaint turned out to be a case of: {wrong}.",
    "confirmation": "Your first impression was: {wrong}. You look for what speaks for it.",
    "frequency": "In your practice such questions have nearly always come down to: {wrong}.",
    "cultural": "Where you work it is commonly held that people like this patient have: {wrong}.",
    "status_quo": "So far the patient has been managed on the assumption: {wrong}. Nobody has questioned it.",
    "false_consensus": "Most of your colleagues would say without hesitation: {wrong}.",
}
KINDS = (OPTION_ORDER, *REMARKS)

_POINTS = re.compile(
    r"\b(?:all|none|any|both|neither|either|two|three) (?:\w+ )?(?:of )?(?:the )?"
    r"(?:above|below|these|following|options?)\b"
    r"|\b(?:options?|choices?|both|neither) \(?[A-H]\b|\b[A-H]\)? (?:and|or|&) \(?[A-H]\b",
    re.IGNORECASE,
)


class CannotPerturbError(ValueError):
    """This item has no such variant; the message says why."""


def perturbed(item: Question, kind: str, task: str, seed: int) -> Question:
    """The variant of a multiple-choice item, belonging to `task`; CannotPerturbError where there is none."""
    if "options" not in item.input or "letters" not in item.gold:
        raise CannotPerturbError("only multiple-choice items can be perturbed")
    changed = _VARIANTS.get(kind, _remarked)(item, kind, _generator(item, kind, seed))
    key = f"{item.key}{MARK}{kind}"
    return replace(changed, task=task, key=key, cluster=item.cluster or item.key)


def _generator(item: Question, kind: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}\0{kind}\0{item.key}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def _reordered(item: Question, kind: str, rng: np.random.Generator) -> Question:
    """The same options under other letters; every right option moves, as far as there is another place."""
    options, right = item.input["options"], item.gold["letters"]
    letters = list(options)
    if len(letters) < 2 or len(right) == len(letters):
        raise CannotPerturbError("no other order of the options tells anything")
    if any(_POINTS.search(text) for text in [item.input.get("question", ""), *options.values()]):
        raise CannotPerturbError("an option or the question refers to options by their place")
    order = _order(letters, set(right), rng)  # the letter whose text each letter gets
    moved = {old: new for new, old in zip(letters, order, strict=True)}
    shown = {new: options[old] for new, old in zip(letters, order, strict=True)}
    gold = sorted((moved[letter] for letter in right), key=letters.index)
    return replace(item, input={**item.input, "options": shown}, gold={**item.gold, "letters": gold})


def _order(letters: list[str], right: set[str], rng: np.random.Generator) -> list[str]:
    """A random order in which the set of right letters is another one."""
    while True:
        order = [letters[number] for number in rng.permutation(len(letters))]
        if {new for new, old in zip(letters, order, strict=True) if old in right} != right:
            return order


def _remarked(item: Question, kind: str, rng: np.random.Generator) -> Question:
    """A remark after the question that speaks for one of the wrong options."""
    if kind not in REMARKS:
        raise CannotPerturbError(f"there is no perturbation {kind!r}; there are {', '.join(KINDS)}")
    wrong = [text for letter, text in item.input["options"].items() if letter not in item.gold["letters"]]
    if not wrong:
        raise CannotPerturbError("every option is right, so there is none to mislead to")
    remark = REMARKS[kind].format(wrong=wrong[int(rng.integers(len(wrong)))].strip().rstrip("."))
    asked = {**item.input, "question": f"{item.input['question']}\n\n{remark}"}
    return replace(item, input=asked)


_VARIANTS: dict[str, Callable[[Question, str, np.random.Generator], Question]] = {OPTION_ORDER: _reordered}
