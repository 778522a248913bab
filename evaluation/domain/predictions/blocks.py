"""What a reader hands on: a stretch of rows, the good ones apart from the faulty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from types import GenericAlias
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from evaluation.domain.predictions.fields import FIELDS, VERSION, Answer, Judged, judge, kinds
from evaluation.domain.predictions.limits import Limits
from evaluation.domain.predictions.verdict import PredictionsError, Problem, refusal, shown

Lines = npt.NDArray[np.uint32]

EXTRAS_MAX = 16  # ignored fields that are remembered by name


@dataclass(frozen=True, slots=True)
class Block:
    """Rows in file order.

    ids, lines   every row whose id could be read, faulty or not, and the line it begins on
    answers      the rows without a fault of their own; as long as `ids` when `faults` is empty
    rows         rows read, those without a readable id included
    end          why reading stops after these rows, when it must
    """

    ids: list[str]
    lines: Lines
    answers: Sequence[Answer]
    faults: list[Problem]
    rows: int
    end: PredictionsError | None = None


@dataclass(slots=True)
class Reading:
    """What every reader is told (limits, the benchmark's current version) and what it passed over."""

    limits: Limits
    version: str | None = None
    rows_max: int = 2**31  # more cannot be anything but wrong
    ignored: dict[str, None] = field(default_factory=dict)  # names of fields, in the order met
    more_ignored: bool = False
    labelled: bool = False  # whether rows say which version they are for

    def ignore(self, name: str) -> None:
        """Remembers a field that is not used, the first few by name."""
        if name == VERSION:
            self.labelled = True
        elif name in self.ignored or len(self.ignored) < EXTRAS_MAX:
            self.ignored[name] = None
        else:
            self.more_ignored = True

    def accepts(self, label: Any) -> bool:
        """Whether a row with this version label belongs to the benchmark as it is now."""
        return self.version is None or label is None or label == "" or str(label) == self.version


def wrong_version(found: str, current: str | None) -> str:
    """What to say of a file written for another version of the benchmark."""
    now = f", the current one is {shown(current)}" if current else ""
    return f"this file is for version {shown(found)} of the benchmark{now}: download the new template"


class Gathering:
    """A block in the making, row by row: the way of every row that is not plainly right."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._ids: list[str] = []
        self._lines: list[int] = []
        self._answers: list[Answer] = []
        self._faults: list[Problem] = []
        self._rows = 0
        self.end: PredictionsError | None = None

    def answer(self, line: int, answer: Answer) -> None:
        """Takes a row known to keep every rule."""
        if self.end:
            return
        self._rows += 1
        self._ids.append(answer.id)
        self._lines.append(line)
        self._answers.append(answer)

    def record(self, line: int, record: Mapping[str, Any]) -> None:
        """Takes a row to be looked at field by field."""
        if self.end:
            return
        for name in record:
            if name not in FIELDS:
                self._reading.ignore(name)
        if not self._reading.accepts(record.get(VERSION)):
            message = wrong_version(str(record[VERSION]), self._reading.version)
            self.end = refusal("wrong_version", message, line)
            return
        judged = judge(record, self._reading.limits.cell)
        if judged.answer is not None:
            self.answer(line, judged.answer)
        else:
            self._faulty(line, judged)

    def _faulty(self, line: int, judged: Judged) -> None:
        self._rows += 1
        key = None
        if judged.key is not None:
            key = shown(judged.key)
            self._ids.append(judged.key)
            self._lines.append(line)
        self._faults += [Problem(line, key, *fault) for fault in judged.faults]

    def unreadable(self, problem: Problem) -> None:
        """Takes a row of which nothing can be read."""
        if not self.end:
            self._rows += 1
            self._faults.append(problem)

    def block(self) -> Block:
        lines = np.array(self._lines, np.uint32)
        return Block(self._ids, lines, self._answers, self._faults, self._rows, self.end)


class Columns:
    """Turns rows given column by column into blocks, all at once where nothing is wrong."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._kinds: dict[str, Any] = {
            name: GenericAlias(list, (kind,)) for name, kind in kinds(reading.limits.cell).items()
        }

    def block(self, lines: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> Block:
        """The rows that begin on `lines`; `columns` are field → one value a row, id and output among them.

        No text of theirs holds a surrogate.
        """
        answers = self._at_once(columns)
        if answers is None:
            gathering = Gathering(self._reading)
            for line, *values in zip(lines, *columns.values(), strict=True):
                gathering.record(line, dict(zip(columns, values, strict=True)))
            return gathering.block()
        ids = [answer.id for answer in answers]
        return Block(ids, np.array(lines, np.uint32), answers, [], len(ids))

    def _at_once(self, columns: Mapping[str, Sequence[Any]]) -> list[Answer] | None:
        if VERSION in columns and not all(map(self._reading.accepts, columns[VERSION])):
            return None
        given = [name for name in columns if name != VERSION]
        try:
            values = [msgspec.convert(columns[name], self._kinds[name]) for name in given]
        except msgspec.ValidationError:
            return None
        if any("\0" in output for output in values[given.index("output")]):
            return None
        found = dict(zip(given, values, strict=True))
        return list(map(Answer, *(found.get(name, repeat(None)) for name in FIELDS)))
