"""Everything that is said of agreement on one variable of a study, as it is kept and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec
import numpy as np

from raters.domain.agreement import AgreementState, Scale, coefficients_of, prevalence, real_alpha
from raters.domain.estimates import AgreementEstimate
from raters.domain.reliability.icc import all_iccs
from raters.domain.reliability.spans import MEASURES, MarkedDocument, Span, span_agreement
from raters.domain.rubric import Variable

MOST_REALS = 50_000  # observations up to which real numbers, which have no sufficient counts, are read again
MOST_CELLS = 10_000_000  # ratings × distinct values, on a ratio scale
MOST_DOCUMENTS = 2_000  # marked twice, up to which spans are aligned again


@dataclass(frozen=True)
class Rated:
    """One observation as agreement sees it: which unit (with its part), which rater, which value."""

    unit: str
    rater: int
    value: str | float


def of_state(variable: Variable, state: AgreementState) -> dict[str, Any]:
    """Coefficients and prevalences of a variable with declared categories, ready to be stored."""
    scale = variable.scale
    if scale is None or scale.categories is None:
        raise ValueError(f"{variable.id} has no declared categories: read its observations instead")
    coefficients = coefficients_of(state, scale)
    shares = prevalence(state, scale)
    return {
        "coefficients": {name: asdict(found) for name, found in coefficients.items()},
        "prevalence": {str(category): asdict(found) for category, found in shares.items()},
        "pairs": pairs_of_state(state),
    }


def pairs_of_state(state: AgreementState) -> int:
    """How many times two raters rated the same."""
    table = state.table()
    ratings = table.counts.sum(axis=1)
    return int((table.items * ratings * (ratings - 1) // 2).sum())


def of_numbers(variable: Variable, rated: Sequence[Rated]) -> dict[str, Any]:
    """Alpha, the intraclass correlations and the range of real numbers."""
    scale = variable.scale
    if scale is None:
        raise ValueError(f"{variable.id} is not measured in numbers")
    kept = used(scale, rated)
    units, raters = [one.unit for one in kept], [one.rater for one in kept]
    values = np.array([float(one.value) for one in kept])
    found: dict[str, AgreementEstimate] = {
        "krippendorff_alpha": real_alpha(np.array(units), np.array(raters), values, scale)
    }
    if kept:
        found |= {f"icc_{form}": estimate for form, estimate in all_iccs(_table(kept)).items()}
    return {
        "coefficients": {name: asdict(estimate) for name, estimate in found.items()},
        "numbers": _summary(values),
        "pairs": _pairs(kept),
    }


def used(scale: Scale, rated: Sequence[Rated]) -> Sequence[Rated]:
    """The real numbers that coefficients are computed from: the first by unit, part and rater.

    A ratio alpha tabulates every rating against every distinct value, which bounds it further.
    """
    ordered = sorted(rated, key=lambda one: (one.unit.split("/", 1), one.rater))[:MOST_REALS]
    if scale.level != "ratio" or not ordered:
        return ordered
    return ordered[: MOST_CELLS // len({one.value for one in ordered})]


def of_spans(rated: Sequence[Rated], lengths: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Agreement on spans, output and source apart. `lengths`: code points of each side's text, by unit."""
    marks: dict[tuple[str, str], dict[str, list[Span]]] = {}
    for one in rated:
        spans = msgspec.json.decode(str(one.value))
        for side in lengths.get(one.unit, {}):
            own = marks.setdefault((one.unit, side), {}).setdefault(str(one.rater), [])
            own += [
                Span(span["start"], span["end"], span["category"]) for span in spans if span["side"] == side
            ]
    documents = [
        MarkedDocument(max(lengths[unit][side], 1), by_rater)
        for (unit, side), by_rater in marks.items()
        if len(by_rater) > 1
    ][:MOST_DOCUMENTS]
    return {
        "coefficients": {
            f"span_{measure}": asdict(_with_width(span_agreement(documents, measure))) for measure in MEASURES
        },
        "pairs": _pairs(rated),
    }


def _with_width(found: AgreementEstimate) -> AgreementEstimate:
    """Documents that are all alike say nothing of how agreement varies: no interval without width."""
    if found.low is None or found.high != found.low:
        return found
    why = "All documents say the same: how agreement varies cannot be told."
    return replace(found, low=None, high=None, status="no_interval", reason=why, interval="none")


def _pairs(rated: Sequence[Rated]) -> int:
    return sum(number * (number - 1) // 2 for number in Counter(one.unit for one in rated).values())


def _summary(values: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float]:
    if not len(values):
        return {"n": 0}
    low, mean, high = float(values.min()), float(values.mean()), float(values.max())
    return {"n": len(values), "mean": mean, "low": low, "high": high}


def _table(rated: Sequence[Rated]) -> np.ndarray[Any, np.dtype[np.float64]]:
    units, unit = np.unique([one.unit for one in rated], return_inverse=True)
    raters, rater = np.unique([one.rater for one in rated], return_inverse=True)
    table = np.full((len(units), len(raters)), np.nan)
    table[unit, rater] = [float(one.value) for one in rated]
    return table
