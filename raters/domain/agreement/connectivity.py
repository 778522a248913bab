"""Which raters and items hang together: the graph whose edges are the ratings.

Raters who share no item, not even by a chain of others, cannot be told apart from their items: whether one of
them is strict or had the worse cases is not in the data. Coefficients such as alpha are still computed, from
the pairs there are; nothing that compares raters or items across parts is. With raters nested in items, a
fifth of the items or more should be rated twice, as anchors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from raters.domain.agreement.ratings import Names, numbered
from raters.domain.agreement.scales import Integers

ConnectivityStatus = Literal["ok", "undefined_no_items", "not_estimable_disconnected"]

FEWEST_ANCHORS = 0.2  # share of items rated twice from which raters can be told from items


@dataclass(frozen=True)
class Component:
    """Raters and items that a chain of ratings links, by name, in order of their names."""

    raters: tuple[str, ...]
    items: tuple[str, ...]
    n_ratings: int


@dataclass(frozen=True, kw_only=True)
class RatingGraph:
    """How ratings link raters.

    components     the one with most ratings first
    shared_items   items of each pair of raters that share any, by their names
    anchor_share   share of rated items with two raters or more; None without any
    status         "ok" where there is one component
    """

    components: tuple[Component, ...]
    shared_items: dict[tuple[str, str], int]
    anchor_share: float | None
    n_items: int
    n_raters: int
    n_ratings: int
    status: ConnectivityStatus
    reason: str = ""

    @property
    def connected(self) -> bool:
        return self.status == "ok"

    @property
    def anchored(self) -> bool:
        """Whether enough items are rated twice to tell raters from items."""
        return self.anchor_share is not None and self.anchor_share >= FEWEST_ANCHORS


def rating_graph(items: Names, raters: Names) -> RatingGraph:
    """The graph of ratings, given by the item and rater of each (n,); one twice counts once."""
    item_names, item = _codes(items, "item")
    rater_names, rater = _codes(raters, "rater")
    if len(item) != len(rater):
        raise ValueError(f"{len(item)} items and {len(rater)} raters: each rating needs one of each")
    pairs = np.unique(np.stack([item, rater], axis=1), axis=0)
    item, rater = pairs[:, 0], pairs[:, 1]
    by_item = np.bincount(item, minlength=len(item_names))
    components = _named(item, rater, item_names, rater_names)
    status, reason = _verdict(components)
    return RatingGraph(
        components=components,
        shared_items=_shared(item, rater, rater_names, len(item_names)),
        anchor_share=float(np.mean(by_item >= 2)) if len(by_item) else None,
        n_items=len(item_names),
        n_raters=len(rater_names),
        n_ratings=len(pairs),
        status=status,
        reason=reason,
    )


def component_labels(
    items: Integers, raters: Integers, n_items: int, n_raters: int
) -> tuple[Integers, Integers]:
    """Component of each item (n_items,) and each rater (n_raters,), numbered from 0; -1 without any rating.

    `items`, `raters` (n,) are codes of the two ends of each rating.
    """
    edges = coo_array((np.ones(len(items)), (items, raters + n_items)), shape=(n_items + n_raters,) * 2)
    found = connected_components(edges, directed=False)[1].astype(np.int64)
    there = np.concatenate(
        [np.bincount(items, minlength=n_items), np.bincount(raters, minlength=n_raters)]
    ).astype(np.bool_)
    labels = np.full(len(found), -1, dtype=np.int64)
    labels[there] = np.unique(found[there], return_inverse=True)[1]
    return labels[:n_items], labels[n_items:]


def _codes(names: Names, what: str) -> tuple[list[str], Integers]:
    given = np.asarray(names)
    numbered(given, what)  # refuses what is neither whole numbers nor names
    distinct, codes = np.unique(given, return_inverse=True)
    return [str(name) for name in distinct.tolist()], codes.astype(np.int64)


def _named(
    item: Integers, rater: Integers, item_names: list[str], rater_names: list[str]
) -> tuple[Component, ...]:
    of_item, of_rater = component_labels(item, rater, len(item_names), len(rater_names))
    ratings = np.bincount(of_item[item])
    found = [
        Component(
            tuple(rater_names[at] for at in np.flatnonzero(of_rater == label).tolist()),
            tuple(item_names[at] for at in np.flatnonzero(of_item == label).tolist()),
            count,
        )
        for label, count in enumerate(ratings.tolist())
    ]
    return tuple(sorted(found, key=lambda one: (-one.n_ratings, one.raters)))


def _shared(item: Integers, rater: Integers, names: list[str], n_items: int) -> dict[tuple[str, str], int]:
    rated = coo_array((np.ones(len(item)), (rater, item)), shape=(len(names), n_items)).tocsr()
    met = coo_array(rated @ rated.T)
    pairs = zip(met.row.tolist(), met.col.tolist(), met.data.tolist(), strict=True)
    return {(names[a], names[b]): int(count) for a, b, count in sorted(pairs) if a < b}


def _verdict(components: tuple[Component, ...]) -> tuple[ConnectivityStatus, str]:
    if not components:
        return "undefined_no_items", "Nothing has been rated yet."
    if len(components) == 1:
        return "ok", ""
    groups = "; ".join(", ".join(_few(one.raters)) for one in components[:4])
    why = (
        f"Raters fall into {len(components)} groups that share no item ({groups}): they cannot be compared "
        "with each other. Have a rater of each group rate items of another."
    )
    return "not_estimable_disconnected", why


def _few(names: tuple[str, ...]) -> list[str]:
    return [*names] if len(names) <= 4 else [*names[:3], f"{len(names) - 3} others"]
