"""Many strategies over one backend: ask what all of them want next, give each its replies as they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from evaluation.domain.asking import Failure, Reply, Request, Solved, Solving
from workers.backends.protocol import Backend

SEPARATOR = "\x1f"  # between an item's number and the strategy's own key


@dataclass
class _Open:
    """A strategy that waits for replies."""

    solving: Solving
    wants: Sequence[Request]
    has: dict[str, Reply] = field(default_factory=dict)


def answers(
    backends: Mapping[str, Backend],
    solvings: Mapping[int, Solving],
    shown: Mapping[int, Mapping[str, Any]],
    stop: Event,
) -> Iterator[tuple[int, Solved]]:
    """What each strategy returns, as they end, by item number; ends early when stopped.

    `backends` are those a request can be addressed to: the system, and whoever plays the patient or judges.

    All strategies are asked round by round, so that a backend has a full batch however many turns an item
    takes. `shown` is each item as it may be seen, for backends that understand no prompt.
    """
    waiting: dict[int, _Open] = {}
    for number, solving in solvings.items():
        solved = _advance(waiting, number, solving, None)
        if solved is not None:
            yield number, solved
    while waiting and not stop.is_set():
        requests = [
            replace(request, key=f"{number}{SEPARATOR}{request.key}", item=request.item or shown.get(number))
            for number, opened in waiting.items()
            for request in opened.wants
        ]
        yield from _round(backends, requests, waiting, stop)


def _round(
    backends: Mapping[str, Backend], requests: Sequence[Request], waiting: dict[int, _Open], stop: Event
) -> Iterator[tuple[int, Solved]]:
    this_round = dict(waiting)
    for reply in _replies(backends, requests, stop):
        number_text, _, key = reply.key.partition(SEPARATOR)
        number = int(number_text)
        opened = this_round[number]
        opened.has[key] = replace(reply, key=key)
        if len(opened.has) == len(opened.wants):
            solved = _advance(waiting, number, opened.solving, opened.has)
            if solved is not None:
                yield number, solved
    if not stop.is_set():
        yield from _forgotten(this_round, waiting)


def _replies(backends: Mapping[str, Backend], requests: Sequence[Request], stop: Event) -> Iterator[Reply]:
    """Each backend is asked at once all that is addressed to it; nobody there is a failure of the item."""
    for addressee in dict.fromkeys(request.to for request in requests):
        addressed = [request for request in requests if request.to == addressee]
        if addressee in backends:
            yield from backends[addressee].replies(addressed, stop)
            continue
        failure = Failure("nobody_there", f"Nobody was named who could be asked as the {addressee}.")
        yield from (Reply(request.key, finish="failed", failure=failure) for request in addressed)


def _forgotten(this_round: Mapping[int, _Open], waiting: dict[int, _Open]) -> Iterator[tuple[int, Solved]]:
    """A backend that gives no reply to a request must not keep an item waiting for ever."""
    failure = Failure("no_reply", "The model gave no reply to this item.", passing=True)
    for number, opened in this_round.items():
        if waiting.get(number) is opened:
            del waiting[number]
            opened.solving.close()
            yield number, Solved("", finish="failed", failure=failure)


def _advance(
    waiting: dict[int, _Open], number: int, solving: Solving, replies: Mapping[str, Reply] | None
) -> Solved | None:
    """Let a strategy go on; what it returned, or None while it waits for more replies."""
    waiting.pop(number, None)
    wants: Sequence[Request] = ()
    try:
        while not wants:
            wants = next(solving) if replies is None else solving.send(replies)
            replies = {}
    except StopIteration as ended:
        solved: Solved = ended.value
        return solved
    waiting[number] = _Open(solving, list(wants))
    return None
