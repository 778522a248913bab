"""One row at a time out of published files, each with the place it came from.

Rows are typed: a reader names the columns it needs as a `msgspec.Struct`, and a row without them is refused
with file, line and reason. Everything is UTF-8, read strictly.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from evaluation.domain.benchmarks import BenchmarkError, Question

# A long note is some 20 000 characters; a megabyte in one field is an unclosed quotation mark.
csv.field_size_limit(1 << 20)

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Row = TypeVar("Row", bound=msgspec.Struct)


class SettingsError(ValueError):
    """A reader cannot work with its settings; the caller adds which [[files]] table they are in."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file to read; `name` is what errors call it, relative to the data folder."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row came from: "questions.jsonl, line 12", or "record 12" of one JSON document."""

    file: str
    number: int
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.file}, {self.unit} {self.number}"

    def error(self, reason: str, key: str = "") -> BenchmarkError:
        return BenchmarkError(f"{self}: item {key!r}: {reason}" if key else f"{self}: {reason}")


@dataclass(frozen=True, slots=True)
class Located:
    """A question and the row it was read from."""

    question: Question
    origin: Origin


@dataclass(frozen=True, slots=True)
class Dropped:
    """A published row that is no question, and why. Rows are never left out in silence."""

    reason: str
    origin: Origin


def json_lines(files: Iterable[DataFile], row_type: type[Row]) -> Iterator[tuple[Row, Origin]]:
    """Each line of JSON Lines files as a `row_type`; blank lines are passed over."""
    decoder = msgspec.json.Decoder(row_type)
    for file in files:
        for number, line in enumerate(_lines(file), start=1):
            if line.strip():
                origin = Origin(file.name, number)
                yield _decoded(decoder, line, origin), origin


def json_records(files: Iterable[DataFile], row_type: type[Row]) -> Iterator[tuple[Row, Origin]]:
    """Each element of files that hold one JSON list."""
    for file in files:
        yield from decoded_records(file, json_document(file, list[msgspec.Raw]), row_type)


def decoded_records(
    file: DataFile, records: Iterable[msgspec.Raw], row_type: type[Row]
) -> Iterator[tuple[Row, Origin]]:
    """The records of a JSON document, each refused by its number when it is broken."""
    decoder = msgspec.json.Decoder(row_type)
    for number, raw in enumerate(records, start=1):
        origin = Origin(file.name, number, "record")
        yield _decoded(decoder, bytes(raw), origin), origin


def json_document(file: DataFile, document_type: Any) -> Any:
    """The whole of a JSON file as `document_type`; broken JSON is refused with its line."""
    content = b"".join(_lines(file))
    try:
        return msgspec.json.decode(content, type=document_type)
    except msgspec.ValidationError as error:
        raise BenchmarkError(f"{file.name}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{file.name}{_broken_at(content)}: broken JSON: {error}") from None


def csv_rows(files: Iterable[DataFile], row_type: type[Row]) -> Iterator[tuple[Row, Origin]]:
    """Each record of CSV files with a header line; a record's line is the one it starts on."""
    for file in files:
        records = _csv_records(file)
        header, origin = next(records, ([], Origin(file.name, 1)))
        _check_header(header, row_type, origin)
        for record, at in records:
            if len(record) != len(header):
                raise at.error(
                    f"the header has {len(header)} columns, this record has {len(record)}; is a comma or a "
                    "quotation mark missing?"
                )
            yield _converted(dict(zip(header, record, strict=True)), row_type, at), at


def settings_of(settings_type: type[Row], settings: Mapping[str, Any]) -> Row:
    """A reader's settings, checked; SettingsError names unknown or missing ones."""
    try:
        return msgspec.convert(dict(settings), settings_type)
    except msgspec.ValidationError as error:
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(settings_type)) or "none"
        raise SettingsError(f"settings: {error}; this reader knows: {known}") from None


def _lines(file: DataFile) -> Iterator[bytes]:
    try:
        with file.path.open("rb") as handle:
            for number, line in enumerate(handle, start=1):
                if number == 1 and line.startswith(UTF16_MARKS):
                    raise Origin(file.name, number).error("UTF-16 text; save the file as UTF-8")
                yield line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
    except OSError as error:
        raise BenchmarkError(f"{file.name}: cannot be read: {error.strerror or error}") from None


def _text_lines(file: DataFile) -> Iterator[str]:
    for number, line in enumerate(_lines(file), start=1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Origin(file.name, number).error(_not_utf8(error)) from None


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"not UTF-8 text ({error.reason}); save the file as UTF-8"


def _decoded(decoder: msgspec.json.Decoder[Row], content: bytes, origin: Origin) -> Row:
    try:
        return decoder.decode(content)
    except msgspec.ValidationError as error:
        raise origin.error(str(error)) from None
    except UnicodeDecodeError as error:
        raise origin.error(_not_utf8(error)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise origin.error(f"broken JSON: {error}") from None


def _broken_at(content: bytes) -> str:
    """msgspec gives bytes, people look for lines: the standard parser knows the line."""
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return f", line {error.lineno}"
    except UnicodeDecodeError as error:
        return f", line {content.count(bytes([10]), 0, error.start) + 1}"
    except (ValueError, RecursionError):
        return ""
    return ""


def _csv_records(file: DataFile) -> Iterator[tuple[list[str], Origin]]:
    reader = csv.reader(_text_lines(file), strict=True)
    while True:
        origin = Origin(file.name, reader.line_num + 1)
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise origin.error(f"broken CSV: {error}") from None
        if record:
            yield record, origin


def _check_header(header: Sequence[str], row_type: type[msgspec.Struct], origin: Origin) -> None:
    needed = [field.encode_name for field in msgspec.structs.fields(row_type) if field.required]
    if missing := [name for name in needed if name not in header]:
        found = ", ".join(map(repr, header)) or "none"
        raise origin.error(f"missing column {', '.join(map(repr, missing))}; the file has: {found}")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise origin.error(f"column {', '.join(map(repr, twice))} occurs twice")


def _converted(record: Mapping[str, str], row_type: type[Row], origin: Origin) -> Row:
    try:
        return msgspec.convert(record, row_type, strict=False)
    except msgspec.ValidationError as error:
        raise origin.error(str(error)) from None
