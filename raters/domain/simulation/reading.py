"""From played repetitions to what is reported of one axis."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.simulation.agreement import expected as expected_agreement
from raters.domain.simulation.assumptions import AxisKind
from raters.domain.simulation.clustered import Clustering
from raters.domain.simulation.hours import Precision, needed, table
from raters.domain.simulation.outcomes import Estimates, Outcome, Stage
from raters.domain.simulation.results import AxisDryRun, Expected, RaterSeverity, RecoveredSeverity
from raters.domain.simulation.severity import Layout, Recovery
from raters.domain.simulation.sheet import Sheet

_NOTHING = 1e-12


def read_axis(kind: AxisKind, sheet: Sheet, on: Stage, outcome: Outcome) -> AxisDryRun:
    names = sheet.systems
    rated = [s for s in range(len(names)) if on.load.share[:, s].sum() > 0]
    systems = tuple(_expected(outcome.means, on.of_means, (s,), names) for s in rated)
    pairs = list(combinations(rated, 2))
    contrasts = tuple(_expected(outcome.contrasts, on.of_contrasts, pair, names) for pair in pairs)
    mean, contrast = _precision(sheet, on, outcome, systems, contrasts, pairs)
    target = on.who.assumptions.target_half_width.get(kind.axis)
    pairwise = kind.kind == "pairwise"
    return AxisDryRun(
        axis=kind.axis,
        label=kind.label,
        kind=kind.kind,
        reading=kind.reading,
        unit=kind.unit,
        contrast_unit="logits" if pairwise else kind.unit,
        half_width=mean.half_width if mean else None,
        contrast_half_width=contrast.half_width if contrast else None,
        systems=systems,
        contrasts=contrasts,
        by_hours=table(mean, contrast) if mean else (),
        needed=needed(mean, target) if mean and target is not None else None,
        agreement=expected_agreement(kind, on.rows, outcome.alphas, outcome.widths),
        severity=_severity(sheet, on.layout, outcome.recovery),
        severity_reason=_why_no_severity(pairwise, outcome.recovery),
    )


def _expected(of: Estimates, by: Clustering, pair: tuple[int, ...], names: tuple[str, ...]) -> Expected:
    """A system (one number) or a contrast (two, first less second)."""
    a, b = pair[0], pair[-1]
    value, truth = (v[:, a] - (v[:, b] if a != b else 0.0) for v in (of.value, of.truth))
    half = by.critical()[a, b] * np.sqrt(of.variance[:, a, b])
    if not np.isfinite(half).all():
        half_width = coverage = power = None
    else:
        half_width = float(half.mean())
        coverage = float(np.mean(np.abs(value - truth) <= half + _NOTHING))
        power = float(np.mean(np.abs(value) > half + _NOTHING)) if a != b else None
    return Expected(
        systems=tuple(names[s] for s in pair),
        truth=float(truth.mean()),
        half_width=half_width,
        coverage=coverage,
        power=power,
    )


def _precision(
    sheet: Sheet,
    on: Stage,
    outcome: Outcome,
    systems: tuple[Expected, ...],
    contrasts: tuple[Expected, ...],
    pairs: list[tuple[int, int]],
) -> tuple[Precision | None, Precision | None]:
    """Of the mean system and of the mean contrast; None where some interval is missing."""
    floors = np.zeros((len(sheet.systems),) * 2) if on.these_raters_only else _floors(on, outcome.by_rater)
    singles = [(sheet.systems.index(one.systems[0]),) * 2 for one in systems]
    own = outcome.means.variance.mean(axis=0)
    known = np.divide(floors, own, out=np.zeros_like(own), where=own > 0)
    mean = _average(sheet, on, systems, singles, own, known)
    return mean, _average(sheet, on, contrasts, pairs, outcome.contrasts.variance.mean(axis=0), known)


def _average(
    sheet: Sheet,
    on: Stage,
    found: tuple[Expected, ...],
    at: list[tuple[int, int]],
    variance: Floats,
    floor_share: Floats,
) -> Precision | None:
    widths = [one.half_width for one in found if one.half_width is not None]
    if not found or len(widths) < len(found):
        return None
    own = np.array([variance[place] for place in at])
    floor = np.array([min(1.0, floor_share[place]) for place in at]) * own
    return Precision(
        hours=sheet.hours,
        half_width=float(np.mean(widths)),
        variance=float(own.mean()),
        floor=float(floor.mean()),
        raters=len(sheet.raters),
        items=len(sheet.items),
        these_raters_only=on.these_raters_only,
    )


def _floors(on: Stage, by_rater: Floats) -> Floats:
    """(S, S) the variance that raters alone bring to contrasts, on the diagonal to means; hours do not
    lessen it. In pairs it is that of win rates, and its share is carried over to the logits."""
    systems = by_rater.shape[2]
    shares = (on.load.share**2).sum(axis=0)
    floors = np.zeros((systems, systems))
    for s in range(systems):
        for t in range(s, systems):
            of = by_rater[..., s] - (by_rater[..., t] if s != t else 0.0)
            floors[s, t] = floors[t, s] = float(of.var()) * max(shares[s], shares[t])
    return floors


def _severity(sheet: Sheet, of: Layout | None, found: Recovery | None) -> RecoveredSeverity | None:
    if of is None or found is None:
        return None
    joined = of.joined
    errors = (found.estimate - found.truth)[:, joined]
    spread = np.sqrt(np.diag(of.inverse)[None, :] * np.maximum(found.variance[:, None], 0.0))
    return RecoveredSeverity(
        rmse=float(np.sqrt(np.mean(errors**2))),
        standard_error=float(np.sqrt(np.mean(spread[:, joined] ** 2))),
        correlation=_correlation(found.truth[:, joined], found.estimate[:, joined]),
        raters=tuple(
            RaterSeverity(
                rater=name,
                truth=float(found.truth[0, n]),
                estimate=float(found.estimate[0, n]) if joined[n] else None,
                standard_error=float(np.sqrt(np.mean(spread[:, n] ** 2))) if joined[n] else None,
            )
            for n, name in enumerate(sheet.raters)
        ),
    )


def _correlation(truth: Floats, estimate: Floats) -> float | None:
    """Over raters and repetitions; None where one of the two does not vary."""
    if truth.std() < _NOTHING or estimate.std() < _NOTHING:
        return None
    return float(np.corrcoef(truth.ravel(), estimate.ravel())[0, 1])


def _why_no_severity(pairwise: bool, found: Recovery | None) -> str:
    if pairwise:
        return "severity cancels where one rater compares two answers"
    if found is None:
        return "too few answers are planned for two raters: severity cannot be told from quality"
    return ""
