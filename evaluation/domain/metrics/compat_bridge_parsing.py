"""How BRIDGE (Wu et al. 2025) reads an answer.

Rules were read in the benchmark's published code (BRIDGE, commit 8380300) and rewritten. Where the code
searches lines with expressions full of ".*" and ".+", the same match is found here from the right in one
pass: with those expressions a line of a few thousand colons and commas takes hours, and looping models do
write such lines. Labels and field names are compared as written; the code would treat a "." or "(" in
them as part of an expression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from evaluation.domain.metrics import Options

Record = Mapping[str, str]

# The code's table of full-width marks: all of U+FF02 to U+FF5E but "？", and the quotes, stop and space of
# Chinese. "！", "？" and "、" stay as they are.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF02, 0xFF5F) if code != 0xFF1F}
_PLAIN |= str.maketrans("\u3000“”‘’。", " \"\"''.")


def plain(text: str) -> str:
    """Lower case, full-width marks in their ASCII form, stripped; references are treated likewise."""
    return text.lower().translate(_PLAIN).strip()


def response(answer: str, analysis_first: bool = False) -> str:
    """What was answered, after the first "</think>", the first "result:" and the first "assistantfinal".

    `analysis_first` is for prompts that ask for an analysis before the result.
    """
    text = plain(answer)
    for mark in ("</think>", "result:" if analysis_first else "", "assistantfinal"):
        if mark and mark in text:
            text = text.split(mark, 1)[1].strip()
    return text


def response_to(answer: str, options: Options) -> str:
    """`response` with the task's option analysis_first."""
    return response(answer, bool(options.get("analysis_first", False)))


def single_label(text: str, prefix: str, labels: Sequence[str]) -> str | None:
    """The first label after "prefix: ", else after "prefix" with any colon and space, else anywhere."""
    for pattern in _label_patterns(prefix, tuple(labels)):
        if found := pattern.search(text):
            return found.group(1)
    return None


def several_labels(text: str, prefix: str, labels: Sequence[str], open_set: bool = False) -> list[str]:
    """The labels of the comma-separated list after the prefix.

    A piece counts for the longest label it contains; with an `open_set` the piece is the label.
    """
    pieces = [piece.strip().replace('"', "").replace("'", "") for piece in _listed(text, prefix).split(",")]
    if open_set:
        return pieces
    longest_first = sorted(labels, key=len, reverse=True)
    found = (next((label for label in longest_first if label in piece), None) for piece in pieces)
    return [label for label in found if label is not None]


def records(text: str, fields: Sequence[str]) -> list[Record]:
    """One record a line: "field: value, field: value;" in the order of `fields`, else any such names."""
    found = (strict_values(line, fields) or loose_values(line, len(fields)) for line in _lines(text))
    return [dict(zip(fields, values, strict=True)) for values in found if values]


def strict_values(line: str, fields: Sequence[str]) -> list[str] | None:
    """The match of "first: (.+), second: (.+);" from the right; None when there is none."""
    end, values = line.rfind(";"), []
    for field in reversed(fields[1:]):
        name = f", {field}: "
        start = line.rfind(name, 0, max(0, end - 1))
        if start < 0:
            return None
        values.append(line[start + len(name) : end].strip())
        end = start
    name = f"{fields[0]}: "
    start = line.find(name, 0, max(0, end - 1))
    if start < 0:
        return None
    values.append(line[start + len(name) : end].strip())
    return values[::-1]


def loose_values(line: str, count: int) -> list[str] | None:
    r"""The match of ".*:\s*(.+),\s*.*:\s*([^;]+)" for `count` values from the right; None when none."""
    colon = line.rfind(":", 0, max(0, len(line) - 1))
    while colon >= 0 and line[colon + 1] == ";":
        colon = line.rfind(":", 0, colon)
    if colon < 0:
        return None
    values = [line[colon + 1 :].split(";", 1)[0].strip()]
    for _ in range(count - 1):
        comma = line.rfind(",", 0, colon)
        colon = line.rfind(":", 0, max(0, comma - 1))
        if colon < 0:
            return None
        values.append(line[colon + 1 : comma].strip())
    return values[::-1]


def extracted_answer(text: str, name: str) -> str:
    r"""The rest of the line after "name: ", else after the last colon of a line, else the first line.

    The second is ".+:\s*(.+)": the value may stand on a later line than its colon.
    """
    if found := re.search(rf"{re.escape(name)}: (.+)", text):
        return found.group(1).strip()
    start = 0
    for line in text.split("\n"):
        colon = line.rfind(":")
        while colon > 0:
            if after := text[start + colon + 1 :].lstrip():
                return after.split("\n", 1)[0].strip()
            colon = line.rfind(":", 0, colon)
        start += len(line) + 1
    return text.lstrip("\n").split("\n", 1)[0].strip()


def _lines(text: str) -> list[str]:
    """Lines without blank ones; one with several ";" is several lines, each with its own ";"."""
    lines: list[str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.count(";") > 1:
            lines += [f"{part.strip()};" for part in line.split(";") if part.strip()]
        else:
            lines.append(line)
    return lines


def _listed(text: str, prefix: str) -> str:
    for pattern in _list_patterns(prefix):
        if found := pattern.search(text):
            return found.group(1)
    return text


@lru_cache(maxsize=1024)
def _label_patterns(prefix: str, labels: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    name = re.escape(prefix)
    any_label = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    expressions = (rf"{name}: ({any_label})", rf"{name}:?\s*({any_label})", rf"\b({any_label})\b")
    return tuple(re.compile(expression) for expression in expressions)


@lru_cache(maxsize=1024)
def _list_patterns(prefix: str) -> tuple[re.Pattern[str], ...]:
    name = re.escape(prefix)
    return tuple(
        re.compile(expression) for expression in (rf"{name}: (.+)", rf"{name}:?\s*(.+)", r"\b(.+)\b")
    )
