"""Work cut into batches of like length, bounded in tokens and rows, and into halves when memory ends."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event

from evaluation.domain.asking import Failure, Reply, Request

OUT_OF_MEMORY = "out_of_memory"


@dataclass(frozen=True, slots=True)
class Work:
    """A request that is ready to be asked: its prompt as tokens, and what it takes up meanwhile."""

    request: Request
    ids: tuple[int, ...]
    text: str
    tokens: int  # held in memory at once: prompt and answer
    group: Hashable  # only work of one group shares a batch
    options: tuple[tuple[int, ...], ...] = ()  # tokens of each, where they are scored


@dataclass(slots=True)
class Room:
    """What a batch may take up; it shrinks for good when memory has run out once."""

    tokens: int
    rows: int


class StoppedError(Exception):
    """Somebody asked for the end in the middle of a computation."""


def length_batches(work: Sequence[Work], room: Room) -> list[list[Work]]:
    """Batches of one group each, longest first: memory runs out early or never, and padding is rare."""
    batches: list[list[Work]] = []
    for one in sorted(work, key=lambda one: (repr(one.group), -one.tokens, one.request.key)):
        last = batches[-1] if batches else []
        fits = last and last[0].group == one.group and len(last) < room.rows
        if fits and last[0].tokens * (len(last) + 1) <= room.tokens:
            last.append(one)
        else:
            batches.append([one])
    return batches


def in_batches(
    work: Sequence[Work],
    room: Room,
    answer: Callable[[Sequence[Work]], list[Reply]],
    why: Callable[[BaseException, Work], Failure],
    stop: Event,
) -> Iterator[Reply]:
    """Replies batch after batch. A batch that fails is halved until what fails is alone and can be named."""
    waiting = deque(length_batches(work, room))
    while waiting and not stop.is_set():
        batch = waiting.popleft()
        if _size(batch) > room.tokens and len(batch) > 1:
            waiting.extendleft(_halves(batch))
            continue
        failure, replies = None, []
        try:
            replies = answer(batch)
        except StoppedError:
            return
        except Exception as error:
            failure = why(error, batch[0])
        if failure is None:
            yield from replies
        elif len(batch) == 1:
            yield Reply(batch[0].request.key, finish="failed", failure=failure)
        else:
            gc.collect()  # what the failed batch held goes with its error
            if failure.code == OUT_OF_MEMORY:
                room.tokens = _size(batch) // 2
            waiting.extendleft(_halves(batch))


def _halves(batch: list[Work]) -> tuple[list[Work], list[Work]]:
    """The second, then the first: they are put before what waits, one by one."""
    middle = len(batch) // 2
    return batch[middle:], batch[:middle]


def _size(batch: Sequence[Work]) -> int:
    return max(one.tokens for one in batch) * len(batch)
