"""Predictions as JSON, one object a line.

A block of lines is decoded in one call, into a struct that already keeps the rules for types, ranges
and lengths. Any doubt about the block, and its lines are decoded one by one; any doubt about a line,
and its fields are looked at one by one. What the quick ways accept, the slow one accepts too.

A field written twice in one object counts as written last, as in JSON readers at large.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, NoReturn

import msgspec
import numpy as np

from evaluation.domain.predictions.blocks import Block, Gathering, Reading
from evaluation.domain.predictions.fields import VERSION, Answer, answer_type
from evaluation.domain.predictions.opening import Opening, line_blocks
from evaluation.domain.predictions.verdict import Code, Problem

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
LINE = re.compile(rb"[^ \t\r\n][^\n]*")
# msgspec's names for fields take none of these
UNNAMABLE = re.compile(r'[\\"\x00-\x1f\ud800-\udfff]')

_id = attrgetter("id")
_label = attrgetter("label")


def read(opening: Opening, reading: Reading) -> Iterator[Block]:
    """The rows of an opened file, block by block; PredictionsError where it cannot be read on."""
    reader = _JsonLines(reading)
    for block in line_blocks(opening.blocks, reading.limits.line):
        yield reader.too_long() if block is None else reader.block(block)


class _JsonLines:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._line = 1  # the first of the next block
        self._any = msgspec.json.Decoder()
        self._widen(())

    def _widen(self, ignored: tuple[str, ...]) -> None:
        """Makes fields seen for the first time part of what is decoded quickly."""
        self._ignored = ignored
        self._labelled = self._reading.labelled and self._reading.version is not None
        passed = ignored if self._labelled or not self._reading.labelled else (*ignored, VERSION)
        kind = answer_type(self._reading.limits.cell, passed, version=self._labelled)
        self._strict = msgspec.json.Decoder(kind)
        self._blind = bool(passed)  # to whether all of a line is UTF-8

    def block(self, data: bytes) -> Block:
        """The rows of whole lines."""
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        answers = self._at_once(data)
        if answers is None:
            return self._one_by_one(data)
        lines = np.arange(self._line, self._line + len(answers), dtype=np.uint32)
        self._line += len(answers)
        return Block(list(map(_id, answers)), lines, answers, [], len(answers))

    def too_long(self) -> Block:
        """A line that was never held in memory."""
        gathering = Gathering(self._reading)
        limit = self._reading.limits.line
        message = f"the line is longer than {limit:,} bytes: write each object on its own line"
        gathering.unreadable(Problem(self._line, None, "line_too_long", message))
        self._line += 1
        return gathering.block()

    def _at_once(self, data: bytes) -> list[Answer] | None:
        """The answers, one to each line, or None where anything about the block is in doubt."""
        if b"\\" in data and b"\\u0000" in data:
            return None
        try:
            answers = self._strict.decode_lines(data)
        except UNREADABLE:
            return None
        if not _one_object_a_line(data, len(answers)):
            return None
        if self._labelled:
            labels = list(map(_label, answers))
            if labels.count(self._reading.version) + labels.count(None) < len(labels):
                return None
        return None if self._blind and not _is_utf8(data) else answers

    def _one_by_one(self, data: bytes) -> Block:
        gathering = Gathering(self._reading)
        line, counted = self._line, 0
        for match in LINE.finditer(data):
            line += data.count(b"\n", counted, match.start())
            counted = match.start()
            self._row(gathering, line, match.group())
        self._line = line + data.count(b"\n", counted)
        self._learn()
        return gathering.block()

    def _row(self, gathering: Gathering, line: int, text: bytes) -> None:
        try:
            answer = self._strict.decode(text)
        except UNREADABLE:
            self._doubtful(gathering, line, text)
            return
        if "\0" in answer.output or self._labelled or (self._blind and not _is_utf8(text)):
            self._doubtful(gathering, line, text)
        else:
            gathering.answer(line, answer)

    def _doubtful(self, gathering: Gathering, line: int, text: bytes) -> None:
        try:
            value = self._any.decode(text)
        except UNREADABLE:
            try:
                value = _second_opinion(text)
            except _UnreadableError as reason:
                gathering.unreadable(Problem(line, None, reason.code, str(reason)))
                return
        if isinstance(value, dict):
            gathering.record(line, value)
        else:
            message = 'the line is not an object: write {"id": "…", "output": "…"}'
            gathering.unreadable(Problem(line, None, "not_an_object", message))

    def _learn(self) -> None:
        ignored = tuple(name for name in self._reading.ignored if not UNNAMABLE.search(name))
        if ignored != self._ignored or (self._reading.labelled and not self._labelled):
            self._widen(ignored)


def _one_object_a_line(data: bytes, count: int) -> bool:
    """Whether the `count` objects decoded from `data` stand on a line each, with nothing around them.

    A line end between } and { cannot be inside an object, where a comma would have to come between. So
    when all line ends are of this kind, every line holds whole objects; when there are as many, one each.
    """
    text = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(text == ord("\n"))
    return bool(
        len(ends) == count
        and text[0] == ord("{")
        and (text[ends - 1] == ord("}")).all()
        and (text[ends[:-1] + 1] == ord("{")).all()
    )


def _is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


class _UnreadableError(Exception):
    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


def _second_opinion(text: bytes) -> Any:
    """The value of a line msgspec refuses, if it is JSON all the same, or _UnreadableError with the reason.

    msgspec refuses lone surrogates and numbers beyond its range anywhere, though the field may be one
    that is ignored, and though the message should name the field that is not.
    """
    try:
        return json.loads(text.decode(), parse_int=_integer, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} of the line is not UTF-8: save the file as UTF-8"
        raise _UnreadableError("not_utf8", message) from None
    except RecursionError:
        raise _UnreadableError("not_json", "the line is nested too deeply: write a flat object") from None
    except json.JSONDecodeError as error:
        message = f"the line is not JSON ({error.msg} at character {error.pos + 1}): {_remedy(error)}"
        raise _UnreadableError("not_json", message) from None


def _remedy(error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        return "write each object on its own line"
    if error.msg.startswith(("Unterminated", "Invalid control")) or error.pos >= len(error.doc):
        return "write each object on one line, with line ends inside text as \\n"
    return "write the file with a JSON library"


def _integer(digits: str) -> float:
    return int(digits) if len(digits) < 400 else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


def _no_constant(name: str) -> NoReturn:
    raise _UnreadableError("not_json", f"{name} is not JSON: leave the field out where there is no number")
