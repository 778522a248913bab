"""Reads what a Parquet file says of itself, before any of it is unpacked.

The footer says where the columns are, but pages are unpacked to what their own headers say. Field numbers
are those of the format's parquet.thrift: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData, PageHeader.
The library that unpacks the file also reads footers, but ends the whole process over some damaged ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from evaluation.domain.predictions.limits import MIB
from evaluation.domain.predictions.thrift import Compact, Fields, natural, structures

HEADER_MAX = MIB
BYTE_ARRAY = 6  # the type of texts
CODECS = ("", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw")  # as numbered by the format

DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = 5, 7, 8  # the fields of PageHeader that describe each kind
ENCODING_FIELD = {DATA_PAGE: 2, DICTIONARY_PAGE: 2, DATA_PAGE_V2: 4}


class Chunk(NamedTuple):
    """One column of one row group: where its pages are, and the codec that packed them ("" for none)."""

    start: int
    end: int
    codec: str
    is_text: bool


class Page(NamedTuple):
    """Sizes in bytes; `body` is an offset in the file; `kind` and `encoding` as numbered by the format."""

    kind: int
    body: int
    unpacked: int
    packed: int
    values: int
    encoding: int | None


@dataclass(frozen=True, slots=True)
class Footer:
    rows: int
    groups: list[list[Chunk]]  # by row group, then by column


def footer(data: bytes) -> Footer:
    """The footer's own bytes, read; ValueError where they are damaged."""
    try:
        fields = Compact(data).structure()
    except IndexError as error:
        raise ValueError("the footer is cut short") from error
    groups = [[_chunk(column) for column in structures(group, 1)] for group in structures(fields, 4)]
    return Footer(natural(fields, 3), groups)


def pages(file: BinaryIO, chunk: Chunk) -> Iterator[Page]:
    """The pages of a column chunk; ValueError where their headers cannot be read or overrun its end."""
    start = chunk.start
    while start < chunk.end:
        page = _page(file, start)
        start = page.body + page.packed
        if start > chunk.end:
            raise ValueError("a page is longer than its column")
        yield page


def _chunk(column: Fields) -> Chunk:
    about = column.get(3)
    if not isinstance(about, dict):
        raise ValueError("a column is not described")
    start = natural(about, 9)
    if 11 in about and 0 < natural(about, 11) < start:
        start = natural(about, 11)  # the dictionary comes before the pages that use it
    codec = natural(about, 4)
    if codec >= len(CODECS):
        raise ValueError(f"codec {codec} is unknown")
    return Chunk(start, start + natural(about, 7), CODECS[codec], natural(about, 1) == BYTE_ARRAY)


def _page(file: BinaryIO, start: int) -> Page:
    size = 1024
    while size <= HEADER_MAX:
        file.seek(start)
        header = Compact(file.read(size))
        try:
            fields = header.structure()
        except IndexError:  # the header goes on beyond what was read
            size *= 8
            continue
        return _from_fields(fields, start + header.position)
    raise ValueError("a page has no readable header")


def _from_fields(fields: Fields, body: int) -> Page:
    unpacked, packed = natural(fields, 2), natural(fields, 3)
    for kind, encoding_field in ENCODING_FIELD.items():
        about = fields.get(kind)
        if isinstance(about, dict):
            return Page(kind, body, unpacked, packed, natural(about, 1), about.get(encoding_field))
    return Page(0, body, unpacked, packed, 0, None)
