"""How many more votes it would take to tell two systems apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers, difference_variances
from leaderboard.domain.order import items_to_separate
from leaderboard.domain.ranking.bradley_terry import Fit
from leaderboard.domain.ranking.covariance import Covariance


@dataclass(frozen=True, eq=False)
class Separation:
    """What the plan needs of each pair, (R, R).

    difference   logits; variance its clustered variance, NaN where not known
    independent  its variance by the model, were votes independent
    per_vote     information that one vote between the two carries about their difference
    """

    difference: Floats
    variance: Floats
    independent: Floats
    per_vote: Floats


def separation(fit: Fit, covariance: Covariance, ranked: Integers) -> Separation:
    """For the systems at `ranked` (R,) of a fit; a vote shows either of a pair first equally often."""
    size = len(fit.theta)
    places = np.ix_(ranked, ranked)
    chance = np.exp(fit.votes.log_p)
    one_way = (chance * fit.votes.curve).sum(axis=-1) / chance.sum(axis=-1)
    theta = fit.theta[ranked]
    return Separation(
        difference=theta[:, None] - theta,
        variance=difference_variances(covariance.theta)[places],
        independent=difference_variances(fit.bread[:size, :size])[places],
        per_vote=((one_way + one_way.T) / 2)[places],
    )


def votes_to_separate(
    planned: Separation, one: int, other: int, critical_value: float, *, power: float = 0.8
) -> int | None:
    """Further votes between two systems until they are separated with probability `power`.

    A vote between them adds `per_vote` to the information on their difference; votes that go together add
    less, by the design effect that was seen, clustered over independent variance (Kish 1965). It is taken
    to stay: new votes come from more raters on more items, not more from the same. None where there is no
    difference, or nothing to plan from.
    """
    pair = one, other
    variance, plain = float(planned.variance[pair]), float(planned.independent[pair])
    if not (isfinite(variance) and variance > 0 and plain > 0 and isfinite(critical_value)):
        return None
    per_vote = variance / plain / float(planned.per_vote[pair])
    return items_to_separate(
        float(planned.difference[pair]),
        per_vote,
        int(per_vote / variance),
        critical_value=critical_value,
        power=power,
    )
