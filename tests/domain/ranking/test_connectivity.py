"""What votes can rank at all."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from leaderboard.domain.ranking.connectivity import connectivity, order_effect


def cells_of(size, *votes):
    """(first, second, outcome) triples."""
    cells = np.zeros((size, size, 3), int)
    for vote in votes:
        cells[vote] += 1
    return cells


def test_groups_without_a_vote_between_them_are_apart_and_the_busier_one_is_fitted():
    # 0 and 1 meet once; 2, 3, 4 in a circle of wins; 5 has no vote
    found = connectivity(cells_of(6, (0, 1, 0), (2, 3, 0), (3, 4, 0), (4, 2, 0)))
    assert found.component[0] == found.component[1] != found.component[2]
    assert len(set(found.component[2:5].tolist())) == 1
    assert found.component[5] == -1
    assert found.connected.tolist() == [False, False, True, True, True, False]
    assert found.rankable.tolist() == found.connected.tolist()


def test_a_system_that_only_won_or_only_lost_is_separated_and_a_tie_links():
    # 0 beats 1, which exchanges wins with 2; 3 only loses
    votes = [(0, 1, 0), (1, 2, 0), (2, 1, 0), (2, 3, 0)]
    found = connectivity(cells_of(4, *votes))
    assert found.rankable.tolist() == [False, True, True, False]
    assert found.separated
    assert connectivity(cells_of(4, *votes, (1, 0, 1), (3, 2, 1))).rankable.all()


def test_a_chain_of_wins_ranks_nobody():
    found = connectivity(cells_of(3, (0, 1, 0), (1, 2, 0)))
    assert found.connected.all()
    assert not found.rankable.any()


def test_no_votes_connect_nothing():
    for size in (0, 3):
        found = connectivity(np.zeros((size, size, 3), int))
        assert not found.connected.any()
        assert (found.component == -1).all()


def test_an_order_effect_needs_pairs_in_both_orders_or_a_circle():
    one_way = cells_of(2, (0, 1, 0), (0, 1, 2))
    assert order_effect(one_way) == "not estimable"
    assert order_effect(one_way + cells_of(2, (1, 0, 0), (1, 0, 2))) == "estimable"
    # 0 before 1 before 2 before 0: whoever stands first wins three times of four
    circle = [(0, 1), (1, 2), (2, 0)]
    votes = [(a, b, o) for a, b in circle for o in (0, 0, 0, 2)]
    assert order_effect(cells_of(3, *votes)) == "estimable"
    always_first = cells_of(3, *[(a, b, 0) for a, b in circle])
    assert order_effect(always_first) == "separated"
    assert order_effect(always_first[..., ::-1]) == "separated"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_verdict_is_that_of_a_linear_programme(seed):
    # separated: some direction (phi, d) lowers no vote's likelihood and raises one (Albert & Anderson 1984)
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 5))
    cells = rng.poisson(rng.uniform(0.1, 0.8), (size, size, 3))
    cells[np.arange(size), np.arange(size)] = 0
    found = connectivity(cells)
    if not found.connected.all() or found.order == "not estimable":
        return
    rows = []
    for a, b, outcome in zip(*np.nonzero(cells), strict=True):
        x = np.zeros(size + 1)
        x[[a, b, size]] = 1, -1, 1
        rows += [x] * int(outcome < 2) + [-x] * int(outcome > 0)
    gains = np.array(rows)
    best = linprog(-gains.sum(axis=0), A_ub=-gains, b_ub=np.zeros(len(gains)), bounds=[(-1, 1)] * (size + 1))
    assert found.separated == (best.fun < -1e-7)
