"""A matrix of codes as textbooks of reliability print it: a line per observer, a column per unit, no header.

Empty cells are missing. The unit rated is named by its number; there are no texts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, form
from raters.domain.importing.files import located, unusable
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy, UnusableRatingsError
from raters.domain.rubric.case import Case, ShownAnswer

NAME = "codings.csv"
SYSTEM = "unit"
LARGEST = 100  # codes: a matrix of more is one of something else

ABOUT = About(
    slug="coding-matrix",
    title="Codes of units by several observers",
    description="Observers gave each unit a code. Neither the units nor the meaning of the codes is told.",
    source="A reliability matrix; the one in dustalov/evalica is that of Krippendorff, Computing alpha, 2011",
    licence="as the file's own",
)


def read(path: Path) -> ImportedStudy:
    """The matrix in `path`, a CSV file without header or the folder of codings.csv. Codes: whole numbers."""
    collection, codes, width = Collection(path.name), set[int](), 0
    for observer, (cells, at) in enumerate(_matrix(path), start=1):
        width = width or len(cells)
        if len(cells) != width:
            raise unusable(at, f"it has {len(cells)} cells and the first line {width}: empty ones count")
        for unit, cell in enumerate(cells, start=1):
            code = _code(cell, at)
            codes |= {code} if code is not None else set()
            _add(collection, f"unit {unit:0{len(str(width))}}", f"rater-{observer}", code, at)
    if not 2 <= len(codes) <= LARGEST:
        raise UnusableRatingsError(
            f"{path.name}: {len(codes)} different codes. Give a matrix of 2 to {LARGEST} categories."
        )
    return collection.study(ABOUT, form("coding_matrix") + _options(codes))


def _add(collection: Collection, unit: str, rater: str, code: int | None, at: Origin) -> None:
    collection.item(ImportedItem(unit, Case(), "en", ""), at)
    collection.answer(unit, SYSTEM, ShownAnswer(), at)
    if code is None:
        collection.leave_out("cells that are empty: not coded")
    else:
        collection.rating(ImportedRating(unit, (SYSTEM,), rater, {"code": str(code)}), at)


def _matrix(path: Path) -> Iterator[tuple[list[str], Origin]]:
    file = located(path, NAME)
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnusableRatingsError(f"{file.name}: {error}. Save it as CSV in UTF-8.") from None
    for number, cells in enumerate(rows, start=1):
        if cells:
            yield cells, Origin(file.name, number)


def _code(cell: str, at: Origin) -> int | None:
    text = cell.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise unusable(
            at, f"{cell!r} is no code", "Codes are whole numbers, 0 and up; leave a missing one empty"
        )
    return int(text)


def _options(codes: set[int]) -> str:
    lines = (f'  {{ value = "{code}", label = "{code}" }},\n' for code in sorted(codes))
    return f"options = [\n{''.join(lines)}]\n"
