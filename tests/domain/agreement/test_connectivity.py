"""Which raters and items hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.agreement.connectivity import component_labels, rating_graph
from raters.domain.assignment.diagnostics import diagnose
from raters.domain.assignment.eligibility import Rater

RATINGS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), min_size=1, max_size=25)


def test_groups_that_share_no_item_are_named_with_what_joins_them():
    # ann and ben share q1; cyd rates q3 and q4 alone
    found = rating_graph(["q1", "q1", "q2", "q3", "q4"], ["ann", "ben", "ben", "cyd", "cyd"])
    assert [(one.raters, one.items, one.n_ratings) for one in found.components] == [
        (("ann", "ben"), ("q1", "q2"), 3),
        (("cyd",), ("q3", "q4"), 2),
    ]
    assert (found.status, found.connected) == ("not_estimable_disconnected", False)
    assert "2 groups that share no item (ann, ben; cyd)" in found.reason
    assert found.shared_items == {("ann", "ben"): 1}
    # one of four items is rated twice: enough for an anchor of a fifth
    assert (found.anchor_share, found.anchored) == (0.25, True)


def test_one_common_item_joins_the_groups():
    found = rating_graph(["q1", "q1", "q2", "q3", "q3"], ["ann", "ben", "ben", "cyd", "ben"])
    assert (found.status, found.reason, len(found.components)) == ("ok", "", 1)
    assert found.shared_items == {("ann", "ben"): 1, ("ben", "cyd"): 1}


def test_a_rating_given_twice_is_one_edge_and_none_is_no_graph():
    found = rating_graph([1, 1, 1], [7, 7, 8])
    assert (found.n_ratings, found.shared_items) == (2, {("7", "8"): 1})
    nothing = rating_graph([], [])
    assert (nothing.status, nothing.components, nothing.anchor_share, nothing.anchored) == (
        "undefined_no_items",
        (),
        None,
        False,
    )


def test_raters_nested_in_items_have_too_few_anchors():
    found = rating_graph([*range(10), 0], [*[1] * 5, *[2] * 5, 2])
    assert found.connected
    assert (found.anchor_share, found.anchored) == (0.1, False)


@given(RATINGS)
def test_components_are_those_found_by_joining_sets(ratings):
    groups = [({f"i{item}"}, {f"r{rater}"}) for item, rater in sorted(set(ratings))]
    joined: list[tuple[set[str], set[str]]] = []
    for items, raters in groups:
        touching = [one for one in joined if one[0] & items or one[1] & raters]
        joined = [one for one in joined if one not in touching]
        joined.append(
            (items.union(*(one[0] for one in touching)), raters.union(*(one[1] for one in touching)))
        )
    found = rating_graph([f"i{item}" for item, _ in ratings], [f"r{rater}" for _, rater in ratings])
    assert {(frozenset(one.items), frozenset(one.raters)) for one in found.components} == {
        (frozenset(items), frozenset(raters)) for items, raters in joined
    }
    assert sum(one.n_ratings for one in found.components) == found.n_ratings == len(set(ratings))
    assert found.connected == (len(joined) == 1)


@given(RATINGS, st.randoms())
def test_the_order_of_ratings_does_not_matter(ratings, random):
    shuffled = random.sample(ratings, len(ratings))
    one, two = (rating_graph([i for i, _ in rows], [r for _, r in rows]) for rows in (ratings, shuffled))
    assert one == two


def test_items_and_raters_without_ratings_are_in_no_component():
    items, raters = component_labels(np.array([0, 2]), np.array([1, 1]), 3, 2)
    assert (items.tolist(), raters.tolist()) == ([0, -1, 0], [-1, 0])


@dataclass(frozen=True)
class Given:
    """One assignment of a plan."""

    block: int
    rater: str
    item: str
    screens: tuple[tuple[str, ...], ...] = (("m1",), ("m2",))


def test_a_plan_names_the_groups_of_raters_that_would_share_no_item():
    raters = [Rater(id=name) for name in ("ann", "ben", "cyd", "dan", "eve")]
    items = ["q1", "q2", "q3"]
    shown = [Given(0, "cyd", "q3"), Given(1, "ann", "q1"), Given(1, "ben", "q1"), Given(2, "dan", "q1")]
    found = diagnose(shown, raters, items, ["m1", "m2"], active=[True] * 5, pairs=False)
    # q2 and eve have no work yet and belong to no group
    assert found.rater_groups == (("ann", "ben", "dan"), ("cyd",))
    assert (found.rater_components, found.connected) == (2, False)
    joined = [*shown, Given(0, "ann", "q3")]
    assert diagnose(joined, raters, items, ["m1", "m2"], active=[True] * 5, pairs=False).connected
    nothing = diagnose([], raters, items, ["m1", "m2"], active=[True] * 5, pairs=False)
    assert (nothing.rater_groups, nothing.rater_components) == ((), 0)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="2 items and 1 raters"):
        rating_graph([1, 2], [1])
