"""Requests made ready to be asked: their prompts as tokens, held against the model's window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Lock

from evaluation.domain.asking import Decoding, Failure, Reply, Request, Turn
from workers.backends.generation.chat_prompts import ChatPrompts, UnfitRequestError, pictures
from workers.backends.generation.length_batches import Work
from workers.backends.generation.loading import Loaded

COUNTED_TOKENS = 500_000  # held for the moment between counting and asking


def failed(key: str, error: UnfitRequestError) -> Reply:
    return Reply(key, finish="failed", failure=Failure(error.code, error.message))


def too_long(tokens: int, window: int) -> UnfitRequestError:
    return UnfitRequestError(
        "too_long",
        f"The prompt has {tokens:,} tokens and the model's window {window:,}. Choose a mode with fewer "
        "examples or a "
        "shorter context, or a model with a longer window.",
    )


class CountedPrompts:
    """The tokens of texts that were counted last: most of them are asked a moment later."""

    def __init__(self) -> None:
        self._ids: dict[str, list[int]] = {}
        self._held, self._lock = 0, Lock()

    def put(self, text: str, ids: list[int]) -> None:
        with self._lock:
            self._held += len(ids) - len(self._ids.pop(text, ()))
            self._ids[text] = ids
            while self._held > COUNTED_TOKENS and self._ids:
                self._held -= len(self._ids.pop(next(iter(self._ids))))

    def take(self, text: str) -> list[int] | None:
        with self._lock:
            ids = self._ids.pop(text, None)
            self._held -= len(ids or ())
            return ids


class PromptTokens:
    def __init__(self, loaded: Loaded, prompts: ChatPrompts) -> None:
        self._loaded, self._prompts = loaded, prompts
        self.special = not prompts.is_chat  # a template writes special tokens itself
        self._counted = CountedPrompts()

    def count(self, turns: Sequence[Turn]) -> int:
        text = self._prompts.text(turns)
        ids = self.encoded(text, turns)
        if self._loaded.processor is None:
            self._counted.put(text, ids)
        return len(ids)

    def encoded(self, text: str, turns: Sequence[Turn]) -> list[int]:
        if self._loaded.processor is None:
            ids: list[int] = self._loaded.tokenizer(text, add_special_tokens=self.special)["input_ids"]
            return ids
        shown = pictures(turns)
        made = self._loaded.processor(text=[text], images=[shown] if shown else None, **self.how)
        found: list[int] = list(made["input_ids"][0])
        return found

    @property
    def how(self) -> dict[str, bool]:
        return {"add_special_tokens": self.special}

    def ready(self, requests: Sequence[Request], ended: Callable[[], bool]) -> Iterator[Work | Reply]:
        """Work for each request that can be asked, a failed reply for the others."""
        written: list[tuple[Request, str]] = []
        for request in requests:
            try:
                written.append((request, self._prompts.text(request.turns)))
            except UnfitRequestError as error:
                yield failed(request.key, error)
        for request, text, ids in self._all_encoded(written, ended):
            if isinstance(ids, UnfitRequestError):
                yield failed(request.key, ids)
            else:
                yield self._within_window(request, text, ids)

    def _all_encoded(
        self, written: Sequence[tuple[Request, str]], ended: Callable[[], bool]
    ) -> Iterator[tuple[Request, str, list[int] | UnfitRequestError]]:
        if self._loaded.processor is None and written:  # together: the tokenizer then uses all cores
            many = self._together([text for _, text in written])
            yield from ((request, text, many[text]) for request, text in written)
            return
        for request, text in written:
            if ended():
                return
            try:
                yield request, text, self.encoded(text, request.turns)
            except UnfitRequestError as error:
                yield request, text, error

    def _together(self, texts: Sequence[str]) -> dict[str, list[int]]:
        found = {text: ids for text in texts if (ids := self._counted.take(text)) is not None}
        if new := [text for text in dict.fromkeys(texts) if text not in found]:
            encoded = self._loaded.tokenizer(new, add_special_tokens=self.special)["input_ids"]
            found |= zip(new, encoded, strict=True)
        return found

    def _within_window(self, request: Request, text: str, ids: list[int]) -> Work | Reply:
        window, wanted = self._loaded.window, request.decoding.max_new_tokens
        together = self._loaded.kind != "encoder_decoder"
        if window is not None and len(ids) + together > window:
            return failed(request.key, too_long(len(ids), window))
        room = wanted if window is None or not together else min(wanted, window - len(ids))
        return Work(request, tuple(ids), text, len(ids) + room, _group(request, room))


def _group(request: Request, room: int) -> tuple[Decoding, bool]:
    """What a batch must have in common: the decoding but for the seed, and whether there are images."""
    alike = replace(request.decoding, seed=0, max_new_tokens=room)
    return alike, any(turn.images for turn in request.turns)
