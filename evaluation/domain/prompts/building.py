"""A prompt that fits: the turns a model is sent for one item, and what had to be left out of them.

Where a prompt with its answer does not fit the model's window, BRIDGE's rule holds: the input is cut first,
at its end; then examples are added while they fit. What was cut is recorded with the answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from evaluation.domain.asking import Decoding, Failure, Turn
from evaluation.domain.prompts.cutting import clipped, longest
from evaluation.domain.prompts.layout import Layout
from evaluation.domain.prompts.modes import Mode
from evaluation.domain.prompts.rendering import Shown, shown
from evaluation.domain.prompts.shots import Shot
from evaluation.domain.prompts.wording import fill, instruction_of

LEAST = 200  # characters of an explanation, below which it says nothing any more


@dataclass(frozen=True, slots=True)
class Asked:
    """One item as asked; `instruction` is the task's prompt, `input` and `options` as in `benchmarks`."""

    key: str
    task: str
    family: str
    language: str
    instruction: str
    input: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fit:
    """What the model takes. `count` gives the tokens of a prompt, the opening of its answer included."""

    window: int | None  # tokens of prompt and answer together; None: not known, nothing is cut for it
    count: Callable[[Sequence[Turn]], int]
    takes_system: bool = True
    is_chat: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut from the end of an input, and why: the mode's limit for inputs, or the window."""

    tokens: int
    characters: int
    rule: Literal["input_limit", "window"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """`shots` are the keys of the examples shown, `left_out` of those for which there was no room."""

    turns: tuple[Turn, ...]
    shots: tuple[str, ...]
    left_out: tuple[str, ...]
    cut: Cut | None
    sha256: str  # of the turns as rendered
    template_sha256: str  # of the mode's wording

    def record(self) -> dict[str, Any]:
        """What explains the prompt of an answer, as JSON."""
        return {
            "prompt_sha256": self.sha256,
            "template_sha256": self.template_sha256,
            "shots": list(self.shots),
            "shots_left_out": list(self.left_out),
            "cut": asdict(self.cut) if self.cut else None,
        }


def build(
    mode: Mode, asked: Asked, shots: Sequence[Shot], fit: Fit, decoding: Decoding | None = None
) -> Prompt | Failure:
    """The prompt for one item, or why there can be none; `decoding` defaults to the mode's.

    The item itself is never among its examples, nor one with the same input under another key.
    """
    draft = Draft(mode, asked, fit, decoding or mode.decoding_for(fit.window))
    usable = [shot for shot in shots if shot.key != asked.key and shot.input_text != draft.shown.text]
    return draft.prompt(usable[: mode.shots.count])


def build_refined(
    mode: Mode, asked: Asked, explanations: Sequence[str], fit: Fit, decoding: Decoding | None = None
) -> Prompt | Failure:
    """The question with all explanations, long ones cut at their beginning to the same length."""
    return Draft(mode, asked, fit, decoding or mode.decoding_for(fit.window)).refined(explanations)


class Draft:
    """One item on its way to a prompt; `room` is the tokens its prompt may take."""

    def __init__(self, mode: Mode, asked: Asked, fit: Fit, decoding: Decoding) -> None:
        self.mode, self.fit, self.decoding = mode, fit, decoding
        told = instruction_of(mode, asked.family, asked.instruction, asked.input, asked.options)
        self.layout = Layout(mode, told, fit.takes_system, fit.is_chat)
        self.room = None if fit.window is None else fit.window - decoding.max_new_tokens
        self.shown: Shown = shown(asked.input)

    def prompt(self, shots: Sequence[Shot]) -> Prompt | Failure:
        end, cut = self._within_limit()
        if cut and not end:
            return self._beyond_limit()
        text = self._clipped(end)
        if self._fits(text, shots):
            return self._done(text, shots, shots, cut)
        if self._fits(text, ()):
            number = longest(len(shots) - 1, lambda n: self._fits(text, shots[:n]))
            return self._done(text, shots[:number], shots, cut)
        end = longest(end - 1, lambda n: self._fits(self._clipped(n), ()))
        if not end:
            return self._too_long("The instruction and the question")
        return self._done(self._clipped(end), (), shots, self._cut(end, "window"))

    def refined(self, explanations: Sequence[str]) -> Prompt | Failure:
        end, cut = self._within_limit()
        if cut and not end:
            return self._beyond_limit()
        whole = max((len(each) for each in explanations), default=0)
        text = self._clipped(end)
        if self._fits(self._explained(text, explanations, whole), ()):
            return self._done(self._explained(text, explanations, whole), (), (), cut)
        length = longest(whole, lambda n: self._fits(self._explained(text, explanations, n), ()))
        if length < min(LEAST, whole):
            return self._too_long(f"The question and {len(explanations)} explanations of it")
        return self._done(self._explained(text, explanations, length), (), (), cut)

    def _within_limit(self) -> tuple[int, Cut | None]:
        """How much of the body the mode's limit for inputs leaves."""
        limit, count, whole = self.mode.input_limit, self.fit.count, len(self.shown.body)
        if limit is None or count([Turn("user", self.shown.text)]) <= limit:
            return whole, None
        end = longest(whole - 1, lambda n: count([Turn("user", self._clipped(n))]) <= limit)
        return end, self._cut(end, "input_limit")

    def _clipped(self, end: int) -> str:
        return clipped(self.shown.body, end) + self.shown.after

    def _explained(self, text: str, explanations: Sequence[str], length: int) -> str:
        written = (
            fill(self.mode.refinement.explanation, number=str(number), text=_ending(each, length))
            for number, each in enumerate(explanations, start=1)
        )
        return fill(self.mode.refinement.input, input=text, explanations="\n\n".join(written))

    def _fits(self, text: str, shots: Sequence[Shot]) -> bool:
        return self.room is None or self.fit.count(self.layout.turns(text, shots)) <= self.room

    def _cut(self, end: int, rule: Literal["input_limit", "window"]) -> Cut:
        kept = self._clipped(end)
        tokens = [self.fit.count(self.layout.turns(text)) for text in (self.shown.text, kept)]
        return Cut(tokens[0] - tokens[1], len(self.shown.text) - len(kept), rule)

    def _done(self, text: str, shown: Sequence[Shot], offered: Sequence[Shot], cut: Cut | None) -> Prompt:
        turns = self.layout.turns(text, shown)
        keys = tuple(shot.key for shot in offered)
        return Prompt(
            turns=turns,
            shots=keys[: len(shown)],
            left_out=keys[len(shown) :],
            cut=cut,
            sha256=turns_sha256(turns),
            template_sha256=self.mode.template_sha256,
        )

    def _beyond_limit(self) -> Failure:
        return Failure(
            "too_long",
            f"Mode {self.mode.id} allows an input {self.mode.input_limit:,} tokens; the question and its "
            "options have more. Choose a mode without such a limit.",
        )

    def _too_long(self, what: str) -> Failure:
        answer = self.decoding.max_new_tokens
        return Failure(
            "too_long",
            f"{what} do not fit: the model's window is {self.fit.window:,} tokens, of which the answer may "
            f"take {answer:,}. Lower max_new_tokens, choose a shorter mode or a model with a larger window.",
        )


def turns_sha256(turns: Sequence[Turn]) -> str:
    """64 hexadecimal digits over roles, texts and images."""
    said = [
        [turn.role, turn.text, *(hashlib.sha256(image).hexdigest() for image in turn.images)]
        for turn in turns
    ]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def _ending(text: str, length: int) -> str:
    return text[max(0, len(text) - length) :]
