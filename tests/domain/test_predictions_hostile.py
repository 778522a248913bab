"""Files made to mislead, to exhaust or to crash whoever reads them."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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


def parquet(**columns: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


# Files that are something else


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("predictions.jsonl", GOOD)
    return file.getvalue()


def tarball() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        about = tarfile.TarInfo("predictions.jsonl")
        about.size = len(GOOD)
        made.addfile(about, io.BytesIO(GOOD))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (archive(), "unpack it"),
        (tarball(), "unpack it"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\n  <html>", "web page"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "use gzip"),
        (b"BZh91AY&SY", "use gzip"),
        (b"\xfd7zXZ\x00\x00", "use gzip"),
        (b"\x80\x04\x95\x10\x00", "never opened"),
        (b"PARE" + bytes(40), "without encryption"),
        (b" " * 3_000_000 + GOOD, "blank characters"),
    ],
)
def test_a_file_of_another_kind_is_named_and_the_way_out_told(data: bytes, advice: str) -> None:
    for upload in (data, gzip.compress(data)):
        code, message = only(upload)
        assert code == "wrong_format"
        assert advice in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_in_a_wide_encoding_is_told_to_be_saved_as_utf8(encoding: str) -> None:
    for text in (GOOD.decode(), "id,output\nq-1,A\n"):
        code, message = only(text.encode(encoding))
        assert code == "not_utf8"
        assert "save it as UTF-8" in message


def test_a_binary_file_of_no_known_kind_is_refused() -> None:
    assert only(bytes(range(256)))[0] == "not_utf8"
    assert only(bytes(5000))[0] == "wrong_format"
    assert only(b"\x89PNG\r\n\x1a\n")[0] == "not_utf8"
    assert only(b"\x7fELF\x02\x01\x01\x00")[0] == "missing_column"


# gzip


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
import gzip, io, sys, zlib
from pathlib import Path
from evaluation.domain.predictions import Limits, check

def held():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

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
    if not Path("/proc/self/status").exists():
        pytest.skip("the memory a process holds is read from /proc, which this system lacks")
    done = subprocess.run([sys.executable, "-c", MEMORY, bomb], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # The widest is the cell behind an open quote: 16 Mi characters of 4 bytes, grown by doubling.
    assert int(done.stdout) < 200 * 2**20


# JSON


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 200_000,
    ],
)
def test_deeply_nested_json_is_a_fault_of_its_line(value: bytes) -> None:
    answer = judge(GOOD + b'{"id":"q-1","output":"B","x":' + value + b"}\n")
    assert answer.counts == {"not_json": 1}
    assert answer.problems[0].line == 3


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 5000, b"-1" + b"0" * 500])
def test_numbers_beyond_every_range_get_a_verdict_in_every_field(number: bytes) -> None:
    first = GOOD.splitlines()[0]
    expected = {b"output": "wrong_type", b"confidence": "out_of_range", b"tokens_in": "out_of_range"}
    for field in (b"output", b"confidence", b"tokens_in", b"other"):
        answer = judge(first + b'\n{"id":"q-2","output":"B","%s":%s}\n' % (field, number))
        assert list(answer.counts) == ([expected[field]] if field in expected else [])
    # The smallest numbers are zero, which is in range.
    assert judge(first + b'\n{"id":"q-2","output":"B","confidence":1e-999}\n').ok


def test_a_field_written_twice_counts_as_written_last() -> None:
    assert judge(b'{"id":7,"id":"q-1","output":"x","output":"A"}\n{"id":"q-2","output":"B"}\n').ok


def test_names_of_fields_may_be_escaped_as_json_allows() -> None:
    escaped = b'{"\\u0069d":"q-1","outpu\\u0074":"A"}\n'
    assert judge(escaped + GOOD.splitlines(keepends=True)[1]).ok


def test_a_new_field_in_every_row_is_passed_over() -> None:
    known = {f"q-{i}": i for i in range(3000)}
    data = b"".join(b'{"id":"q-%d","output":"B","f%d":[%d]}\n' % (i, i, i) for i in range(3000))
    answer = check(io.BytesIO(data), known)
    assert answer.ok
    assert len(answer.notes[0]) < 200


# CSV


def test_a_csv_cell_without_end_is_refused_and_not_read_to_the_end() -> None:
    stream = io.BytesIO(b'id,output\nq-1,A\nq-2,"' + b"no end\n" * 5_000_000)
    answer = check(stream, KNOWN)
    assert [(problem.line, problem.code) for problem in answer.problems] == [(3, "oversize_cell")]
    assert "quote" in answer.problems[0].message


def test_a_csv_line_without_end_is_refused() -> None:
    assert only(b"id,output\nq-1," + b"x" * (17 * 2**20))[0] == "line_too_long"


def test_a_csv_file_of_blank_lines_is_refused_after_many() -> None:
    answer = judge(b"id,output\n" + b"\n" * 5000, Limits(blank_lines=1000))
    assert [(problem.line, problem.code) for problem in answer.problems] == [(1002, "not_csv")]


# Parquet


def test_a_parquet_file_cut_anywhere_is_refused() -> None:
    data = parquet(id=["q-1", "q-2"], output=["A", "B"])
    assert judge(data).ok
    for length in range(4, len(data)):
        assert judge(data[:length]).counts == {"not_parquet": 1}, length


def test_a_parquet_file_with_any_one_byte_of_its_footer_changed_gets_a_verdict() -> None:
    data = parquet(id=["q-1", "q-2"], output=["A", "B"], confidence=[0.5, None])
    size = int.from_bytes(data[-8:-4], "little") + 8
    for at in range(len(data) - size, len(data)):
        for change in (0x01, 0x10, 0x80, 0xFF):
            judge(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :])


def test_a_parquet_file_of_far_more_rows_than_items_is_refused_unread() -> None:
    data = parquet(id=["q-1"] * 200_000, output=["A"] * 200_000)
    code, message = only(data)
    assert code == "file_too_large"
    assert "200,000 rows" in message


def test_a_parquet_page_larger_than_allowed_is_refused_before_it_is_unpacked() -> None:
    data = parquet(id=["q-1", "q-2"], output=["A" * 900_000, "B" * 900_000])
    answer = judge(data, Limits(page=2**20))
    assert answer.counts == {"file_too_large": 1}
    assert "smaller pages" in answer.problems[0].message
    assert judge(data).ok


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_parquet_text_repeated_without_end_counts_each_time(kind: pa.DataType) -> None:
    # One text of 20,000 characters, said 2,000 times by a file of some kilobytes: 40 million characters.
    known = {f"q-{i}": i for i in range(2000)}
    data = parquet(id=list(known), output=pa.array(["x" * 20_000] * 2000).cast(kind))
    assert len(data) < 100_000
    assert check(io.BytesIO(data), known).ok
    answer = check(io.BytesIO(data), known, limits=Limits(decompressed=10_000_000))
    assert answer.counts == {"file_too_large": 1}


def test_parquet_inside_gzip_is_bounded_like_any_gzip() -> None:
    data = gzip.compress(b"PAR1" + bytes(100 * 2**20) + b"PAR1")
    assert only(data)[0] == "gzip_bomb"
