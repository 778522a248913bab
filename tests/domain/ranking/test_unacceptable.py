"""Votes that found both answers unacceptable: counted apart, never a tie."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from scipy.stats import t as student

from evaluation.domain.intervals import wilson
from leaderboard.domain.ranking import Columns, Vote, VoteCounts, from_bytes, rank, read_votes, to_bytes
from leaderboard.domain.ranking.elo import sequential_elo
from leaderboard.domain.ranking.unacceptable import unacceptable_shares

DECIDED = [Vote("a", "b", "first"), Vote("b", "a", "first"), Vote("b", "c", "first"), Vote("c", "b", "tie"),
           Vote("a", "c", "second"), Vote("c", "a", "second")] * 3  # fmt: skip
BAD = [Vote("a", "b", "both bad"), Vote("c", "a", "both bad")]


def clustered(votes, seed=0):
    rng = np.random.default_rng(seed)
    return [replace(v, rater=f"r{rng.integers(6)}", item=f"q{rng.integers(9)}") for v in votes]


def test_they_change_no_rating_and_are_no_ties():
    plain, mixed = rank(DECIDED), rank(DECIDED[:9] + BAD + DECIDED[9:])
    assert mixed.ratings == plain.ratings
    assert (mixed.n_ratings, mixed.order_effect) == (plain.n_ratings, plain.order_effect)
    ties = rank([*DECIDED, *(replace(vote, outcome="tie") for vote in BAD)])
    assert ties.n_ratings == plain.n_ratings + 2
    assert plain.unacceptable == ()
    assert sequential_elo([*DECIDED, *BAD], k=8) == sequential_elo(DECIDED, k=8)


def test_they_are_reported_for_every_system_with_an_interval():
    # a is shown 12 times decided and twice in pairs found bad; b 12 and 1; c 12 and 1
    found = {one.system: one for one in rank(DECIDED + BAD).unacceptable}
    assert {name: (one.n_unacceptable, one.n_votes) for name, one in found.items()} == {
        "a": (2, 14),
        "b": (1, 13),
        "c": (1, 13),
    }
    assert found["a"].value == pytest.approx(2 / 14)
    # raters not recorded: votes as independent, Wilson with t on 13
    assert found["a"].interval == "wilson"
    assert (found["a"].low, found["a"].high) == pytest.approx(wilson(2, 14, student.ppf(0.975, 13)))
    assert next(iter(found)) == "a"


def test_clustered_by_rater_and_item_the_variance_is_worked_out_vote_by_vote():
    votes = clustered(DECIDED * 2 + BAD * 4, seed=4)
    for one in unacceptable_shares(VoteCounts.of(votes)):
        shown = [v for v in votes if one.system in (v.first, v.second)]
        y = np.array([v.outcome == "both bad" for v in shown], float)
        squares, groups = [], []
        for key in ("rater", "item"):
            of = np.unique([getattr(v, key) for v in shown], return_inverse=True)[1]
            sums = np.bincount(of, weights=y - y.mean())
            groups.append(len(sums))
            squares.append(len(sums) / (len(sums) - 1) * (sums**2).sum() / len(y) ** 2)
        variance = max(*squares, sum(squares) - y.mean() * (1 - y.mean()) / len(y))
        effective = min(len(y), y.mean() * (1 - y.mean()) / variance)
        low, high = wilson(y.mean() * effective, effective, student.ppf(0.975, min(groups) - 1))
        assert (one.value, one.low, one.high) == pytest.approx((y.mean(), low, high))
        assert one.interval == "wilson clustered by rater and item, t"


def test_intervals_hold_where_raters_differ_in_what_they_find_unacceptable():
    rng, inside = np.random.default_rng(81), []
    for _ in range(300):
        strict = rng.beta(2, 6, 12)  # mean ¼
        votes = [
            Vote("a", "b", "both bad" if rng.random() < strict[r] else "first", f"r{r}", f"q{i}")
            for r in range(12)
            for i in range(20)
        ]
        found = unacceptable_shares(VoteCounts.of(votes))
        inside.append(bool(found) and found[0].low <= 0.25 <= found[0].high)
    assert 0.92 < np.mean(inside) < 0.99


def test_a_system_never_in_a_bad_pair_has_an_upper_limit_above_nought():
    votes = clustered([*DECIDED, Vote("a", "b", "both bad")], seed=5)
    found = {one.system: one for one in unacceptable_shares(VoteCounts.of(votes))}["c"]
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high > 0.2  # twelve votes of at most six raters


def test_one_rater_gives_a_share_without_an_interval():
    votes = [Vote("a", "b", "both bad", "r1", f"q{at % 2}") for at in range(6)]
    votes += [Vote("a", "b", "first", "r1", "q1")]
    alone = unacceptable_shares(VoteCounts.of([replace(v, item="q1") for v in votes[:1]]))
    assert (alone[0].status, alone[0].value, alone[0].low) == ("no_interval", 1.0, None)
    assert alone[0].reason


def test_a_system_only_ever_found_unacceptable_is_reported_though_nothing_ranks_it():
    found = rank([*DECIDED, Vote("d", "a", "both bad")])
    assert "d" not in {one.system for one in found.ratings}
    assert found.unacceptable[0].system == "d"
    only = rank([Vote("d", "a", "both bad")])
    assert [one.system for one in only.unacceptable] == ["a", "d"]
    assert only.ratings == ()


def test_style_control_takes_the_features_of_decided_votes_only():
    rng = np.random.default_rng(82)
    length = rng.standard_normal(len(DECIDED))
    plain = rank(DECIDED, style={"length": length})
    mixed = rank([*DECIDED[:5], *BAD, *DECIDED[5:]], style={"length": [*length[:5], 9.0, -9.0, *length[5:]]})
    assert mixed.style == plain.style
    assert mixed.controlled.ratings == plain.controlled.ratings


def test_kept_up_merged_and_stored_counts_are_those_of_the_votes():
    votes = clustered(DECIDED + BAD * 3)
    kept = VoteCounts()
    for vote in votes:
        kept.add(vote)
    whole = VoteCounts.of(votes)
    assert (
        to_bytes(kept)
        == to_bytes(whole)
        == to_bytes(VoteCounts.of(votes[::2]).merge(VoteCounts.of(votes[1::2])))
    )
    again = from_bytes(to_bytes(whole))
    assert unacceptable_shares(again) == unacceptable_shares(whole)
    for vote in votes:
        if vote.outcome == "both bad":
            kept.remove(vote)
    assert kept.both_bad is None
    assert to_bytes(kept) == to_bytes(VoteCounts.of(v for v in votes if v.outcome != "both bad"))
    kept.revise(votes[0], replace(votes[0], outcome="both bad"))
    assert kept.both_bad.n_votes == 1


def test_merged_counts_do_not_share_what_is_added_later():
    one = VoteCounts.of(BAD)
    merged = one.merge(VoteCounts.of(DECIDED))
    merged.add(BAD[0])
    assert (one.both_bad.n_votes, merged.both_bad.n_votes) == (2, 3)


def test_raters_are_named_for_all_votes_or_for_none_of_either_kind():
    for first, then in ((DECIDED[0], BAD[0]), (BAD[0], DECIDED[0])):
        counts = VoteCounts.of([first])
        with pytest.raises(ValueError, match="give the rater of every vote or of none"):
            counts.add(replace(then, rater="r1"))
    with pytest.raises(ValueError, match="no such vote is counted"):
        VoteCounts.of(DECIDED).remove(BAD[0])


def test_stored_counts_cut_short_are_refused():
    stored = to_bytes(VoteCounts.of(DECIDED + BAD))
    for wrong in (stored[:-8], stored + b"more", stored + bytes(16)):
        with pytest.raises(ValueError, match="count the votes anew"):
            from_bytes(wrong)


def test_the_command_reads_and_reports_them(tmp_path):
    words = ["both bad", "Both_Bad", "bothbad", "tie (bothbad)", "both unacceptable"]
    rows = [f"m1,m2,{word}" for word in words] + ["m1,m2,left", "m2,m1,left", "m1,m2,right"] * 4
    votes = read_votes(["x,y,better", *rows], Columns("x", "y", "better"))
    assert [vote.outcome for vote in votes[:5]] == ["both bad"] * 5
    path, out = tmp_path / "votes.csv", StringIO()
    path.write_text("\n".join(["x,y,better", *rows]), encoding="utf-8")
    call_command("rank", str(path), left="x", right="y", outcome="better", stdout=out)
    told = json.loads(out.getvalue())
    assert told["n_ratings"] == 12
    assert [(one["system"], one["n_unacceptable"], one["n_votes"]) for one in told["unacceptable"]] == [
        ("m1", 5, 17),
        ("m2", 5, 17),
    ]
