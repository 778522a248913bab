"""What raters wrote in their own words, and what of it others may read.

A text that looks as if it named a patient is kept as written and read by nobody but its writer, until a
coordinator has looked at it: cleared it is shown as it is, redacted without the passages found. The decision
is about the text, known by its SHA-256, wherever and however often it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from raters.domain.privacy import findings
from raters.domain.rubric.rubric import Payload, Rubric

Decision = Literal["cleared", "redacted"]
HELD_BACK = "[held back: may name a person]"


@dataclass(frozen=True)
class Guard:
    """Lets through what others may read; `decisions` by SHA-256 of a text."""

    decisions: Mapping[str, str]

    def text(self, text: str) -> str:
        """The text, the text without what was found in it, or a note that it is held back."""
        if not text or not findings(text):
            return text
        decision = self.decisions.get(digest(text))
        if decision == "cleared":
            return text
        return redacted(text) if decision == "redacted" else HELD_BACK

    def is_held(self, text: str) -> bool:
        """Whether somebody still has to decide."""
        return bool(text) and digest(text) not in self.decisions and bool(findings(text))

    def payload(self, rubric: Rubric, payload: Payload) -> Payload:
        """A copy in which every text of the rater's own went through `text`."""
        return {name: _through(rubric, name, value, self.text) for name, value in payload.items()}


def digest(text: str) -> str:
    """SHA-256 of the text, 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def redacted(text: str) -> str:
    """The text with a word in brackets for each passage that looks like an identifier."""
    parts, done = [], 0
    for found in findings(text):
        parts += [text[done : found.start], f"[{found.kind.replace('_', ' ')} removed]"]
        done = found.end
    return "".join([*parts, text[done:]])


def own_texts(rubric: Rubric, payload: Payload) -> Iterator[tuple[str, str]]:
    """(axis, text) for everything in the rater's own words: answers of text axes, and notes anywhere.

    A passage marked in an answer is the answer's, not the rater's.
    """
    for name, value in payload.items():
        found: list[str] = []

        def noted(text: str, into: list[str] = found) -> str:
            into.append(text)
            return text

        _through(rubric, name, value, noted)
        yield from ((name, text) for text in found if text)


def _through(rubric: Rubric, axis: str, value: Any, change: Callable[[str], str]) -> Any:
    is_text = any(one.id == axis and one.type == "text" for one in rubric.axes)
    return _walked(value, change, is_text=is_text)


def _walked(value: Any, change: Callable[[str], str], *, is_text: bool) -> Any:
    if isinstance(value, str):
        return change(value) if is_text else value
    if isinstance(value, list):
        return [_walked(each, change, is_text=is_text) for each in value]
    if isinstance(value, Mapping):
        return {
            key: _walked(each, change, is_text=key == "note" or (is_text and key != "cannot_judge"))
            for key, each in value.items()
        }
    return value
