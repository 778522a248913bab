"""Prompt modes: ways of asking, as data in evaluation/specs/modes/*.toml.

A mode is part of what a score means, so everything that shapes a prompt or its decoding is in it and in its
hash. Texts in a mode have places such as {instruction} and {input}; what is put there is never read again for
places, so braces in a note are harmless.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from evaluation.domain.asking import Decoding
from evaluation.domain.dialogues.settings import Consultation, FollowUps

FOLDER = Path(__file__).parents[2] / "specs" / "modes"

Strategy = Literal[
    "direct",
    "chain_of_thought",
    "self_consistency",
    "ensemble_refinement",
    "options_loglikelihood",
    "followups",
    "consultation",
]
Thinking = Literal["unset", "on", "off", "low", "medium", "high"]
THINKING: tuple[str, ...] = get_args(Thinking)

SMALL_WINDOW, SMALL_ANSWER = 2_048, 512  # BRIDGE: 512 tokens of answer for windows of two to four thousand
ANSWER_SHARE = 8  # BRIDGE: otherwise an eighth of the window


class UnknownModeError(LookupError):
    """There is no such mode; the message lists those there are."""


class Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a mode's file."""


class Shots(Plain, frozen=True):
    """Worked examples: the first `count` of the task's pool, or drawn for each item."""

    count: int = 0
    choice: Literal["none", "fixed", "drawn"] = "none"
    seed: int = 42


class Votes(Plain, frozen=True):
    """Samples and temperature: of the answers (k1, t1), or of explanations, then answers (k2, t2)."""

    k1: int = 1
    t1: float = 0.0
    k2: int = 0
    t2: float = 0.0


class Sampling(Plain, frozen=True):
    """The mode's defaults for `asking.Decoding`."""

    max_new_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 42
    stop: tuple[str, ...] = ()


class Template(Plain, frozen=True):
    """The texts of a chat. Examples are turns of their own, or written into the instruction."""

    examples: Literal["turns", "instruction"] = "turns"
    instruction: str = "{instruction}"
    alone: str = "{instruction}"  # the instruction when there is no example to write into it
    example: str = ""  # one example written into the instruction
    between: str = "\n\n"  # such examples
    input: str = "{input}"
    merged: str = "{instruction}\n\nInput:\n{input}"  # the first user turn where there is no system role
    merged_next: str = "Input:\n{input}"  # later ones


class Completion(Plain, frozen=True):
    """The same as one text for a base model, which goes on where it ends."""

    head: str = "{instruction}\n\n"
    example: str = "Input:\n{input}\nAnswer: {output}\n\n"
    input: str = "Input:\n{input}\nAnswer:"
    stop: tuple[str, ...] = ()


class Refinement(Plain, frozen=True):
    """The second stage of ensemble refinement: the input with the explanations of the first."""

    input: str = "{input}\n\n{explanations}"
    explanation: str = "Explanation {number}:\n{text}"


class Replacement(Plain, frozen=True):
    """A sentence of a published instruction and what this mode says instead."""

    find: str
    put: str


class Mode(Plain, frozen=True, kw_only=True):
    id: str
    label: str
    description: str
    strategy: Strategy
    system: Literal["role", "merged"] = "role"  # merged: the instruction always opens the first user turn
    thinking: Thinking = "unset"  # the model's reasoning switch
    families: tuple[str, ...] = ()  # those it can be asked; empty: all
    input_limit: int | None = None  # tokens of an item's input, counted as one user turn
    answer_form: Literal["unless_named", "without_instruction"] = "unless_named"  # when a line says it
    final_marker: str = ""  # what the answer follows, once the model has thought aloud
    instruction_end: str = ""  # added to an instruction that has no replacement in it
    replacements: tuple[Replacement, ...] = ()
    shots: Shots = Shots()
    votes: Votes = Votes()
    decoding: Sampling = Sampling()
    template: Template = Template()
    completion: Completion = Completion()
    refinement: Refinement = Refinement()
    followups: FollowUps = FollowUps()
    consultation: Consultation = Consultation()

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits over everything the mode says, its reasoning switch included."""
        return _sha256(self)

    @property
    def template_sha256(self) -> str:
        """The same over its wording alone."""
        wording = (self.system, self.answer_form, self.instruction_end, self.replacements)
        talks = (self.followups, self.consultation)
        return _sha256((*wording, self.template, self.completion, self.refinement, *talks))

    @property
    def identity(self) -> str:
        """The name a board shows: the id, with the reasoning switch where it is set."""
        return self.id if self.thinking == "unset" else f"{self.id}, thinking {self.thinking}"

    @property
    def analysis_first(self) -> bool:
        """Whether BRIDGE's metrics must look for the answer after "Result:" (their option of this name)."""
        return self.final_marker.casefold() == "result:"

    def decoding_for(self, window: int | None) -> Decoding:
        """The mode's decoding, its answer no longer than BRIDGE allows in a window of so many tokens."""
        chosen = msgspec.structs.asdict(self.decoding)
        if window is not None:
            share = max(1, window // ANSWER_SHARE)
            most = max(share, SMALL_ANSWER) if window >= SMALL_WINDOW else share
            chosen["max_new_tokens"] = min(self.decoding.max_new_tokens, most)
        return Decoding(**chosen)

    def with_thinking(self, thinking: Thinking) -> Mode:
        return msgspec.structs.replace(self, thinking=thinking)


def mode(name: str) -> Mode:
    """The shipped mode called `name`; UnknownModeError lists those there are."""
    known = {each.id: each for each in modes()}
    if name not in known:
        raise UnknownModeError(f"There is no prompt mode {name!r}; there are {', '.join(known)}.")
    return known[name]


@cache
def modes() -> tuple[Mode, ...]:
    """Every shipped mode, by id."""
    from evaluation.domain.prompts.mode_files import read_mode

    return tuple(read_mode(path) for path in sorted(FOLDER.glob("*.toml")))


def _sha256(said: object) -> str:
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
