"""From votes to a ranking, with everything that says how far it may be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers
from leaderboard.domain.ranking.assembly import Asked, Fitted, assembled, nothing, parameter
from leaderboard.domain.ranking.bradley_terry import Fit, NoMaximumError, fit
from leaderboard.domain.ranking.connectivity import Connectivity, connectivity
from leaderboard.domain.ranking.covariance import Clustering, Meats, choose, meats, sandwich
from leaderboard.domain.ranking.firth import fit_penalised
from leaderboard.domain.ranking.fit import FittedVotes
from leaderboard.domain.ranking.models import Ties
from leaderboard.domain.ranking.results import Parameter, RankingResult
from leaderboard.domain.ranking.style import controlled_meats, fit_controlled, styled
from leaderboard.domain.ranking.unacceptable import unacceptable_shares
from leaderboard.domain.ranking.votes import Vote, VoteCounts


def rank(
    votes: VoteCounts | Iterable[Vote],
    *,
    ties: Ties = "half-win",
    covariance: Clustering | Literal["auto"] = "auto",
    level: float = 0.95,
    seed: int = 0,
    style: Mapping[str, Sequence[float] | Floats] | None = None,
) -> RankingResult:
    """Rank systems by pairwise votes, of one axis of one study.

    Kept-up counts are read as they are; the fit then needs no pass over votes. `covariance` "auto" takes
    raters and items at random where there are five or more of each, and says what it took. `style` names
    features, one number a vote: how far the answer shown first exceeds the other (`relative_difference`); it
    needs the votes themselves. The seed decides the draws for rank ranges and chances, nothing else.
    ValueError where an argument is wrong; votes that cannot be ranked give statuses.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level is a probability between 0 and 1, not {level}")
    rows = None if isinstance(votes, VoteCounts) else list(votes)
    counts = votes if isinstance(votes, VoteCounts) else VoteCounts.of(rows or ())
    asked = Asked(ties, covariance, level, seed)
    found = connectivity(counts.cells)
    apart = unacceptable_shares(counts, level)
    if np.count_nonzero(found.connected) < 2:
        return replace(nothing(counts, found, asked), unacceptable=apart)
    fitted, warnings = _fitted(counts, found, asked)
    plain = assembled(counts, found, asked, fitted, warnings)
    plain = replace(plain, unacceptable=apart, votes=_votes(counts, fitted))
    return plain if not style else _with_style(plain, counts, found, asked, rows, style)


def _votes(counts: VoteCounts, fitted: Fitted) -> FittedVotes:
    among = fitted.among
    names = tuple(counts.systems[at] for at in among.tolist())
    return FittedVotes(names, counts.cells[np.ix_(among, among)], fitted.fit)


def _fitted(counts: VoteCounts, found: Connectivity, asked: Asked) -> tuple[Fitted, list[str]]:
    among = np.flatnonzero(found.connected)
    cells = counts.cells[np.ix_(among, among)]
    order = found.order != "not estimable"
    if found.separated:
        one = fit_penalised(cells, order_effect=order)
        warnings = ["separation: the fit is Firth's penalised one, with ties as half wins"]
    elif asked.ties != "half-win" and not 0 < cells[..., 1].sum() < cells.sum():
        one = fit(cells, order_effect=order)
        warnings = [f"{asked.ties} needs both ties and decisions: ties were taken as half wins"]
    else:
        one, warnings = _with_ties(cells, asked.ties, order)
    of_votes = meats(one, counts, among)
    return Fitted(among, one, of_votes, sandwich(one, of_votes, _kind(of_votes, asked))), warnings


def _with_ties(cells: Integers, ties: Ties, order_effect: bool) -> tuple[Fit, list[str]]:
    """The fit asked for; with half wins where the model of ties has no finite estimate."""
    try:
        return fit(cells, ties=ties, order_effect=order_effect), []
    except NoMaximumError:
        if ties == "half-win":
            raise
    said = f"{ties} has no finite estimate: a system never won, or never lost, but for ties"
    return fit(cells, order_effect=order_effect), [f"{said}; ties were taken as half wins"]


def _kind(found: Meats, asked: Asked) -> Clustering:
    if asked.covariance != "auto":
        return asked.covariance
    raters = None if found.rater is None else found.rater.n
    return choose(raters, None if found.item is None else found.item.n)


def _with_style(
    plain: RankingResult,
    counts: VoteCounts,
    found: Connectivity,
    asked: Asked,
    rows: list[Vote] | None,
    style: Mapping[str, Sequence[float] | Floats],
) -> RankingResult:
    """The plain ranking with the controlled one and its coefficients beside it."""
    if rows is None:
        raise ValueError("style control needs the votes themselves, in the order of the features, not counts")
    if asked.ties != "half-win":
        raise ValueError(f"style control takes ties as half wins: leave out ties={asked.ties!r}")
    if found.separated:
        return _without_style(plain, style, "separation: every system must have both won and lost")
    among = np.flatnonzero(found.connected)
    try:
        features = np.column_stack([np.asarray(column, np.float64) for column in style.values()])
    except ValueError:
        raise ValueError("every style feature needs one number for each vote") from None
    if len(features) == len(rows):
        decided = [at for at, vote in enumerate(rows) if vote.outcome != "both bad"]
        rows, features = [rows[at] for at in decided], features[decided]
    votes = styled(rows, [counts.systems[at] for at in among], features)
    try:
        one = fit_controlled(votes, order_effect=found.order == "estimable")
    except NoMaximumError as why:
        return _without_style(plain, style, str(why))
    of_votes = controlled_meats(votes, one)
    covariance = sandwich(one, of_votes, _kind(of_votes, asked))
    controlled = assembled(counts, found, asked, Fitted(among, one, of_votes, covariance), [])
    coefficients = tuple(
        parameter(name, float(value), float(variance), covariance.df_all, asked.level)
        for name, value, variance in zip(style, one.extra, covariance.others[2:], strict=True)
    )
    return replace(plain, style=coefficients, controlled=replace(controlled, style=coefficients))


def _without_style(plain: RankingResult, style: Iterable[str], why: str) -> RankingResult:
    """The plain ranking, and why there is no controlled one."""
    unknown = tuple(Parameter(name=name, status="undefined_not_fitted", reason=why) for name in style)
    return replace(plain, style=unknown, warnings=(*plain.warnings, f"style was not controlled for: {why}"))
