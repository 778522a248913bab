"""Pairs for a newcomer: logged probabilities, a uniform share, and votes saved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.assignment import draw_pairs, pair_probabilities


def field(systems, votes):
    """Votes among all but the last system."""
    table = np.full((systems, systems), votes)
    np.fill_diagonal(table, 0)
    table[-1] = table[:, -1] = 0
    return table


@given(systems=st.integers(2, 12), seed=st.integers(0, 99), share=st.floats(0.05, 1))
def test_probabilities_sum_to_one_and_every_pair_keeps_its_uniform_part(systems, seed, share):
    generator = np.random.default_rng(seed)
    votes = np.triu(generator.integers(0, 30, (systems, systems)), 1)
    strengths = generator.normal(0, 1, systems)
    newcomer = int(generator.integers(systems))
    chances = pair_probabilities(votes + votes.T, newcomer, strengths=strengths, uniform_share=share)
    above = chances[np.triu_indices(systems, 1)]
    assert chances.sum() == pytest.approx(1)
    assert above.min() >= share / len(above) - 1e-12
    assert not np.tril(chances).any()


def test_four_fifths_of_the_votes_and_its_part_of_the_rest_go_to_the_newcomer():
    # 16 systems: .8 + .2 · 15/120 = .825
    chances = pair_probabilities(field(16, 29), 15)
    assert chances[:, 15].sum() == pytest.approx(0.825)


def test_an_even_opponent_is_asked_for_more_often_than_a_hopeless_one():
    strengths = np.array([0.0, 4.0, 0.0])
    chances = pair_probabilities(field(3, 100), 2, strengths=strengths)
    assert chances[0, 2] > 2 * chances[1, 2]


def test_pairs_are_drawn_as_often_as_their_logged_probabilities_say():
    votes = field(5, 20)
    first = [draw_pairs(votes, 4, 1, seed=seed)[0] for seed in range(3_000)]
    chances = pair_probabilities(votes, 4)
    counts = np.zeros((5, 5))
    for pair in first:
        assert pair.probability == pytest.approx(chances[pair.first, pair.second])
        counts[pair.first, pair.second] += 1
    spread = np.sqrt(chances * (1 - chances) / len(first))
    assert (np.abs(counts / len(first) - chances) <= 4.5 * spread + 1e-12).all()


def test_the_same_seed_draws_the_same_pairs():
    votes = field(6, 10)
    assert draw_pairs(votes, 5, 40, seed=3) == draw_pairs(votes, 5, 40, seed=3)
    assert draw_pairs(votes, 5, 40, seed=3) != draw_pairs(votes, 5, 40, seed=4)


def test_drawing_updates_what_is_known_as_if_each_pair_had_been_voted_on():
    votes = field(4, 10)
    drawn = draw_pairs(votes, 3, 25, seed=0)
    for pair in drawn[:-1]:
        votes[pair.first, pair.second] += 1
        votes[pair.second, pair.first] += 1
    last = drawn[-1]
    assert last.probability == pytest.approx(pair_probabilities(votes, 3)[last.first, last.second])


def test_a_newcomer_is_placed_with_far_fewer_votes_than_by_uniform_pairs():
    """Information on the newcomer's strength after 100 votes, all of equal systems: w = 1/4 for each vote."""
    votes = field(16, 29)
    aimed = sum(15 in (p.first, p.second) for p in draw_pairs(votes, 15, 100, seed=1))
    uniform = sum(15 in (p.first, p.second) for p in draw_pairs(votes, 15, 100, seed=1, uniform_share=1))
    # expected 82.5 and 100 · 15/120 = 12.5
    assert aimed > 4 * uniform
    # by voting on equal opponents ± .5 logit takes 4 / (.5/1.96)² = 61 votes plus the field's own error
    assert 1.96 * np.sqrt(4 / aimed) < 0.5


@pytest.mark.parametrize(
    ("votes", "newcomer", "share", "words"),
    [
        (np.array([[0, 1], [2, 0]]), 0, 0.2, "symmetric"),
        (np.zeros((1, 1), dtype=int), 0, 0.2, "symmetric table of at least two"),
        (np.zeros((3, 3), dtype=int), 3, 0.2, "from 0 to 2"),
        (np.zeros((3, 3), dtype=int), 1, 0.0, "could never be drawn"),
    ],
)
def test_a_draw_that_cannot_be_weighted_is_refused(votes, newcomer, share, words):
    with pytest.raises(ValueError, match=words):
        pair_probabilities(votes, newcomer, uniform_share=share)
