"""The influence of each item on an estimate, and the variance that follows, also of clustered items."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats

Clusters = npt.NDArray[np.int64]


def cluster_codes(clusters: Clusters | None) -> Clusters | None:
    """Clusters numbered 0 … G - 1; None when there are none or each item is its own."""
    if clusters is None:
        return None
    names, codes = np.unique(clusters, return_inverse=True)
    return None if len(names) == len(clusters) else codes.astype(np.int64, copy=False)


def sum_by_cluster(table: Floats, codes: Clusters) -> Floats:
    """(G, k) sums of the rows of each cluster."""
    return np.stack([np.bincount(codes, weights=column) for column in table.T], axis=1)


def variance(influence: Floats, codes: Clusters | None = None) -> float:
    """Variance of an estimate from its items' influence; with `codes` (n,) 0 … G - 1, of clustered items.

    Independent items: Σ influence² / (n (n - 1)). Clusters: G/(G - 1) Σ_g (Σ_{i in g} influence_i)² / n²,
    which is the first when every cluster is a single item. ValueError for fewer than two items or clusters.
    """
    n = len(influence)
    sums = influence if codes is None else np.bincount(codes, weights=influence)
    groups = len(sums)
    if groups < 2:
        raise ValueError(
            "a variance needs two items or clusters at least; report the value without an interval"
        )
    return float(groups / (groups - 1) * np.dot(sums, sums)) / (n * n)


def spread_over_items(influence: Floats, of_clusters: Floats, codes: Clusters) -> Floats:
    """(n,) influence of clustered items, from their own (n,) and the value without each cluster (G,).

    Each item keeps its own but for a shift shared within its cluster, which makes the cluster's sum n/G
    times its own influence (G - 1)(mean deletion - its deletion): `variance` with codes is then the exact
    cluster jackknife.
    """
    groups = len(of_clusters)
    wanted = len(influence) / groups * (groups - 1) * (of_clusters.mean() - of_clusters)
    shift = (wanted - np.bincount(codes, weights=influence)) / np.bincount(codes)
    spread: Floats = influence + shift[codes]
    return spread
