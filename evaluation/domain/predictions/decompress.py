"""From an uploaded stream to its plain bytes, a block at a time and never more than the limits allow."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from evaluation.domain.predictions.limits import BLOCK, Limits
from evaluation.domain.predictions.verdict import refusal

GZIP = b"\x1f\x8b"

Progress = Callable[[int], None]


class Upload(io.RawIOBase):
    """The stream as uploaded: its bytes counted, its size bounded, its progress told.

    `progress` is called with the bytes read so far, never more than the size where that is known.
    PredictionsError (file_too_large) as soon as the limit is known to be passed.
    """

    def __init__(self, stream: BinaryIO, limits: Limits, progress: Progress | None = None) -> None:
        super().__init__()
        self._stream = stream
        self._limit = limits.uploaded
        self._progress = progress
        self._taken = 0
        self.failure: OSError | None = None  # a broken disk or network, not a broken file
        self.size = self._measure() if stream.seekable() else None

    def _measure(self) -> int:
        size = self._stream.seek(0, io.SEEK_END)
        self._stream.seek(0)
        self._bound(size)
        return size

    def _bound(self, size: int) -> None:
        if size > self._limit:
            raise refusal(
                "file_too_large",
                f"the file is larger than {self._limit:,} bytes: compress it, or shorten the outputs",
            )

    def read(self, size: int = -1, /) -> bytes:
        try:
            data = self._stream.read(size)
        except OSError as failure:
            self.failure = failure
            raise
        self._taken += len(data)
        if self.size is None:
            self._bound(self._taken)
        if self._progress:
            self._progress(self._taken if self.size is None else min(self._taken, self.size))
        return data

    def seekable(self) -> bool:
        return self.size is not None

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def blocks(self) -> Iterator[bytes]:
        """The bytes from here to the end."""
        while data := self.read(BLOCK):
            yield data


def gunzip(blocks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    """The decompressed bytes of a gzip file of one or more members, in blocks.

    Padding with zero bytes after the last member is let pass, as gzip itself does. PredictionsError:
    bad_gzip for a damaged, cut or continued file, gzip_bomb for one that grows beyond the limits.
    """
    members = _Members(limits)
    made = 0
    for out in chain(chain.from_iterable(map(members.feed, blocks)), members.finish()):
        made += len(out)
        _bound(made, members.taken, limits)
        yield out


def _bound(made: int, taken: int, limits: Limits) -> None:
    if made > limits.decompressed:
        raise refusal(
            "gzip_bomb",
            f"the file expands to more than {limits.decompressed:,} bytes: shorten the outputs",
        )
    if made > max(limits.harmless, limits.ratio * taken):
        raise refusal(
            "gzip_bomb",
            f"the file expands more than {limits.ratio} times, as no file of answers does: "
            "compress the predictions alone, once, or upload them plain",
        )


class _Members:
    """A decompressor that goes on from one gzip member to the next."""

    def __init__(self, limits: Limits) -> None:
        self._engine = zlib.decompressobj(wbits=31)
        self._limit = limits.gzip_members
        self._count = 1
        self.taken = 0  # bytes used up so far

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._engine.eof:
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._next_member(data)
            out = self._decompress(data)
            left = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
            self.taken += len(data) - len(left)
            data = left
            if out:
                yield out

    def finish(self) -> Iterator[bytes]:
        """What the decompressor still holds back; a member that does not end is a fault."""
        while not self._engine.eof:
            out = self._decompress(b"")
            if not out and not self._engine.eof:
                raise refusal("bad_gzip", "the gzip file is cut short: upload it again, whole")
            if out:
                yield out

    def _next_member(self, data: bytes) -> None:
        self._count += 1
        if not GZIP.startswith(data[:2]):
            raise refusal("bad_gzip", "something else follows the gzip data: compress the file again")
        if self._count > self._limit:
            raise refusal("bad_gzip", f"more than {self._limit:,} gzip members: compress the file in one go")
        self._engine = zlib.decompressobj(wbits=31)

    def _decompress(self, data: bytes) -> bytes:
        try:
            return self._engine.decompress(data, BLOCK)
        except zlib.error:
            raise refusal(
                "bad_gzip", "the gzip data is damaged: compress and upload the file again"
            ) from None
