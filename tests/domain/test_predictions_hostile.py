"""Files made to mislead, to exhaust or to crash whoever reads them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from evaluation.domain.predictions import Limits, Verdict, check

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
