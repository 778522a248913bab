"""What a judge is shown of an item: what the answer was made from, then the answer and what it is judged by.

What the judged system was told to do is part of the question here: the item's own instruction is the judge's.

Whatever precedes the answer may be cut to fit a window; the answer, the criterion and the reference are not.
Where a consultation itself is judged, the doctor's turns are numbered, so that a judge can name one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from evaluation.domain.judging.labels import PREFERENCES

_DOCTOR = re.compile(r"^[ \t]*(?:doctor|dr\.?|physician|clinician|assistant)[ \t]*:", re.IGNORECASE)
_SAID: dict[str, str] = {"a": "A", "b": "B", "tie": "tie", "both_unacceptable": "both unacceptable"}


def is_judging(asked: Mapping[str, Any]) -> bool:
    """Whether an input asks for a judgement of somebody's answer."""
    return any(asked.get(name) for name in ("answer", "answers", "criterion"))


def judged_parts(asked: Mapping[str, Any]) -> tuple[str, str]:
    """(what may be cut from its end, what may not), each part under a heading of its own."""
    sentences = "\n".join(f"{number} {text}" for number, text in asked.get("sentences") or ())
    dialogue = str(asked.get("dialogue") or "")
    body = _headed(
        ("Source text", asked.get("context") or sentences),
        ("Conversation", dialogue if asked.get("answer") else numbered_turns(dialogue)),
    )
    answers = asked.get("answers") or {}
    options = "\n".join(f"{letter}. {text}" for letter, text in (asked.get("options") or {}).items())
    ending = _headed(
        ("Question or task", "\n".join(filter(None, (asked.get("question"), options)))),
        ("Reference", asked.get("reference")),
        ("Answer to be judged", asked.get("answer")),
        ("Answer A", answers.get("a")),
        ("Answer B", answers.get("b")),
        ("Criterion", asked.get("criterion")),
    )
    return body, f"\n\n{ending}" if body else ending


def numbered_turns(dialogue: str) -> str:
    """The dialogue with "[turn 1]" before the first line of the doctor, and so on."""
    lines, turn = [], 0
    for line in dialogue.split("\n"):
        if _DOCTOR.match(line):
            turn += 1
            lines.append(f"[turn {turn}] {line.lstrip()}")
        else:
            lines.append(line)
    return "\n".join(lines)


def swapped(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The same input with its two answers in the other order."""
    answers = asked["answers"]
    return {**asked, "answers": {"a": answers["b"], "b": answers["a"]}}


def answer_of(family: str, gold: Mapping[str, Any]) -> str:
    """What most physicians said, as an answer that the metrics read: the output of a worked example.

    Where as many said one thing as another: the higher risk, not met, and a tie.
    """
    labels = gold["labels"]
    if family == "risk_label":
        times = Counter(label["risk"] for label in labels)
        return f"Risk level: {max(times, key=lambda risk: (times[risk], risk))}"
    if family == "criterion":
        return "met" if 2 * sum(label["met"] for label in labels) > len(labels) else "not met"
    ranked = Counter(label["preference"] for label in labels).most_common(2)
    alone = len(ranked) == 1 or ranked[0][1] > ranked[1][1]
    return _SAID[ranked[0][0]] if alone else _SAID[PREFERENCES[2]]


def _headed(*parts: tuple[str, Any]) -> str:
    return "\n\n".join(f"{name}:\n{text}" for name, text in parts if text)
