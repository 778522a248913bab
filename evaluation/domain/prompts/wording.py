"""Texts with places to fill, and the instruction a mode makes of a task's prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evaluation.domain.prompts.answer_form import answer_form
from evaluation.domain.prompts.modes import Mode

_PLACE = re.compile(r"\{([a-z_]+)\}")


def places(text: str) -> list[str]:
    """The names of a text's places, in order."""
    return _PLACE.findall(text)


def fill(text: str, /, **values: str) -> str:
    """The text with its places filled, in one pass: what is filled in is not looked at again."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def instruction_of(
    mode: Mode, family: str, prompt: str, asked: Mapping[str, Any], options: Mapping[str, Any]
) -> str:
    """What the system is told to do: the task's prompt and the item's own instruction, as the mode has it."""
    own = str(asked.get("instruction") or "")
    told = "\n".join(dict.fromkeys(part for part in (prompt, own) if part.strip()))
    if mode.answer_form == "unless_named" or not told:
        told = "\n".join(filter(None, (told, answer_form(family, told, asked, options))))
    return _as_the_mode_says(mode, told)


def _as_the_mode_says(mode: Mode, told: str) -> str:
    """With its replacements made; what the mode adds at the end only where none of them is there."""
    said = told
    for replacement in mode.replacements:
        said = said.replace(replacement.find, replacement.put)
    if any(replacement.put in said for replacement in mode.replacements):
        return said
    return f"{said}{mode.instruction_end}" if said else mode.instruction_end.lstrip("\n")
