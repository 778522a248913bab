"""Bradley-Terry strengths of many small studies at once: Newton's method on stacked tables of wins.

A tie is half a win of each. A faint normal prior (precision 1/100) keeps strengths finite where one system
beat all others; it moves a strength by a hundredth of its size per unit of information.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from evaluation.domain.estimates import Floats

PRIOR_PRECISION = 0.01
_ROUNDS = 30
_CLOSE = 1e-9
_LONGEST_STEP = 2.0


def strengths(wins: Floats) -> tuple[Floats, Floats]:
    """Strengths (B, S), mean 0, and inverse information (B, S, S), from wins (B, S, S) of row over column."""
    met = wins + wins.transpose(0, 2, 1)
    scores = wins.sum(axis=2)
    theta = np.zeros(wins.shape[:2])
    for _ in range(_ROUNDS):
        chance, information = _at(theta, met)
        gradient = scores - (met * chance).sum(axis=2) - PRIOR_PRECISION * theta
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        theta = theta + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max(initial=0.0) < _CLOSE:
            break
    theta = theta - theta.mean(axis=1, keepdims=True)
    return theta, np.asarray(np.linalg.inv(_at(theta, met)[1]), dtype=np.float64)


def _at(theta: Floats, met: Floats) -> tuple[Floats, Floats]:
    chance = expit(theta[:, :, None] - theta[:, None, :])
    weight = met * chance * (1 - chance)
    information = -weight
    at = np.arange(theta.shape[1])
    information[:, at, at] += weight.sum(axis=2) + PRIOR_PRECISION
    return chance, information
