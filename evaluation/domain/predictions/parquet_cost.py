"""What a Parquet file would cost to read, and how many of its rows may be read at once.

Parquet unpacks: a page of a few bytes may stand for gigabytes. So the header of every page to be read is
looked at first, and of each dictionary the longest text, which any number of rows may repeat.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pyarrow as pa

from evaluation.domain.predictions.blocks import Reading
from evaluation.domain.predictions.limits import MIB, Limits
from evaluation.domain.predictions.parquet_pages import DICTIONARY_PAGE, Chunk, Footer, Page, pages
from evaluation.domain.predictions.verdict import refusal

PAGES_MAX = 200_000
DICTIONARY_MAX = 16 * MIB
ROWS_AT_ONCE = 8192
BYTES_AT_ONCE = 32 * MIB
DELTA_BYTE_ARRAY = 7  # each text as a prefix of the one before: a short page may hold endless texts

LENGTH = struct.Struct("<I")


def rows_at_once(file: BinaryIO, footer: Footer, columns: Iterable[int], reading: Reading) -> int:
    """How many rows of these columns may be unpacked together.

    PredictionsError where the file has far more rows than the benchmark items, or would unpack beyond the
    limits; ValueError where it is damaged.
    """
    if footer.rows > reading.rows_max:
        message = (
            f"the file has {footer.rows:,} rows, far more than the benchmark has items: write one an item"
        )
        raise refusal("file_too_large", message)
    longest = unpacked = 1
    for count, (page, chunk) in enumerate(_pages(file, footer, list(columns))):
        unpacked += page.unpacked
        _check_page(page, count, unpacked, reading.limits)
        longest = max(longest, _bytes_per_row(file, page, chunk))
    return max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // longest))


def too_much(limits: Limits) -> str:
    """What to say of a file whose texts are too long together."""
    return f"the file unpacks to more than {limits.decompressed:,} bytes: shorten the outputs"


def _pages(file: BinaryIO, footer: Footer, columns: list[int]) -> Iterator[tuple[Page, Chunk]]:
    for group in footer.groups:
        if max(columns) >= len(group):
            raise ValueError("a row group lacks a column")
        for column in columns:
            for page in pages(file, group[column]):
                yield page, group[column]


def _check_page(page: Page, count: int, unpacked: int, limits: Limits) -> None:
    if count >= PAGES_MAX:
        raise refusal("not_parquet", f"the file has more than {PAGES_MAX:,} pages: write larger row groups")
    most = min(DICTIONARY_MAX, limits.page) if page.kind == DICTIONARY_PAGE else limits.page
    if page.unpacked > most:
        message = f"a page unpacks to {page.unpacked:,} bytes, {most:,} are allowed: write smaller pages"
        raise refusal("file_too_large", message)
    if unpacked > limits.decompressed:
        raise refusal("file_too_large", too_much(limits))
    if page.encoding == DELTA_BYTE_ARRAY:
        message = (
            "texts are encoded as DELTA_BYTE_ARRAY, which is not read: write them with the default encoding"
        )
        raise refusal("not_parquet", message)


def _bytes_per_row(file: BinaryIO, page: Page, chunk: Chunk) -> int:
    """The bytes a row of this page takes: of a dictionary at most, of other pages on average."""
    if page.kind != DICTIONARY_PAGE or not chunk.is_text:
        return page.unpacked // max(page.values, 1)
    file.seek(page.body)
    data = file.read(page.packed)
    try:
        if chunk.codec:
            data = pa.decompress(data, decompressed_size=page.unpacked, codec=chunk.codec, asbytes=True)
        return _longest_text(data)
    except (pa.ArrowException, OSError, ValueError, struct.error):
        return page.unpacked


def _longest_text(dictionary: bytes) -> int:
    """Of texts written one after the other, each behind its length in 4 bytes."""
    longest = at = 0
    while at < len(dictionary):
        (length,) = LENGTH.unpack_from(dictionary, at)
        at += LENGTH.size + length
        longest = max(longest, length)
    return min(longest, len(dictionary))
