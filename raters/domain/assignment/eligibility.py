"""Who may rate what: specialty, language, and never an answer one wrote oneself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """A person who rates.

    `capacity` is the share of the work relative to the other raters, `at_most` a ceiling in assignments
    (finished ones count). `wrote` holds (item, system) answers this person wrote; `barred_systems` and
    `barred_items` are other conflicts of interest, such as a maker's own model or a case one supplied.
    """

    id: str
    specialties: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    capacity: float = 1.0
    at_most: int | None = None
    wrote: frozenset[tuple[str, str]] = frozenset()
    barred_systems: frozenset[str] = frozenset()
    barred_items: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not (0 < self.capacity < float("inf")):
            raise ValueError(f"the capacity of rater {self.id} is {self.capacity}: give a number above 0")
        if self.at_most is not None and self.at_most < 0:
            raise ValueError(f"rater {self.id} may rate at most {self.at_most}: give 0 or more, or None")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is asked, with the specialty and language its raters must have (None: anybody)."""

    id: str
    specialty: str | None = None
    language: str | None = None


def answers_open_to(raters: Sequence[Rater], items: Sequence[Item], systems: Sequence[str]) -> Flags:
    """(R, I, S) flags: may rater r rate the answer of system s to item i?"""
    allowed = np.repeat(_qualified(raters, items)[:, :, np.newaxis], len(systems), axis=2)
    item_at = {item.id: i for i, item in enumerate(items)}
    system_at = {system: s for s, system in enumerate(systems)}
    for r, rater in enumerate(raters):
        allowed[r, :, [system_at[s] for s in rater.barred_systems if s in system_at]] = False
        allowed[r, [item_at[i] for i in rater.barred_items if i in item_at]] = False
        for item, system in rater.wrote:
            if item in item_at and system in system_at:
                allowed[r, item_at[item], system_at[system]] = False
    return allowed


def require_distinct(what: str, ids: Sequence[str]) -> None:
    """ValueError when there are none, or when one comes twice."""
    if not ids:
        raise ValueError(f"a study needs {what}: none were given")
    if len(set(ids)) < len(ids):
        twice = sorted({name for name in ids if ids.count(name) > 1})[:5]
        raise ValueError(f"the {what} must have different names, these come twice: {', '.join(twice)}")


def _qualified(raters: Sequence[Rater], items: Sequence[Item]) -> Flags:
    """(R, I) flags by specialty and language alone; each kind of item is looked at once."""
    kinds = list(dict.fromkeys((item.specialty, item.language) for item in items))
    kind_at = {kind: n for n, kind in enumerate(kinds)}
    suits = np.array([[_suits(rater, *kind) for kind in kinds] for rater in raters], dtype=np.bool_)
    return suits[:, [kind_at[item.specialty, item.language] for item in items]]


def _suits(rater: Rater, specialty: str | None, language: str | None) -> bool:
    return (specialty is None or specialty in rater.specialties) and (
        language is None or language in rater.languages
    )
