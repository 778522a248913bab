"""An item of a benchmark as a case that physicians judge answers to. References have no way in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from raters.domain.rubric.case import Case
from raters.domain.rubric.rubric import Rubric
from raters.domain.specialties import SPECIALTIES


def case_of(asked: Mapping[str, Any], prompt: str, rubric: Rubric) -> Case:
    """What the system was asked, put where the rubric shows it: the text as source or as context."""
    text = "\n\n".join(part for part in (_text(asked), _sentences(asked)) if part)
    question = "\n\n".join(part for part in (str(asked.get("question", "")), _options(asked)) if part)
    instruction = str(asked.get("instruction", "")) or prompt
    if not question and "question" in rubric.shows and "instruction" not in rubric.shows:
        question = instruction
    as_source = "source" in rubric.shows
    in_question = not as_source and "context" not in rubric.shows and bool(text)
    return Case(
        question=f"{text}\n\n{question}".strip() if in_question else question,
        instruction=instruction,
        source=text if as_source else "",
        context="" if as_source or in_question else text,
    )


def drawn(positions: Sequence[int], number: int, seed: int, task: str) -> list[int]:
    """`number` of the positions, ascending, by the study's seed; fewer where there are no more."""
    generator = np.random.default_rng([seed % 2**63, *task.encode()[:200]])
    chosen = generator.permutation(len(positions))[:number]
    return sorted(positions[at] for at in chosen.tolist())


def specialty_of(named: Sequence[str]) -> str:
    """The specialty of a task where it names one that is known here, else ""."""
    codes = {name.casefold(): code for code, label in SPECIALTIES for name in (code, label)}
    found = {codes[name.casefold()] for name in named if name.casefold() in codes}
    return found.pop() if len(found) == 1 else ""


def _text(asked: Mapping[str, Any]) -> str:
    return "\n\n".join(str(asked[name]) for name in ("context", "dialogue") if asked.get(name))


def _sentences(asked: Mapping[str, Any]) -> str:
    return "\n".join(str(sentence[-1]) for sentence in asked.get("sentences", ()) if sentence)


def _options(asked: Mapping[str, Any]) -> str:
    options = asked.get("options")
    if not isinstance(options, Mapping):
        return ""
    return "\n".join(f"{letter}) {text}" for letter, text in options.items())
