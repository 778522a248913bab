"""The kept results of published studies: which row counts at a time, and its parts as boards read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from leaderboard.domain.physicians.measured import Matrices
from leaderboard.domain.physicians.order import Judged, judged
from leaderboard.domain.physicians.storing import from_bytes
from leaderboard.models import StudyResults


@dataclass(frozen=True)
class Kept:
    """A row of StudyResults: by key and time, so that nothing remembered outlives its row.

    revision  how many rows the study had by then; `pk` 0 and `revision` 0 before the first
    """

    pk: int
    at: datetime | None
    revision: int
    first: tuple[int, datetime]

    @property
    def results(self) -> Mapping[str, Any]:
        return results(self.pk, self.at) if self.pk else {}

    @property
    def about(self) -> Mapping[str, Any]:
        """Of the study; before its first results, as they then said it."""
        told: Mapping[str, Any] = (self.results or results(*self.first))["about"]
        return told

    @property
    def groups(self) -> list[Mapping[str, Any]]:
        return list(self.results.get("groups", []))

    def group(self, name: str) -> tuple[int, Mapping[str, Any]] | None:
        """The group of this name, or the first; None where there is none yet."""
        groups = self.groups
        if not groups:
            return None
        at = next((at for at, group in enumerate(groups) if group["name"] == name), 0)
        return at, groups[at]

    def matrices(self, place: str) -> Matrices:
        return _matrices(self.pk, self.at, place)

    def judged(self, place: str, column: Mapping[str, Any]) -> tuple[tuple[int, ...], Judged] | None:
        """Numbers of the systems compared in a column, in the matrices' order, and every pair of them."""
        return _judged(self.pk, self.at, place, column["higher_is_better"], column["score_range"])


def kept(slug: str, as_of: datetime | None) -> Kept | None:
    """The newest results of a published study, at a time or now; None where it has never had any."""
    rows = StudyResults.objects.filter(study__slug=slug, study__published=True)
    found = list(rows.order_by("at", "pk").values_list("pk", "at"))
    if not found:
        return None
    by_then = [row for row in found if as_of is None or row[1] <= as_of]
    pk, at = by_then[-1] if by_then else (0, None)
    return Kept(pk, at, len(by_then), found[0])


def published() -> list[tuple[str, Kept]]:
    """(slug, newest results) of every published study that has some."""
    rows = StudyResults.objects.filter(study__published=True).order_by("at", "pk")
    found: dict[str, list[tuple[int, datetime]]] = {}
    for slug, pk, at in rows.values_list("study__slug", "pk", "at"):
        found.setdefault(slug, []).append((pk, at))
    return [(slug, Kept(*own[-1], len(own), own[0])) for slug, own in found.items()]


@lru_cache(maxsize=64)
def results(pk: int, at: datetime | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = StudyResults.objects.values_list("results", flat=True).get(pk=pk)
    return found


@lru_cache(maxsize=32)
def _stored(pk: int, at: datetime | None) -> bytes:
    return bytes(StudyResults.objects.values_list("matrices", flat=True).get(pk=pk) or b"")


@lru_cache(maxsize=256)
def _matrices(pk: int, at: datetime | None, place: str) -> Matrices:
    return from_bytes(_stored(pk, at), place)


@lru_cache(maxsize=256)
def _judged(
    pk: int, at: datetime | None, place: str, higher_is_better: bool, score_range: float | None
) -> tuple[tuple[int, ...], Judged] | None:
    found = _matrices(pk, at, place)
    if not len(found.get("systems", ())):
        return None
    order = judged(
        np.asarray(found["values"]),
        np.asarray(found["covariance"]),
        np.asarray(found["df"]),
        higher_is_better=higher_is_better,
        score_range=score_range,
    )
    if order is None:
        return None
    numbers = np.asarray(found["systems"])[order.systems]
    return tuple(int(number) for number in numbers), order
