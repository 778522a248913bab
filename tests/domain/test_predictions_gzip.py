"""Predictions under gzip: damaged, padded, nested, and made to expand without end."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.domain.predictions import Limits, Verdict, check

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {"q-1": 0, "q-2": 1}
GOOD = b'{"id":"q-1","output":"A"}\n{"id":"q-2","output":"B"}\n'


def judge(data: bytes, limits: Limits | None = None) -> Verdict:
    answer = check(io.BytesIO(data), KNOWN, limits=limits or Limits())
    json.dumps(answer.as_dict())
    return answer


def only(data: bytes) -> tuple[str, str]:
    """The code and the message of a file with one problem."""
    answer = judge(data)
    assert sum(answer.counts.values()) == 1, answer.problems
    assert not answer.complete
    return answer.problems[0].code, answer.problems[0].message


class Endless(io.RawIOBase):
    """A stream that makes its bytes when they are asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = b""
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        while len(self._held) < size and (piece := next(self._pieces, b"")):
            self._held += piece
        out, self._held = self._held[:size], self._held[size:]
        self.given += len(out)
        return out


def zeros(first: bytes, count: int) -> Iterator[bytes]:
    """`first` and `count` zero bytes as gzip: about a thousandth of that."""
    packer = zlib.compressobj(9, wbits=31)
    yield packer.compress(first) + packer.flush(zlib.Z_SYNC_FLUSH)
    block = bytes(2**20)
    for _ in range(count // len(block)):
        if piece := packer.compress(block):
            yield piece
    yield packer.flush()


def test_gzip_that_is_damaged_cut_short_or_continued_is_told_which() -> None:
    packed = gzip.compress(GOOD)
    damaged = packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]  # in the checksum
    assert "damaged" in only(damaged)[1]
    assert "damaged" in only(packed[:3] + b"\xff" + packed[4:12] + b"\xff" * 30)[1]
    assert "something else follows" in only(packed + b"rubbish")[1]
    assert "something else follows" in only(packed + b"\x1f")[1] or "cut short" in only(packed + b"\x1f")[1]
    for length in range(2, len(packed)):
        answer = judge(packed[:length])
        assert answer.counts == {"bad_gzip": 1}
        assert answer.gzipped


def test_gzip_of_several_members_or_padded_with_zero_bytes_is_read() -> None:
    lines = GOOD.splitlines(keepends=True)
    assert judge(gzip.compress(lines[0]) + gzip.compress(b"") + gzip.compress(lines[1])).ok
    assert judge(gzip.compress(GOOD) + bytes(1000)).ok


def test_gzip_of_more_members_than_anyone_needs_is_refused() -> None:
    answer = judge(gzip.compress(GOOD) + gzip.compress(b"") * 1000, Limits(gzip_members=1000))
    assert answer.counts["bad_gzip"] == 1
    assert "in one go" in answer.problems[-1].message


@pytest.mark.parametrize("size", [2**18 - 1, 2**18, 2**18 + 1, 2**19])
def test_gzip_that_ends_with_a_block_is_read_to_its_end(size: int) -> None:
    # Blank lines fill the file up to a whole number of the blocks it is decompressed in.
    assert judge(gzip.compress(GOOD + b"\n" * (size - len(GOOD)))).ok


def test_gzip_inside_gzip_is_told_to_be_compressed_once() -> None:
    assert only(gzip.compress(gzip.compress(GOOD))) == (
        "bad_gzip",
        "the file is compressed twice: compress it once",
    )


def test_gzip_may_expand_as_much_as_answers_do_and_no_more() -> None:
    # A broken system repeats one short phrase for ever: gzip makes such a file more than 200 times smaller.
    known = {f"q-{i:06d}": i for i in range(5000)}
    phrase = "I cannot help with that. " * 80
    data = "".join(json.dumps({"id": key, "output": phrase}) + "\n" for key in known).encode()
    packed = gzip.compress(data)
    assert len(data) > 200 * len(packed)
    assert check(io.BytesIO(packed), known).ok
    answer = check(io.BytesIO(packed), known, limits=Limits(harmless=2**20))
    assert answer.counts == {"gzip_bomb": 1}
    assert "200 times" in answer.problems[0].message


def test_gzip_beyond_the_ceiling_is_refused_whatever_its_ratio() -> None:
    data = gzip.compress(b"\n".join(b'{"id":"%d","output":"%d"}' % (i, i * i) for i in range(100_000)))
    answer = judge(data, Limits(decompressed=2 * 2**20, faults=10**6))
    assert answer.counts["gzip_bomb"] == 1
    assert answer.problems[-1].code == "gzip_bomb"
    assert "2,097,152 bytes" in answer.problems[-1].message


@pytest.mark.parametrize("first", [b"", b'{"id":"q-1","output":"', b"id,output\nq-1,", b"PAR1"])
def test_ten_gigabytes_of_zeros_are_refused_after_the_first_of_them(first: bytes) -> None:
    stream = Endless(zeros(first, 10 * 2**30))
    answer = check(stream, KNOWN)  # type: ignore[arg-type]
    assert answer.counts == {"gzip_bomb": 1}
    assert stream.given < 2**20


MEMORY = """
import io, resource, sys, zlib
from pathlib import Path
from evaluation.domain.predictions import Limits, check

def held():
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

class Made(io.RawIOBase):
    def __init__(self, pieces):
        self.pieces, self.left = pieces, b""
    def read(self, size=-1, /):
        while len(self.left) < size and (piece := next(self.pieces, b"")):
            self.left += piece
        out, self.left = self.left[:size], self.left[size:]
        return out

def packed(first, block, count):
    packer = zlib.compressobj(9, wbits=31)
    yield packer.compress(first) + packer.flush(zlib.Z_SYNC_FLUSH)
    for _ in range(count):
        if piece := packer.compress(block):
            yield piece
    yield packer.flush()

def repeated(characters, count):
    import pyarrow as pa, pyarrow.parquet as pq
    file = io.BytesIO()
    outputs = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array(["x" * characters]))
    pq.write_table(pa.table({"id": ["q"] * count, "output": outputs}), file, row_group_size=count)
    return file.getvalue()

small = b'{"id":"q","output":"B"}\\n'
file = repeated(300_000, 4000)
check(io.BytesIO(small), {"q": 0})
check(io.BytesIO(repeated(1, 1)), {"q": 0})
before = held()
if sys.argv[1] == "one Parquet text again and again":
    assert not check(io.BytesIO(file), {"q": 0}).ok
    print(held() - before)
    sys.exit()
first, block, ratio = {
    "zeros": (b"id,output\\n", bytes(2**20), 200),
    "zeros with the ratio lifted": (b"id,output\\n", bytes(2**20), 10**6),
    "open quote": (b'id,output\\nq,"', b"x\\n" * 2**19, 10**6),
    "one line": (b'{"id":"q","output":"', b"x" * 2**20, 10**6),
    "one row again and again": (small, small * 40_000, 10**6),
    "blank lines": (small, b" \\n" * 2**19, 10**6),
}[sys.argv[1]]
limits = Limits(ratio=ratio, decompressed=2**28)
verdict = check(Made(packed(first, block, 10 * 2**10 if ratio == 200 else 300)), {"q": 0}, limits=limits)
assert not verdict.ok
print(held() - before)
"""


@pytest.mark.parametrize(
    "bomb",
    [
        "zeros",
        "zeros with the ratio lifted",
        "open quote",
        "one line",
        "one row again and again",
        "blank lines",
        "one Parquet text again and again",
    ],
)
def test_memory_stays_bounded_whatever_a_file_expands_to(bomb: str) -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY, bomb], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # The widest is the cell behind an open quote: 16 Mi characters of 4 bytes, grown by doubling.
    assert int(done.stdout) < 200 * 2**20
