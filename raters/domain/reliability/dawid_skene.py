"""What the true label may be when raters err each in their own way.

The model is that of Dawid & Skene (1979, Applied Statistics 28). Every item has one true class; rater r,
shown class j, says l with probability e^r_jl, independently. Prevalence π and all confusion matrices are
found by EM, with Dirichlet priors given as pseudo-counts c:

    E   T_ij  ∝  π_j ∏_{r,l} (e^r_jl)^{n_irl}
    M   π_j   ∝  c + Σ_i T_ij          e^r_jl  ∝  c + Σ_i T_ij n_irl

The "one-coin" model gives each rater one accuracy and spreads errors evenly over the other labels: for raters
of fewer than some 30 items, or more than four classes, a whole matrix cannot be learnt.

The consensus is the model's own output. It is no ground truth and must not enter an agreement statistic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.special import logsumexp

from evaluation.domain.estimates import Floats

Model = Literal["confusion", "one-coin"]
Status = Literal["ok", "not_converged", "undefined_no_ratings", "undefined_no_variation"]
Codes = npt.NDArray[np.int64]

PSEUDO_COUNT = 0.01
RESTARTS = 10
_TINY = 1e-300
_NO_CODES = np.empty(0, dtype=np.int64)
_SAME = 1e-6  # log posteriors closer than this are one maximum


@dataclass(frozen=True, eq=False)
class RaterModel:
    """The fitted model of V classes; arrays are empty unless `status` is "ok" or "not_converged".

    posterior        (n_items, V) probability of each true class
    prevalence       (V,) of the classes
    confusion        (n_raters, V, V) probability of each label (last axis) given the true class
    log_likelihood   of the ratings; log_posterior adds the priors and is what EM raises
    iterations       of the best start, the last of which moved no posterior by more than the tolerance
    maxima           log posterior reached from each start, the first from the items' label shares: where they
                     differ, the likelihood has several peaks and the model should be read with care
    """

    posterior: Floats
    prevalence: Floats
    confusion: Floats
    log_likelihood: float | None
    log_posterior: float | None
    iterations: int
    maxima: tuple[float, ...]
    model: Model
    status: Status
    reason: str
    n_items: int
    n_raters: int
    n_ratings: int

    @property
    def labels(self) -> Codes:
        """(n_items,) the likeliest class of each."""
        found: Codes = self.posterior.argmax(axis=1).astype(np.int64) if self.posterior.size else _NO_CODES
        return found

    @property
    def accuracy(self) -> Floats:
        """(n_raters,) probability that a rater labels an item rightly, over the prevalence of the classes."""
        found: Floats = np.einsum("j,rjj->r", self.prevalence, self.confusion)
        return found


@dataclass(frozen=True, eq=False)
class _Data:
    """Items with the very same ratings are one row: EM costs the same for 100 of them and for 100,000.

    counts (P, n_raters · V) of each label each rater gave, weight (P,) how many such items there are,
    row (n_items,) which one each item is
    """

    counts: csr_array
    weight: Floats
    row: Codes
    n_raters: int
    n_classes: int
    model: Model
    pseudo: float


def dawid_skene(
    items: Sequence[int] | Codes,
    raters: Sequence[int] | Codes,
    labels: Sequence[int] | Codes,
    n_classes: int,
    *,
    model: Model = "confusion",
    pseudo_count: float = PSEUDO_COUNT,
    restarts: int = RESTARTS,
    seed: int = 0,
    tolerance: float = 1e-7,
    max_iterations: int = 2000,
) -> RaterModel:
    """The model of ratings given as three codes (n_ratings,) each, numbered from 0 without gaps.

    A rater's repeated labels of one item are counted each. EM finds peaks only, so it starts from the label
    shares and `restarts` times from shares blended with noise; another start wins only if clearly higher.
    """
    item, rater, label = _codes(items, raters, labels, n_classes)
    if pseudo_count < 0:
        raise ValueError(f"a pseudo-count is 0 or more, not {pseudo_count}")
    size = (int(item.max()) + 1, int(rater.max()) + 1, len(item)) if len(item) else (0, 0, 0)
    if not len(item):
        return _without_fit(model, "undefined_no_ratings", "there are no ratings", size)
    if (label == label[0]).all():
        reason = "only one label was ever given: nothing tells raters or classes apart"
        return _without_fit(model, "undefined_no_variation", reason, size)
    cells = (np.ones(len(item)), (item, rater * n_classes + label))
    counts = csr_array(cells, shape=(size[0], size[1] * n_classes))
    data = _Data(*_distinct(counts), size[1], n_classes, model, pseudo_count)
    fits = [_fit(data, start, tolerance, max_iterations) for start in _starts(data, restarts, seed)]
    best = fits[0]
    for other in fits[1:]:
        best = other if other[1] > best[1] + _SAME * (1 + abs(best[1])) else best
    return _fitted(data, best, tuple(fit[1] for fit in fits), tolerance, size)


Fit = tuple[Floats, float, int, float]  # posterior, log posterior, iterations, its last change


def _codes(
    items: Sequence[int] | Codes, raters: Sequence[int] | Codes, labels: Sequence[int] | Codes, n_classes: int
) -> tuple[Codes, Codes, Codes]:
    item, rater, label = (np.asarray(codes, dtype=np.int64) for codes in (items, raters, labels))
    if not len(item) == len(rater) == len(label):
        raise ValueError(
            f"{len(item)} items, {len(rater)} raters, {len(label)} labels: one of each per rating"
        )
    if n_classes < 2:
        raise ValueError("two classes are the fewest: declare every label of the scale, used or not")
    if len(label) and not (label.min() >= 0 and label.max() < n_classes):
        raise ValueError(f"labels are codes 0 to {n_classes - 1}: found {label.min()} to {label.max()}")
    for name, codes in (("items", item), ("raters", rater)):
        if len(codes) and (codes.min() < 0 or len(np.unique(codes)) != codes.max() + 1):
            raise ValueError(f"{name} are numbered from 0 without gaps: number those that have ratings")
    return item, rater, label


def _distinct(counts: csr_array) -> tuple[csr_array, Floats, Codes]:
    """The distinct rows, how often each occurs and which one each item has."""
    counts.sum_duplicates()
    parts = zip(counts.indptr[:-1], counts.indptr[1:], strict=True)
    keys = [(counts.indices[a:b].tobytes(), counts.data[a:b].tobytes()) for a, b in parts]
    first = {key: at for at, key in reversed(list(enumerate(keys)))}
    place = {key: at for at, key in enumerate(first)}
    row = np.array([place[key] for key in keys], dtype=np.int64)
    weight = np.bincount(row).astype(np.float64)
    return csr_array(counts[np.array(list(first.values()))]), weight, row


def _starts(data: _Data, restarts: int, seed: int) -> list[Floats]:
    folded = data.counts.toarray().reshape(-1, data.n_raters, data.n_classes).sum(axis=1)
    shares: Floats = folded / folded.sum(axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    alpha = np.ones(data.n_classes)
    return [shares] + [(shares + rng.dirichlet(alpha, len(shares))) / 2 for _ in range(restarts)]


def _fit(data: _Data, start: Floats, tolerance: float, most: int) -> Fit:
    posterior, change, iteration = start, np.inf, 0
    while change > tolerance and iteration < most:
        moved = _expected(_joint(data, *_parameters(data, posterior)))
        change = float(np.abs(moved - posterior).max())
        posterior, iteration = moved, iteration + 1
    parameters = _parameters(data, posterior)
    return posterior, _log_posterior(data, *parameters), iteration, change


def _expected(joint: Floats) -> Floats:
    """E step: (P, V) probabilities from their logs up to a constant in each row."""
    likely = np.exp(joint - joint.max(axis=1, keepdims=True))
    found: Floats = likely / likely.sum(axis=1, keepdims=True)
    return found


def _parameters(data: _Data, posterior: Floats) -> tuple[Floats, Floats]:
    """M step: prevalence (V,) and confusion (R, V, V)."""
    classes = data.n_classes
    weighted = posterior * data.weight[:, None]
    prevalence = weighted.sum(axis=0) + data.pseudo
    said = (data.counts.T @ weighted).reshape(data.n_raters, classes, classes).transpose(0, 2, 1)
    if data.model == "one-coin":
        right = np.einsum("rjj->r", said) + data.pseudo
        wrong = said.sum(axis=(1, 2)) - np.einsum("rjj->r", said) + data.pseudo
        share = right / (right + wrong)
        confusion = np.repeat(((1 - share) / (classes - 1))[:, None], classes * classes, axis=1)
        confusion = confusion.reshape(-1, classes, classes)
        confusion[:, np.arange(classes), np.arange(classes)] = share[:, None]
        return prevalence / prevalence.sum(), confusion
    said = said + data.pseudo
    total = said.sum(axis=2, keepdims=True)
    even = np.full_like(said, 1 / classes)  # a class no item of this rater may be in says nothing
    return prevalence / prevalence.sum(), np.divide(said, total, out=even, where=total > 0)


def _joint(data: _Data, prevalence: Floats, confusion: Floats) -> Floats:
    """(P, V) log probability of each true class together with the ratings."""
    logs = np.log(np.maximum(confusion, _TINY)).transpose(0, 2, 1).reshape(-1, data.n_classes)
    found: Floats = data.counts @ logs + np.log(np.maximum(prevalence, _TINY))
    return found


def _log_likelihood(data: _Data, prevalence: Floats, confusion: Floats) -> float:
    return float(data.weight @ logsumexp(_joint(data, prevalence, confusion), axis=1))


def _log_posterior(data: _Data, prevalence: Floats, confusion: Floats) -> float:
    """Up to a constant; in the one-coin model the prior is on each rater's accuracy."""
    prior = np.log(np.maximum(prevalence, _TINY)).sum()
    if data.model == "one-coin":
        right = confusion[:, 0, 0]
        prior += np.log(np.maximum(right, _TINY)).sum() + np.log(np.maximum(1 - right, _TINY)).sum()
    else:
        prior += np.log(np.maximum(confusion, _TINY)).sum()
    return _log_likelihood(data, prevalence, confusion) + data.pseudo * float(prior)


def _fitted(
    data: _Data, best: Fit, maxima: tuple[float, ...], tolerance: float, size: tuple[int, int, int]
) -> RaterModel:
    posterior, log_posterior, iterations, change = best
    prevalence, confusion = _parameters(data, posterior)
    converged = change <= tolerance
    reason = f"after {iterations} iterations a probability still moved by {change:.1e}: allow more of them"
    return RaterModel(
        posterior=posterior[data.row],
        prevalence=prevalence,
        confusion=confusion,
        log_likelihood=_log_likelihood(data, prevalence, confusion),
        log_posterior=log_posterior,
        iterations=iterations,
        maxima=maxima,
        model=data.model,
        status="ok" if converged else "not_converged",
        reason="" if converged else reason,
        n_items=size[0],
        n_raters=size[1],
        n_ratings=size[2],
    )


def _without_fit(model: Model, status: Status, reason: str, size: tuple[int, int, int]) -> RaterModel:
    return RaterModel(
        posterior=np.empty((0, 0)),
        prevalence=np.empty(0),
        confusion=np.empty((0, 0, 0)),
        log_likelihood=None,
        log_posterior=None,
        iterations=0,
        maxima=(),
        model=model,
        status=status,
        reason=reason,
        n_items=size[0],
        n_raters=size[1],
        n_ratings=size[2],
    )
