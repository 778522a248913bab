"""From a TOML file to a `Mode`. What is wrong is refused with the file, the field and the reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from evaluation.domain.benchmarks import FAMILIES
from evaluation.domain.dialogues.settings import MOST_EXCHANGES
from evaluation.domain.prompts.modes import Mode
from evaluation.domain.prompts.wording import places
from evaluation.domain.shapes import UnusableError
from evaluation.domain.specification import SLUG
from evaluation.domain.validation import check_text, texts

LONGEST_FILE = 200_000  # bytes
VOTING = ("self_consistency", "ensemble_refinement")

# field → lowest and highest value allowed
RANGES: Mapping[str, tuple[float, float]] = {
    "shots.count": (0, 64),
    "shots.seed": (0, 2**63 - 1),
    "votes.k1": (1, 100),
    "votes.t1": (0, 2),
    "votes.k2": (0, 100),
    "votes.t2": (0, 2),
    "decoding.max_new_tokens": (1, 1_000_000),
    "decoding.temperature": (0, 2),
    "decoding.top_p": (0, 1),
    "decoding.top_k": (0, 1_000_000),
    "decoding.seed": (0, 2**63 - 1),
    "input_limit": (1, 10_000_000),
    "followups.rounds": (0, 20),
    "followups.seed": (0, 2**63 - 1),
    "consultation.exchanges": (1, MOST_EXCHANGES),
}

# text → the places it must have; it may have no others
PLACES: Mapping[str, frozenset[str]] = {
    "template.alone": frozenset({"instruction"}),
    "template.input": frozenset({"input"}),
    "template.merged": frozenset({"instruction", "input"}),
    "template.merged_next": frozenset({"input"}),
    "completion.head": frozenset({"instruction"}),
    "completion.example": frozenset({"input", "output"}),
    "completion.input": frozenset({"input"}),
    "refinement.input": frozenset({"input", "explanations"}),
    "refinement.explanation": frozenset({"number", "text"}),
}


class ModeError(ValueError):
    """A mode's file is broken; the message names file, field and remedy."""


def read_mode(path: Path) -> Mode:
    """The mode in a TOML file that is called by its id."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModeError(f"{path.name}: cannot be read: {error.strerror or error}") from None
    found = parse_mode(content, path.name)
    if found.id != path.stem:
        raise ModeError(f"{path.name}: id is {found.id!r}; call the file {found.id}.toml or change the id")
    return found


def parse_mode(content: bytes, name: str) -> Mode:
    """As `read_mode`, from bytes; `name` is what errors call them."""
    if len(content) > LONGEST_FILE:
        raise ModeError(f"{name}: larger than {LONGEST_FILE:,} bytes; a mode is a few texts and numbers")
    try:
        found = msgspec.convert(tomllib.loads(content.decode("utf-8")), Mode)
    except UnicodeDecodeError:
        raise ModeError(f"{name}: not UTF-8 text; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:  # broken TOML, or msgspec.ValidationError
        raise ModeError(f"{name}: {error}") from None
    for fault in _faults(found):
        raise ModeError(f"{name}: {fault}")
    return found


def _faults(mode: Mode) -> Iterator[str]:
    written = msgspec.to_builtins(mode)
    yield from _text_faults(mode, written)
    for field, (low, high) in RANGES.items():
        value = _field(written, field)
        if value is not None and not low <= value <= high:
            yield f"{field} is {value}; it must be between {low:,} and {high:,}"
    if mode.decoding.top_p == 0:
        yield "decoding.top_p is 0, which leaves no token; 1 cuts nothing off"
    if strange := sorted(set(mode.families) - set(FAMILIES)):
        yield f"families names {', '.join(strange)}; known: {', '.join(FAMILIES)}"
    yield from _shot_faults(mode)
    yield from _vote_faults(mode)
    yield from _talk_faults(mode)


def _text_faults(mode: Mode, written: Mapping[str, Any]) -> Iterator[str]:
    for text in texts(written):
        try:
            check_text(text)
        except UnusableError as fault:
            yield str(fault)
    if not re.fullmatch(SLUG, mode.id):
        yield f"id {mode.id!r}: use small letters, digits and '-', as in 'direct-5-shot'"
    for field in ("label", "description"):
        if not getattr(mode, field).strip():
            yield f"{field} is empty; readers of a board need it"
    for field, wanted in (*PLACES.items(), *_example_places(mode)):
        yield from _place_faults(field, _field(written, field), wanted)
    if any(not each.find for each in mode.replacements):
        yield "a replacement has an empty 'find'; name the sentence it replaces"


def _example_places(mode: Mode) -> Iterator[tuple[str, frozenset[str]]]:
    within = mode.template.examples == "instruction"
    yield "template.instruction", frozenset({"instruction", "examples"} if within else {"instruction"})
    if within:
        yield "template.example", frozenset({"input", "output"})


def _place_faults(field: str, text: str, wanted: frozenset[str]) -> Iterator[str]:
    found = places(text)
    for name in sorted(wanted):
        if found.count(name) != 1:
            yield f"{field} has the place {{{name}}} {found.count(name)} times; it needs it once"
    if strange := sorted(set(found) - wanted):
        yield f"{field} has the place {{{strange[0]}}}, which nothing fills"


def _shot_faults(mode: Mode) -> Iterator[str]:
    if (mode.shots.choice == "none") != (mode.shots.count == 0):
        yield f'shots.choice is "{mode.shots.choice}" with a count of {mode.shots.count}; "none" goes with 0'


def _vote_faults(mode: Mode) -> Iterator[str]:
    votes = mode.votes
    if mode.strategy not in VOTING and (votes.k1 > 1 or votes.k2 > 0):
        yield f"strategy {mode.strategy!r} takes no votes; they go with {' and '.join(VOTING)}"
    if mode.strategy == "self_consistency" and (votes.k1 < 2 or votes.t1 == 0):
        yield "self_consistency needs votes.k1 of 2 or more and votes.t1 above 0: equal samples cannot vote"
    if mode.strategy == "ensemble_refinement" and (votes.k2 < 1 or (votes.k1 > 1 and votes.t1 == 0)):
        yield "ensemble_refinement needs votes.k2 of 1 or more, and votes.t1 above 0 for several explanations"


def _talk_faults(mode: Mode) -> Iterator[str]:
    """Of modes of several turns."""
    follow, consult = mode.followups, mode.consultation
    if (mode.strategy == "followups") != bool(follow.turns) or bool(follow.turns) != bool(follow.rounds):
        yield "followups.turns and followups.rounds go with the strategy 'followups', and it needs both"
    if len({turn.id for turn in follow.turns}) < len(follow.turns):
        yield "followups.turns has an id twice; each needs its own"
    for turn in follow.turns:
        if not turn.text.strip() or set(places(turn.text)) - {"other"}:
            yield f"the follow-up {turn.id!r} must say something, and {{other}} is its only place"
    if (mode.strategy == "consultation") != bool(consult.doctor.strip() and consult.closing.strip()):
        yield "consultation.doctor and .closing go with the strategy 'consultation', and it needs both"
    if consult.doctor:
        yield from _place_faults(
            "consultation.doctor", consult.doctor, frozenset({"exchanges", "questions", "end"})
        )


def _field(written: Mapping[str, Any], path: str) -> Any:
    value: Any = written
    for name in path.split("."):
        value = value[name]
    return value
