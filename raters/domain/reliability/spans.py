"""How far raters mark the same spans of text: exact, overlapping, and aligned (in the manner of γ).

    exact     F1 of two raters, one taken as the other's reference: spans with the same start, end and label
    overlap   the same, where spans of one label match when they share text; each is matched once at most, as
              many as can be. "overlap@0.5" asks for half of their union
    gamma     1 - observed / expected disorder, after γ of Mathet, Widlöcher & Métivier (2015, Computational
              Linguistics 41), for raters two by two: spans are aligned at least cost, an aligned pair costing
              ((|Δstart| + |Δend|) / (length + length))² for place plus 1 for a wrong label, a span alone 1

Chance is what is left when a rater's spans are kept but moved: the text is cut at a random place outside all
of the rater's spans and its two parts change places. Exact and overlap are (F1 - chance) / (1 - chance). All
pairs of raters who both saw a document are summed over documents before anything is divided.

Intervals are jackknife-t over documents and hold for these raters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL
from raters.domain.estimates import AgreementEstimate, AgreementStatus

Measure = Literal["exact", "overlap", "overlap@0.5", "gamma"]
MEASURES: tuple[Measure, ...] = ("exact", "overlap", "overlap@0.5", "gamma")

SHUFFLES = 30  # per document and pair of raters, as in the paper
FEWEST_DOCUMENTS = 5


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Characters start to end, the end not included; ValueError for an empty or backward one."""

    start: int
    end: int
    label: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span runs forward from 0 on: {self.start} to {self.end} does not")


@dataclass(frozen=True)
class MarkedDocument:
    """A text of `length` characters and what each rater who saw it marked, an empty sequence for nothing."""

    length: int
    marks: Mapping[str, Sequence[Span]]

    def __post_init__(self) -> None:
        for rater, spans in self.marks.items():
            for span in spans:
                if span.end > self.length:
                    what = f"{rater} marked up to {span.end} in a text of {self.length} characters"
                    raise ValueError(f"{what}: check that it is the text that was marked")


def span_agreement(
    documents: Sequence[MarkedDocument], measure: Measure, *, seed: int = 0, shuffles: int = SHUFFLES
) -> AgreementEstimate:
    """Chance-corrected agreement on spans; `n_items` are documents and `n_ratings` marked documents.

    ValueError for an unknown measure or no shuffles.
    """
    if measure not in MEASURES:
        raise ValueError(f'no measure "{measure}" of spans: choose one of {", ".join(MEASURES)}')
    if shuffles < 1:
        raise ValueError(f"chance takes at least one shuffle, not {shuffles}")
    refused = _refusal(documents, measure)
    if refused:
        return refused
    rng = np.random.default_rng(seed)
    pairable = [document for document in documents if len(document.marks) >= 2]
    sums = np.array([_document_sums(document, measure, shuffles, rng) for document in pairable])
    value = _coefficient(sums.sum(axis=0), measure)
    if value is None:
        reason = (
            "moved at random, the spans agree as well as they ever could: there is no chance to correct for"
        )
        return _undefined(documents, measure, "undefined_no_variation", reason)
    return _with_interval(documents, measure, value, sums)


def raw_f1(documents: Sequence[MarkedDocument], measure: Measure) -> float | None:
    """F1 of "exact" or "overlap", not corrected, over documents and pairs of raters; None without spans."""
    if measure == "gamma":
        raise ValueError("gamma is corrected by nature: ask for exact or overlap")
    total = np.zeros(2)
    for document in documents:
        for a, b in combinations(document.marks.values(), 2):
            total += _matches(a, b, measure), (len(a) + len(b)) / 2
    return float(total[0] / total[1]) if total[1] else None


def _document_sums(
    document: MarkedDocument, measure: Measure, shuffles: int, rng: np.random.Generator
) -> Floats:
    """(3,) observed, expected by chance, and what both are out of, over the document's pairs of raters."""
    sums = np.zeros(3)
    for a, b in combinations(document.marks.values(), 2):
        moved = [_matches(a, _moved(b, document.length, rng), measure) for _ in range(shuffles)]
        sums += np.array([_matches(a, b, measure), sum(moved) / shuffles, (len(a) + len(b)) / 2])
    return sums


def _coefficient(sums: Floats, measure: Measure) -> float | None:
    observed, expected, number = (float(part) for part in sums)
    below = expected if measure == "gamma" else number - expected
    if below <= 1e-12 * max(number, 1.0):
        return None
    return 1 - observed / expected if measure == "gamma" else (observed - expected) / below


def _matches(a: Sequence[Span], b: Sequence[Span], measure: Measure) -> float:
    """Spans matched one to one, or for gamma the cost of the best alignment."""
    if measure == "exact":
        return float(sum(min(a.count(span), b.count(span)) for span in set(a)))
    if not a or not b:
        return float(len(a) + len(b)) if measure == "gamma" else 0.0
    if measure == "gamma":
        return _disorder(a, b)
    shared, union = _shared(a, b)
    same = np.array([[x.label == y.label for y in b] for x in a])
    wanted = same & (shared > 0 if measure == "overlap" else shared >= 0.5 * union)
    rows, columns = linear_sum_assignment(wanted, maximize=True)
    return float(wanted[rows, columns].sum())


def _shared(a: Sequence[Span], b: Sequence[Span]) -> tuple[Floats, Floats]:
    """(|a|, |b|) characters shared and characters in either."""
    x, y = _bounds(a), _bounds(b)
    shared = np.minimum(x[:, None, 1], y[None, :, 1]) - np.maximum(x[:, None, 0], y[None, :, 0])
    shared = np.maximum(shared, 0.0)
    return shared, (x[:, 1] - x[:, 0])[:, None] + (y[:, 1] - y[:, 0]) - shared


def _disorder(a: Sequence[Span], b: Sequence[Span]) -> float:
    """Least cost; two spans whose alignment would cost 2 are as well left alone, so 2 bounds each pair."""
    x, y = _bounds(a), _bounds(b)
    away = np.abs(x[:, None] - y[None]).sum(axis=2)
    lengths = (x[:, 1] - x[:, 0])[:, None] + (y[:, 1] - y[:, 0])
    other = np.array([[float(one.label != two.label) for two in b] for one in a])
    saved = np.maximum(2.0 - ((away / lengths) ** 2 + other), 0.0)
    rows, columns = linear_sum_assignment(saved, maximize=True)
    return len(a) + len(b) - float(saved[rows, columns].sum())


def _bounds(spans: Sequence[Span]) -> Floats:
    return np.array([(span.start, span.end) for span in spans], dtype=np.float64)


def _moved(spans: Sequence[Span], length: int, rng: np.random.Generator) -> list[Span]:
    """The spans after the text was cut outside all of them and its parts changed places."""
    inside = np.zeros(length + 1, dtype=np.int64)
    for span in spans:
        inside[span.start + 1] += 1  # a cut at its start or its end leaves a span whole
        inside[span.end] -= 1
    free = np.flatnonzero(np.cumsum(inside[:length]) == 0) if length else np.zeros(1, dtype=np.int64)
    cut = int(free[rng.integers(len(free))])
    return [
        Span((span.start - cut) % length, (span.start - cut) % length + span.end - span.start, span.label)
        for span in spans
    ]


def _with_interval(
    documents: Sequence[MarkedDocument], measure: Measure, value: float, sums: Floats
) -> AgreementEstimate:
    number = len(sums)
    if number < FEWEST_DOCUMENTS:
        why = f"{number} documents say too little of how agreement varies: {FEWEST_DOCUMENTS} are needed"
        return _estimate(documents, measure, value, None, "no_interval", why)
    left_out = [_coefficient(rest, measure) for rest in sums.sum(axis=0) - sums]
    deleted = np.array([one for one in left_out if one is not None])
    if len(deleted) < number:
        why = "without one of the documents there is no value: it hangs on a single one"
        return _estimate(documents, measure, value, None, "no_interval", why)
    spread = (number - 1) / number * float(((deleted - deleted.mean()) ** 2).sum())
    half = float(stdtrit(number - 1, (1 + LEVEL) / 2)) * spread**0.5
    return _estimate(documents, measure, value, (value - half, min(1.0, value + half)), "ok", "")


def _refusal(documents: Sequence[MarkedDocument], measure: Measure) -> AgreementEstimate | None:
    raters = {rater for document in documents for rater in document.marks}
    pairable = [document for document in documents if len(document.marks) >= 2]
    if not raters:
        return _undefined(documents, measure, "undefined_no_items", "no document has been marked")
    if len(raters) < 2:
        return _undefined(
            documents, measure, "undefined_too_few_raters", "one rater only: agreement takes two"
        )
    if not pairable:
        reason = "no document was marked by two raters: give some to a second rater"
        return _undefined(documents, measure, "undefined_no_pairable_items", reason)
    if not any(spans for document in pairable for spans in document.marks.values()):
        reason = "nobody marked anything in the documents that two raters saw"
        return _undefined(documents, measure, "undefined_no_variation", reason)
    return None


def _undefined(
    documents: Sequence[MarkedDocument], measure: Measure, status: AgreementStatus, reason: str
) -> AgreementEstimate:
    return _estimate(documents, measure, None, None, status, reason)


def _estimate(
    documents: Sequence[MarkedDocument], measure: Measure, value: float | None,
    limits: tuple[float, float] | None, status: AgreementStatus, reason: str,
) -> AgreementEstimate:  # fmt: skip
    low, high = limits or (None, None)
    return AgreementEstimate(
        coefficient=f"span_{measure}",
        value=value,
        low=low,
        high=high,
        status=status,
        reason=reason,
        interval="document jackknife-t" if limits else "none",
        n_items=sum(bool(document.marks) for document in documents),
        n_raters=len({rater for document in documents for rater in document.marks}),
        n_ratings=sum(len(document.marks) for document in documents),
        n_pairable=sum(len(document.marks) >= 2 for document in documents),
        these_raters_only=True,
    )
