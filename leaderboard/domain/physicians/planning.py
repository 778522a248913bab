"""About how many more ratings would tell two systems' means apart, and of what: more raters, or more cases.

The variance of the difference is taken apart: what raters of their own taste add, a = V_rater - V_cell,
what cases add, b = V_case - V_cell, neither below 0, and the rest, e = V_cell. With k times the cases the
same raters leave a + (b + e) / k, with k times the raters on the same cases a / k + b + e / k. To be seen
with probability `power` the difference d needs V ≤ (d / (c + z_power))². The cheaper way that can reach
it is named; where neither can, both have to grow together, V / k.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import Literal

from scipy.special import ndtri

Grows = Literal["cases", "raters", "both"]
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Plan:
    """`ratings` more of the two systems together; `grows` says whether by more cases, raters or both."""

    ratings: int
    grows: Grows


def ratings_to_separate(
    difference: float,
    parts: tuple[float, float, float],
    n_ratings: int,
    critical_value: float,
    *,
    these_raters_only: bool = False,
    power: float = 0.8,
) -> Plan | None:
    """From the parts (rater, case, cell) of the variance of a difference seen on `n_ratings` of both systems.

    None where there is no difference or no variance to plan from; 0 ratings where it would be seen already.
    """
    rater, case, cell = parts
    if not all(isfinite(one) for one in (difference, critical_value, *parts)) or abs(difference) <= _ROUNDING:
        return None
    wanted = (difference / (critical_value + float(ndtri(power)))) ** 2
    if these_raters_only:
        return None if case <= 0 else _plan("cases", case / wanted, n_ratings)
    tastes, sources, rest = max(rater - cell, 0.0), max(case - cell, 0.0), cell
    if tastes + sources + rest <= 0:
        return None
    ways: list[tuple[float, Grows]] = []
    if wanted > tastes:
        ways.append(((sources + rest) / (wanted - tastes), "cases"))
    if wanted > sources:
        ways.append(((tastes + rest) / (wanted - sources), "raters"))
    times, grows = min(ways) if ways else ((tastes + sources + rest) / wanted, "both")
    return _plan(grows, times, n_ratings)


def _plan(grows: Grows, times: float, n_ratings: int) -> Plan:
    return Plan(max(0, ceil((times - 1) * n_ratings)), grows)
