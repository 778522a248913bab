"""Is a judge no worse than one physician? Both are held against the remaining physicians of each item.

The idea of a held-out expert is that of HealthBench's meta-evaluation (Arora et al. 2025, each physician
compared with the others), of MedVAL's comparison with a single expert with a margin of 0.05, and of the
alternative annotator test (Calderon, Reichart & Dror 2025, leave one annotator out and ask whether the judge
agrees with the rest at least as well). A judge is not inferior where the lower 95 % limit of its agreement
less the physician's own lies above the negative margin, which is declared before the data.

With five named physicians or more the interval lets both items and physicians vary: jackknife variances from
leaving out items (or clusters), physicians, and single labels, V = max(V_item, V_rater, V_item + V_rater -
V_label) (Cameron, Gelbach & Miller 2011) and Student's t of the fewer units less 1. With fewer it lets items
vary and holds for these physicians only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from evaluation.domain import intervals
from evaluation.domain.estimates import Estimate, Floats, Status
from evaluation.domain.influence import Clusters, cluster_codes, variance
from evaluation.domain.judging import agreement
from evaluation.domain.judging.agreement import MARGIN, UNREAD, AgainstPhysicians, Statistic

FEWEST_RATERS = 5  # below, nothing can be said of other physicians


@dataclass(frozen=True)
class AgainstOneExpert:
    """judge and physician are agreements with the remaining physicians, difference the first less the second.

    not_inferior is None where there is no interval; `by_physician` holds the difference on the items of each,
    with that physician held out alone.
    """

    judge: float | None
    physician: float | None
    difference: float | None
    low: float | None
    high: float | None
    margin: float
    not_inferior: bool | None
    n_items: int
    n_physicians: int
    interval: str
    status: Status
    by_physician: Mapping[str, float]


@dataclass(frozen=True)
class _Shared:
    """The items that two or more judged: the judge's verdicts, the labels, and their difference's rows."""

    verdicts: Sequence[int]
    labels: Sequence[Mapping[str, int]]
    k: int

    def row(self, at: int, left_out: str = "") -> Floats:
        """(2 (k + 1) k,) judge and physician table of an item; zero with fewer than two physicians left."""
        said = [value for rater, value in self.labels[at].items() if rater != left_out]
        if len(said) < 2:
            return np.zeros(2 * (self.k + 1) * self.k)
        counted = np.bincount(said, minlength=self.k).astype(np.float64)[np.newaxis]
        judged = AgainstPhysicians(np.array([self.verdicts[at]]), counted)
        return np.hstack([agreement.judge_tables(judged)[0], agreement.physician_tables(counted)[0]])

    def row_of(self, at: int, rater: str) -> Floats:
        """The same with one physician held out alone: the judge and that physician against the others."""
        others = [value for other, value in self.labels[at].items() if other != rater]
        counted = np.bincount(others, minlength=self.k).astype(np.float64)[np.newaxis]
        pairs = [(self.verdicts[at], counted), (self.labels[at][rater], counted)]
        tables = [agreement.judge_tables(AgainstPhysicians(np.array([said]), them)) for said, them in pairs]
        return np.hstack([table[0] for table in tables])


def against_one_expert(
    verdicts: Sequence[int | None],
    labels: Sequence[Mapping[str, int]],
    categories: int,
    statistic: Statistic,
    *,
    margin: float = MARGIN,
    clusters: Clusters | None = None,
) -> AgainstOneExpert:
    """Compare a judge with one physician by a statistic of `judging.agreement`.

    verdicts    (n,) place of the category the judge gave, None where nothing could be read
    labels      (n,) physician → place of the category given; the same code is the same person
    categories  how many there are
    """
    shared = [at for at, said in enumerate(labels) if len(said) >= 2]
    read = [UNREAD if (found := verdicts[at]) is None else found for at in shared]
    items = _Shared(read, [labels[at] for at in shared], categories)
    raters = sorted({rater for said in items.labels for rater in said})
    if not shared:
        return _without(margin, "undefined_no_items")
    rows = np.stack([items.row(at) for at in range(len(shared))])
    codes = None if clusters is None else cluster_codes(clusters[shared])
    f = agreement.difference(statistic, categories)
    estimate = intervals.from_sums(
        "difference", rows, np.zeros(len(rows), dtype=np.bool_), f, np.zeros(len(rows)),
        clusters=codes, bounds=(-1.0, 1.0), undefined="undefined_no_variation",
    )  # fmt: skip
    low, high, name = _limits(items, rows, raters, f, estimate, codes)
    half_way = rows.shape[1] // 2
    of_judge, of_physician = (
        _known(agreement.over_tables(statistic, categories), part.sum(axis=0))
        for part in (rows[:, :half_way], rows[:, half_way:])
    )
    return AgainstOneExpert(
        judge=of_judge,
        physician=of_physician,
        difference=estimate.value,
        low=low,
        high=high,
        margin=margin,
        not_inferior=None if low is None else low > -margin,
        n_items=len(rows),
        n_physicians=len(raters),
        interval=name,
        status=estimate.status,
        by_physician=_each(items, raters, f),
    )


def _limits(
    items: _Shared,
    rows: Floats,
    raters: Sequence[str],
    f: intervals.Sums,
    estimate: Estimate,
    codes: Clusters | None,
) -> tuple[float | None, float | None, str]:
    """The interval and the name of its method: over physicians as well, where there are enough of them."""
    if estimate.value is None or estimate.low is None:
        return None, None, "none"
    spread = None
    if len(raters) >= FEWEST_RATERS:
        spread = _two_way(items, rows, raters, f, variance(estimate.influence, codes))
    if spread is None:
        return estimate.low, estimate.high, f"{estimate.interval}, these physicians only"
    units = min(len(rows) if codes is None else int(codes.max()) + 1, len(raters))
    half = float(stdtrit(units - 1, (1 + intervals.LEVEL) / 2)) * sqrt(spread)
    return estimate.value - half, estimate.value + half, "two-way jackknife-t"


def _two_way(
    items: _Shared, rows: Floats, raters: Sequence[str], f: intervals.Sums, of_items: float
) -> float | None:
    """The variance over items and physicians; None where a value without one of them is undefined."""
    total = rows.sum(axis=0)
    lost = {
        (at, rater): rows[at] - items.row(at, rater) for at, said in enumerate(items.labels) for rater in said
    }
    of_rater = np.stack(
        [np.sum([row for (_, rater), row in lost.items() if rater == one], axis=0) for one in raters]
    )
    without_rater = intervals.leave_each_out(f, total, of_rater)
    without_label = intervals.leave_each_out(f, total, np.stack(list(lost.values())))
    if np.isnan(without_rater).any() or np.isnan(without_label).any():
        return None
    by_rater, by_label = _jackknife(without_rater), _jackknife(without_label)
    return max(of_items, by_rater, of_items + by_rater - by_label)


def _jackknife(values: Floats) -> float:
    n = len(values)
    return float((n - 1) / n * np.square(values - values.mean()).sum())


def _each(items: _Shared, raters: Sequence[str], f: intervals.Sums) -> dict[str, float]:
    found = {}
    for rater in raters:
        rows = [items.row_of(at, rater) for at, said in enumerate(items.labels) if rater in said]
        value = _known(f, np.sum(rows, axis=0))
        if value is not None:
            found[rater] = value
    return found


def _known(f: intervals.Sums, sums: Floats) -> float | None:
    value = float(f(sums[np.newaxis])[0])
    return None if np.isnan(value) else value


def _without(margin: float, status: Status) -> AgainstOneExpert:
    return AgainstOneExpert(None, None, None, None, None, margin, None, 0, 0, "none", status, {})
