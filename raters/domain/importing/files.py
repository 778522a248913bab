"""Rows of published files, each with its line; whatever is broken is refused as unusable ratings."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from evaluation.domain.benchmarks import BenchmarkError
from evaluation.domain.readers.rows import DataFile, Origin, csv_rows, json_lines
from raters.domain.importing.study import UnusableRatingsError

Row = TypeVar("Row", bound=msgspec.Struct)

REMEDY = "Correct it there, or use the file as it was published"


def table(path: Path, name: str, row_type: type[Row]) -> Iterator[tuple[Row, Origin]]:
    """Records of the CSV file `path`, or of the file `name` in the folder `path`."""
    return _rows(csv_rows, path, name, row_type)


def lines(path: Path, name: str, row_type: type[Row]) -> Iterator[tuple[Row, Origin]]:
    """Lines of the JSON Lines file `path`, or of the file `name` in the folder `path`."""
    return _rows(json_lines, path, name, row_type)


def unread(path: Path, name: str, row_type: type[msgspec.Struct]) -> list[str]:
    """What is said of the columns of a CSV file, already read, of which a study keeps nothing."""
    with located(path, name).open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    known = {field.encode_name for field in msgspec.structs.fields(row_type)}
    columns = [column for column in header if column not in known]
    return [f"columns of which nothing is kept: {', '.join(columns)}"] if columns else []


def unusable(where: Origin, reason: str, remedy: str = REMEDY) -> UnusableRatingsError:
    return UnusableRatingsError(f"{where}: {reason}. {remedy}.")


def located(path: Path, name: str) -> Path:
    """The file itself; UnusableRatingsError where there is none."""
    file = path / name if path.is_dir() else path
    if not file.is_file():
        raise UnusableRatingsError(f"{file} is no file. Give the path of {name}, or of the folder it is in.")
    return file


def beside(path: Path, reasons: Mapping[str, str]) -> list[str]:
    """What is said of the files that lie in the same folder and belong to no rating of this study."""
    folder = path if path.is_dir() else path.parent
    return [f"{name}: {reason}" for name, reason in reasons.items() if (folder / name).is_file()]


def _rows(
    parse: Callable[[Iterable[DataFile], type[Row]], Iterator[tuple[Row, Origin]]],
    path: Path,
    name: str,
    row_type: type[Row],
) -> Iterator[tuple[Row, Origin]]:
    file = located(path, name)
    try:
        yield from parse([DataFile(file, file.name)], row_type)
    except BenchmarkError as error:
        raise UnusableRatingsError(f"{error}. {REMEDY}.") from None
