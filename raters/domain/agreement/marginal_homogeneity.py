"""Do two raters use the categories alike? The bias between raters that kappa-like coefficients hide.

With n_ck items that the first rater put in c and the second in k, d_c = n_c. - n_.c and
S = [c = k](n_c. + n_.c) - n_ck - n_kc:

    Stuart (1955), Maxwell (1970)   X² = d' S⁻ d
    Bhapkar (1966)                  W  = X² / (1 - X² / N), with N items: S less d d' / N in place of S

S is the Laplacian of the graph that joins categories the raters confused, so that d adds up to 0 in each of
its parts. S⁻ is its pseudo-inverse and the degrees of freedom are its rank, categories less parts: a category
never confused with another takes none, and where one part holds all categories this is the textbook test.
With two categories X² is McNemar's (1947) without correction. Both tests take items as independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import chdtrc

from evaluation.domain.estimates import Floats
from raters.domain.agreement.named_raters import pair_table
from raters.domain.agreement.ratings import Ratings
from raters.domain.agreement.scales import Scale
from raters.domain.agreement.state import AgreementState

HomogeneityTest = Literal["stuart-maxwell", "bhapkar"]
HomogeneityStatus = Literal[
    "ok",
    "undefined_no_pairable_items",
    "undefined_wrong_number_of_raters",
    "undefined_no_disagreement",
    "undefined_one_sided",
    "too_few_disagreements",
]

FEWEST_DISAGREEMENTS = 10  # below it the chi-square is a poor likeness of the statistic
_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class MarginalHomogeneity:
    """One test that two raters' marginals are the same.

    statistic, df, p   chi-square, its degrees of freedom and its upper tail; None unless the status is "ok"
    shifts             (V,) share of the first rater's ratings in each category less that of the second's
    n_items            items both rated, of which `n_disagreements` were put in different categories
    status, reason     why there is no test, in one word and in a sentence
    """

    test: HomogeneityTest
    statistic: float | None
    df: int | None
    p: float | None
    shifts: Floats
    n_items: int
    n_disagreements: int
    status: HomogeneityStatus
    reason: str = ""


Refusal = tuple[HomogeneityStatus, str]


def marginal_homogeneity(
    source: AgreementState | Ratings,
    scale: Scale,
    test: HomogeneityTest = "stuart-maxwell",
    *,
    fewest: int = FEWEST_DISAGREEMENTS,
) -> MarginalHomogeneity:
    """The test for the two raters of a state or of ratings; without a value where there are not two."""
    state = source if isinstance(source, AgreementState) else AgreementState.counted(source)
    table = state.table()
    if len(table.raters) == 2:
        return homogeneity_of_table(pair_table(table), test, fewest=fewest)
    why = f"The test compares two raters and {len(table.raters)} have rated: choose a pair of them."
    refused: Refusal = "undefined_wrong_number_of_raters", why
    return _without_value(test, np.zeros((scale.size, scale.size)), refused)


def homogeneity_of_table(
    table: Floats, test: HomogeneityTest = "stuart-maxwell", *, fewest: int = FEWEST_DISAGREEMENTS
) -> MarginalHomogeneity:
    """The test for counts (V, V) of items, the first rater's category by row, the second's by column.

    No p is given of fewer than `fewest` disagreements. ValueError for a table that is none, or no such test.
    """
    counts = _checked(table, test)
    refused = _refusal(counts, fewest)
    if refused is not None:
        return _without_value(test, counts, refused)
    statistic, df = _stuart_maxwell(counts)
    if test == "bhapkar":
        left = 1 - statistic / float(counts.sum())
        if left <= _ROUNDING:
            why = "Every item moves the same way: the variance about that move is nil. See Stuart-Maxwell."
            return _without_value(test, counts, ("undefined_one_sided", why))
        statistic /= left
    return MarginalHomogeneity(
        test=test,
        statistic=statistic,
        df=df,
        p=float(chdtrc(df, statistic)),
        shifts=_shifts(counts),
        n_items=int(counts.sum()),
        n_disagreements=_disagreements(counts),
        status="ok",
    )


def _stuart_maxwell(counts: Floats) -> tuple[float, int]:
    """X² and its degrees of freedom, of a table with disagreements."""
    both = counts + counts.T
    np.fill_diagonal(both, 0.0)
    moved = counts.sum(axis=1) - counts.sum(axis=0)
    parts, of = connected_components(coo_array(both), directed=False)
    laplacian = np.diag(both.sum(axis=1)) - both
    # 1 1' in each part fills in what the Laplacian lacks; d, which adds up to 0 there, never meets it
    together = (of[:, None] == of) * float(both.max())
    return float(moved @ np.linalg.solve(laplacian + together, moved)), len(counts) - int(parts)


def _checked(table: Floats, test: str) -> Floats:
    if test not in get_args(HomogeneityTest):
        raise ValueError(f'no test "{test}": choose one of {", ".join(get_args(HomogeneityTest))}')
    counts = np.array(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not len(counts):
        raise ValueError("the table has the declared categories by row and by column: make it square")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError("the table holds numbers of items: none may be negative or missing")
    return counts


def _refusal(counts: Floats, fewest: int) -> Refusal | None:
    found = _disagreements(counts)
    if not counts.any():
        why = "No item has been rated by both: give some items to both raters."
        return "undefined_no_pairable_items", why
    if not found:
        why = "The two raters agree on every item: there is no disagreement whose direction could be tested."
        return "undefined_no_disagreement", why
    if found < fewest:
        why = f"The raters disagree on {found} items; a test is given from {fewest} on."
        return "too_few_disagreements", why
    return None


def _disagreements(counts: Floats) -> int:
    return int(counts.sum() - counts.trace())


def _shifts(counts: Floats) -> Floats:
    total = max(float(counts.sum()), 1.0)
    found: Floats = (counts.sum(axis=1) - counts.sum(axis=0)) / total
    return found


def _without_value(test: HomogeneityTest, counts: Floats, why: Refusal) -> MarginalHomogeneity:
    return MarginalHomogeneity(
        test=test,
        statistic=None,
        df=None,
        p=None,
        shifts=_shifts(counts),
        n_items=int(counts.sum()),
        n_disagreements=_disagreements(counts),
        status=why[0],
        reason=why[1],
    )
