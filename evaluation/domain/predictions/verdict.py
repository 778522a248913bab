"""What is said of an uploaded file: every problem with its place and its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any, Literal

from evaluation.domain.predictions.limits import Limits

Code = Literal[
    # the file as a whole: reading stops
    "empty_file",
    "file_too_large",
    "wrong_format",
    "bad_gzip",
    "gzip_bomb",
    "not_parquet",
    "missing_column",
    "duplicate_column",
    "wrong_version",
    # one row
    "not_utf8",
    "not_json",
    "not_csv",
    "not_an_object",
    "line_too_long",
    "missing_id",
    "missing_output",
    "wrong_type",
    "out_of_range",
    "oversize_cell",
    "nul_character",
    "lone_surrogate",
    # the rows against the benchmark
    "unknown_id",
    "repeated_id",
    "missing_items",
]
Format = Literal["jsonl", "csv", "parquet", "unknown"]

SHOWN = 80  # characters of the uploader's own text that a message repeats


def shown(text: str, length: int = SHOWN) -> str:
    """`text` fit for a page, a log and a database: cut, with every unprintable character escaped."""
    head = text[:length]
    if not head.isprintable():
        head = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in head)
    return head + "…" if len(text) > length else head


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `line` counts from 1 (in Parquet, rows), None is the whole file; `key` is the item's."""

    line: int | None
    key: str | None
    code: Code
    message: str


class PredictionsError(ValueError):
    """The file cannot be taken; `problem` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            problem.message if problem.line is None else f"line {problem.line}: {problem.message}"
        )
        self.problem = problem


def refusal(code: Code, message: str, line: int | None = None) -> PredictionsError:
    """The error that ends the reading of a file."""
    return PredictionsError(Problem(line, None, code, message))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in one file.

    problems   the first of them in file order, what concerns the whole file first or last
    counts     code → number of faults, those not listed included
    rows       rows read, faulty ones included
    complete   whether the file was read to its end
    notes      remarks that are not faults: ignored columns, an early stop
    """

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    rows: int
    format: Format
    gzipped: bool
    complete: bool
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True when every item has exactly one answer and nothing is wrong with any."""
        return self.complete and not self.counts

    def as_dict(self) -> dict[str, Any]:
        """The verdict in JSON's own types, for the ledger and the API."""
        return {
            "ok": self.ok,
            "format": self.format,
            "gzipped": self.gzipped,
            "rows": self.rows,
            "complete": self.complete,
            "counts": dict(self.counts),
            "problems": [asdict(problem) for problem in self.problems],
            "notes": list(self.notes),
        }


class Tally:
    """Faults as they are found: the first ones kept, all of them counted."""

    def __init__(self, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self.counts: Counter[str] = Counter()
        self._limits = limits

    @property
    def full(self) -> bool:
        """Whether so much is wrong that reading on helps nobody."""
        return self.counts.total() >= self._limits.faults

    def add(self, faults: Iterable[Problem]) -> None:
        """Takes the faults of one block, whose rows all come after those of the blocks before."""
        ordered = sorted(faults, key=attrgetter("line"))
        self.counts.update(fault.code for fault in ordered)
        self.problems += ordered[: self._limits.problems - len(self.problems)]

    def add_missing(self, keys: Iterable[str], count: int) -> None:
        """Takes the items without an answer: the first `keys` of `count`."""
        message = "no row answers this item: add one (a blank output is allowed and counts as wrong)"
        room = self._limits.problems - len(self.problems)
        found = (Problem(None, shown(key), "missing_items", message) for key in keys)
        self.problems += [problem for problem, _ in zip(found, range(room), strict=False)]
        self.counts["missing_items"] += count

    def add_whole(self, problem: Problem, *, first: bool = False) -> None:
        """Takes what concerns the whole file; `first` puts it before what it explains."""
        self.counts[problem.code] += 1
        if first:
            self.problems = [problem, *self.problems[: self._limits.problems - 1]]
        else:
            self.problems = [*self.problems[: self._limits.problems - 1], problem]

    def verdict(self, **rest: Any) -> Verdict:
        """The tally closed; `rest` are the verdict's other fields."""
        return Verdict(tuple(self.problems), dict(self.counts), **rest)
