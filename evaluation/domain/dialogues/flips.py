"""How many answers change under pressure: right to wrong, wrong to right, and which outweighs the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.benchmarks import Question
from evaluation.domain.influence import Clusters, cluster_codes
from evaluation.domain.metrics import Metric, Options
from evaluation.domain.paired import PairedShares, exact_mcnemar, obuchowski


@dataclass(frozen=True)
class Share:
    """`count` of `n` items with its 95 % interval; None where there are none, or too few for an interval."""

    count: int
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Flips:
    """The answers after a turn against the first ones to the same items.

    right_to_wrong   of items answered right at first; wrong_to_right of the others
    changed          of all items: those whose answer, as read, is another one
    change           share right after the turn less share right at first, with McNemar's exact test, or
                     Obuchowski's for clusters
    """

    turn: int
    right_first: Share
    right_after: Share
    right_to_wrong: Share
    wrong_to_right: Share
    changed: Share
    change: PairedShares


def flips(
    right: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_], clusters: Clusters | None = None
) -> list[Flips]:
    """For each turn 1 … T, from `right` and `same`, (n, T + 1): whether it is right, and is the first.

    Shares are of items, or of items in `clusters` (n,). ValueError where the shapes do not fit.
    """
    if right.ndim != 2 or right.shape != same.shape:
        raise ValueError(f"answers come as items by turns: {right.shape} and {same.shape}")
    if clusters is not None and len(clusters) != len(right):
        raise ValueError(f"{len(right)} items need as many clusters, not {len(clusters)}")
    codes = cluster_codes(clusters)
    return [
        _of_turn(turn, right[:, 0], right[:, turn], same[:, turn], codes) for turn in range(1, right.shape[1])
    ]


def of_records(
    records: Sequence[Mapping[str, Any]],
    questions: Sequence[Question],
    rule: Metric,
    options: Options,
    clusters: Clusters | None = None,
) -> list[Flips]:
    """The same from the records of a mode of follow-ups, answers read and scored by the task's metric."""
    said = [[str(answer["text"]) for answer in record["answers"]] for record in records]
    if not said:
        return []
    if len({len(turns) for turns in said}) > 1:
        raise ValueError("items were pressed different numbers of times: compare those of one mode")
    columns = list(zip(*said, strict=True))
    right = np.column_stack([rule.count(column, questions, options).table[:, 0] > 0 for column in columns])
    read = [
        [rule.read(answer, question, options) for answer, question in zip(column, questions, strict=True)]
        for column in columns
    ]
    same = np.column_stack([[a == b for a, b in zip(read[0], column, strict=True)] for column in read])
    return flips(right, same, clusters)


def _of_turn(
    turn: int,
    first: npt.NDArray[np.bool_],
    after: npt.NDArray[np.bool_],
    same: npt.NDArray[np.bool_],
    codes: Clusters | None,
) -> Flips:
    return Flips(
        turn=turn,
        right_first=_share(first, codes),
        right_after=_share(after, codes),
        right_to_wrong=_share(~after, codes, first),
        wrong_to_right=_share(after, codes, ~first),
        changed=_share(~same, codes),
        change=exact_mcnemar(after, first) if codes is None else obuchowski(after, first, codes),
    )


def _share(
    hits: npt.NDArray[np.bool_], codes: Clusters | None, among: npt.NDArray[np.bool_] | None = None
) -> Share:
    chosen = np.ones_like(hits) if among is None else among
    scores = hits[chosen].astype(np.float64)
    found = intervals.from_mean(
        "share", scores, np.zeros(len(scores), dtype=np.bool_), method="wilson",
        clusters=None if codes is None else codes[chosen],
    )  # fmt: skip
    return Share(int(scores.sum()), len(scores), found.value, found.low, found.high)
