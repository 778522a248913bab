"""A column of means as it is kept: a cell a system in plain types, and the matrices comparisons need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.physicians.asking import Asked
from leaderboard.domain.physicians.means import Means, means
from leaderboard.domain.physicians.order import judged
from leaderboard.domain.physicians.sheet import Sheet

Matrices = dict[str, Floats]
_ONE = "one rater, or one case, only"


@dataclass(frozen=True, eq=False)
class Answered:
    """A column with its answers.

    cells     system's number in the study → what is known of it
    matrices  systems (R,), values (R,), covariance (R, R), df (R, R) of those compared, and what planning
              takes: rater, item, cell (R, R), ratings (R,) of means; independent, per_vote (R, R) of votes
    facts     what holds of the column as a whole
    """

    asked: Asked
    cells: dict[int, dict[str, Any]]
    matrices: Matrices = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self, agreement: dict[str, Any] | None) -> dict[str, Any]:
        cells = {str(system): cell for system, cell in self.cells.items()}
        return {**self.asked.as_json(), "agreement": agreement, "cells": cells, **self.facts}


def of_sheet(asked: Asked, sheet: Sheet) -> Answered:
    """The column of a sheet of ratings."""
    found = means(
        sheet, share=asked.scale == "share" and asked.measure != "score", score_range=asked.score_range
    )
    cells = {one.system: _cell(one, found, at) for at, one in enumerate(found.each)}
    facts: dict[str, Any] = {"scope": found.scope, "these_raters_only": found.these_raters_only}
    order = _order(asked, found)
    if order is not None:
        for place, at in enumerate(order.systems.tolist()):
            cells[found.each[at].system] |= {
                "rank_low": int(order.ranges.low[place]),
                "rank_high": int(order.ranges.high[place]),
                "band": int(order.ranges.band[place]),
            }
        facts |= {
            "method": order.ranges.method,
            "critical_value": order.ranges.critical_value if order.ranges.n_comparisons else None,
        }
    return Answered(asked, cells, _matrices(found), facts)


def _order(asked: Asked, found: Means) -> Any:
    if not asked.ordered:
        return None
    return judged(
        found.values,
        found.covariance,
        found.df,
        higher_is_better=asked.higher_is_better,
        score_range=asked.score_range,
    )


def _cell(one: Any, found: Means, at: int) -> dict[str, Any]:
    variance = found.covariance[at, at]
    known = one.low is not None
    status = "ok" if known else "undefined_no_variation" if np.isfinite(variance) else "too_few_ratings"
    return {
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "n": one.n,
        "items": one.items,
        "n_raters": one.raters,
        "se": float(np.sqrt(variance)) if np.isfinite(variance) else None,
        "status": status,
        "note": _ONE if status == "too_few_ratings" else "",
    }


def _matrices(found: Means) -> Matrices:
    systems = np.array([one.system for one in found.each], np.int64)
    ratings = np.array([one.n for one in found.each], np.int64)
    kept: dict[str, Any] = {
        "systems": systems,
        "values": found.values,
        "covariance": found.covariance,
        "df": found.df,
        "rater": found.rater,
        "item": found.item,
        "cell": found.cell,
        "ratings": ratings,
    }
    return kept
