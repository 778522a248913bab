"""Coefficients that ask who gave which rating: Cohen's kappa of two raters, Conger's of any number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.agreement.coefficients import Disagreement, WeightedKappa, share_of
from raters.domain.agreement.jackknife import Deletions, Rows, pattern_deletions
from raters.domain.agreement.patterns import count_patterns
from raters.domain.agreement.ratings import Ratings
from raters.domain.agreement.state import PatternTable


@dataclass(frozen=True, eq=False)
class Cohen:
    """Weighted kappa (Cohen 1960, 1968): p_e = Σ w_ck a_c b_k, a and b each rater's own marginals.

    Row of a pair of ratings (c, k): w_ck, 1, then c and k as indicators (2 V,).
    """

    matrix: Floats

    def rows(self) -> Floats:
        """(V², 2 + 2 V) the rows of all cells of the two raters' table."""
        size = len(self.matrix)
        one = np.eye(size)
        first, second = np.repeat(one, size, axis=0), np.tile(one, (size, 1))
        return np.column_stack([self.matrix.ravel(), np.ones(size * size), first, second])

    def disagreement(self, sums: Floats) -> Disagreement:
        size = len(self.matrix)
        number = sums[:, 1:2]
        first, second = share_of(sums[:, 2 : 2 + size], number), share_of(sums[:, 2 + size :], number)
        chance = np.einsum("bv,bv->b", first @ self.matrix, second)
        greatest = np.full(len(sums), 1.0 - self.matrix.min())
        return Disagreement(1.0 - share_of(sums[:, 0], sums[:, 1]), 1.0 - chance, greatest)


@dataclass(frozen=True, eq=False)
class Conger:
    """Kappa with each rater's own marginals (Conger 1980): p_e = Σ_{g ≠ h} p_g' w p_h / (R (R - 1)).

    That is Σ w_ck (p̄_c p̄_k - S_ck / R) with S the covariance of the p_g over raters (Gwet 2014). Sums: the
    agreement of pairable items, their number, Σ p_g (V,), Σ p_g' w p_g, R.
    """

    matrix: Floats

    def disagreement(self, sums: Floats) -> Disagreement:
        shares, own, raters = sums[:, 2:-2], sums[:, -2], sums[:, -1]
        every = np.einsum("bv,bv->b", shares @ self.matrix, shares)
        chance = share_of(every - own, raters * (raters - 1))
        greatest = np.full(len(sums), 1.0 - self.matrix.min())
        return Disagreement(1.0 - share_of(sums[:, 0], sums[:, 1]), 1.0 - chance, greatest)


def pair_table(table: PatternTable) -> Floats:
    """(V, V) of items rated by both of two raters: the first one's category by row, the other's by column.

    ValueError unless there are two raters.
    """
    if len(table.raters) != 2:
        raise ValueError(f"a table of two raters, of {len(table.raters)}: choose the pair")
    size = table.counts.shape[1]
    first = (table.rater == 0) & (table.counts[table.pattern].sum(axis=1) == 2)
    category, other = table.category[first], table.counts[table.pattern[first]]
    other[np.arange(len(category)), category] -= 1
    found = np.zeros((size, size))
    np.add.at(found, (category, other.argmax(axis=1)), table.held[first])
    return found


def cohen_deletions(table: PatternTable, matrix: Floats) -> Deletions:
    """Of the items both rated; leaving out either rating of an item leaves out the item."""
    cohen, cells = Cohen(matrix), pair_table(table).ravel()
    rows = cohen.rows()
    there = cells > 0
    items = Rows(rows[there], cells[there])
    ratings = Rows(rows[there], 2 * cells[there])
    return Deletions(cohen.disagreement, cells @ rows, items, ratings, None, int(cells.sum()), 2)


def conger_deletions(table: PatternTable, matrix: Floats, ratings: Ratings | None) -> Deletions:
    """Without the ratings there are no item rows: who rated what an item was rated is not in a state."""
    agreement = WeightedKappa("", matrix, "none")
    simple = pattern_deletions(table, agreement)
    marginals = np.zeros((len(table.raters), len(matrix)))
    np.add.at(marginals, (table.rater, table.category), table.held)
    shares, lost = _own_marginals(marginals, matrix)
    total = np.concatenate([simple.total[:2], shares.sum(axis=0)])
    by_rater = np.column_stack([np.zeros((len(shares), 2)), shares])
    by_rating = np.column_stack([_agreement_lost(table, agreement), lost[table.rater, table.category]])
    for column in (0, 1):
        by_rater[:, column] = np.bincount(
            table.rater, weights=by_rating[:, column] * table.held, minlength=len(shares)
        )
    return Deletions(
        Conger(matrix).disagreement,
        total,
        None if ratings is None else _item_rows(ratings, agreement, lost),
        Rows(by_rating, table.held.astype(np.float64)),
        Rows(by_rater, np.ones(len(shares))),
        simple.n_items,
        simple.n_raters,
    )


def _own_marginals(marginals: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """(R, V + 2) p_g, p_g' w p_g, 1 of each rater, and (R, V, V + 2) what these lose with one rating."""
    size = len(matrix)
    here = _marginal_row(marginals, matrix)
    without = np.maximum(marginals[:, None, :] - np.eye(size), 0.0)
    there = _marginal_row(without.reshape(-1, size), matrix).reshape(len(marginals), size, size + 2)
    return here, here[:, None, :] - there


def _marginal_row(counts: Floats, matrix: Floats) -> Floats:
    number = counts.sum(axis=1)
    shares = counts / np.maximum(number, 1)[:, None]
    own = np.einsum("bv,bv->b", shares @ matrix, shares)
    return np.column_stack([shares, own, number > 0])


def _agreement_lost(table: PatternTable, agreement: WeightedKappa) -> Floats:
    """(K, 2) what leaving out one rating of each holding takes off the agreement and its items."""
    counts = table.counts.astype(np.float64)
    without = counts[table.pattern]
    without[np.arange(len(without)), table.category] -= 1
    lost: Floats = agreement.contributions(counts)[table.pattern] - agreement.contributions(without)
    return lost[:, :2]


def _item_rows(ratings: Ratings, agreement: WeightedKappa, lost: Floats) -> Rows:
    """Each rater rates an item once: what an item takes along is the sum over its ratings."""
    found = count_patterns(ratings.items, ratings.categories, ratings.n_categories)
    of_item = found.of_item
    rated = of_item >= 0
    own = agreement.contributions(found.counts.astype(np.float64))[:, :2]
    taken = lost[ratings.raters, ratings.categories]
    sums = [np.bincount(ratings.items, weights=column, minlength=len(of_item)) for column in taken.T]
    rows = np.column_stack([own[of_item], *sums])[rated]
    return Rows(rows, np.ones(len(rows)))
