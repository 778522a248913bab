"""From the replies to an item's requests to its one answer, with what they took together.

A single question fails with its request. Of samples more than half must be answered, otherwise the item
fails: fewer would be another, noisier system than the one the board names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.domain.asking import Failure, Reply, Request, Solved
from evaluation.domain.prompts.modes import Mode


def too_few(replies: Sequence[Reply]) -> Failure | None:
    failures = [reply.failure for reply in replies if reply.failure]
    if 2 * len(failures) < len(replies):
        return None
    shown = next((failure for failure in failures if failure.passing), failures[0])
    message = f"{len(failures)} of {len(replies)} samples failed, too few are left: {shown.message}"
    return Failure(shown.code, message, shown.passing)


def answered(
    mode: Mode, output: str, reply: Reply, rounds: Sequence[Sequence[Reply]], record: Mapping[str, Any]
) -> Solved:
    """Tokens are sums over all requests, the time is that of the slowest of each round."""
    replies = [each for one in rounds for each in one if not each.failure]
    slowest = [max((each.latency_ms or 0.0 for each in one), default=0.0) for one in rounds]
    return Solved(
        output=output,
        finish="failed" if reply.failure else reply.finish,
        tokens_in=_sum([each.tokens_in for each in replies]),
        tokens_out=_sum([each.tokens_out for each in replies]),
        latency_ms=sum(slowest) if any(each.latency_ms is not None for each in replies) else None,
        record={**_of_mode(mode), **record},
        failure=reply.failure,
    )


def failed(mode: Mode, failure: Failure) -> Solved:
    return Solved("", "failed", record=_of_mode(mode), failure=failure)


def _of_mode(mode: Mode) -> dict[str, Any]:
    return {"mode": mode.identity, "mode_sha256": mode.sha256}


def _sum(numbers: Sequence[int | None]) -> int | None:
    """None where one of them is not known: part of a sum would pass for the whole."""
    known = [number for number in numbers if number is not None]
    return sum(known) if numbers and len(known) == len(numbers) else None


def sample(reply: Reply) -> dict[str, Any]:
    said = {"text": reply.text, "finish": reply.finish, "tokens_out": reply.tokens_out}
    return {**said, "failure": reply.failure.code} if reply.failure else said


def replies_to(replies: Mapping[str, Reply], requests: Sequence[Request]) -> list[Reply]:
    return [reply_to(replies, request) for request in requests]


def reply_to(replies: Mapping[str, Reply], request: Request) -> Reply:
    if (reply := replies.get(request.key)) is not None:
        return reply
    message = "The model gave no reply to this request. Try again."
    return Reply(request.key, finish="failed", failure=Failure("no_reply", message, passing=True))
