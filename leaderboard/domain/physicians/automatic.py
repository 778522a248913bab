"""Automatic scores of the very texts that were rated: each system's answers against the cases' references.

Every metric is the platform's own (evaluation.domain.metrics). Systems need not have answered the same cases:
with ψ the influence of a case, n_a the cases of system a and g_a = √(G_a / (G_a - 1)) of its G_a clusters,
cov(a, b) = g_a g_b Σ over clusters of (Σ ψ_a / n_a)(Σ ψ_b / n_b), which for one system is its own variance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.domain.benchmarks import Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import metric
from leaderboard.domain.moments import Integers
from leaderboard.domain.physicians.asking import Asked
from leaderboard.domain.physicians.measured import Answered
from leaderboard.domain.physicians.order import judged

METRICS = (("rougeL", "ROUGE-L"), ("bleu4", "BLEU"))
FEWEST_CLUSTERS = 3  # of cases, for an interval


@dataclass(frozen=True)
class Text:
    """What a system wrote on a case whose reference is known; `cluster` joins cases of one source."""

    system: int
    cluster: int
    answer: str
    question: Question
    language: str


def automatic(texts: Sequence[Text]) -> list[Answered]:
    """A column a metric; none where no case holds both a reference and a text."""
    by_system: dict[int, list[Text]] = {}
    for text in texts:
        by_system.setdefault(text.system, []).append(text)
    if len(by_system) < 2:
        return []
    return [_column(name, label, by_system) for name, label in METRICS]


def _column(name: str, label: str, by_system: Mapping[int, list[Text]]) -> Answered:
    asked = Asked(
        key=f"auto.{name}",
        name=label,
        variable="",
        category="Automatic, of the texts rated",
        measure=name,
        ordered=True,
        counted="cases",
        short="of the texts rated",
        note="Of the answers as they were rated, against the reference of their case.",
    )
    found = {system: _estimate(name, own) for system, own in sorted(by_system.items())}
    cells = {system: _cell(one) for system, one in found.items()}
    clusters = {system: len({text.cluster for text in own}) for system, own in by_system.items()}
    known = [
        system for system, one in found.items() if one.status == "ok" and clusters[system] >= FEWEST_CLUSTERS
    ]
    if len(known) < 2:
        return Answered(asked, cells, {}, {"scope": "cases like these"})
    covariance, df = _covariance([(by_system[system], found[system]) for system in known])
    values = np.array([found[system].value for system in known], np.float64)
    order = judged(values, covariance, df, higher_is_better=True, score_range=1.0)
    facts: dict[str, Any] = {"scope": "cases like these"}
    if order is not None:
        for place, at in enumerate(order.systems.tolist()):
            cells[known[at]] |= {
                "rank_low": int(order.ranges.low[place]),
                "rank_high": int(order.ranges.high[place]),
                "band": int(order.ranges.band[place]),
            }
        facts |= {"method": order.ranges.method}
    for at, system in enumerate(known):
        cells[system]["se"] = float(np.sqrt(covariance[at, at]))
    kept: dict[str, Any] = {"systems": np.array(known, np.int64), "values": values}
    return Answered(asked, cells, {**kept, "covariance": covariance, "df": df}, facts)


def _estimate(name: str, own: Sequence[Text]) -> Estimate:
    rule = metric(name)
    languages = {text.language for text in own}
    options = {"language": languages.pop() if len(languages) == 1 else "en"}
    counts = rule.count([text.answer for text in own], [text.question for text in own], options)
    return rule.estimate(counts, options, np.array([text.cluster for text in own], np.int64))


def _cell(one: Estimate) -> dict[str, Any]:
    return {
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "n": one.n_items,
        "items": one.n_items,
        "status": one.status,
        "note": "",
    }


def _covariance(known: Sequence[tuple[Sequence[Text], Estimate]]) -> tuple[Any, Any]:
    clusters = sorted({text.cluster for own, _ in known for text in own})
    place = {cluster: at for at, cluster in enumerate(clusters)}
    sums = np.zeros((len(known), len(clusters)))
    answered = np.zeros((len(known), len(clusters)), bool)
    for row, (own, estimate) in enumerate(known):
        codes: Integers = np.array([place[text.cluster] for text in own], np.int64)
        sums[row] = np.bincount(codes, estimate.influence, len(clusters)) / estimate.n_items
        answered[row, codes] = True
    groups = answered.sum(axis=1)
    few = np.sqrt(groups / np.maximum(groups - 1, 1))
    covariance = sums @ sums.T * np.outer(few, few)
    df = np.minimum(groups[:, None], groups) - 1.0
    return covariance, df
