"""Items of a study from a file of JSON Lines: read whole, with everything that is wrong named by its line.

A line is one case with the answers to it:

    {"key": "q1", "kind": "live", "case": {"question": "…"}, "answers": {"System A": "…", "System B": "…"}}

`kind` (live, training or gold), `expected`, `specialty`, `language` and `wrong_twins` may be left out. An
answer is a text, or an object of `text`, `twin_text` and `dialogue`. `case` has the fields of
raters.domain.rubric.case.Case. `expected`, of training and gold items, is {"systems": […], "payload": {…},
"explanation": "…"}; a span in it may be written as {"side", "quote", …}, with a quote that occurs once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from raters.domain.rubric.rubric import Rubric
from raters.domain.study_expectations import placed_expectation
from raters.domain.study_item_fields import ItemFault, StudyItem, read_item

MOST_BYTES = 20 * 2**20
MOST_ITEMS = 10_000
MOST_LISTED = 100
MOST_SYSTEMS = 50
ONE_A_LINE = "Write each item on a line of its own."


@dataclass(frozen=True)
class ItemProblem:
    """What is wrong and how to mend it. `line` from 1, None for the file as a whole; `key` "" if unknown."""

    line: int | None
    key: str
    code: str
    message: str


@dataclass
class ItemsRead:
    """What a file holds. `problems` are the first hundred, `counts` says how many there are of each code;
    `items` may be used when there are none. `notes` are no faults, but something to know."""

    items: list[StudyItem] = field(default_factory=list)
    problems: list[ItemProblem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def refuse(self, line: int | None, key: str, code: str, message: str) -> None:
        self.counts[code] += 1
        if len(self.problems) < MOST_LISTED:
            self.problems.append(ItemProblem(line, key, code, message))


def read_items(content: bytes, rubric: Rubric, known_systems: Sequence[str] = ()) -> ItemsRead:
    """The items of a file for a study of this rubric. `known_systems` are masked in answers, too.

    Never raises for what a file holds, whatever it is.
    """
    found = ItemsRead()
    if len(content) > MOST_BYTES:
        megabytes, most = len(content) / 2**20, MOST_BYTES // 2**20
        text = f"The file has {megabytes:.0f} MB, at most {most} MB are taken: split it and upload the parts."
        found.refuse(None, "", "too_large", text)
        return found
    lines: dict[str, int] = {}
    for number, raw in _lines(content):
        if len(lines) >= MOST_ITEMS:
            text = f"A study takes at most {MOST_ITEMS:,} items a file: everything from here on was not read."
            found.refuse(number, "", "too_many_items", text)
            break
        _take(raw, number, rubric, lines, found)
    if not lines and not found.problems:
        found.refuse(None, "", "empty", "The file holds no item: write one JSON object a line.")
    names = list(dict.fromkeys([*known_systems, *(name for item in found.items for name in item.answers)]))
    if len(names) > MOST_SYSTEMS:
        text = f"{len(names)} systems are too many: a study compares at most {MOST_SYSTEMS}."
        found.refuse(None, "", "too_many_systems", text)
    else:
        found.items = [_with_expectation(item, rubric, names, found) for item in found.items]
        found.notes += _notes(found.items, rubric)
    return found


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if raw.strip():
            yield number, raw


def _take(raw: bytes, number: int, rubric: Rubric, lines: dict[str, int], found: ItemsRead) -> None:
    try:
        data = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        reason = "it is nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        lines[f"\0{number}"] = number
        found.refuse(number, "", "not_json", f"This line is no JSON object in UTF-8: {reason}. {ONE_A_LINE}")
        return
    faults: list[ItemFault] = []
    item = read_item(data, number, rubric, faults)
    key = item.key if item else str(data.get("key", ""))[:60] if isinstance(data, dict) else ""
    for one in faults:
        found.refuse(number, _printable(key), one.code, one.message)
    if item is not None and item.key in lines:
        text = f"Line {lines[item.key]} has this key already: give each item its own."
        found.refuse(number, item.key, "repeated_key", text)
    lines.setdefault(item.key if item else f"\0{number}", number)
    if item is not None and not faults:
        found.items.append(item)


def _printable(text: str) -> str:
    return text if text.isprintable() else ascii(text)


def _with_expectation(item: StudyItem, rubric: Rubric, names: Sequence[str], found: ItemsRead) -> StudyItem:
    if item.expected is None:
        return item
    placed, faults = placed_expectation(item, rubric, names)
    for message in faults:
        found.refuse(item.line, item.key, "expected", message)
    return msgspec.structs.replace(item, expected=placed)


def _notes(items: Sequence[StudyItem], rubric: Rubric) -> Iterator[str]:
    """What will not be rated although nothing is wrong with it."""
    live = [item for item in items if item.kind == "live"]
    for name in dict.fromkeys(name for item in live for name in item.answers):
        lacking = sum(name not in item.answers for item in live)
        if lacking:
            yield f'"{name}" has no answer to {lacking} of {len(live)} live items: they are not rated for it.'
    few = sum(len(item.answers) < rubric.answers for item in live)
    if few:
        yield f"{few} items have fewer answers than the {rubric.answers} that one screen shows."
    if rubric.answers > 1 and any(item.wrong_twins for item in items):
        yield "Wrong twins are planted on screens of one answer only: those of this file will not be shown."
