"""What one vote says under each model: its log-likelihood and the first and second derivatives.

With eta = theta_first - theta_second + delta, where delta is the advantage of being shown first:

Bradley-Terry (Bradley & Terry 1952): P(first) = 1 / (1 + exp(-eta)). A tie counts as half a win to either,
which makes the likelihood a quasi-likelihood (Wedderburn 1974): estimates are consistent for the share of
points, and the inverse information is no variance.
Davidson (1970): P(first) : P(tie) : P(second) = exp(eta/2) : nu : exp(-eta/2); the parameter is log nu.
Rao & Kupper (1967): P(first) = 1 / (1 + exp(c - eta)), P(second) = 1 / (1 + exp(c + eta)), the rest ties;
c is the log of their theta and positive: a cumulative logit model with cut points -c and c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, log_expit

from evaluation.domain.estimates import Floats

Ties = Literal["half-win", "davidson", "rao-kupper"]


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Of the log-likelihood of one vote, (S, S, 3) each, by first, second and outcome.

    log_p                value
    score, tie_score     first derivatives by eta and by the parameter of ties
    curve, cross, bend   minus the second derivatives: by eta twice, by both, by the parameter of ties twice
    """

    log_p: Floats
    score: Floats
    curve: Floats
    tie_score: Floats | None = None
    cross: Floats | None = None
    bend: Floats | None = None


Model = Callable[[Floats, float], Derivatives]  # eta (S, S), parameter of ties


def half_win(eta: Floats, tie: float = 0.0) -> Derivatives:
    """Bradley-Terry with ties as half wins; `tie` is not used."""
    win, lose = log_expit(eta), log_expit(-eta)
    p = np.exp(win)
    curve = p * np.exp(lose)
    return Derivatives(
        log_p=np.stack([win, (win + lose) / 2, lose], axis=-1),
        score=np.stack([1 - p, 0.5 - p, -p], axis=-1),
        curve=np.repeat(curve[..., None], 3, axis=-1),
    )


def davidson(eta: Floats, tie: float) -> Derivatives:
    """Davidson's ties; `tie` is log nu. The mean of the points y is P(first) + P(tie) / 2."""
    logits = np.stack([eta / 2, np.full_like(eta, tie), -eta / 2], axis=-1)
    log_p: Floats = logits - np.logaddexp.reduce(logits, axis=-1)[..., None]
    p = np.exp(log_p)
    mean, tied = p[..., 0] + p[..., 1] / 2, p[..., 1]
    points = np.array([1.0, 0.5, 0.0])
    shape = (*eta.shape, 3)
    return Derivatives(
        log_p=log_p,
        score=points - mean[..., None],
        curve=np.broadcast_to((p[..., 0] + p[..., 1] / 4 - mean**2)[..., None], shape),
        tie_score=np.array([0.0, 1.0, 0.0]) - tied[..., None],
        cross=np.broadcast_to((tied * (0.5 - mean))[..., None], shape),
        bend=np.broadcast_to((tied * (1 - tied))[..., None], shape),
    )


def rao_kupper(eta: Floats, tie: float) -> Derivatives:
    """Rao and Kupper's ties; `tie` is c, the log of their theta; no likelihood unless positive."""
    if tie <= 0:
        nothing = np.full((*eta.shape, 3), -np.inf)
        return Derivatives(nothing, nothing, nothing, nothing, nothing, nothing)
    first, second = log_expit(eta - tie), log_expit(-eta - tie)
    s, t = np.exp(first), np.exp(second)
    q, r = s * expit(tie - eta), t * expit(tie + eta)
    small = np.exp(-2 * tie)  # P(tie) = s t (e^2c - 1), whose factor has this log, and grows by `more` with c
    factor, more = 2 * tie + np.log1p(-small), 2 / (1 - small)
    return Derivatives(
        log_p=np.stack([first, first + second + factor, second], axis=-1),
        score=np.stack([1 - s, t - s, t - 1], axis=-1),
        curve=np.stack([q, q + r, r], axis=-1),
        tie_score=np.stack([s - 1, s + t - 2 + more, t - 1], axis=-1),
        cross=np.stack([-q, r - q, r], axis=-1),
        bend=np.stack([q, q + r + more**2 * small, r], axis=-1),
    )


MODELS: dict[Ties, Model] = {"half-win": half_win, "davidson": davidson, "rao-kupper": rao_kupper}
