"""What a hostile file is, and the bricks of which the recipes are built.

A recipe makes its file when it is asked for, so that nothing that an anti-virus program or a careless click
could take for real lies in the repository. Most are a good file with one thing wrong: then it is that thing
which is refused. Where what is strange is in fact allowed, the recipe says who takes it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MB = 2**20
PREDICTIONS, ITEMS, PICTURE, RUBRIC, PRINTED, ARCHIVE, FOLDER, BODY = (
    "predictions", "items", "picture", "rubric", "printed results", "archive", "model folder", "API body",
)  # fmt: skip
RIGHT = {f"c{n}": "ABC"[n % 3] for n in range(5)} | {"v0": "yes", "v1": "no", "v2": "maybe"}
"""The right answers to the benchmark of the tests."""


@dataclass(frozen=True)
class Hostile:
    """`taken` are the places that read it as it stands; everybody else says what is wrong with it."""

    name: str
    file_name: str
    make: Callable[[], bytes]
    taken: tuple[str, ...] = ()


Row = dict[str, Any]


def rows(**first: Any) -> list[Row]:
    """A row for every item, right everywhere; the first has these fields besides or instead."""
    found: list[Row] = [{"id": key, "output": said} for key, said in RIGHT.items()]
    found[0] |= first
    return found


def jsonl(every: Iterable[Row]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in every)


def good() -> bytes:
    return jsonl(rows())


def with_first(line: bytes) -> bytes:
    """A good file whose first line is this one."""
    return line + b"\n" + b"".join(good().splitlines(keepends=True)[1:])


def with_value(value: bytes, field: bytes = b"x") -> bytes:
    """A good file whose first row has a field more, its value as written."""
    return with_first(b'{"id":"c0","output":"A","%s":%s}' % (field, value))


def with_output(value: bytes) -> bytes:
    """A good file whose first output is this JSON, as written."""
    return with_first(b'{"id":"c0","output":%s}' % value)


def with_id(value: bytes) -> bytes:
    return with_first(b'{"id":%s,"output":"A"}' % value)


def table(header: Sequence[str] = ("id", "output"), first: Sequence[str] = ("c0", "A")) -> bytes:
    """The good file as CSV; its header and its first row may be others."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerow(first)
    writer.writerows(list(RIGHT.items())[1:])
    return written.getvalue().encode()


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def swelling(unit: bytes, megabytes: int, head: bytes = b"") -> bytes:
    """A gzip file of `head` and then `unit` again and again, made without ever being held unpacked."""
    engine = zlib.compressobj(9, wbits=31)
    block = unit * (MB // len(unit) + 1)
    parts = [engine.compress(head), *(engine.compress(block) for _ in range(megabytes))]
    return b"".join([*parts, engine.flush()])


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, method)
    return held.getvalue()


def parquet(columns: dict[str, Any] | None = None, **options: Any) -> bytes:
    """The good file as Parquet; `columns` are added to it or replace its own."""
    found = {"id": list(RIGHT), "output": list(RIGHT.values())} | (columns or {})
    return written_parquet(
        pa.table({name: values for name, values in found.items() if values is not None}), **options
    )


def written_parquet(content: pa.Table, **options: Any) -> bytes:
    held = io.BytesIO()
    pq.write_table(content, held, **options)
    return held.getvalue()
