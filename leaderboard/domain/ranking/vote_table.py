"""Votes from a table with a row for each: which systems, which was better, by whom, on what."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leaderboard.domain.ranking.votes import Outcome, Vote

_WORDS: Mapping[str, Outcome] = {
    "left": "first",
    "a": "first",
    "1": "first",
    "1.0": "first",
    "tie": "tie",
    "0.5": "tie",
    ".5": "tie",
    "right": "second",
    "b": "second",
    "0": "second",
    "0.0": "second",
    "both bad": "both bad",
    "both_bad": "both bad",
    "bothbad": "both bad",
    "tie (bothbad)": "both bad",
    "both unacceptable": "both bad",
}
_SAY = "left, right or tie (or a, b, tie; 1, 0, 0.5; or the name of the better system), or both bad"


@dataclass(frozen=True)
class Columns:
    """Names of the columns; `rater` and `item` None where the table has none."""

    left: str
    right: str
    outcome: str
    rater: str | None = None
    item: str | None = None

    def named(self) -> list[str]:
        return [
            name for name in (self.left, self.right, self.outcome, self.rater, self.item) if name is not None
        ]


def read_votes(lines: Iterable[str], columns: Columns) -> list[Vote]:
    """The votes of a CSV text with a header line. ValueError names the line and what to do about it."""
    reader = csv.DictReader(lines, strict=True)
    votes = []
    try:
        header = reader.fieldnames or []
        missing = [name for name in columns.named() if name not in header]
        if missing:
            raise ValueError(
                f"line 1: no column {', '.join(map(repr, missing))}; the columns are "
                f"{', '.join(map(repr, header)) or 'none'}: name one of them"
            )
        for row in reader:
            votes.append(_vote(row, columns, reader.line_num))  # noqa: PERF401 - the line is the reader's
    except csv.Error as fault:
        raise ValueError(
            f"line {reader.line_num + 1}: not CSV ({fault}): check its quotation marks"
        ) from None
    if not votes:
        raise ValueError("the table has no votes: each line below the header is one")
    return votes


def _vote(row: Mapping[str, str | None], columns: Columns, line: int) -> Vote:
    def cell(column: str) -> str:
        text = (row[column] or "").strip()
        if not text:
            raise ValueError(f"line {line}: {column!r} is empty: fill it in, or take the line out")
        return text

    left, right = cell(columns.left), cell(columns.right)
    if left == right:
        raise ValueError(
            f"line {line}: {left!r} is compared with itself: name two systems, or take the line out"
        )
    return Vote(
        left,
        right,
        _outcome(cell(columns.outcome), left, right, line),
        None if columns.rater is None else cell(columns.rater),
        None if columns.item is None else cell(columns.item),
    )


def _outcome(said: str, left: str, right: str, line: int) -> Outcome:
    """ValueError too where a system is called by a word for the other side: 1 against 0, won by 0 or by 1?"""
    found = _WORDS.get(said.lower())
    if said in (left, right):
        named: Outcome = "first" if said == left else "second"
        if found not in (None, named):
            raise ValueError(f"line {line}: {said!r} is both a system and a side: say left, right or tie")
        return named
    if found is None:
        raise ValueError(f"line {line}: {said!r} is no outcome of {left!r} against {right!r}: say {_SAY}")
    return found
