"""What is written in any format is what is read from it."""

from __future__ import annotations

import csv
import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.predictions import Row, check, rows, write_jsonl

COLUMNS = ("id", "output", "confidence", "tokens_in", "tokens_out", "latency_ms")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
@settings(deadline=None)
@given(
    outputs=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=8
    ),
    packed=st.booleans(),
)
def test_what_is_written_is_what_is_read(form: str, outputs: list[str], packed: bool) -> None:
    known = {f"k-{i}": i for i in range(len(outputs))}
    answers = [Row(i, key, outputs[i], 0.25, i, None, None) for key, i in known.items()]
    content = {"jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet}[form](answers)
    content = gzip.compress(content) if packed else content
    assert check(io.BytesIO(content), known).ok
    assert list(rows(io.BytesIO(content), known)) == answers


def as_jsonl(answers: list[Row]) -> bytes:
    return b"".join(write_jsonl(answers))


def as_csv(answers: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *(row[1:] for row in answers)])
    return text.getvalue().encode()


def as_parquet(answers: list[Row]) -> bytes:
    file = io.BytesIO()
    columns = zip(*(row[1:] for row in answers), strict=True)
    pq.write_table(pa.table([list(column) for column in columns], names=list(COLUMNS)), file)
    return file.getvalue()
