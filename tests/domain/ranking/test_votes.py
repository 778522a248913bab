"""Counts of votes: kept up vote by vote, merged, stored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.ranking import OUTCOMES, Vote, VoteCounts, from_bytes, rank, to_bytes

SYSTEMS = ["m0", "m1", "m2", "m3"]
VOTES = st.builds(
    lambda pair, outcome, rater, item: Vote(pair[0], pair[1], outcome, f"r{rater}", f"q{item}"),
    st.permutations(SYSTEMS),
    st.sampled_from(OUTCOMES),
    st.integers(0, 3),
    st.integers(0, 4),
)


def random_votes(rng, n, n_systems=5, n_raters=6, n_items=9):
    first = rng.integers(0, n_systems, n)
    second = (first + rng.integers(1, n_systems, n)) % n_systems
    outcomes, raters, items = rng.integers(0, 3, n), rng.integers(0, n_raters, n), rng.integers(0, n_items, n)
    rows = zip(
        first.tolist(), second.tolist(), outcomes.tolist(), raters.tolist(), items.tolist(), strict=True
    )
    return [Vote(f"m{a}", f"m{b}", OUTCOMES[o], f"r{r}", f"q{i}") for a, b, o, r, i in rows]


@settings(max_examples=200, deadline=None)
@given(st.lists(VOTES, max_size=40), st.data())
def test_counts_kept_up_vote_by_vote_are_those_built_from_the_votes_left(votes, data):
    kept, left = VoteCounts(), []
    for vote in votes:
        kept.add(vote)
        left.append(vote)
        edit = data.draw(st.sampled_from(["nothing", "remove", "revise"]))
        if edit == "remove":
            kept.remove(left.pop(data.draw(st.integers(0, len(left) - 1))))
        elif edit == "revise":
            at, new = data.draw(st.integers(0, len(left) - 1)), data.draw(VOTES)
            kept.revise(left[at], new)
            left[at] = new
    apart = sum(vote.outcome == "both bad" for vote in left)
    assert kept.n_votes == len(left) - apart
    assert (kept.both_bad.n_votes if kept.both_bad else 0) == apart
    assert to_bytes(kept) == to_bytes(VoteCounts.of(left))


@settings(max_examples=100, deadline=None)
@given(st.lists(VOTES, max_size=30), st.lists(VOTES, max_size=30))
def test_merged_counts_are_those_of_all_votes_whichever_comes_first(one, two):
    a, b = VoteCounts.of(one), VoteCounts.of(two)
    together = to_bytes(VoteCounts.of(one + two))
    assert to_bytes(a.merge(b)) == to_bytes(b.merge(a)) == together
    assert to_bytes(from_bytes(together)) == together


def test_a_fit_reads_recent_changes_as_it_reads_old_counts():
    rng = np.random.default_rng(3)
    old, new = random_votes(rng, 400), random_votes(rng, 60, n_systems=6, n_raters=8)
    kept = from_bytes(to_bytes(VoteCounts.of(old)))
    rank(kept)  # what the fit holds ready must give way to what comes after
    for vote in new:
        kept.add(vote)
    kept.remove(old[7])
    anew = VoteCounts.of([vote for at, vote in enumerate(old) if at != 7] + new)
    one, other = rank(kept), rank(anew)
    assert one.n_raters == other.n_raters == 8
    assert one.values == pytest.approx(other.values, abs=1e-9)
    assert one.covariance == pytest.approx(other.covariance, abs=1e-9)


def test_thousands_of_single_changes_are_folded_in_and_none_is_lost():
    rng = np.random.default_rng(4)
    votes = random_votes(rng, 12_000, n_systems=20, n_raters=40, n_items=500)
    kept = VoteCounts()
    for vote in votes:
        kept.add(vote)
    for vote in votes[:6_000]:
        kept.remove(vote)
    assert to_bytes(kept) == to_bytes(VoteCounts.of(votes[6_000:]))


def test_removing_a_vote_that_was_not_cast_is_refused_and_changes_nothing():
    kept = VoteCounts.of([Vote("a", "b", "first", "r1", "q1"), Vote("a", "b", "tie", "r2", "q2")])
    before = to_bytes(kept)
    for vote in (
        Vote("a", "b", "second", "r1", "q1"),  # another outcome
        Vote("b", "a", "first", "r1", "q1"),  # shown in the other order
        Vote("a", "b", "first", "r2", "q1"),  # another rater's
        Vote("a", "b", "first", "r1", "q2"),  # on another item
        Vote("a", "c", "first", "r1", "q1"),
        Vote("a", "b", "first", None, "q1"),
    ):
        with pytest.raises(ValueError, match="remove it just as it was added"):
            kept.remove(vote)
    assert to_bytes(kept) == before


def test_a_revision_to_something_that_is_no_vote_leaves_the_old_one():
    old = Vote("a", "b", "first", "r1", "q1")
    kept = VoteCounts.of([old, Vote("a", "b", "tie", "r2", "q2")])
    before = to_bytes(kept)
    with pytest.raises(ValueError, match="compared with itself"):
        kept.revise(old, Vote("a", "a", "first", "r1", "q1"))
    assert to_bytes(kept) == before


def test_votes_with_and_without_a_rater_do_not_mix():
    kept = VoteCounts.of([Vote("a", "b", "first", "r1")])
    with pytest.raises(ValueError, match="comes without its rater, those before with"):
        kept.add(Vote("a", "b", "first"))
    with pytest.raises(ValueError, match="comes with its item, those before without"):
        kept.add(Vote("a", "b", "first", "r1", "q1"))
    with pytest.raises(ValueError, match="2 votes, but 1 with rater"):
        VoteCounts.of([Vote("a", "b", "first", "r1"), Vote("a", "b", "tie")])
    with pytest.raises(ValueError, match="only one of these counts knows the raters"):
        kept.merge(VoteCounts.of([Vote("a", "b", "first")]))


@pytest.mark.parametrize(
    ("vote", "reason"),
    [
        (Vote("a", "a", "first"), "vote 2: 'a' is compared with itself"),
        (Vote("a", "b", "left"), "vote 2: 'left' is no outcome; say one of first, tie, second"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_vote_is_refused_by_its_number(vote, reason):
    with pytest.raises(ValueError, match=reason):
        VoteCounts.of([Vote("a", "b", "tie"), vote])


def test_stored_counts_that_were_cut_or_altered_are_refused():
    stored = to_bytes(VoteCounts.of(random_votes(np.random.default_rng(5), 50)))
    for spoilt, reason in (
        (b"TM01" + stored[4:], "not stored vote counts"),
        (stored[:10], "not stored vote counts"),
        (stored[:-8], "cut short or too long"),
        (stored + b"\0" * 8, "cut short or too long"),
        (stored[:-8] + (99).to_bytes(8, "little"), "do not add up"),
        (stored[:24] + b"x" + stored[25:], "names in the stored vote counts"),
    ):
        with pytest.raises(ValueError, match=reason):
            from_bytes(spoilt)


def test_many_items_on_many_systems_give_the_same_variance_as_the_votes_one_by_one():
    # 600 systems by 9 000 items is more than is held as a full table
    rng = np.random.default_rng(6)
    n, size = 9_000, 600
    chain = np.arange(n) % size
    a, b = chain, (chain + 1 + rng.integers(0, 3, n)) % size
    outcomes = rng.integers(0, 3, n)
    names = [f"m{at:03}" for at in range(size)]
    kept = VoteCounts.of_columns(
        [names[at] for at in a],
        [names[at] for at in b],
        [OUTCOMES[o] for o in outcomes],
        item=[f"q{at}" for at in range(n)],
    )
    score = rng.normal(size=(size, size, 3))
    table, order, _ = kept.by_item.score_sums(score, None)
    u = score[a, b, outcomes]
    direct = np.zeros((n, size))
    direct[np.arange(n), a] += u
    direct[np.arange(n), b] -= u
    assert not isinstance(table, np.ndarray)
    assert (table.T @ table).toarray() == pytest.approx(direct.T @ direct)
    assert order == pytest.approx(u)
    assert np.asarray(kept.by_item.judged(size).sum(axis=1)).tolist() == [2.0] * n
    kept.add(Vote("m000", "m001", "tie", item="q0"))
    again, order, _ = kept.by_item.score_sums(score, None)
    assert order[0] == pytest.approx(u[0] + score[0, 1, 1])
    assert (again - table).toarray()[0, :2] == pytest.approx(score[0, 1, 1] * np.array([1, -1]))
    assert kept.by_item.judged(size).sum() == 2 * n + 2
    assert rank(kept).n_items == n
