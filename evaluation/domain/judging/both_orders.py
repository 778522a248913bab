"""A judge asked twice, with the two answers in both orders, whatever the way it is asked in.

Judges prefer one place to the other (Wang et al. 2023, Large language models are not fair evaluators; Zheng
et al. 2023). Both replies are kept as they came; `answers.preference` reads what they amount to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluation.domain.answers.preference import A_FIRST, B_FIRST, both_orders
from evaluation.domain.asking import Reply, Request, Solved, Solving
from evaluation.domain.judging.shown import swapped

Ask = Callable[[Mapping[str, Any]], Solving]  # an item's input → how one order of it is asked


def judge_pairwise(asked: Mapping[str, Any], ask: Ask, line: Mapping[str, Any] | None = None) -> Solving:
    """Ask about `asked` with a first and with b first, round by round together.

    The output is both outputs as JSON; tokens are sums, the time is the slower order's, a failure of either
    is the item's, and the record has that of each order. `line` is the item as baselines look at it: requests
    carry it with its answers in the order asked about.
    """
    running = {A_FIRST: ask(asked), B_FIRST: ask(swapped(asked))}
    lines = {A_FIRST: line, B_FIRST: line and {**line, "input": swapped(line["input"])}}
    wanted: dict[str, Sequence[Request]] = {}
    done: dict[str, Solved] = {}
    for order, solving in running.items():
        try:
            wanted[order] = next(solving)
        except StopIteration as end:
            done[order] = end.value
    while wanted:
        replies = yield [
            replace(request, key=f"{order}/{request.key}", item=lines[order] or request.item)
            for order, requests in wanted.items()
            for request in requests
        ]
        for order in list(wanted):
            mine = _mine(order, replies)
            try:
                wanted[order] = running[order].send(mine)
            except StopIteration as end:
                done[order] = end.value
                del wanted[order]
    return _together(done[A_FIRST], done[B_FIRST])


def _mine(order: str, replies: Mapping[str, Reply]) -> dict[str, Reply]:
    """The replies to one order under the keys it asked with."""
    mark = f"{order}/"
    return {
        key.removeprefix(mark): replace(reply, key=key.removeprefix(mark))
        for key, reply in replies.items()
        if key.startswith(mark)
    }


def _together(a_first: Solved, b_first: Solved) -> Solved:
    both = (a_first, b_first)
    cut = next((each for each in both if each.finish != "stop"), a_first)
    return Solved(
        output=both_orders(a_first.output, b_first.output),
        finish=cut.finish,
        tokens_in=_sum([each.tokens_in for each in both]),
        tokens_out=_sum([each.tokens_out for each in both]),
        latency_ms=max((each.latency_ms for each in both if each.latency_ms is not None), default=None),
        record={A_FIRST: dict(a_first.record), B_FIRST: dict(b_first.record)},
        failure=a_first.failure or b_first.failure,
    )


def _sum(values: Sequence[int | None]) -> int | None:
    """None where one of them is not known."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
