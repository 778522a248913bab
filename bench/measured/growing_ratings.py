"""What grows with ratings: taking them, what they weigh, and how far raters agree."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from measured.exponents import Growing, cpu_ms, kilobytes_in
from measured.raters_at_work import SLUG, open_study

SUBMITTED = (100, 200, 400, 800)
COUNTED = (20_000, 40_000, 80_000, 160_000)
RATERS, LEVELS = 40, 4
TABLES = ("raters_assignment", "raters_draft", "raters_ratingrevision", "raters_receipt")


def loops() -> Iterator[Growing]:
    """One rater's screens from the first on: the next one, three drafts, the rating."""
    (rater,), rating = open_study(1, SUBMITTED[-1] + 1)
    before = kilobytes_in(*TABLES)
    spent, stored, total = [], [], 0.0
    _rated(rater, rating, 1)  # what is prepared once
    for done, wanted in pairwise((1, *SUBMITTED)):
        total += cpu_ms(lambda n=wanted - done: _rated(rater, rating, n))
        spent.append(total)
        stored.append(kilobytes_in(*TABLES) - before)
    yield Growing("rating", "ratings taken, with three drafts each", "ratings", "ms", SUBMITTED, spent)
    yield Growing("rating_bytes", "… database", "ratings", "kB", SUBMITTED, stored)


def _rated(rater: Any, payload: dict[str, Any], count: int) -> None:
    from raters.services import handing_out, rating

    for _ in range(count):
        screen = handing_out.next_screen(rater, SLUG)
        assert screen is not None
        for revision in range(3):
            rating.save_draft(rater, screen.id, payload, revision, "bench", 4 * revision)
        sent = rating.Submission(
            key=str(uuid.uuid4()), payload=payload, revision=3, client="bench", seconds=12
        )
        rating.submit(rater, screen.id, sent)


def agreement() -> Iterator[Growing]:
    """One more rating taken into the counts of a question, and every coefficient of it read."""
    from raters.domain import study_agreement
    from raters.domain.agreement import AgreementState
    from raters.domain.rubric import read_rubric, variables
    from raters.domain.rubric.shipping import shipped

    scale = next(each for each in variables(read_rubric(shipped()["medval"])) if _is_graded(each))
    spent, stored = [], []
    for ratings in COUNTED:
        rng = np.random.default_rng(5)
        cases = np.repeat(np.arange(ratings // 2), 2)
        first = rng.integers(0, RATERS, ratings // 2)
        raters = np.stack([first, (first + rng.integers(1, RATERS, ratings // 2)) % RATERS], axis=1).ravel()
        given = np.clip(
            np.repeat(rng.integers(0, LEVELS, ratings // 2), 2) + rng.integers(-1, 2, ratings), 0, 3
        )
        held = AgreementState.from_ratings(cases, raters, given, LEVELS).to_bytes()

        rated = {int(raters[0]): int(given[0]), int(raters[1]): int(given[1])}
        third = next(rater for rater in range(RATERS) if rater not in rated)

        def counted(
            held: bytes = held, rated: dict[int, int] = rated, now: dict[int, int] = rated | {third: 1}
        ) -> None:
            state = AgreementState.from_bytes(held)
            state.replace(rated, now)
            study_agreement.of_state(scale, AgreementState.from_bytes(state.to_bytes()))

        spent.append(cpu_ms(counted, 7))
        stored.append(len(held) / 1000)
    yield Growing("agreement", "one more rating, and the agreement read", "ratings", "ms", COUNTED, spent)
    yield Growing("agreement_bytes", "… counts that are stored", "ratings", "kB", COUNTED, stored)


def _is_graded(variable: Any) -> bool:
    return (
        variable.scale is not None and variable.scale.categories is not None and variable.scale.size == LEVELS
    )
