"""What an answer is read into: the value kept and what was found wrong with it.

A finding of code "incomplete" stops a submission, not a draft: the value is kept. Any other says that the
value, or the entry it names, cannot be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from raters.domain.rubric.case import Criterion, Screen

LONGEST_TEXT = 10_000  # characters of a free text or a note


@dataclass(frozen=True)
class Finding:
    """What is wrong with an answer, or an entry of it: `part` is a criterion's id or a span's number."""

    code: str
    message: str
    part: str = ""


@dataclass(frozen=True)
class Shown:
    """What one answer to an axis can point at: marked texts by side, number of turns, criteria, answers."""

    texts: Mapping[str, str]
    turns: int
    criteria: Sequence[Criterion]
    answers: int


@dataclass
class Answer:
    """An answer as read. `value` None: nothing that could be kept."""

    value: Any = None
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, code: str, message: str, part: str = "") -> None:
        self.findings.append(Finding(code, message, part))


def shown_at(screen: Screen, position: int) -> Shown:
    """What an axis sees of the answer at a position from 1; position 1 is that of axes of the screen."""
    answer = screen.answers[position - 1]
    turns = len(answer.dialogue or screen.case.dialogue)
    texts = {"output": answer.text, "source": screen.case.source}
    return Shown(texts, turns, screen.case.criteria, len(screen.answers))


def described(value: object) -> str:
    """A value as a message may show it: texts in quotes and short, everything else by its kind."""
    if isinstance(value, str):
        return ascii(value[:40]) if not storable(value) else f'"{value[:40]}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    return {list: "a list", dict: "an object", type(None): "nothing"}.get(type(value), "something else")


def storable(text: str) -> bool:
    """Whether a database of Unicode text takes it: no null characters, no halves of characters."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def sound_text(value: str, answer: Answer, part: str) -> str | None:
    if len(value) > LONGEST_TEXT:
        answer.refuse("length", f"{len(value)} characters are too many: write at most {LONGEST_TEXT}", part)
    elif not storable(value):
        answer.refuse("text", "the text holds characters that cannot be stored: type it again", part)
    else:
        return value
    return None


def read_note(entry: dict[str, Any], kept: dict[str, Any], answer: Answer, part: str = "") -> None:
    note = entry.get("note")
    if isinstance(note, str):
        if (sound := sound_text(note, answer, part)) and sound.strip():
            kept["note"] = sound
    elif note is not None:
        answer.refuse("type", f"a note is text; this is {described(note)}", part)


def refuse_others(entry: dict[str, Any], known: Sequence[str], answer: Answer, part: str = "") -> None:
    for key in entry:
        if key not in known:
            answer.refuse("unknown_field", f"{described(key)} is no part of this answer", part)
