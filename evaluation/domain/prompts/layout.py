"""Where instruction, examples and input stand in a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.domain.asking import Turn
from evaluation.domain.prompts.modes import Mode
from evaluation.domain.prompts.shots import Shot
from evaluation.domain.prompts.wording import fill


@dataclass(frozen=True, slots=True)
class Layout:
    """The turns of a mode for one instruction, for a chat or a base model."""

    mode: Mode
    instruction: str
    takes_system: bool
    is_chat: bool

    def turns(self, text: str, shots: Sequence[Shot] = ()) -> tuple[Turn, ...]:
        """The prompt for an input's text with these examples."""
        if not self.is_chat:
            return (Turn("user", self._completion(text, shots)),)
        instruction, asked = self._instruction(shots), fill(self.mode.template.input, input=text)
        spoken = () if self._examples_within else tuple(shots)
        if self.mode.system == "role" and self.takes_system:
            system = (Turn("system", instruction),) if instruction else ()
            return (*system, *_dialogue([*(shot.input_text for shot in spoken), asked], spoken))
        return tuple(self._merged(instruction, asked, spoken))

    @property
    def _examples_within(self) -> bool:
        return self.mode.template.examples == "instruction"

    def _instruction(self, shots: Sequence[Shot]) -> str:
        template = self.mode.template
        if not (shots and self._examples_within):
            text = template.alone if self._examples_within else template.instruction
            return fill(text, instruction=self.instruction)
        written = (fill(template.example, input=shot.input_text, output=shot.output_text) for shot in shots)
        return fill(
            template.instruction, instruction=self.instruction, examples=template.between.join(written)
        )

    def _merged(self, instruction: str, asked: str, shots: Sequence[Shot]) -> Sequence[Turn]:
        """The instruction opens the first user turn; every user turn then announces its input."""
        template = self.mode.template
        texts = [*(shot.input_text for shot in shots), asked]
        if not instruction:
            return _dialogue(texts, shots)
        opening = fill(template.merged, instruction=instruction, input=texts[0])
        return _dialogue([opening, *(fill(template.merged_next, input=text) for text in texts[1:])], shots)

    def _completion(self, text: str, shots: Sequence[Shot]) -> str:
        parts = self.mode.completion
        instruction = self._instruction(shots)
        head = fill(parts.head, instruction=instruction) if instruction else ""
        if self._examples_within:
            return head + fill(parts.input, input=text)
        written = (fill(parts.example, input=shot.input_text, output=shot.output_text) for shot in shots)
        return head + "".join(written) + fill(parts.input, input=text)


def _dialogue(asked: Sequence[str], shots: Sequence[Shot]) -> list[Turn]:
    """User turns, each but the last followed by an example's output."""
    turns: list[Turn] = []
    for text, shot in zip(asked, shots, strict=False):
        turns += [Turn("user", text), Turn("assistant", shot.output_text)]
    return [*turns, Turn("user", asked[-1])]
