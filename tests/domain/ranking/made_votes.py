"""Votes of a study whose truth is known."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from leaderboard.domain.ranking import Vote


def study(seed=1, n=600, size=5, raters=10, items=20, order=0.0, ties=0.2, gap=0.6, style=None):
    """Votes on systems m0 (best) … with `gap` logits between neighbours; `style` the coefficient of a feature."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, size, n)
    b = (a + rng.integers(1, size, n)) % size
    z = rng.normal(size=n) + 0.8 * (a - b) / size  # worse systems write more
    eta = gap * (b - a) + order + (0.0 if style is None else style) * z
    outcome = np.where(rng.random(n) < ties, "tie", np.where(rng.random(n) < expit(eta), "first", "second"))
    rater, item = rng.integers(0, raters, n), rng.integers(0, items, n)
    rows = zip(a.tolist(), b.tolist(), outcome.tolist(), rater.tolist(), item.tolist(), strict=True)
    votes = [Vote(f"m{x}", f"m{y}", o, f"r{r}", f"q{i}") for x, y, o, r, i in rows]
    return votes if style is None else (votes, z)
