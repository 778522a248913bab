"""Items asked twice, as published and perturbed: what the perturbation alone did to a system's answers.

A variant task says `pair_of`, the slug of the task whose items it perturbs. An item of it belongs to the item
of the original task from whose key its own is derived ("q7~order" from "q7"), or else to the one item of that
task which shares its cluster. What has no partner is counted and compared with nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats
from evaluation.domain.influence import Clusters, cluster_codes
from evaluation.domain.intervals import from_mean
from evaluation.domain.paired import exact_mcnemar, obuchowski
from evaluation.domain.rounding import supported

PAIR_OF = "pair_of"  # the option of a variant task
MARK = "~"  # between the key of the original and what was done to it


class Member(NamedTuple):
    """An item that may have a partner."""

    key: str
    cluster: str = ""


@dataclass(frozen=True)
class Share:
    """`count` of `among` pairs; the share with Wilson's 95 % interval, by clusters where they share a source.

    None where there are none, limits also where there are too few for an interval, and counts where private
    items are among them.
    """

    count: int | None
    among: int | None
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PairedEffect:
    """Right answers to the same items, as published and perturbed.

    right_to_wrong          of pairs whose original was answered right; wrong_to_right of the others
    difference, low, high   variant less original, with its 95 % interval
    p                       exact McNemar; Obuchowski's where items come in clusters
    pairs, unpaired         pairs compared, items of either task without a partner
    """

    original: Share
    variant: Share
    right_to_wrong: Share
    wrong_to_right: Share
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    test: str
    interval: str
    status: str
    pairs: int
    unpaired: int


def limited(effect: PairedEffect) -> PairedEffect:
    """The same as far as the intervals support it, for pairs with private items: counts are kept back."""
    told = supported(effect.difference, effect.low, effect.high)
    return replace(
        effect,
        original=_limited_share(effect.original),
        variant=_limited_share(effect.variant),
        right_to_wrong=_limited_share(effect.right_to_wrong),
        wrong_to_right=_limited_share(effect.wrong_to_right),
        difference=told.value,
        low=told.low,
        high=told.high,
        p=None if effect.p is None else float(f"{effect.p:.1g}"),
    )


def _limited_share(share: Share) -> Share:
    told = supported(share.share, share.low, share.high)
    return Share(None, None, told.value, told.low, told.high)


def original_of(options: Mapping[str, Any]) -> str:
    """The slug of the task that a task's items perturb; empty for a task that stands alone."""
    return str(options.get(PAIR_OF, ""))


def matched(originals: Sequence[Member], variants: Sequence[Member]) -> list[tuple[int, int]]:
    """Numbers of the originals and variants that belong together, in the order of the variants."""
    by_key = {member.key: number for number, member in enumerate(originals)}
    alone = _alone_in_their_cluster(originals)
    alone_here = _alone_in_their_cluster(variants)
    pairs = []
    for number, variant in enumerate(variants):
        partner = by_key.get(variant.key.rpartition(MARK)[0])
        if partner is None and alone_here.get(variant.cluster) == number:
            partner = alone.get(variant.cluster)
        if partner is not None:
            pairs.append((partner, number))
    return pairs


def effect(
    originals: Sequence[Member],
    variants: Sequence[Member],
    original_scores: npt.ArrayLike,
    variant_scores: npt.ArrayLike,
) -> PairedEffect:
    """What the variant did, from right (1) and wrong (0) answers to each item, in the order of the members.

    ValueError where there are not as many scores as items, or others than 0 and 1.
    """
    before, after = np.asarray(original_scores, np.float64), np.asarray(variant_scores, np.float64)
    if (len(before), len(after)) != (len(originals), len(variants)):
        raise ValueError(
            f"{len(originals)} and {len(variants)} items need as many scores, not {len(before)}, {len(after)}"
        )
    pairs = matched(originals, variants)
    rows, columns = [first for first, _ in pairs], [second for _, second in pairs]
    before, after = before[rows], after[columns]
    codes = _clusters([originals[row] for row in rows])
    found = exact_mcnemar(after, before) if codes is None else obuchowski(after, before, codes)
    right = before == 1
    return PairedEffect(
        original=_share(before, codes),
        variant=_share(after, codes),
        right_to_wrong=_share(1 - after, codes, right),
        wrong_to_right=_share(after, codes, ~right),
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.p,
        test=found.test,
        interval=found.interval,
        status=found.status,
        pairs=len(pairs),
        unpaired=len(originals) - len(set(rows)) + len(variants) - len(columns),
    )


def _alone_in_their_cluster(members: Sequence[Member]) -> dict[str, int]:
    sizes = Counter(member.cluster for member in members)
    return {
        member.cluster: number
        for number, member in enumerate(members)
        if member.cluster and sizes[member.cluster] == 1
    }


def _clusters(members: Sequence[Member]) -> Clusters | None:
    """Codes of what the pairs share; None when no two of them share anything."""
    names = [member.cluster or f"\0{member.key}" for member in members]
    return cluster_codes(np.unique(np.array(names), return_inverse=True)[1]) if names else None


def _share(hits: Floats, codes: Clusters | None, among: npt.NDArray[np.bool_] | None = None) -> Share:
    chosen = np.ones(len(hits), dtype=np.bool_) if among is None else among
    scores, clusters = hits[chosen], None if codes is None else codes[chosen]
    read = np.zeros(len(scores), dtype=np.bool_)
    found = from_mean("share", scores, read, method="wilson", clusters=cluster_codes(clusters))
    return Share(int(scores.sum()), len(scores), found.value, found.low, found.high)
