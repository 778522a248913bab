"""What the metrics of judges share: an estimate over the values physicians gave, and its parts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.influence import cluster_codes, sum_by_cluster
from evaluation.domain.judging import agreement
from evaluation.domain.judging.agreement import MARGIN, AgainstPhysicians
from evaluation.domain.metrics import Options

Clusters = npt.NDArray[np.int64] | None


def balanced_estimate(
    name: str,
    found: AgainstPhysicians,
    unparsed: npt.NDArray[np.bool_],
    parts: Mapping[str, float],
    options: Options,
    clusters: Clusters,
) -> Estimate:
    """Mean F1 over the values physicians gave, with the comparison with one physician among its parts."""
    k = found.labels.shape[1]
    codes = cluster_codes(clusters)
    units = found.labels if codes is None else sum_by_cluster(found.labels, codes)
    present = np.count_nonzero(units, axis=0)
    return intervals.from_sums(
        name,
        agreement.judge_tables(found),
        unparsed,
        agreement.over_tables(agreement.balanced_f1, k),
        item_agreement(found, np.eye(k)),
        clusters=clusters,
        parts={**parts, **expert_parts(found, agreement.balanced_f1, options, clusters)},
        smallest=int(present[present > 0].min()) if present.any() else None,
    )


def item_agreement(found: AgainstPhysicians, weights: Floats) -> Floats:
    """(n,) mean agreement of the verdict with the item's physicians, 0 where it was not read."""
    of_verdict = weights[np.maximum(found.verdicts, 0)]
    mean = (of_verdict * found.labels).sum(axis=1) / np.maximum(found.raters, 1)
    scores: Floats = np.where(found.verdicts < 0, 0.0, mean)
    return scores


def agreement_part(found: AgainstPhysicians) -> dict[str, float]:
    """The share of comparisons that agree exactly."""
    return known("agreement", found, agreement.agreement)


def known(name: str, found: AgainstPhysicians, statistic: agreement.Statistic) -> dict[str, float]:
    """A further statistic as a part; {} where it is undefined."""
    k = found.labels.shape[1]
    value = float(statistic(agreement.judge_tables(found).sum(axis=0).reshape(1, k + 1, k))[0])
    return {} if np.isnan(value) else {name: value}


def expert_parts(
    found: AgainstPhysicians, statistic: agreement.Statistic, options: Options, clusters: Clusters
) -> dict[str, float]:
    """The judge against one physician, with the task's own margin."""
    return agreement.expert_parts(found, statistic, float(options.get("margin", MARGIN)), clusters)
