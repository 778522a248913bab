"""How fast an uploaded file is checked, against a bare decode of the same bytes, and in how much memory.

    python bench/check_upload.py [--rows 1000000] [--repeats 7]

The bare decode is the quickest way to turn the file into Python objects and throw them away: msgspec, into
a struct of the same six fields without any rule, block by block, of the block size that suits it best here.
Checker and bare decode take turns in one fresh process, the ratio is that of their medians. The peak is of
another fresh process that makes the index of all keys and checks the file once.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from evaluation.domain.predictions import ItemIndex, check  # noqa: E402

BLOCKS = (64 * 2**10, 256 * 2**10, 2**20)
LETTERS = "ABCD"
MOST_TIMES, MOST_MEMORY = 3.0, 300.0  # a bare decode of the same bytes; MB
CASES = {
    "jsonl": "JSONL, template's order",
    "jsonl-shuffled": "JSONL, shuffled",
    "jsonl-numbers": "JSONL, all six fields",
    "jsonl-extra": "JSONL, one field ignored",
    "jsonl-gzip": "JSONL, gzip",
    "csv": "CSV",
    "parquet": "Parquet",
}


class Bare(msgspec.Struct, gc=False):
    id: str
    output: str
    confidence: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    latency_ms: float | None = None


def key(i: int) -> str:
    return f"q-{i:06d}"


def lines(case: str, count: int) -> Iterator[bytes]:
    order = range(count)
    if case == "jsonl-shuffled":
        order = np.random.default_rng(7).permutation(count).tolist()
    more = {
        "jsonl-numbers": b',"confidence":0.25,"tokens_in":812,"tokens_out":3,"latency_ms":41.5',
        "jsonl-extra": b',"model":"some-model"',
    }.get(case, b"")
    for i in order:
        yield b'{"id":"%s","output":"%s"%s}\n' % (key(i).encode(), LETTERS[i % 4].encode(), more)


def write(case: str, count: int, path: Path) -> None:
    if case == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        ids, outputs = [key(i) for i in range(count)], [LETTERS[i % 4] for i in range(count)]
        pq.write_table(pa.table({"id": ids, "output": outputs}), path)
    elif case == "csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("id", "output"), *((key(i), LETTERS[i % 4]) for i in range(count))])
    else:
        with gzip.open(path, "wb", 6) if case == "jsonl-gzip" else path.open("wb") as file:
            file.writelines(lines(case, count))


def bare(data: bytes, size: int) -> None:
    decoder = msgspec.json.Decoder(Bare)
    stream, rest = io.BytesIO(data), b""
    while block := stream.read(size):
        block = rest + block
        cut = block.rfind(b"\n") + 1
        rest = block[cut:]
        decoder.decode_lines(memoryview(block)[:cut])


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def measure_time(path: Path, count: int, repeats: int) -> dict[str, float]:
    """Medians of the checker and of the bare decode at its best block size; nan where it cannot decode."""
    index = ItemIndex(map(key, range(count)))
    data = path.read_bytes()
    plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    decodes = plain[:1] == b"{"
    verdict = check(io.BytesIO(data), index)
    assert verdict.ok, verdict.as_dict()
    checker: list[float] = []
    bares: dict[int, list[float]] = {size: [] for size in BLOCKS}
    for _ in range(repeats):
        checker.append(seconds(lambda: check(io.BytesIO(data), index)))
        for size in BLOCKS if decodes else ():
            bares[size].append(seconds(partial(bare, plain, size)))
    best = min(map(statistics.median, bares.values())) if decodes else float("nan")
    return {"checker": statistics.median(checker), "bare": best}


def measure_peak(path: Path, count: int) -> dict[str, float]:
    """MB of memory at most, of the whole process: interpreter, libraries, the keys and the check."""
    index = ItemIndex(map(key, range(count)))
    with path.open("rb") as stream:
        assert check(stream, index).ok
    return {"peak": peak_bytes() / 1e6}


def peak_bytes() -> int:
    """The most memory this process has held; getrusage would count what its parent held as well."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def fresh(*arguments: str) -> dict[str, float]:
    """What another process running this file prints."""
    command = [sys.executable, __file__, *arguments]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--measure", choices=("time", "peak"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure == "time":
        print(json.dumps(measure_time(options.file, options.rows, options.repeats)))
    elif options.measure == "peak":
        print(json.dumps(measure_peak(options.file, options.rows)))
    else:
        return table(options.rows, options.repeats)
    return 0


def table(count: int, repeats: int) -> int:
    columns = f"{'rows':>10}{'bytes':>12}{'checker s':>11}{'bare msgspec s':>16}{'ratio':>7}{'peak MB':>9}"
    head = f"{'file':26}{columns}"
    print(head, "-" * len(head), sep="\n")
    ratios, peaks = {}, []
    for case, name in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "predictions"
            write(case, count, path)
            size = path.stat().st_size
            same = ("--rows", str(count), "--repeats", str(repeats), "--file", str(path))
            found = fresh("--measure", "time", *same) | fresh("--measure", "peak", *same)
        decoded = f"{found['bare']:16.3f}{found['checker'] / found['bare']:7.2f}"
        shown = decoded if found["bare"] == found["bare"] else f"{'–':>16}{'–':>7}"
        print(
            f"{name:26}{count:10,}{size:12,}{found['checker']:11.3f}{shown}{found['peak']:9.0f}", flush=True
        )
        peaks.append(found["peak"])
        if found["bare"] == found["bare"]:
            ratios[name] = found["checker"] / found["bare"]
    kept = [
        figure(f"checking {name} / bare msgspec", ratio, "×", most=MOST_TIMES)
        for name, ratio in ratios.items()
    ]
    kept.append(figure("memory of the check at most", max(peaks), "MB", most=MOST_MEMORY))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
