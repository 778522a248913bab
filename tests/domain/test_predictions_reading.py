"""How a file is read: for which version, how far, and what is told on the way."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

import pytest

from evaluation.domain.predictions import ItemIndex, Limits, Verdict, check

KNOWN = {"q-1": 0, "q-2": 1, "q-3": 2}


def verdict(*lines: str | bytes, known: Mapping[str, int] = KNOWN, **rest: object) -> Verdict:
    data = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    return check(io.BytesIO(data), known, **rest)  # type: ignore[arg-type]


def row(key: str, output: str = "B", **rest: object) -> str:
    return json.dumps({"id": key, "output": output, **rest})


def found(answer: Verdict) -> list[tuple[int | None, str | None, str]]:
    return [(problem.line, problem.key, problem.code) for problem in answer.problems]


GOOD = (row("q-1"), row("q-2"), row("q-3"))


def test_a_file_for_another_version_says_which_and_stops_there() -> None:
    first = row("q-1", benchmark_version="2")
    answer = verdict(first, row("q-2", benchmark_version="1"), "{", version="2")
    assert found(answer) == [(2, None, "wrong_version")]
    assert "version 1" in answer.problems[0].message
    assert "the current one is 2" in answer.problems[0].message
    assert "new template" in answer.problems[0].message
    assert answer.rows == 1
    assert not answer.complete


def test_what_was_found_before_the_wrong_version_is_kept() -> None:
    answer = verdict(row("nobody"), row("q-2", benchmark_version="1"), version="2")
    assert found(answer) == [(1, "nobody", "unknown_id"), (2, None, "wrong_version")]


def test_a_wrong_label_after_thousands_of_right_ones_is_found() -> None:
    known = {f"q-{i}": i for i in range(20_000)}
    lines = [row(key, benchmark_version="2") for key in known]
    lines[15_000] = row("q-15000", benchmark_version="1")
    assert found(verdict(*lines, known=known, version="2")) == [(15_001, None, "wrong_version")]


def test_the_current_versions_label_may_be_given_in_every_row_or_some() -> None:
    labels: list[dict[str, object]] = [{"benchmark_version": 2}, {}, {"benchmark_version": None}]
    lines = [row(key, **label) for key, label in zip(KNOWN, labels, strict=True)]
    assert verdict(*lines, version="2").ok
    assert verdict(*lines, version="2").notes == ()
    assert verdict(*lines).ok


def test_ids_of_an_older_version_name_that_version_first() -> None:
    old = {f"old-{i}" for i in range(10)}
    lines = [row("q-1"), *(row(f"old-{i}") for i in range(9))]
    versions = {"1.0": old, "0.9": lambda key: key == "old-3"}
    answer = verdict(*lines, version="2.0", known_versions=versions)
    assert (answer.problems[0].line, answer.problems[0].code) == (None, "wrong_version")
    assert "version 1.0" in answer.problems[0].message
    assert answer.counts == {"unknown_id": 9, "missing_items": 2, "wrong_version": 1}


def test_unknown_ids_that_no_version_has_or_that_are_few_name_none() -> None:
    versions = {"1.0": {"old-1"}}
    strangers = verdict(*(row(f"x-{i}") for i in range(5)), row("old-1"), known_versions=versions)
    few = verdict(*GOOD, row("old-1"), known_versions=versions)
    assert "wrong_version" not in strangers.counts
    assert few.counts == {"unknown_id": 1}


def test_a_line_beyond_the_limit_is_told_and_the_next_ones_are_read() -> None:
    limits = Limits(line=600_000)
    long = row("q-1", "x" * 599_973)
    assert len(long) == 600_000
    assert verdict(long, *GOOD[1:], limits=limits).ok
    answer = verdict(row("q-1", "x" * 599_974), "{", *GOOD[1:], limits=limits)
    assert found(answer)[:2] == [(1, None, "line_too_long"), (2, None, "not_json")]


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    taken: list[int] = []
    answer = verdict(*GOOD, limits=Limits(uploaded=50), progress=taken.append)
    assert answer.counts == {"file_too_large": 1}
    assert taken == []


class Pipe(io.BytesIO):
    """A stream that cannot seek, as a network's."""

    def seekable(self) -> bool:
        return False


def test_a_stream_of_unknown_size_is_refused_once_it_passes_the_limit() -> None:
    stream = Pipe(b"\n".join(line.encode() for line in GOOD) * 100_000)
    answer = check(stream, KNOWN, limits=Limits(uploaded=1_000_000))
    assert answer.counts["file_too_large"] == 1
    assert stream.tell() < 1_600_000
    assert check(Pipe("\n".join(GOOD).encode()), KNOWN).ok


def test_reading_stops_when_nearly_everything_is_wrong_and_says_so() -> None:
    answer = verdict(*(row(f"x-{i}") for i in range(50_000)), limits=Limits(faults=1000))
    assert 1000 <= answer.counts["unknown_id"] < 50_000
    assert not answer.complete
    assert not answer.ok
    assert "missing_items" not in answer.counts
    assert "stopped" in answer.notes[0]


def test_progress_is_told_in_bytes_up_to_the_size() -> None:
    known = {f"q-{i}": i for i in range(30_000)}
    data = "\n".join(row(key) for key in known).encode()
    taken: list[int] = []
    assert check(io.BytesIO(data), known, progress=taken.append).ok
    assert taken == sorted(taken)
    assert len(taken) > 2
    assert taken[-1] == len(data)


def test_a_stream_is_read_from_its_beginning() -> None:
    stream = io.BytesIO("\n".join(GOOD).encode())
    stream.read()
    assert check(stream, KNOWN).ok


def test_a_broken_disk_is_not_a_broken_file() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        check(Broken(b"x"), KNOWN)


def test_limits_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="line"):
        Limits(line=1000)
    with pytest.raises(ValueError, match="problems"):
        Limits(problems=0)


def test_the_same_index_serves_many_files() -> None:
    index = ItemIndex(KNOWN)
    assert check(io.BytesIO("\n".join(GOOD).encode()), index).ok
    assert check(io.BytesIO("\n".join(reversed(GOOD)).encode()), index).ok
