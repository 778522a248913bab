"""Turns written as the text a model was trained to read: by its chat template, or plainly without one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.domain.asking import Turn
from workers.backends.protocol import ServingError
from workers.backends.weights.template_trial import is_endless

BETWEEN_TURNS = "\n\n"  # of a base model, which knows no roles
PIXELS_AT_MOST = 50_000_000
_MARK = "Zq7system"


class UnfitRequestError(Exception):
    """This request cannot be asked of this model; the text says why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class ChatPrompts:
    """`writer` is a tokenizer, or the processor of a model that sees: both carry a chat template or none."""

    def __init__(self, writer: Any, sees: bool, template_options: Mapping[str, Any]) -> None:
        self._writer, self._sees, self._options = writer, sees, dict(template_options)
        template = getattr(writer, "chat_template", None)
        if isinstance(template, dict):  # several by name
            template = template.get("default")
        self.template = str(template) if template else ""
        if self.template and is_endless(self.template):
            raise ServingError(
                "template_endless",
                "The model's chat template does not end, or grows without bounds, on a plain conversation. "
                "Mend chat_template.jinja (or chat_template in tokenizer_config.json).",
            )
        self.is_chat = bool(template)
        self.takes_system = self._keeps_a_system_turn() if self.is_chat else False

    @property
    def template_sha(self) -> str:
        return hashlib.sha256(self.template.encode()).hexdigest() if self.is_chat else ""

    def text(self, turns: Sequence[Turn]) -> str:
        """The prompt; UnfitRequestError where the model cannot be asked so."""
        if not turns:
            raise UnfitRequestError("no_turns", "Nothing was asked: the request has no turn.")
        if not self._sees and any(turn.images for turn in turns):
            raise UnfitRequestError("no_images", "The model reads text only; choose one that takes images.")
        if not self.is_chat:
            return self._plain(turns)
        told = list(turns) if self.takes_system else merge_system(turns)
        try:
            return self._rendered(told)
        except Exception as error:  # a template may raise anything
            raise UnfitRequestError(
                "template",
                f"The model's chat template does not take these turns ({str(error)[:120]}). "
                "Choose a prompt mode without system or example turns.",
            ) from None

    def _plain(self, turns: Sequence[Turn]) -> str:
        mark = getattr(self._writer, "image_token", "")
        return BETWEEN_TURNS.join(mark * len(turn.images) + turn.text for turn in turns)

    def _rendered(self, turns: Sequence[Turn]) -> str:
        goes_on = turns[-1].role == "assistant"  # the model is given the opening of its answer
        text: str = self._writer.apply_chat_template(
            [self._message(turn) for turn in turns],
            tokenize=False,
            add_generation_prompt=not goes_on,
            continue_final_message=goes_on,
            **self._options,
        )
        return text

    def _message(self, turn: Turn) -> dict[str, Any]:
        if not self._sees:
            return {"role": turn.role, "content": turn.text}
        parts = [{"type": "image"} for _ in turn.images]
        return {"role": turn.role, "content": [*parts, {"type": "text", "text": turn.text}]}

    def _keeps_a_system_turn(self) -> bool:
        """Some templates refuse a system turn and some drop it without a word."""
        try:
            return _MARK in self._rendered([Turn("system", _MARK), Turn("user", "?")])
        except Exception:
            return False


def merge_system(turns: Sequence[Turn]) -> list[Turn]:
    """System turns written before the text of the first user turn."""
    system = BETWEEN_TURNS.join(turn.text for turn in turns if turn.role == "system")
    others = [turn for turn in turns if turn.role != "system"]
    if not system:
        return others
    first = next((place for place, turn in enumerate(others) if turn.role == "user"), None)
    if first is None:
        return [Turn("user", system), *others]
    asked = others[first]
    others[first] = Turn("user", f"{system}{BETWEEN_TURNS}{asked.text}", asked.images)
    return others


def as_pair(turns: Sequence[Turn]) -> tuple[str, str | None]:
    """What a classifier reads: the user's text, or premise and hypothesis where the user spoke twice.

    System turns are left out: an instruction means nothing to a classifier.
    """
    spoken = [turn for turn in turns if turn.role == "user"]
    if not spoken or len(spoken) > 2:
        raise UnfitRequestError(
            "turns", "A classifier reads one text, or two (premise and hypothesis), of the user."
        )
    if any(turn.images for turn in spoken):
        raise UnfitRequestError("no_images", "The model reads text only; choose one that takes images.")
    return spoken[0].text, spoken[1].text if len(spoken) == 2 else None


def pictures(turns: Sequence[Turn]) -> list[Any]:
    """The images of all turns, decoded; UnfitRequestError where one is no PNG or JPEG of sensible size."""
    from PIL import Image

    found = []
    for data in (image for turn in turns for image in turn.images):
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
                if opened.width * opened.height > PIXELS_AT_MOST:
                    raise UnfitRequestError(
                        "image_too_big", f"An image has more than {PIXELS_AT_MOST:,} pixels."
                    )
                found.append(opened.convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise UnfitRequestError(
                "bad_image", f"An image is not a PNG or JPEG that can be read ({str(error)[:80]})."
            ) from None
    return found
