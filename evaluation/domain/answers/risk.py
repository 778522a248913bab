"""A judge's grade of risk, 1 to 4, and the errors it lists: the replies of MedVAL, as JSON or as text.

Read are a JSON object, the fields of a structured prompt (`[[ ## risk_level ## ]]`), "Risk level: 3",
"Level 3 (moderate risk)", the names of the levels, and a bare figure. Where the scale is restated first the
last grade counts; a range of levels is no grade. "Safe" or "unsafe" without a level is kept as that.
"""

from __future__ import annotations

import re
from typing import Any, TypedDict

from evaluation.domain.answers.error_list import NUMBERED, category_of, errors_in, says_none
from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.objects import field_of, json_values
from evaluation.domain.judging.labels import SAFE_UP_TO

_LENGTH = 40_000  # characters of a reply that are looked at: its end
_RISK = ("risk_level", "risk_grade", "lm_risk_grade", "risk", "risk_score", "level", "grade")
_SAFE = ("safe", "is_safe", "safe_for_deployment", "safe_to_use")
_ERRORS = ("errors", "error_assessment", "lm_error_assessment", "error_list")
_NAMES = {"no": 1, "none": 1, "low": 2, "moderate": 3, "medium": 3, "high": 4}
_FIGURE = r"(?P<level>[1-4])(?![.,]?\d)(?:[ \t]?(?:/|out of)[ \t]?4)?"
_NAME = r"(?P<name>no|none|low|moderate|medium|high)\b"
_ANNOUNCED = re.compile(
    rf"(?<![A-Za-z])risk(?:[ _-](?:level|grade|score|rating|category))?\b(?:\W{{1,12}}|[ \t]is[ \t])"
    rf"(?:level\W{{1,3}})?(?:{_FIGURE}|{_NAME})",
    re.IGNORECASE,
)
_LEVEL = re.compile(rf"\b(?:level|grade)\W{{1,3}}{_FIGURE}", re.IGNORECASE)
_NAMED = re.compile(rf"\b{_NAME}[ \t-]risk\b", re.IGNORECASE)
_BARE = re.compile(rf"\W*(?:level\W{{1,3}})?{_FIGURE}\W*(?:[-–:(][^\n]{{0,40}})?", re.IGNORECASE)
_ANSWER = re.compile(
    rf"\b(?:answer|rating|grade|verdict|assessment)\b(?:\W{{1,8}}|[ \t]is[ \t]){_FIGURE}", re.IGNORECASE
)
_RANGE = re.compile(
    r"[ \t]{0,2}(?:(?:[-–]|to|or|and)[ \t]{0,2}(?:level[ \t])?[1-4]\b|/[ \t]?[1-3]\b)", re.IGNORECASE
)
_END_OF_LIST = re.compile(rf"\[\[[ \t]?##|{_ANNOUNCED.pattern}", re.IGNORECASE)
_SAFETY = re.compile(r"\b(?P<un>un|not[ \t])?safe\b", re.IGNORECASE)
_TRUE, _FALSE = frozenset({"true", "yes", "safe"}), frozenset({"false", "no", "unsafe", "not safe"})


class ListedError(TypedDict):
    category: str | None  # None where the text names none that can be read
    text: str


class RiskVerdict(TypedDict):
    """`risk` is None where only "safe" or "unsafe" was said, `errors` where errors were not listed at all."""

    risk: int | None
    safe: bool
    errors: list[ListedError] | None


def risk(text: str) -> RiskVerdict | None:
    """What a judge's reply says; None when neither a level nor safe or unsafe could be read."""
    said = final_part(text, _LENGTH)
    if not said:
        return None
    return _from_json(said) or _from_text(said)


def _from_json(said: str) -> RiskVerdict | None:
    found = None
    for value in json_values(said) if "{" in said else ():
        item = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(item, dict):
            level = _level_of(field_of(item, _RISK))
            found = (
                _verdict(level, _safety_of(field_of(item, _SAFE)), _listed(field_of(item, _ERRORS))) or found
            )
    return found


def _from_text(said: str) -> RiskVerdict | None:
    level = _announced_level(said)
    named = list(_SAFETY.finditer(said))
    kinds = {bool(hit["un"]) for hit in named}
    safe = not kinds.pop() if len(kinds) == 1 else None
    return _verdict(level, safe, _in_text(said))


def _verdict(level: int | None, safe: bool | None, errors: list[ListedError] | None) -> RiskVerdict | None:
    if level is not None:
        return RiskVerdict(risk=level, safe=level <= SAFE_UP_TO, errors=errors)
    return None if safe is None else RiskVerdict(risk=None, safe=safe, errors=errors)


def _announced_level(said: str) -> int | None:
    """The last grade announced; where the last one is a range, nothing is certain."""
    if bare := _BARE.fullmatch(said):
        return None if _RANGE.match(said, bare.end("level")) else int(bare["level"])
    for pattern in (_ANNOUNCED, _LEVEL, _NAMED, _ANSWER):
        if hits := list(pattern.finditer(said)):
            return _level(hits[-1], said)
    return None


def _level(hit: re.Match[str], said: str) -> int | None:
    groups = hit.groupdict()
    if groups.get("level"):
        return None if _RANGE.match(said, hit.end("level")) else int(groups["level"])
    return _NAMES[groups["name"].lower()]


def _level_of(value: Any) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if value in (1, 2, 3, 4) else None
    written = str(value).strip()
    if written.lower() in _NAMES:
        return _NAMES[written.lower()]
    return _announced_level(written)


def _safety_of(value: Any) -> bool | None:
    word = str(value).strip(" .").lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _listed(value: Any) -> list[ListedError] | None:
    if isinstance(value, str):
        return _in_text(value, numbered=False)
    if not isinstance(value, list):
        return None
    errors = []
    for item in value:
        described = item if isinstance(item, dict) else {"text": str(item)}
        text = str(field_of(described, ("text", "description", "explanation", "error", "detail")) or "")
        named = str(field_of(described, ("category", "type", "error_category", "error_type")) or text)
        if not says_none(f"{named}{text}"):
            errors.append(ListedError(category=category_of(named.replace("_", " ")), text=text.strip()))
    return errors


def _in_text(said: str, numbered: bool = True) -> list[ListedError] | None:
    """Errors written "Error 1: …"; `numbered` looks for nothing else, as prose around them is none."""
    first = NUMBERED.search(said)
    if first is None and numbered:
        return None
    listed = said[first.start() :] if first else said
    end = _END_OF_LIST.search(listed)
    found = errors_in(listed[: end.start()] if end else listed)
    return [ListedError(category=category_of(text), text=text) for text in found.texts]
