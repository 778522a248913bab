"""Why a system has no rating, interval or rank, in words that say what would help."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leaderboard.domain.moments import ABSOLUTE_ZERO, Integers
from leaderboard.domain.ranking.connectivity import Connectivity, wins
from leaderboard.domain.ranking.covariance import Clustering, Covariance
from leaderboard.domain.ranking.results import RatingStatus

Verdict = tuple[RatingStatus, str]

_TOO_FEW: dict[Clustering, Verdict] = {
    "independent": ("too_few_votes", "fewer than two votes beyond what the ratings take up: no interval"),
    "rater": ("too_few_raters", "judged by one rater only: no interval before a second one has judged it"),
    "item": ("too_few_items", "judged on one item only: no interval before a second one"),
    "two-way": ("too_few_raters", "judged by one rater or on one item only: no interval before a second one"),
}


def standing(systems: Sequence[str], cells: Integers, found: Connectivity) -> dict[int, Verdict]:
    """Systems that cannot be ranked with the others, by their place in `cells` (S, S, 3)."""
    ahead = wins(cells)
    target = found.rankable if found.rankable.any() else found.connected
    ranked = sorted(systems[at] for at in np.flatnonzero(target).tolist())
    verdicts: dict[int, Verdict] = {}
    for at in np.flatnonzero(~found.rankable).tolist():
        if found.component[at] < 0:
            verdicts[at] = "not_rankable_no_votes", "no votes yet: have it compared with others"
        elif not found.connected[at]:
            verdicts[at] = (
                "not_rankable_disconnected",
                f"no chain of votes links it to {_list(ranked)}: have it compared with one of them",
            )
        else:
            verdicts[at] = "not_rankable_separated", _separated(int(ahead[at].sum()), int(ahead[:, at].sum()))
    return verdicts


def interval_verdicts(covariance: Covariance) -> dict[int, Verdict]:
    """Systems of a fit that have a value but no interval, by their place in it."""
    verdicts: dict[int, Verdict] = {}
    for at in np.flatnonzero(np.isnan(np.diag(covariance.theta))).tolist():
        if covariance.df[at] < 1:
            verdicts[at] = _TOO_FEW[covariance.kind]
        else:
            verdicts[at] = (
                "undefined_no_variation",
                "its votes leave no variation to take an interval from: more votes are needed",
            )
    return verdicts


def known(variance: float) -> bool:
    """Whether an interval can be taken from this variance."""
    return bool(variance > ABSOLUTE_ZERO)


def _separated(won: int, lost: int) -> str:
    if not lost:
        what = f"undefeated in {won} votes"
    elif not won:
        what = f"without a win or tie in {lost} votes"
    else:
        what = "apart with others: between them and the rest one side has won every vote"
    return (
        f"separation: {what}, so that its rating has no finite estimate by maximum likelihood; the value "
        "is Firth's penalised one. More votes against close rivals are needed"
    )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} others"
