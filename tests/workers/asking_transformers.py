"""A model served by transformers, and asking it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from evaluation.domain.asking import Decoding, Reply, Request, Turn
from workers.backends.protocol import Backend

QUESTIONS = [f"Which drug is {'very ' * n}right for patient {n}?" for n in range(9)]
SHORT = Decoding(max_new_tokens=12)
Served = Callable[..., Backend]


def asked(texts: Sequence[str], decoding: Decoding = SHORT, **more: Any) -> list[Request]:
    return [Request(str(n), (Turn("user", text),), decoding, **more) for n, text in enumerate(texts)]


def answered(model: Backend, requests: Sequence[Request]) -> list[Reply]:
    """Replies in the order of the requests: exactly one of each."""
    replies = {reply.key: reply for reply in model.replies(requests, Event())}
    assert set(replies) == {request.key for request in requests}
    return [replies[request.key] for request in requests]


def reference(folder: Path, auto: str) -> tuple[Any, Any]:
    import transformers

    model = getattr(transformers, auto).from_pretrained(folder).eval()
    return model, transformers.AutoTokenizer.from_pretrained(folder)
