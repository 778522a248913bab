"""How sure systems said they were of answers that are right or wrong. Counted once for a scoring, and kept.

Of benchmarks with private items only the public ones are counted: shares of a handful of answers would tell
what the boards round.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.core.cache import cache

from evaluation.models import Answer, Run, Score
from evaluation.selectors.layout import layout_of
from leaderboard.charts.shape import Reliability
from leaderboard.domain.table import Row
from leaderboard.selectors.standing import Standing, standings

BINS = 10
MOST_RUNS = 8
FORM = 1  # of what is kept

Floats = npt.NDArray[np.float64]


def reliability(rows: Sequence[Row]) -> list[Reliability]:
    """Of the first rows that are runs; those without any confidence are left out."""
    runs = [(row, row.run) for row in rows if row.run is not None][:MOST_RUNS]
    standing = standings(run for _, run in runs)
    found = [(row, _counted(run, standing[run])) for row, run in runs if run in standing]
    return [_binned(row.key, *kept) for row, kept in found if sum(kept[0])]


def _counted(run_pk: int, standing: Standing) -> tuple[list[int], list[float], list[float]]:
    """Answers in each bin, the sum of their confidence and of what was right; a scoring never changes."""
    key = f"reliability-{FORM}-{run_pk}-{standing.scoring}-{standing.at.timestamp():.6f}"
    kept = cache.get(key)
    if kept is None:
        confidence, right = _answers(Run.objects.get(pk=run_pk), standing.scoring)
        bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
        sums = (np.bincount(bins, weights, BINS).tolist() for weights in (confidence, right))
        kept = (np.bincount(bins, minlength=BINS).tolist(), *sums)
        cache.set(key, kept, timeout=None)
    counts, sure, correct = kept
    return counts, sure, correct


def _answers(run: Run, scoring: int) -> tuple[Floats, Floats]:
    """Confidence and 0 or 1 of every public answer that has both."""
    answers = Answer.objects.filter(run=run, confidence__isnull=False).values_list("position", "confidence")
    said = {position: float(sure or 0.0) for position, sure in answers.order_by()}
    found: list[tuple[float, float]] = []
    scores = (
        Score.objects.filter(run=run, scoring=scoring, split=Score.Split.ALL)
        if said
        else Score.objects.none()
    )
    for score in scores.select_related("task").defer("influence"):
        earned = np.frombuffer(score.item_scores, dtype="<f4")
        if np.isin(earned, (0.0, 1.0)).all():
            places = np.flatnonzero(layout_of(score.task).mask("public"))
            first = score.task.first_position
            found += [(said[first + int(at)], float(earned[at])) for at in places if first + int(at) in said]
    pairs = np.array(found, dtype=float).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _binned(row: str, counts: list[int], sure: list[float], right: list[float]) -> Reliability:
    edges = tuple(round(at / BINS, 10) for at in range(BINS + 1))
    means = [
        tuple(total / n if n else 0.0 for total, n in zip(of, counts, strict=True)) for of in (sure, right)
    ]
    return Reliability(row, edges, tuple(counts), means[0], means[1])
