"""The model this process holds ready, kept between chunks and runs until another one is wanted."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import psutil

from evaluation.domain.asking import ModelSpec
from evaluation.services.answering import Kept
from workers import cards
from workers.backends.protocol import Backend, ServingError
from workers.backends.protocol import backend as module_of

RATE_SECONDS = 60.0  # tokens a second are those of the last minute

_lock = threading.Lock()
_held: tuple[ModelSpec, Backend] | None = None
_tokens: deque[tuple[float, int]] = deque()


def backend(spec: ModelSpec, log: Callable[[str], None]) -> Backend:
    """The model of `spec`, loaded unless it is the one held; ServingError where it cannot be loaded."""
    global _held
    with _lock:
        if _held is not None and _held[0] == spec:
            return _held[1]
        _let_go()
        _held = (spec, module_of(spec.backend).serve(spec, log))
        return _held[1]


def drop() -> None:
    """Let the model go: after a fault, or at the end of the process."""
    with _lock:
        _let_go()


def model() -> str:
    """What is held, as people name it; empty when nothing is."""
    held = _held
    return held[0].model if held else ""


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


def _let_go() -> None:
    global _held
    if _held is not None:
        previous, _held = _held[1], None
        try:
            previous.close()
        except ServingError:
            return  # it was gone already
