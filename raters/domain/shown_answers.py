"""An answer as raters are shown it: every text of it without the names of models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from raters.domain.masking import mask
from raters.domain.rubric.case import ShownAnswer, Turn


def masked_answer(answer: ShownAnswer, names: Sequence[str]) -> tuple[ShownAnswer, list[str]]:
    """The answer without the names of models, `names` among them, and what was taken out."""
    taken: list[str] = []

    def without(text: str) -> str:
        found = mask(text, names)
        taken.extend(replacement.original for replacement in found.replacements)
        return found.text

    shown = ShownAnswer(
        text=without(answer.text),
        twin_text=without(answer.twin_text),
        dialogue=tuple(Turn(speaker=turn.speaker, text=without(turn.text)) for turn in answer.dialogue),
    )
    return shown, taken


def texts_of(answer: ShownAnswer) -> Iterator[str]:
    """Everything that is written in an answer."""
    yield from (answer.text, answer.twin_text)
    for turn in answer.dialogue:
        yield from (turn.speaker, turn.text)
