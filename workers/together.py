"""Chunks of one run answered together: even batches are found more easily among more items."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event

from django.conf import settings

from evaluation.domain.asking import Failure, Solved
from evaluation.models import Chunk
from evaluation.selectors import asked
from evaluation.services import answering, work
from evaluation.services.answering import Kept
from workers import running, warm
from workers.backends.protocol import Backend, ServingError

KEEP_AT_MOST = 500  # answers kept at a time


@dataclass
class _Part:
    """One chunk: how many of its items are under way, what they said since the last keeping, which failed."""

    chunk: Chunk
    asking: asked.Asking
    under_way: int
    kept: list[Kept] = field(default_factory=list)
    misses: list[tuple[int, Failure]] = field(default_factory=list)
    is_ours: bool = True

    def take(self, position: int, solved: Solved) -> None:
        self.under_way -= 1
        if solved.failure is not None:
            self.misses.append((position, solved.failure))
        else:
            self.kept.append(Kept(position, solved, self.asking.read(position, solved.output)))

    def keep(self, worker: str) -> None:
        """Whoever has a lease that was lost asks again what was not kept."""
        kept, self.kept = self.kept, []
        self.is_ours = self.is_ours and answering.keep(self.chunk, worker, kept)
        if self.is_ours:
            warm.count_tokens(kept)


def answer(chunks: Sequence[Chunk], backends: Mapping[str, Backend], worker: str, stop: Event) -> None:
    """Answer what is unanswered of the chunks, keep it as it comes, and end each chunk once it is done."""
    system = backends["system"]
    engine = system.about()
    parts = []
    for chunk in chunks:
        asking = asked.of_chunk(chunk, engine, system.count_tokens, frozenset(backends))
        parts.append(_Part(chunk, asking, len(asking.solvings)))
    work.seen(worker, f"Asking {engine.model}: {chunks[0].run.submission}")
    try:
        _ask(parts, backends, worker, stop)
    except ServingError:
        for part in parts:
            part.keep(worker)  # what the model said before it failed
        raise
    for part in _kept(parts, worker):
        if stop.is_set():
            answering.release(part.chunk, worker)
        else:
            answering.finish(part.chunk, worker, part.misses)


def _ask(parts: list[_Part], backends: Mapping[str, Backend], worker: str, stop: Event) -> None:
    """Until all is answered, or all leases are lost; chunks that are done leave `parts`."""
    of = {position: part for part in parts for position in part.asking.solvings}
    solvings = {position: part.asking.solvings[position] for position, part in of.items()}
    shown = {position: part.asking.shown[position] for position, part in of.items()}
    kept_at = time.monotonic()
    for position, solved in running.answers(backends, solvings, shown, stop):
        of[position].take(position, solved)
        is_full = sum(len(part.kept) for part in parts) >= KEEP_AT_MOST
        if is_full or time.monotonic() - kept_at > settings.KEEP_SECONDS:
            parts[:] = _not_done(_kept(parts, worker), worker)
            kept_at = time.monotonic()
            if not parts:
                return


def _kept(parts: Sequence[_Part], worker: str) -> list[_Part]:
    """Those that are still ours, with everything kept."""
    for part in parts:
        part.keep(worker)
    return [part for part in parts if part.is_ours]


def _not_done(parts: Sequence[_Part], worker: str) -> list[_Part]:
    """What is done is ended at once, so that it can be scored while the rest is asked."""
    for part in parts:
        if not part.under_way:
            answering.finish(part.chunk, worker, part.misses)
    return [part for part in parts if part.under_way]
