"""Predictions as CSV: a header row, commas, and quotes as in RFC 4180."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from evaluation.domain.predictions.blocks import Block, Columns, Gathering, Reading
from evaluation.domain.predictions.fields import FIELDS, RANGES, TEXTS, VERSION, has_surrogate
from evaluation.domain.predictions.opening import Opening, line_blocks
from evaluation.domain.predictions.verdict import PredictionsError, Problem, refusal, shown

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
ROWS_AT_ONCE = 512  # many rows alive together keep the garbage collector busy
COLUMNS_MAX = 1000
DIGITS_MAX = 400  # of an integer: a longer one is out of every range

NumberedRow = tuple[int, list[str] | Problem]


def read(opening: Opening, reading: Reading) -> Iterator[Block]:
    """The rows of an opened file, block by block; PredictionsError where it cannot be read on."""
    # The limit is the whole process's: it is raised, never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), reading.limits.line))
    return _Csv(opening, reading).blocks()


class _Csv:
    def __init__(self, opening: Opening, reading: Reading) -> None:
        self._reading = reading
        self._reader = csv.reader(self._text_lines(opening.blocks), strict=True)
        self._fed = 0  # blocks of text handed to the reader of rows
        self._plain = True  # no byte that is not UTF-8 so far

    def blocks(self) -> Iterator[Block]:
        """The rows below the header, so many at a time and never much more than a block of text."""
        rows = self._rows()
        table = _Table(_header(next(rows, None)), self._reading)
        batch: list[NumberedRow] = []
        fed = self._fed
        try:
            for row in rows:
                batch.append(row)
                if len(batch) == ROWS_AT_ONCE or self._fed != fed:
                    yield table.block(batch, plain=self._plain)
                    batch, fed = [], self._fed
        except PredictionsError as end:
            yield replace(table.block(batch, plain=self._plain), end=end)
            return
        if batch:
            yield table.block(batch, plain=self._plain)

    def _text_lines(self, blocks: Iterator[bytes]) -> Iterator[str]:
        for data in line_blocks(blocks, self._reading.limits.line):
            if data is None:
                message = (
                    f"the line is longer than {self._reading.limits.line:,} bytes: is a quote left open?"
                )
                raise refusal("line_too_long", message, self._reader.line_num + 1)
            self._fed += 1
            try:
                text = data.decode()
            except UnicodeDecodeError:
                text = data.decode(errors="surrogateescape")
                self._plain = False
            yield from io.StringIO(text, newline="\n")

    def _rows(self) -> Iterator[NumberedRow]:
        """Each row that is not blank with the line it begins on, or what is wrong with it."""
        blank = 0
        while True:
            line = self._reader.line_num + 1
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, _not_csv(str(error), line)
                continue
            if row and (len(row) > 1 or row[0].strip(" \t\r")):
                yield line, row
                continue
            blank += 1
            if blank > self._reading.limits.blank_lines:
                raise refusal("not_csv", f"there are more than {blank - 1:,} blank lines: remove them", line)


class _Table:
    """Rows under a header, turned into blocks."""

    def __init__(self, header: Sequence[str], reading: Reading) -> None:
        self._width = len(header)
        self._used = [name for name in header if name in FIELDS or name == VERSION]
        self._pick = itemgetter(*(i for i, name in enumerate(header) if name in self._used))
        self._reading = reading
        self._columns = Columns(reading)
        for name in header:
            if name and name not in FIELDS:
                reading.ignore(name)

    def block(self, batch: Sequence[NumberedRow], *, plain: bool) -> Block:
        """The rows as a block; `plain` says that all their text is UTF-8."""
        whole = [row for _, row in batch if isinstance(row, list) and len(row) == self._width]
        if plain and batch and len(whole) == len(batch):
            values = zip(*map(self._pick, whole), strict=True)
            columns = {name: _values(name, cells) for name, cells in zip(self._used, values, strict=True)}
            return self._columns.block([line for line, _ in batch], columns)
        gathering = Gathering(self._reading)
        for line, row in batch:
            fault = row if isinstance(row, Problem) else self._fault(line, row)
            if fault:
                gathering.unreadable(fault)
            elif isinstance(row, list):
                gathering.record(line, self._record(row))
        return gathering.block()

    def _record(self, row: Sequence[str]) -> dict[str, Any]:
        cells = zip(self._used, self._pick(row), strict=True)
        return {name: _value(cell) if name in RANGES else cell for name, cell in cells}

    def _fault(self, line: int, row: Sequence[str]) -> Problem | None:
        if len(row) != self._width:
            message = f"the row has {len(row)} cells, the header {self._width}: put quotes around outputs"
            return Problem(line, None, "not_csv", message)
        if any(map(has_surrogate, row)):
            return Problem(line, None, "not_utf8", "the row is not UTF-8: save the file as UTF-8")
        return None


def _header(first: NumberedRow | None) -> list[str]:
    """The column names; PredictionsError where there is no header, or not one to rely on."""
    if first is None:
        raise refusal("empty_file", "the file is empty: download the template and fill in the outputs")
    line, row = first
    if isinstance(row, Problem):
        raise PredictionsError(row)
    if any(map(has_surrogate, row)):
        raise refusal("not_utf8", "the header is not UTF-8: save the file as UTF-8", line)
    if len(row) > COLUMNS_MAX:
        raise refusal(
            "not_csv", f"the header has more than {COLUMNS_MAX:,} columns: write id and output", line
        )
    names = [cell.strip() for cell in row]
    for name in (*FIELDS, VERSION):
        if names.count(name) > 1:
            raise refusal("duplicate_column", f"two columns are called {name}: keep one", line)
    for name in TEXTS:
        if name not in names:
            raise refusal("missing_column", f"the header has no column {name}: {_hint(names, name)}", line)
    return names


def _hint(names: Sequence[str], missing: str) -> str:
    separator = next((word for mark, word in ((";", "semicolons"), ("\t", "tabs")) if mark in names[0]), None)
    if len(names) == 1 and separator:
        return f"separate the cells by commas, not {separator}"
    similar = next((name for name in names if name.lower() == missing), None)
    if similar:
        return f'write it in small letters, not "{shown(similar)}"'
    found = ", ".join(names[:8])
    return f'the first row must be a header such as id,output, not "{shown(found)}"'


def _not_csv(error: str, line: int) -> Problem:
    """The row's fault in words; PredictionsError where the rows after it cannot be told apart."""
    if error.startswith("field larger"):
        raise refusal("oversize_cell", "a cell has no end in sight: is a quote left open in this row?", line)
    if error.startswith("unexpected end"):
        message = (
            "a quote opened in this row is never closed: close it, and double quotes inside quoted cells"
        )
    elif error.startswith("new-line"):
        message = "a carriage return stands alone: put the cell in quotes, and end lines with \\n or \\r\\n"
    else:
        message = "a quote stands inside a quoted cell: write it twice"
    return Problem(line, None, "not_csv", message)


def _values(name: str, cells: Sequence[str]) -> Sequence[Any]:
    return [_value(cell) for cell in cells] if name in RANGES else cells


def _value(text: str) -> float | str | None:
    """A cell's number, None when it is blank, the text itself when it is no number."""
    text = text.strip()
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        return text
    return int(text) if len(text) < DIGITS_MAX and text.lstrip("+-").isdigit() else float(text)
