"""From a TOML file to a `BoardSpec`: what a board is about, its columns, and results others have printed.

    slug = "my_board"
    title = "…"
    [facets]                # what filters are called
    language = "Language"

    [[columns]]
    key = "qa"
    name = "…"
    metric = "accuracy"
    facets = { language = ["en"] }

    [reported]              # where the rows below were printed
    title = "…"
    [[rows]]
    system = "…"
    scores = { qa = 75.3, summaries = [24.46, 25.66] }    # × 100, as printed; a second number after the first

What is wrong is refused with the file, the place and the reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from leaderboard.domain.table import Column, Kind, Scale

SHIPPED = Path(__file__).parents[1] / "specs" / "boards"

Ties = Literal["shared", "exact"]
Text = str | tuple[str, ...]


class SpecificationError(ValueError):
    """A board's specification is broken; the text says where and why."""


class _ColumnTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    key: str
    name: str
    metric: str
    category: str = ""
    facets: dict[str, Text] = {}
    scale: Scale = "share"
    second: str = ""
    higher_is_better: bool = True
    counted: str = "items"
    note: str = ""

    def column(self) -> Column:
        facets = {name: (value,) if isinstance(value, str) else value for name, value in self.facets.items()}
        return Column(**{**msgspec.structs.asdict(self), "facets": facets})


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The published rule of a position: by the average rounded to so many decimals of × 100; equal ones share
    the best, or ("exact") stand by the unrounded average and then as they were listed."""

    decimals: int = 2
    ties: Ties = "shared"


class Reported(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where reported rows were printed. `note` says how they were read."""

    title: str
    url: str = ""
    licence: str = ""
    note: str = ""
    mode: str = ""


class ReportedSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    system: str
    scores: dict[str, float | tuple[float, float]]
    attributes: dict[str, str | float] = {}


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    slug: str
    title: str
    kind: Kind = "reported"
    description: str = ""
    source: str = ""
    licence: str = ""
    citation: str = ""
    modes: tuple[str, ...] = ()
    overview: str = ""
    average: bool = True
    facets: dict[str, str] = {}
    place: Place | None = None
    columns: tuple[_ColumnTable, ...] = ()
    reported: Reported | None = None
    rows: tuple[ReportedSystem, ...] = ()


class BoardSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A board as data.

    modes     prompt modes in the order they are offered; the first is shown where none is asked for
    overview  the facet whose values make the columns of a wide board; "" for the columns' category
    average   whether a mean over all columns means anything here
    labels    facet → what people call it
    """

    slug: str
    title: str
    kind: Kind
    description: str
    source: str
    licence: str
    citation: str
    modes: tuple[str, ...]
    overview: str
    average: bool
    labels: Mapping[str, str]
    place: Place | None
    columns: tuple[Column, ...]
    reported: Reported | None
    rows: tuple[ReportedSystem, ...]


def parse_specification(content: bytes, name: str) -> BoardSpec:
    """A specification from the bytes of a TOML file; `name` is what errors call it."""
    try:
        document = msgspec.convert(tomllib.loads(content.decode("utf-8")), _Document)
    except (ValueError, RecursionError) as fault:  # not UTF-8, no TOML, or not of this shape
        raise SpecificationError(f"{name}: {fault}") from None
    fields: dict[str, Any] = msgspec.structs.asdict(document)
    columns = tuple(table.column() for table in fields.pop("columns"))
    _check(document, columns, name)
    labels = fields.pop("facets")
    return BoardSpec(**fields, columns=columns, labels=labels)


@cache
def specifications() -> Mapping[str, BoardSpec]:
    """The boards that come with the product, by slug."""
    found = [parse_specification(path.read_bytes(), path.name) for path in sorted(SHIPPED.glob("*.toml"))]
    return {spec.slug: spec for spec in found}


def specification(slug: str) -> BoardSpec | None:
    return specifications().get(slug)


def _check(document: _Document, columns: tuple[Column, ...], name: str) -> None:
    keys = [column.key for column in columns]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise SpecificationError(f"{name}: several [[columns]] have the key {', '.join(twice)}")
    if document.rows and document.reported is None:
        raise SpecificationError(f"{name}: [[rows]] need a [reported] table: where they were printed")
    second = {column.key for column in columns if column.second}
    for row in document.rows:
        for key, score in row.scores.items():
            if key not in keys:
                raise SpecificationError(f"{name}: {row.system!r} has a score in {key!r}, which is no column")
            if isinstance(score, tuple) != (key in second):
                raise SpecificationError(
                    f"{name}: {row.system!r}, {key!r}: one number, or two, as the column has"
                )
