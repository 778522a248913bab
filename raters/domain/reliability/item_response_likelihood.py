"""The marginal likelihood of the two-parameter logistic model, its EM step and its exact derivatives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_expit, logsumexp

from evaluation.domain.estimates import Floats

Rows = npt.NDArray[np.int8]  # 1 right, 0 wrong, -1 missing
Codes = npt.NDArray[np.int64]

_CELLS_AT_ONCE = 1 << 22
_REGRESSION_STEPS = 4
_LONGEST = 1.0  # logits that a step of an item's regression may move it by


def patterns_of(answers: Floats, times: Floats) -> tuple[Rows, Floats, Codes]:
    """Distinct rows (P, J) of answers (n, J), persons with each (P,), and which row each came from (n,)."""
    coded = np.where(np.isnan(answers), -1, answers).astype(np.int8)
    rows, row = np.unique(coded, axis=0, return_inverse=True)
    of: Codes = row.reshape(-1).astype(np.int64)
    return rows, np.bincount(of, weights=times, minlength=len(rows)).astype(np.float64), of


class Marginal:
    """Of P patterns of answers to J items; parameters are (J, 2), intercept and discrimination."""

    def __init__(self, rows: Rows, weight: Floats, nodes: int) -> None:
        self.right = (rows == 1).astype(np.float64)
        self.seen = (rows >= 0).astype(np.float64)
        self.weight = weight
        self.theta, mass = np.polynomial.hermite_e.hermegauss(nodes)
        self._log_mass = np.log(mass / mass.sum())

    def start(self) -> Floats:
        """Every item as steep as the abilities' own standard deviation, and as easy as it was."""
        right, seen = self.weight @ self.right, self.weight @ self.seen
        logit = np.log(right + 0.5) - np.log(seen - right + 0.5)
        return np.column_stack([1.2 * logit, np.ones(len(logit))])

    def value(self, point: Floats) -> float:
        """The log-likelihood."""
        return float(self.weight @ logsumexp(self._joint(point), axis=1))

    def posterior(self, point: Floats) -> Floats:
        """(P, Q) of ability at the nodes."""
        joint = self._joint(point)
        found: Floats = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        return found

    def em_step(self, point: Floats) -> Floats:
        """Each item's logistic regression on ability, of the answers expected at the nodes."""
        weighted = self.weight[:, None] * self.posterior(point)
        right, seen = self.right.T @ weighted, self.seen.T @ weighted
        powers = np.stack([np.ones_like(self.theta), self.theta])
        moved = point.copy()
        for _ in range(_REGRESSION_STEPS):
            p = expit(moved @ powers)
            slope = (right - seen * p) @ powers.T
            a, b, c = (seen * p * (1 - p) @ (self.theta**k) for k in (0, 1, 2))
            below = np.maximum(a * c - b * b, 1e-300)
            step = np.column_stack(
                [(c * slope[:, 0] - b * slope[:, 1]) / below, (a * slope[:, 1] - b * slope[:, 0]) / below]
            )
            moved += np.clip(step, -_LONGEST, _LONGEST)
        return moved

    def derivatives(self, point: Floats) -> tuple[Floats, Floats]:
        """(2 J,) gradient and (2 J, 2 J) minus the second derivatives (Louis 1982).

        The latter are Σ_p f_p (E[I] - E[s s'] + E[s] E[s]'), expectations over the posterior of ability given
        the pattern, s and I being the score and the information were ability known.
        """
        posterior, size = self.posterior(point), 2 * len(point)
        p = expit(np.outer(self.theta, point[:, 1]) + point[:, 0])
        mean = np.stack([self._mean_score(posterior, p, k) for k in (0, 1)], axis=-1).reshape(-1, size)
        curve = (mean * self.weight[:, None]).T @ mean
        known = self.seen.T @ (self.weight[:, None] * posterior)
        for one in (0, 1):
            for other in (0, 1):
                own = np.einsum("jq,qj,q->j", known, p * (1 - p), self.theta ** (one + other))
                curve[np.arange(one, size, 2), np.arange(other, size, 2)] += own
        at_once = max(1, _CELLS_AT_ONCE // (len(self.theta) * size))
        for start in range(0, len(posterior), at_once):
            part = slice(start, start + at_once)
            scores = self._scores(posterior[part], p, part)
            curve -= scores.T @ scores
        return self.weight @ mean, curve

    def _mean_score(self, posterior: Floats, p: Floats, power: int) -> Floats:
        at = self.theta[:, None] ** power
        found: Floats = self.right * (posterior @ at) - self.seen * (posterior @ (p * at))
        return found

    def _scores(self, posterior: Floats, p: Floats, part: slice) -> Floats:
        """(patterns x Q, 2 J) scores at each node, times the root of their weight."""
        left = self.right[part, None, :] - self.seen[part, None, :] * p
        root = np.sqrt(self.weight[part, None] * posterior)
        both = np.stack([left, left * self.theta[:, None]], axis=-1) * root[..., None, None]
        scores: Floats = both.reshape(-1, both.shape[2] * 2)
        return scores

    def _joint(self, point: Floats) -> Floats:
        """(P, Q) log probability of each pattern together with each node."""
        eta = np.outer(point[:, 1], self.theta) + point[:, :1]
        right, wrong = log_expit(eta), log_expit(-eta)
        found: Floats = self.right @ right + (self.seen - self.right) @ wrong + self._log_mass
        return found
