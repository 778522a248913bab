"""Evaluation sets of MedS³ (pixas/MedSSS): one chat turn that asks, and the answer apart.

`letters` reads questions whose last lines are "A. …", "B. …"; `text` those answered by a short text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, json_lines, settings_of

OPTION = re.compile(r"([A-J])\. (.+)")


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class Turn(msgspec.Struct):
    speaker: str = msgspec.field(name="from")
    value: str


class Evaluation(msgspec.Struct):
    answer: str


class Row(msgspec.Struct):
    id: str
    conversations: list[Turn]
    evaluation: Evaluation = msgspec.field(name="eval")


def letters(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for row, origin in json_lines(files, Row):
        stem, options = _stem_and_options(_asked(row, origin))
        asked = {"question": stem, "options": options}
        gold = {"letters": [row.evaluation.answer]}
        yield Located(Question(task, row.id, "public", asked, gold), origin)


def text(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for row, origin in json_lines(files, Row):
        asked = {"question": _asked(row, origin)}
        gold = {"references": [row.evaluation.answer]}
        yield Located(Question(task, row.id, "public", asked, gold), origin)


def _asked(row: Row, origin: Origin) -> str:
    """The human turn alone: the turn after it gives the answer away."""
    for turn in row.conversations:
        if turn.speaker == "human":
            return turn.value
    raise origin.error("no turn of the conversation is 'from': 'human'", row.id)


def _stem_and_options(text: str) -> tuple[str, dict[str, str]]:
    lines = text.rstrip().split("\n")
    options: list[tuple[str, str]] = []
    while lines and (found := OPTION.fullmatch(lines[-1].strip())):
        options.append((found[1], found[2]))
        lines.pop()
    return "\n".join(lines), dict(reversed(options))
