"""Reads the headers of a Parquet file's pages, to know what unpacking them would cost before it is done.

The footer says how large the columns are, but the pages are unpacked to what their own headers say. A
page header is a Thrift structure in the compact protocol (parquet-format, PageHeader); the fields read
here are 2 uncompressed_page_size, 3 compressed_page_size, and of the kinds of page (5, 7, 8) the number
of values (1) and the encoding (2, for 8 it is 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

HEADER_MAX = 2**20
DEPTH_MAX = 8

DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = 5, 7, 8
ENCODING_FIELD = {DATA_PAGE: 2, DICTIONARY_PAGE: 2, DATA_PAGE_V2: 4}

STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12


class Page(NamedTuple):
    """Sizes in bytes; `encoding` as numbered by the format, None for pages without values."""

    kind: int
    body: int  # offset in the file
    unpacked: int
    packed: int
    values: int
    encoding: int | None


def pages(file: BinaryIO, start: int, end: int) -> Iterator[Page]:
    """The pages between two offsets; ValueError where their headers cannot be read or overrun the end."""
    while start < end:
        page = _page(file, start)
        start = page.body + page.packed
        if start > end:
            raise ValueError("a page is longer than its column")
        yield page


def _page(file: BinaryIO, start: int) -> Page:
    size = 1024
    while size <= HEADER_MAX:
        file.seek(start)
        header = _Compact(file.read(size))
        try:
            fields = header.structure()
        except IndexError:  # the header goes on beyond what was read
            size *= 8
            continue
        return _from_fields(fields, start + header.position)
    raise ValueError("a page has no readable header")


def _from_fields(fields: dict[int, Any], body: int) -> Page:
    unpacked, packed = fields.get(2), fields.get(3)
    if not isinstance(unpacked, int) or not isinstance(packed, int) or unpacked < 0 or packed < 0:
        raise ValueError("a page has no size")
    for kind, encoding_field in ENCODING_FIELD.items():
        about = fields.get(kind)
        if isinstance(about, dict):
            return Page(kind, body, unpacked, packed, _values(about), about.get(encoding_field))
    return Page(0, body, unpacked, packed, 0, None)


def _values(about: dict[int, Any]) -> int:
    values = about.get(1)
    if not isinstance(values, int) or values < 0:
        raise ValueError("a page has no number of values")
    return values


class _Compact:
    """A reader of Thrift's compact protocol; IndexError where the bytes end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def structure(self, depth: int = 0) -> dict[int, Any]:
        """Field number → value; texts, lists and maps are passed over and come out as None."""
        if depth > DEPTH_MAX:
            raise ValueError("a page header is nested too deeply")
        fields: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) & 0x0F != STOP:
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            fields[number] = self._value(head & 0x0F, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if BYTE < kind < DOUBLE:
            return self._zigzag()
        if kind == STRUCT:
            return self.structure(depth + 1)
        return self._pass_over(kind, depth)

    def _pass_over(self, kind: int, depth: int) -> None:
        if kind in (BYTE, DOUBLE):
            self._skip(1 if kind == BYTE else 8)
        elif kind == BINARY:
            self._skip(self._varint())
        elif kind in (LIST, SET):
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._varint()
            self._elements(size, head & 0x0F, depth)
        else:
            raise ValueError("a page header holds what none should")

    def _elements(self, size: int, kind: int, depth: int) -> None:
        for _ in range(size):
            if kind in (TRUE, FALSE):
                self._skip(1)
            else:
                self._value(kind, depth + 1)

    def _byte(self) -> int:
        self.position += 1
        return self._data[self.position - 1]

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 63:
                raise ValueError("a page header holds a number without end")
        return value | byte << shift

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, size: int) -> None:
        self.position += size
        if self.position > len(self._data):
            raise IndexError
