"""Doctors that follow a script, and the sample consultations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from evaluation.domain.asking import Failure, Reply, Request, Solved, Solving
from evaluation.domain.benchmarks import Question, TaskSpec
from evaluation.domain.loading import load, shipped
from evaluation.domain.prompts.building import Asked, Fit
from evaluation.domain.prompts.modes import Mode, mode
from evaluation.domain.prompts.strategies import solve

Says = Callable[[Request], str | Failure]


def characters(turns: Sequence[Any]) -> int:
    return sum(len(turn.text) + 4 for turn in turns)


class Talks:
    """Runs strategies against scripted models; `asked` are the rounds of requests of the last one."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Request]] = []

    def play(self, solving: Solving, **says: Says) -> Solved:
        """`says` maps whom a request is for to what they say to it."""
        self.asked, replies = [], None
        while True:
            try:
                requests = next(solving) if replies is None else solving.send(replies)
            except StopIteration as ended:
                solved: Solved = ended.value
                return solved
            self.asked.append(requests)
            replies = {request.key: _reply(request, says[request.to](request)) for request in requests}

    def consult(
        self,
        question: Question,
        says: Says,
        *,
        how: Mode | None = None,
        fit: Fit | None = None,
        language: str = "en",
        **others: Says,
    ) -> Solved:
        asked = Asked(
            question.key, question.task, "consultation", language, "You are a doctor.", question.input
        )
        solving = solve(
            how or mode("consultation"), asked, [], fit or Fit(None, characters), gold=question.gold,
            served=frozenset({"system", *others}),
        )  # fmt: skip
        return self.play(solving, system=says, **others)


def _reply(request: Request, said: str | Failure) -> Reply:
    if isinstance(said, Failure):
        return Reply(request.key, finish="failed", failure=said)
    return Reply(request.key, said, tokens_in=7, tokens_out=3, latency_ms=2.0)


@pytest.fixture(scope="session")
def talks() -> Talks:
    return Talks()


@pytest.fixture(scope="session")
def fit() -> Callable[..., Fit]:
    return lambda window=None, **changes: Fit(window, characters, **changes)


@pytest.fixture(scope="session")
def consultations() -> list[tuple[TaskSpec, Question]]:
    """Every sample case with its task."""
    loaded = load(shipped()["sample_dialogues"])
    tasks = {task.slug: task for task in loaded.spec.tasks}
    return [(tasks[question.task], question) for question in loaded.questions]


@pytest.fixture(scope="session")
def chest(consultations: list[tuple[TaskSpec, Question]]) -> Question:
    return next(question for _, question in consultations if question.key == "consultation-chest")
