"""One line of an items file: its fields read one by one, so that every fault of a line is named at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any

import msgspec

from raters.domain.languages import LANGUAGES
from raters.domain.rubric.answer import described, storable
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Rubric
from raters.domain.shown_answers import texts_of
from raters.domain.specialties import SPECIALTIES

KINDS = ("live", "training", "gold")
FIELDS = (
    "key", "kind", "case", "answers", "wrong_twins", "expected", "specialty", "language", "cluster",
)  # fmt: skip
LONGEST_KEY = 200
MOST_UNKNOWN = 20  # fields of an item that are named one by one
LONGEST_NAME = 120
LONGEST_TEXT = 200_000  # characters; beyond them a text is shown as written, see raters.domain.rendering


@dataclass(frozen=True)
class ItemFault:
    code: str
    message: str


class StudyItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item as read. `line` is its place in the file; `expected` as a study stores it, or None."""

    line: int | None = None
    key: str
    kind: str = "live"
    case: Case
    answers: dict[str, ShownAnswer]
    wrong_twins: dict[str, ShownAnswer] = {}
    expected: dict[str, Any] | None = None
    specialty: str = ""
    language: str = ""
    cluster: str = ""


def read_item(data: object, line: int, rubric: Rubric, faults: list[ItemFault]) -> StudyItem | None:
    """The item of a parsed line; None where it has no key or case. `faults` gets everything that is wrong."""
    if not isinstance(data, dict):
        faults.append(ItemFault("not_an_object", f"A line is one JSON object, not {described(data)}."))
        return None
    faults += _unknown_fields(data)
    if not _is_storable(data):
        faults.append(
            ItemFault("characters", "A text holds a null character or half a character: remove it.")
        )
        return None
    read = _Fields(data, faults)
    key, kind, case = read.key(), read.kind(), read.case()
    answers, twins = read.answers("answers"), read.answers("wrong_twins")
    expected = read.expected(kind)
    specialty = read.known("specialty", SPECIALTIES)
    language = read.known("language", LANGUAGES)
    cluster = read.text("cluster", LONGEST_KEY)
    if case is not None:
        faults += [ItemFault("case", message) for message in unfit(rubric, case, answers)]
    for name in twins.keys() - answers.keys():
        faults.append(ItemFault("wrong_twins", f'There is a wrong twin of "{name}", but no answer of it.'))
    if not key or case is None:
        return None
    return StudyItem(
        line=line, key=key, kind=kind, case=case, answers=answers, wrong_twins=twins, expected=expected,
        specialty=specialty, language=language, cluster=cluster,
    )  # fmt: skip


def unfit(rubric: Rubric, case: Case, answers: Mapping[str, ShownAnswer]) -> Iterator[str]:
    """Why a case, or an answer to it, cannot be rated with a rubric."""
    parts = [part for part in rubric.shows if part not in ("image", "criteria")]
    if parts and "image" not in rubric.shows and not any(getattr(case, part) for part in parts):
        yield f"Raters would see nothing of the case: this rubric shows {', '.join(parts)}."
    if any(axis.type == "checklist" for axis in rubric.axes) and not case.criteria:
        yield "This rubric asks about criteria: give the case a list of them."
    if any("source" in axis.sides for axis in rubric.axes) and not case.source:
        yield "Passages of the source are marked with this rubric: give the case a source."
    if rubric.unit == "twins" and not case.twin_question:
        yield "This rubric compares two questions: give the case a twin_question."
    for name, answer in answers.items():
        if rubric.unit == "dialogue" and not answer.dialogue:
            yield f'The answer of "{name}" needs a dialogue: a list of turns with speaker and text.'
        elif rubric.unit == "twins" and not answer.twin_text.strip():
            yield f'The answer of "{name}" needs a twin_text, the answer to the twin question.'
        elif not any(text.strip() for text in texts_of(answer)):
            yield f'The answer of "{name}" is empty.'


class _Fields:
    """Reads the fields of one line. What is wrong goes to `faults`, and a default is given back."""

    def __init__(self, data: dict[str, Any], faults: list[ItemFault]) -> None:
        self._data = data
        self._faults = faults

    def key(self) -> str:
        value = self._data.get("key")
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self._refuse("key", "Every item needs a key, a text by which you find it again.")
            return ""
        return self.text("key", LONGEST_KEY) if isinstance(self._data["key"], str) else value

    def kind(self) -> str:
        value = self._data.get("kind", "live")
        if value in KINDS:
            return str(value)
        self._refuse("kind", f"kind is one of {', '.join(KINDS)}, not {described(value)}.")
        return "live"

    def case(self) -> Case | None:
        found: Case | None = self._converted("case", self._data.get("case"), Case)
        if found is None:
            return None
        points = [criterion.points for criterion in found.criteria]
        if not all(isfinite(number) for number in points):
            self._refuse("case", "The points of a criterion are a number of ordinary size.")
        ids = [criterion.id for criterion in found.criteria]
        if len(set(ids)) < len(ids) or not all(ids):
            self._refuse("case", "Every criterion needs an id of its own.")
        return found

    def answers(self, name: str) -> dict[str, ShownAnswer]:
        given = self._data.get(name, {})
        if not isinstance(given, dict) or (name == "answers" and not given):
            self._refuse(name, f'"{name}" is an object of answers by system: {{"System A": "…"}}.')
            return {}
        found = {}
        for system, value in given.items():
            if not _is_name(system):
                limit = f"1 to {LONGEST_NAME} characters that can be seen"
                self._refuse(name, f"{described(system)} is no name of a system: use {limit}.")
                continue
            written = {"text": value} if isinstance(value, str) else value
            answer = self._converted(f'{name} of "{system}"', written, ShownAnswer, code=name)
            if answer is not None:
                found[system.strip()] = msgspec.structs.replace(
                    answer, text=answer.text.strip(), twin_text=answer.twin_text.strip()
                )
        return found

    def expected(self, kind: str) -> dict[str, Any] | None:
        value = self._data.get("expected")
        if kind == "live":
            if value is not None:
                self._refuse("expected", "Only training and gold items have something expected of them.")
            return None
        if not isinstance(value, dict):
            self._refuse("expected", f'A {kind} item needs "expected" with the right payload.')
            return None
        return value

    def known(self, name: str, listed: tuple[tuple[str, str], ...]) -> str:
        """The code of a specialty or language, given as code or by its English name."""
        value = self._data.get(name)
        if value is None or value == "":
            return ""
        if isinstance(value, str):
            for code, label in listed:
                if value.strip().casefold() in (code, label.casefold()):
                    return code
        near = get_close_matches(str(value)[:60], [each for pair in listed for each in pair], n=1)
        hint = f' Did you mean "{near[0]}"?' if near else f' Such as "{listed[0][0]}".'
        self._refuse(name, f"{described(value)} is no {name} known here.{hint}")
        return ""

    def text(self, name: str, longest: int) -> str:
        value = self._data.get(name, "")
        if not isinstance(value, str) or len(value) > longest or not (value.isprintable() or not value):
            self._refuse(name, f'"{name}" is a text of at most {longest} characters that can be seen.')
            return ""
        return value.strip()

    def _converted(self, place: str, value: object, kind: Any, code: str = "") -> Any:
        try:
            found = msgspec.convert(value, kind)
        except (msgspec.ValidationError, RecursionError) as fault:
            self._refuse(code or place, f"{place}: {_in_words(fault, value, kind)}")
            return None
        if any(len(text) > LONGEST_TEXT for text in _texts(value)):
            self._refuse(code or place, f"{place}: a text is longer than {LONGEST_TEXT:,} characters.")
        return found

    def _refuse(self, code: str, message: str) -> None:
        self._faults.append(ItemFault(code, message))


def _in_words(fault: Exception, value: object, kind: Any) -> str:
    if not isinstance(value, dict):
        return "it is missing." if value is None else f"write an object here, not {described(value)}."
    known = [field.name for field in msgspec.structs.fields(kind)]
    foreign = [name for name in value if name not in known]
    if foreign:
        return f"{described(foreign[0])} is no field of it; known are {', '.join(known)}."
    return f"{fault}."


def _unknown_fields(data: Mapping[str, Any]) -> Iterator[ItemFault]:
    unknown = [name for name in data if name not in FIELDS]
    for name in unknown[:MOST_UNKNOWN]:
        near = get_close_matches(str(name)[:60], FIELDS, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(FIELDS)}."
        yield ItemFault("unknown_field", f"{described(name)} is no field of an item: {hint}")
    if left := len(unknown[MOST_UNKNOWN:]):
        yield ItemFault("unknown_field", f"{left:,} further names are no fields of an item: remove them.")


def _is_name(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and len(name.strip()) <= LONGEST_NAME


def _texts(value: object) -> Iterator[str]:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            pending += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            pending += each


def _is_storable(data: object) -> bool:
    return all(storable(text) for text in _texts(data))
