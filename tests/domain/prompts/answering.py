"""An item, and a model that answers as it is told."""

from __future__ import annotations

from evaluation.domain.asking import Reply
from evaluation.domain.prompts.building import Asked

OPTIONS = {"A": "aspirin", "B": "insulin", "C": "heparin"}
CASE = Asked("item", "task", "multiple_choice", "en", "Choose.", {"question": "Which?", "options": OPTIONS})


def run(solving, answer):
    """Drives a strategy: `answer(request)` gives the reply to each. Rounds of requests, and what was solved."""
    rounds, replies = [], None
    try:
        while True:
            requests = next(solving) if replies is None else solving.send(replies)
            assert len({request.key for request in requests}) == len(requests)
            rounds.append(list(requests))
            # in another order than asked, as they may come
            replies = {request.key: answer(request) for request in reversed(requests)}
    except StopIteration as end:
        return rounds, end.value


def scores(*sums, tokens=None):
    return lambda request: Reply(
        request.key,
        finish="scored",
        option_scores=sums,
        option_tokens=tokens or (1,) * len(sums),
        tokens_in=9,
    )
