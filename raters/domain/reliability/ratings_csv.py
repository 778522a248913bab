"""A file of ratings, one a line: read whole or refused with line, column and remedy."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.agreement.scales import Category, Level, Scale

DELIMITERS = (",", ";", "\t")


class RatingsFileError(ValueError):
    """The file cannot be used; the message says where and what to do."""


@dataclass(frozen=True)
class Columns:
    """Names in the header of the columns that hold item, rater and value."""

    item: str
    rater: str
    value: str


@dataclass(frozen=True, eq=False)
class RatingsFile:
    """Ratings (n,) each; `without_value` counts lines left out because their value is blank."""

    items: list[str]
    raters: list[str]
    values: list[Category]
    scale: Scale
    without_value: int

    @property
    def table(self) -> Floats:
        """(n_items, n_raters), NaN where missing: the numbers, or the places of categories on their scale."""
        item, rater = (np.unique(names, return_inverse=True) for names in (self.items, self.raters))
        found = np.full((len(item[0]), len(rater[0])), np.nan)
        if self.values:
            numbers = self.values if self.scale.is_metric else self.scale.codes(self.values)
            found[item[1], rater[1]] = np.asarray(numbers, dtype=np.float64)
        return found


@dataclass(frozen=True)
class _Row:
    line: int
    item: str
    rater: str
    value: str


def read_ratings(path: Path, columns: Columns, level: Level, categories: list[str] | None) -> RatingsFile:
    """The ratings in a CSV file, separated by comma, semicolon or tab.

    `categories` declare the scale, used or not, on an ordinal one in their order. A nominal scale without
    them is that of the values found; interval and ratio scales without them are of any number.
    RatingsFileError for a file or a line that cannot be used.
    """
    rows, blank, seen = [], 0, dict[tuple[str, str], int]()
    for row in _rows(path, columns):
        if not row.value:
            blank += 1
            continue
        earlier = seen.setdefault((row.item, row.rater), row.line)
        if earlier != row.line:
            raise RatingsFileError(
                f"{path.name}, line {row.line}: {columns.rater} {row.rater!r} rated {columns.item} "
                f"{row.item!r} on line {earlier} already: keep one of the two lines"
            )
        rows.append(row)
    scale = _scale(level, categories, rows)
    values = [_value(row, scale, f"{path.name}, line {row.line}, column {columns.value!r}") for row in rows]
    return RatingsFile([row.item for row in rows], [row.rater for row in rows], values, scale, blank)


def _rows(path: Path, columns: Columns) -> Iterator[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RatingsFileError(f"{path} cannot be read: {error.strerror}. Check the path") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RatingsFileError(f"{path.name}, line {line} is not UTF-8: save the file as UTF-8") from None
    lines = text.splitlines(keepends=True)
    if not text.strip():
        raise RatingsFileError(f"{path.name} is empty: its first line names the columns")
    delimiter = max(DELIMITERS, key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        places = [_place(path, header, name) for name in (columns.item, columns.rater, columns.value)]
        yield from _records(path, reader, header, places)
    except csv.Error as error:
        raise RatingsFileError(
            f"{path.name}, line {reader.line_num} is not CSV: {error}. Check its quotes"
        ) from None


def _records(path: Path, reader: Iterator[list[str]], header: list[str], places: list[int]) -> Iterator[_Row]:
    line = 2
    for record in reader:
        here, line = line, reader.line_num + 1  # type: ignore[attr-defined]
        if not any(field.strip() for field in record):
            continue
        if len(record) != len(header):
            raise RatingsFileError(
                f"{path.name}, line {here} has {len(record)} fields and the header {len(header)}: quote "
                "fields that hold the separator"
            )
        item, rater, value = (record[place].strip() for place in places)
        for name, place in ((item, places[0]), (rater, places[1])):
            if not name:
                where = f"{path.name}, line {here}, column {header[place]!r}"
                raise RatingsFileError(f"{where} is blank: name it, or delete the line")
        yield _Row(here, item, rater, value)


def _place(path: Path, header: list[str], name: str) -> int:
    known = ", ".join(header)
    if name not in header:
        raise RatingsFileError(f"{path.name}, line 1 has no column {name!r}: its columns are {known}")
    if header.count(name) > 1:
        raise RatingsFileError(f"{path.name}, line 1 has column {name!r} twice: rename one of {known}")
    return header.index(name)


def _scale(level: Level, categories: list[str] | None, rows: list[_Row]) -> Scale:
    declared: tuple[Category, ...] | None = None if categories is None else tuple(categories)
    metric = level in ("interval", "ratio")
    if categories is not None and metric:
        declared = tuple(number for number in map(_number, categories) if number is not None)
        if len(declared) < len(categories):
            raise RatingsFileError(
                f"the categories of {level} scales are numbers, not {', '.join(categories)}"
            )
    if declared is None and level == "ordinal":
        raise RatingsFileError(
            "an ordinal scale needs its categories in their order: --categories low,mid,high"
        )
    if declared is None and level == "nominal":
        declared = tuple(sorted({row.value for row in rows})) or ("",)
    try:
        return Scale(level, declared)
    except ValueError as error:
        raise RatingsFileError(f"{error} (--categories)") from None


def _value(row: _Row, scale: Scale, where: str) -> Category:
    if not scale.is_metric:
        found: Category = row.value
    else:
        number = _number(row.value)
        if number is None:
            raise RatingsFileError(
                f"{where}: {row.value!r} is no number; write it as 3 or 3.5, or leave it blank"
            )
        if scale.level == "ratio" and number < 0:
            raise RatingsFileError(
                f"{where}: {row.value} is below 0, where a ratio scale starts; use interval"
            )
        found = number
    if scale.categories is not None and found not in scale.categories:
        declared = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in scale.categories)
        raise RatingsFileError(
            f"{where}: {row.value!r} is not among the categories {declared}: correct it or declare it"
        )
    return found


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
