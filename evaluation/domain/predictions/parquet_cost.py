"""What a Parquet file would cost to read, and how many of its rows may be read at once.

Parquet unpacks: a page of a few bytes may stand for gigabytes. So the header of every page to be read is
looked at first, and of each dictionary the longest text, which any number of rows may repeat.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.domain.predictions.blocks import Reading
from evaluation.domain.predictions.limits import MIB, Limits
from evaluation.domain.predictions.parquet_pages import DICTIONARY_PAGE, Page, pages
from evaluation.domain.predictions.verdict import refusal

PAGES_MAX = 200_000
DICTIONARY_MAX = 16 * MIB
ROWS_AT_ONCE = 8192
BYTES_AT_ONCE = 32 * MIB
DELTA_BYTE_ARRAY = 7  # each text as a prefix of the one before: a short page may hold endless texts

LENGTH = struct.Struct("<I")


def rows_at_once(file: BinaryIO, metadata: pq.FileMetaData, columns: list[int], reading: Reading) -> int:
    """How many rows may be unpacked together.

    PredictionsError where the file has far more rows than the benchmark items, or would unpack beyond the
    limits; ValueError where it is damaged.
    """
    if metadata.num_rows > reading.rows_max:
        message = f"the file has {metadata.num_rows:,} rows, far more than the benchmark has items"
        raise refusal("file_too_large", message)
    longest = unpacked = 1
    for count, (page, column) in enumerate(_pages(file, metadata, columns)):
        unpacked += page.unpacked
        _check_page(page, count, unpacked, reading.limits)
        longest = max(longest, _bytes_per_row(file, page, column.compression))
    return max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // longest))


def _pages(file: BinaryIO, metadata: pq.FileMetaData, columns: list[int]) -> Iterator[tuple[Page, Any]]:
    for group in range(metadata.num_row_groups):
        for index in columns:
            column = metadata.row_group(group).column(index)
            start = column.data_page_offset
            if column.dictionary_page_offset is not None and 0 < column.dictionary_page_offset < start:
                start = column.dictionary_page_offset
            for page in pages(file, start, start + column.total_compressed_size):
                yield page, column


def _check_page(page: Page, count: int, unpacked: int, limits: Limits) -> None:
    if count >= PAGES_MAX:
        raise refusal("not_parquet", f"the file has more than {PAGES_MAX:,} pages: write larger row groups")
    most = DICTIONARY_MAX if page.kind == DICTIONARY_PAGE else limits.page
    if page.unpacked > most:
        message = f"a page unpacks to {page.unpacked:,} bytes, {most:,} are allowed: write smaller pages"
        raise refusal("file_too_large", message)
    if unpacked > limits.decompressed:
        message = f"the file unpacks to more than {limits.decompressed:,} bytes: shorten the outputs"
        raise refusal("file_too_large", message)
    if page.encoding == DELTA_BYTE_ARRAY:
        message = (
            "texts are encoded as DELTA_BYTE_ARRAY, which is not read: write them with the default encoding"
        )
        raise refusal("not_parquet", message)


def _bytes_per_row(file: BinaryIO, page: Page, compression: str) -> int:
    """The bytes a row of this page takes: of a dictionary at most, of other pages on average."""
    if page.kind != DICTIONARY_PAGE:
        return page.unpacked // max(page.values, 1)
    file.seek(page.body)
    try:
        return _longest_text(_unpack(file.read(page.packed), page.unpacked, compression))
    except (pa.ArrowException, OSError, ValueError, struct.error):
        return page.unpacked


def _unpack(data: bytes, size: int, compression: str) -> bytes:
    if compression == "UNCOMPRESSED":
        return data
    unpacked: bytes = pa.decompress(data, decompressed_size=size, codec=compression.lower(), asbytes=True)
    return unpacked


def _longest_text(dictionary: bytes) -> int:
    """Of texts written one after the other, each behind its length in 4 bytes."""
    longest = at = 0
    while at < len(dictionary):
        (length,) = LENGTH.unpack_from(dictionary, at)
        at += LENGTH.size + length
        longest = max(longest, length)
    return longest
