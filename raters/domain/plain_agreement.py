"""What agreement on a variable comes to, in a sentence or two, and what to mind when reading it.

No coefficient gets a grade such as "substantial": where the limits lie is said instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FEW_PAIRS = 50
WIDE = 0.4
SKEWED = 0.8
GAP = 0.2  # between raw agreement and alpha from which a skew is worth mentioning

Estimates = Mapping[str, Any]  # as raters.domain.study_agreement keeps them


@dataclass(frozen=True)
class Caution:
    """`code` is one of no_variation, few_pairs, skew, these_raters_only, sample."""

    code: str
    text: str


def main_coefficient(estimates: Estimates) -> Mapping[str, Any] | None:
    """Alpha; for passages, which have none, their overlap."""
    found = estimates.get("coefficients", {})
    chosen: Mapping[str, Any] | None = found.get("krippendorff_alpha") or found.get("span_overlap")
    return chosen


def reading(estimates: Estimates) -> str:
    """A cautious reading; where nothing can be said, why."""
    main = main_coefficient(estimates)
    if main is None:
        return "Nothing has been rated yet."
    raw = _raw(estimates)
    if main["value"] is None:
        return " ".join(part for part in (_capital(main["reason"]), raw) if part)
    return " ".join(part for part in (raw, _beyond_chance(main), _how_sure(main)) if part)


def cautions(estimates: Estimates, n_ratings: int, most: int) -> list[Caution]:
    """What limits the reading; `most` is the number of ratings up to which all of them are used."""
    main = main_coefficient(estimates)
    if main is None:
        return []
    found, pairs = [], int(estimates.get("pairs", 0))
    if main["status"] == "undefined_no_variation":
        found.append(
            Caution("no_variation", "No variation: with all ratings alike, chance cannot be told apart.")
        )
    if pairs < FEW_PAIRS:
        found.append(
            Caution(
                "few_pairs", f"{pairs} pairs of ratings; below {FEW_PAIRS} a single case can move the value."
            )
        )
    found += _skew(estimates, main)
    if main["status"] == "ok" and main["these_raters_only"]:
        found.append(
            Caution(
                "these_raters_only", "Other cases, but these raters only: nothing is said of other raters."
            )
        )
    if "prevalence" not in estimates and n_ratings > most:
        found.append(Caution("sample", f"Computed from {most:,} of {n_ratings:,} ratings."))
    return found


def _raw(estimates: Estimates) -> str:
    raw = estimates.get("coefficients", {}).get("percent_agreement")
    if not raw or raw["value"] is None:
        return ""
    return f"Two ratings of the same are equal in {100 * raw['value']:.0f} % of pairs."


def _beyond_chance(main: Mapping[str, Any]) -> str:
    value, low, high = main["value"], main["low"], main["high"]
    if low is None:
        return f"Corrected for chance that is {_two(value)}, without an interval. {_capital(main['reason'])}"
    if high < 0:
        return f"They differ more than by chance: {_two(value)}, 95 % interval {_two(low)} to {_two(high)}."
    if low <= 0:
        return (
            f"Corrected for chance that is {_two(value)} (0 is chance, 1 is always); the 95 % interval, "
            f"{_two(low)} to {_two(high)}, does not exclude chance."
        )
    return (
        f"Corrected for chance that is {_two(value)} (0 is chance, 1 is always), plausibly anything from "
        f"{_two(low)} to {_two(high)}."
    )


def _how_sure(main: Mapping[str, Any]) -> str:
    if main["low"] is None or main["high"] - main["low"] <= WIDE:
        return ""
    return "The interval is wide: more cases rated twice would narrow it."


def _skew(estimates: Estimates, main: Mapping[str, Any]) -> list[Caution]:
    shares = estimates.get("prevalence", {})
    known = {name: one["value"] for name, one in shares.items() if one["value"] is not None}
    raw = estimates.get("coefficients", {}).get("percent_agreement", {}).get("value")
    if not known or raw is None or main["value"] is None:
        return []
    name = max(known, key=lambda one: known[one])
    if known[name] < SKEWED or raw - main["value"] < GAP:
        return []
    text = (
        f'"{name}" makes up {100 * known[name]:.0f} % of the ratings. Where one answer prevails, alpha and '
        "kappa are low even if raters rarely differ: read them beside raw agreement and Gwet's coefficient."
    )
    return [Caution("skew", text)]


def _two(value: float) -> str:
    """Two digits, with a true minus."""
    return f"{value:.2f}".replace("-", "−")


def _capital(text: str) -> str:
    sentence = text[:1].upper() + text[1:]
    return sentence if not sentence or sentence.endswith((".", "!", "?")) else f"{sentence}."
