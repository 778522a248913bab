"""Reads an uploaded file of predictions once, from end to end, and says all that is wrong with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping
from importlib import import_module
from typing import BinaryIO, NamedTuple

from evaluation.domain.predictions.blocks import Block, Reading, wrong_version
from evaluation.domain.predictions.decompress import Progress
from evaluation.domain.predictions.items import Answered, ItemIndex, Positions
from evaluation.domain.predictions.limits import Limits
from evaluation.domain.predictions.opening import Opening
from evaluation.domain.predictions.verdict import Format, PredictionsError, Problem, Tally, Verdict, shown

Versions = Mapping[str, Container[str] | Callable[[str], bool]]

DEFAULT = Limits()

# format → module with read(opening, reading), imported on first use: Parquet's library is large
READERS: Mapping[Format, str] = {"jsonl": "jsonl", "csv": "csv_rows", "parquet": "parquet"}


class Row(NamedTuple):
    """One answer of a file found right; `position` is the item's in `known`."""

    position: int
    key: str
    output: str
    confidence: float | None
    tokens_in: int | None
    tokens_out: int | None
    latency_ms: float | None


def check(
    stream: BinaryIO,
    known: Mapping[str, int] | ItemIndex,
    *,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
    version: str | None = None,
    known_versions: Versions | None = None,
) -> Verdict:
    """What is right and wrong with the file in `stream`, whatever bytes it holds.

    known           item key → position 0 … n − 1; an ItemIndex saves time when many files are checked
    progress        called with the bytes read so far
    version         label of the benchmark's current version, compared with the rows' `benchmark_version`
    known_versions  label of each other version → its keys, or whether it has a key: to name the version
                    a file was made for when most of its ids are unknown

    A stream that can seek is read from its beginning. ValueError where `known` is not a numbering of its
    keys; OSError where the stream itself breaks.
    """
    return _Check(known, limits, version).run(stream, progress, known_versions or {})


def batches(
    stream: BinaryIO,
    known: Mapping[str, int] | ItemIndex,
    *,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
    version: str | None = None,
) -> Iterator[list[Row]]:
    """The answers of a file that was found right, some thousands at a time, in file order.

    The file is checked again as it is read, by the same code. PredictionsError at the first thing wrong:
    what was handed out before must then be thrown away.
    """
    checking = _Check(known, limits, version)
    for block, positions in checking.blocks(Opening(), stream, progress):
        checking.stop_if_wrong()
        yield [
            Row(position, a.id, a.output, a.confidence, a.tokens_in, a.tokens_out, a.latency_ms)
            for position, a in zip(positions.tolist(), block.answers, strict=True)
        ]
    checking.close()
    checking.stop_if_wrong()


def rows(
    stream: BinaryIO,
    known: Mapping[str, int] | ItemIndex,
    *,
    limits: Limits = DEFAULT,
    version: str | None = None,
) -> Iterator[Row]:
    """The answers of a file that was found right, one by one; PredictionsError as for `batches`."""
    for batch in batches(stream, known, limits=limits, version=version):
        yield from batch


class _Check:
    """One pass over one file."""

    def __init__(self, known: Mapping[str, int] | ItemIndex, limits: Limits, version: str | None) -> None:
        self.tally = Tally(limits)
        self._answered = Answered(ItemIndex.of(known))
        self._reading = Reading(limits, version, rows_max=len(known) + limits.faults)
        self._limits = limits
        self._rows = 0
        self._blank = True  # whether every output so far is

    def run(self, stream: BinaryIO, progress: Progress | None, versions: Versions) -> Verdict:
        opening = Opening()
        complete = False
        try:
            deque(self.blocks(opening, stream, progress), maxlen=0)
        except PredictionsError as end:
            self.tally.add_whole(end.problem)
        else:
            complete = not self.tally.full
            if complete:
                self.close()
        self._name_version(versions)
        return self.tally.verdict(
            rows=self._rows,
            format=opening.format,
            gzipped=opening.gzipped,
            complete=complete,
            notes=tuple(self._notes()),
        )

    def blocks(
        self, opening: Opening, stream: BinaryIO, progress: Progress | None
    ) -> Iterator[tuple[Block, Positions]]:
        """The blocks of the file and their positions, each tallied, until its end or too many faults."""
        opening.open(stream, self._limits, progress)
        reader = import_module(f"evaluation.domain.predictions.{READERS[opening.format]}")
        for block in reader.read(opening, self._reading):
            self._rows += block.rows
            self._blank = self._blank and not any(answer.output for answer in block.answers)
            positions, faults = self._answered.take(block)
            if faults or block.faults:
                self.tally.add([*block.faults, *faults])
            if self.tally.full:
                return
            yield block, positions
            if block.end:
                raise block.end
            del block, positions  # while they are in the processor's cache, not after the next is decoded

    def close(self) -> None:
        """What can be said only at the end of a file: that it has no rows, or not all."""
        if not self._rows:
            message = "the file has no rows: download the template and fill in the outputs"
            self.tally.add_whole(Problem(None, None, "empty_file", message))
            return
        count, keys = self._answered.missing()
        if count:
            self.tally.add_missing(keys, count)

    def stop_if_wrong(self) -> None:
        """PredictionsError with the first problem, if there is any."""
        if self.tally.problems:
            raise PredictionsError(self.tally.problems[0])

    def _name_version(self, versions: Versions) -> None:
        """Names the version that most ids are of, when they are not of the current one."""
        if self._answered.unknown * 2 <= self._rows or "wrong_version" in self.tally.counts:
            return
        sample = self._answered.unknown_keys
        hits = {label: sum(map(_holds(keys), sample)) for label, keys in versions.items()}
        label = max(hits, key=hits.__getitem__, default=None)
        if label is not None and hits[label] * 2 > len(sample):
            message = wrong_version(label, self._reading.version)
            self.tally.add_whole(Problem(None, None, "wrong_version", message), first=True)

    def _notes(self) -> Iterator[str]:
        if self._reading.ignored:
            names = ", ".join(shown(name, 40) for name in self._reading.ignored)
            more = " and more" if self._reading.more_ignored else ""
            yield f"not used: {names}{more}"
        if self._blank and self._rows:
            yield "no row has an output: is this the template as downloaded?"
        if self.tally.full:
            yield (
                f"reading stopped after {self.tally.counts.total():,} faults: the rest was not looked at, "
                "nor which items are missing"
            )


def _holds(keys: Container[str] | Callable[[str], bool]) -> Callable[[str], bool]:
    return keys if callable(keys) else keys.__contains__
