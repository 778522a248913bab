"""Clustered variances against statsmodels, and the rules about which to take."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.moments import difference_variances
from leaderboard.domain.ranking import OUTCOMES, VoteCounts
from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.covariance import choose, largest_contrasts, meats, sandwich


def study(rng, size=4, raters=7, items=11, each=9, ties=True):
    """Votes, one of a rater on an item at most, as columns of codes."""
    rater, item = np.divmod(rng.permutation(raters * items)[: raters * each], items)
    first = rng.integers(0, size, len(rater))
    second = (first + rng.integers(1, size, len(rater))) % size
    outcome = rng.integers(0, 3, len(rater)) if ties else 2 * rng.integers(0, 2, len(rater))
    return first, second, outcome, rater, item


def counted(first, second, outcome, rater, item):
    return VoteCounts.of_columns(
        [f"m{at}" for at in first],
        [f"m{at}" for at in second],
        [OUTCOMES[at] for at in outcome],
        [f"r{at}" for at in rater],
        [f"q{at}" for at in item],
    )


def design(first, second, size):
    """Columns of the logit: systems but the last, then the order."""
    x = np.zeros((len(first), size + 1))
    x[np.arange(len(first)), first] = 1
    x[np.arange(len(first)), second] -= 1
    x[:, size] = 1
    return np.delete(x, size - 1, axis=1)


def contrasts(covariance, size):
    """Variances of the differences from the last system."""
    return np.array([covariance[a, a] for a in range(size - 1)])


def test_every_clustering_of_a_thousand_studies_agrees_with_statsmodels():
    rng = np.random.default_rng(41)
    checked = 0
    while checked < 1000:
        size = int(rng.integers(2, 6))
        columns = study(rng, size=size)
        counts = counted(*columns)
        place = np.argsort([int(name[1:]) for name in counts.systems])
        if len(place) < size or not connectivity(counts.cells).rankable.all():
            continue
        if connectivity(counts.cells).order != "estimable":
            continue
        first, second, outcome, rater, item = columns
        model = sm.GLM(1 - outcome / 2, design(first, second, size), family=sm.families.Binomial())
        one = fit(counts.cells)
        # the order effect, which choix and evalica do not know, is the last coefficient
        theirs = model.fit(tol=1e-12).params
        assert one.theta[place][:-1] - one.theta[place][-1] == pytest.approx(theirs[:-1], abs=1e-7)
        assert one.delta == pytest.approx(theirs[-1], abs=1e-7)
        of_votes = meats(one, counts, np.arange(size))
        by_rater, by_item, two = (
            clustered(model, groups) for groups in (rater, item, np.column_stack([rater, item]))
        )
        n, raters, items = len(rater), len(set(rater.tolist())), len(set(item.tolist()))
        plain = model.fit(cov_type="HC0", tol=1e-12).cov_params()
        parts = {
            "independent": plain * n / (n - 1),
            "rater": by_rater * raters / (raters - 1),
            "item": by_item * items / (items - 1),
        }
        for kind, expected in parts.items():
            check(sandwich(one, of_votes, kind), expected, place, size)
        # theirs adds up from the same three sums, uncorrected
        assert two == pytest.approx(by_rater + by_item - plain, abs=1e-9)
        both = parts["rater"] + parts["item"] - parts["independent"]
        largest = np.max([spreads(part, size) for part in (parts["rater"], parts["item"], both)], axis=0)
        found = sandwich(one, of_votes, "two-way")
        ours = difference_variances(found.theta)[np.ix_(place, place)]
        assert (ours >= largest - 1e-9).all()
        assert np.linalg.eigvalsh(found.theta).min() > -1e-9
        assert found.df_all == min(raters, items) - 1
        checked += 1


def clustered(model, groups):
    kwds = {"groups": groups, "use_correction": False}
    return model.fit(cov_type="cluster", cov_kwds=kwds, tol=1e-12).cov_params()


def spreads(covariance, size):
    """(S, S) variances of differences, from the covariance of contrasts with the last system."""
    full = np.zeros((size, size))
    full[: size - 1, : size - 1] = covariance[: size - 1, : size - 1]
    return difference_variances(full)


def check(found, expected, place, size):
    ours = difference_variances(found.theta)[np.ix_(place, place)]
    assert ours == pytest.approx(spreads(expected, size), abs=1e-7)
    assert found.others[0] == pytest.approx(expected[-1, -1], abs=1e-7)


def test_models_of_ties_sum_their_scores_as_the_votes_do_one_by_one():
    rng = np.random.default_rng(42)
    for ties in ("davidson", "rao-kupper"):
        columns = study(rng, each=11)
        counts = counted(*columns)
        code = {name: at for at, name in enumerate(counts.systems)}
        one = fit(counts.cells, ties=ties)
        first, second = ([code[f"m{at}"] for at in column] for column in columns[:2])
        rater, item = columns[3:]
        rows = np.zeros((len(rater), 6))
        u = one.votes.score[first, second, columns[2]]
        rows[np.arange(len(u)), first] = u
        rows[np.arange(len(u)), second] = -u
        rows[:, 4], rows[:, 5] = u, one.votes.tie_score[first, second, columns[2]]
        assert rows.sum(axis=0) == pytest.approx(np.zeros(6), abs=1e-7)
        of_votes = meats(one, counts, np.arange(4))
        n = len(rows)
        assert of_votes.vote * (n - 1) / n == pytest.approx(rows.T @ rows)
        for clusters, codes in ((of_votes.rater, rater), (of_votes.item, item)):
            sums = np.zeros((codes.max() + 1, 6))
            np.add.at(sums, codes, rows)
            groups = len(set(codes.tolist()))
            assert clusters.n == groups
            assert clusters.meat * (groups - 1) / groups == pytest.approx(sums.T @ sums)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_contrast_gets_less_than_any_part_gives_it_and_the_whole_is_a_covariance(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 7))
    roots = rng.normal(size=(2, size, int(rng.integers(1, 8))))
    one, other = roots @ roots.transpose(0, 2, 1)
    both = one + other - np.diag(rng.uniform(0, 3, size))  # may well be no covariance
    found = largest_contrasts([one, other, both])
    for part in (one, other, both):
        assert (np.diag(found) >= np.diag(part) - 1e-9).all()
        assert (difference_variances(found) >= difference_variances(part) - 1e-9).all()
    assert np.linalg.eigvalsh(found).min() > -1e-9
    # one part that dominates the rest comes back as it is
    assert largest_contrasts([one + other, one, other]) == pytest.approx(one + other)


@pytest.mark.parametrize(
    ("raters", "items", "kind"),
    [
        (5, 5, "two-way"),
        (5, 4, "rater"),
        (5, None, "rater"),
        (4, 5, "item"),
        (None, 5, "item"),
        (4, 4, "independent"),
        (None, None, "independent"),
    ],
)
def test_the_clustering_is_the_most_general_that_five_of_a_kind_bear(raters, items, kind):
    assert choose(raters, items) == kind


def test_a_system_that_one_rater_judged_has_no_interval():
    # both raters on m0 and m1, only the first on m2: no variation between raters can be seen there
    votes = [("m0", "m1"), ("m1", "m0")] * 4
    first, second = zip(*votes, ("m2", "m0"), ("m2", "m0"), strict=True)
    outcome = ["first", "second", "tie", "first", "first", "first", "second", "tie", "first", "second"]
    rater = ["r0"] * 4 + ["r1"] * 4 + ["r0"] * 2
    counts = VoteCounts.of_columns(first, second, outcome, rater)
    one = fit(counts.cells)
    found = sandwich(one, meats(one, counts, np.arange(3)), "rater")
    assert found.df.tolist() == [1, 1, 0]
    assert np.isnan(found.theta[2]).all()
    assert np.isfinite(found.theta[:2, :2]).all()
    with pytest.raises(ValueError, match="two-way intervals need the item of every vote"):
        sandwich(one, meats(one, counts, np.arange(3)), "two-way")
