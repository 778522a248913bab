"""Requests made ready for a vLLM server: prompts as tokens, the same that the transformers backend uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

from evaluation.domain.asking import ModelSpec, Reply, Request, Turn
from workers.backends.generation.chat_prompts import ChatPrompts, UnfitRequestError, merge_system
from workers.backends.generation.loading import Loaded, Watch, load_writers
from workers.backends.generation.prompt_tokens import PromptTokens, failed
from workers.backends.vllm_server.requests import generating, scoring
from workers.backends.weights.configs import Kind
from workers.backends.weights.memory_fit import Place
from workers.backends.weights.options import template_options
from workers.backends.weights.sources import Source

IMAGE_TOKENS = 1500  # what an image is counted for: how many it takes only the server knows


class VllmPrompts:
    """The tokenizer and chat template of a model; `window` is filled in once the server has told it."""

    def __init__(
        self, spec: ModelSpec, source: Source, config: Mapping[str, Any], kind: Kind, window: int | None
    ):
        tokenizer, processor = load_writers(source.folder, kind)
        self._sees = kind == "vision"
        self._tokenizer = tokenizer
        if not getattr(tokenizer, "chat_template", None) and processor is not None:
            tokenizer.chat_template = getattr(processor, "chat_template", None)
        self._loaded = Loaded(
            "decoder", config, Place("cpu", "float32"), window, None, tokenizer, None, Watch()
        )
        self.chat = ChatPrompts(tokenizer, False, template_options(spec))
        self._tokens = PromptTokens(self._loaded, self.chat)

    def set_window(self, window: int | None) -> None:
        self._loaded.window = window

    def count(self, turns: Sequence[Turn]) -> int:
        """Tokens of the prompt, the opening of the answer included; UnfitRequestError where it is unfit."""
        images = sum(len(turn.images) for turn in turns) if self._sees else 0
        bare = [replace(turn, images=()) for turn in turns] if images else turns
        return self._tokens.count(bare) + IMAGE_TOKENS * images

    def ready(self, requests: Sequence[Request], stop: Event) -> Iterator[Request | Reply]:
        """What is asked of the server, or the failed reply of what cannot be asked."""
        seeing = [
            request for request in requests if self._sees and any(turn.images for turn in request.turns)
        ]
        yield from map(self._with_images, seeing)
        others = [request for request in requests if request not in seeing] if seeing else requests
        for ready in self._tokens.ready(others, stop.is_set):
            if isinstance(ready, Reply):
                yield ready
            elif not ready.request.options:
                yield generating(ready)
            else:
                texts = [ready.text + option for option in ready.request.options]
                rows = self._tokenizer(texts, add_special_tokens=self._tokens.special)["input_ids"]
                try:
                    yield scoring(ready, rows, self._loaded.window)
                except UnfitRequestError as error:
                    yield failed(ready.request.key, error)

    def _with_images(self, request: Request) -> Request | Reply:
        if request.options:
            said = "Options with images have no likelihood. Choose a prompt mode that writes an answer."
            return failed(request.key, UnfitRequestError("no_option_scores", said))
        return (
            request if self.chat.takes_system else replace(request, turns=tuple(merge_system(request.turns)))
        )
