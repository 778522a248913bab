"""Finds out from its content what an uploaded file is, whatever its name says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO, cast

from evaluation.domain.predictions.decompress import GZIP, Progress, Upload, gunzip
from evaluation.domain.predictions.limits import MIB, Limits
from evaluation.domain.predictions.verdict import Format, PredictionsError, refusal

BLANK = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
PARQUET = b"PAR1"

UTF16 = (b"\xff\xfe", b"\xfe\xff")
# first bytes → what the file is, and what to do about it
FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: unpack it, or export the sheet as CSV",
    b"PK\x05\x06": "an empty ZIP archive: upload the predictions themselves",
    b"%PDF": "a PDF document: upload the predictions themselves",
    b"\xd0\xcf\x11\xe0": "an old Office document: export the sheet as CSV",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard: use gzip or no compression",
    b"BZh": "compressed with bzip2: use gzip or no compression",
    b"\xfd7zXZ": "compressed with xz: use gzip or no compression",
    b"7z\xbc\xaf": "a 7-Zip archive: unpack it, or compress with gzip",
    b"ARROW1": "an Arrow file: write it as Parquet",
    b"PARE": "an encrypted Parquet file: write it without encryption",
    b"Obj\x01": "an Avro file: write it as JSONL, CSV or Parquet",
    b"\x93NUMPY": "a NumPy array: write it as JSONL, CSV or Parquet",
    b"\x80\x04": "a Python pickle, which is never opened: write JSONL, CSV or Parquet",
    b"\x80\x05": "a Python pickle, which is never opened: write JSONL, CSV or Parquet",
    b"<": "a web page or XML: upload the predictions themselves, not the page that shows them",
}


class Opening:
    """One upload on its way to its reader.

    format, gzipped   as far as known: they stay readable when `open` refuses the file
    blocks            the decompressed bytes, without a byte order mark
    """

    def __init__(self) -> None:
        self.format: Format = "unknown"
        self.gzipped = False
        self.blocks: Iterator[bytes] = iter(())
        self.upload: Upload | None = None

    def open(self, stream: BinaryIO, limits: Limits, progress: Progress | None = None) -> None:
        """Reads the first bytes; PredictionsError when the file is none of the formats known here."""
        self.upload = Upload(stream, limits, progress)
        head, blocks = _peek(self.upload.blocks())
        if head.startswith(GZIP):
            self.gzipped = True
            head, blocks = _peek(gunzip(blocks, limits))
        self.format = _format(head, gzipped=self.gzipped)
        self.blocks = _without_mark(blocks)

    @contextmanager
    def searchable(self) -> Iterator[BinaryIO]:
        """The decompressed file as one that can be searched: itself where possible, else a copy on disk."""
        if self.upload is not None and self.upload.seekable() and not self.gzipped:
            self.upload.seek(0)
            yield cast(BinaryIO, self.upload)
            return
        with tempfile.TemporaryFile() as copy:
            for block in self.blocks:
                copy.write(block)
            copy.seek(0)
            yield cast(BinaryIO, copy)


def _peek(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The bytes up to and beyond the first that is not blank, and all blocks again."""
    taken: list[bytes] = []
    size = 0
    for block in blocks:
        taken.append(block)
        size += len(block)
        if size >= 8 and (block.strip(BLANK + BOM) or size > MIB):
            break
    return b"".join(taken), chain(taken, blocks)


def _format(head: bytes, *, gzipped: bool) -> Format:
    if head.startswith(PARQUET):
        return "parquet"
    if gzipped and head.startswith(GZIP):
        raise refusal("bad_gzip", "the file is compressed twice: compress it once")
    text = head.removeprefix(BOM).lstrip(BLANK)
    if not text:
        raise _blank(head)
    if not head.strip(b"\0"):
        raise _nothing(gzipped=gzipped)
    if head[257:262] == b"ustar":
        raise refusal(
            "wrong_format", "this is a tar archive: unpack it, and compress the predictions with gzip alone"
        )
    if text.startswith(UTF16) or b"\0" in text[:4]:
        raise refusal("not_utf8", "the file is not UTF-8 text (UTF-16 or binary): save it as UTF-8")
    for magic, what in FOREIGN.items():
        if text.startswith(magic):
            raise refusal(
                "wrong_format", f"this is {what}. JSONL, CSV and Parquet are read, plain or with gzip"
            )
    if text.startswith(b"["):
        raise refusal(
            "not_an_object", "the file is one JSON array: write one object a line, without brackets"
        )
    return "jsonl" if text.startswith(b"{") else "csv"


def _nothing(*, gzipped: bool) -> PredictionsError:
    if gzipped:
        return refusal(
            "gzip_bomb", "the file expands to nothing but zero bytes: compress the predictions again"
        )
    return refusal("wrong_format", "the file begins with nothing but zero bytes: upload it again, whole")


def _blank(head: bytes) -> PredictionsError:
    if len(head) > MIB:
        return refusal(
            "wrong_format", "the file begins with more than a million blank characters: remove them"
        )
    return refusal("empty_file", "the file is empty: download the template and fill in the outputs")


def _without_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = b""
    for block in blocks:
        first += block
        if len(first) >= len(BOM):
            break
    return chain([first.removeprefix(BOM)], blocks)


def line_blocks(blocks: Iterator[bytes], limit: int) -> Iterator[bytes | None]:
    """Blocks cut at line ends, with the last line's end added where it lacks; None for a line over `limit`.

    Which lines are over the limit does not depend on how the blocks were cut before.
    """
    held: list[bytes] = []  # the line not yet ended, dropped once it is over the limit
    size = 0
    for block in blocks:
        cut, first = block.rfind(b"\n") + 1, block.find(b"\n")
        if not cut:
            size += len(block)
            held = [*held, block] if size <= limit else []
            continue
        if size + first > limit:
            yield None
            yield block[first + 1 : cut]
        else:
            yield b"".join([*held, block[:cut]])
        held, size = [block[cut:]], len(block) - cut
    if size > limit:
        yield None
    elif size:
        yield b"".join([*held, b"\n"])
