"""The model this process holds ready, kept between chunks and runs until another one is wanted."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import psutil

from evaluation.domain.asking import ModelSpec
from evaluation.services.answering import Kept
from workers import cards
from workers.backends.protocol import Backend, ServingError
from workers.backends.protocol import backend as module_of

RATE_SECONDS = 60.0  # tokens a second are those of the last minute

_lock = threading.Lock()
_held: dict[str, tuple[ModelSpec, Backend]] = {}  # by part: system, patient, judge
_tokens: deque[tuple[float, int]] = deque()


def cast(parts: Mapping[str, ModelSpec], log: Callable[[str], None]) -> dict[str, Backend]:
    """The model of every part, loaded unless it is held already; ServingError where one cannot be loaded.

    What is held and has no part any more is let go first, so that its memory is free.
    """
    with _lock:
        for part in [part for part, (spec, _) in _held.items() if parts.get(part) != spec]:
            _let_go(part)
        for part, spec in parts.items():
            if part not in _held:
                _held[part] = (spec, module_of(spec.backend).serve(spec, log))
        return {part: backend for part, (_, backend) in _held.items()}


def held() -> dict[str, Backend]:
    """What is held ready, by part."""
    return {part: backend for part, (_, backend) in list(_held.items())}


def drop() -> None:
    """Let the model go: after a fault, or at the end of the process."""
    with _lock:
        for part in list(_held):
            _let_go(part)


def model() -> str:
    """What is held, as people name it; empty when nothing is."""
    return " + ".join(spec.model for spec, _ in list(_held.values()))


def count_tokens(kept: Sequence[Kept]) -> None:
    """Note tokens generated, for `tokens_a_second`."""
    now = time.monotonic()
    _tokens.append((now, sum(each.solved.tokens_out or 0 for each in kept)))
    while _tokens and now - _tokens[0][0] > RATE_SECONDS:
        _tokens.popleft()


def tokens_a_second() -> float | None:
    """Tokens generated a second over the last minute; None when nothing was."""
    recent = [(at, tokens) for at, tokens in list(_tokens) if time.monotonic() - at <= RATE_SECONDS]
    tokens = sum(number for _, number in recent[1:])  # the first were written before the time counts
    return tokens / (time.monotonic() - recent[0][0]) if tokens else None


def memory_used() -> int:
    """Bytes in use: of the cards where there are any, else of this process and what it started."""
    if cards.cards():
        return cards.memory_used()
    own = psutil.Process()
    total = 0
    for process in (own, *own.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def _let_go(part: str) -> None:
    _, previous = _held.pop(part)
    with suppress(ServingError):  # it was gone already
        previous.close()
