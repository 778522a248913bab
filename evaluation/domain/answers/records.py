"""Records of named fields in an answer: "entity: aspirin, type: drug;" lines or JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.labels import labels
from evaluation.domain.answers.objects import field_of, json_values
from evaluation.domain.answers.phrases import says_none

Record = dict[str, str]

_LENGTH = 100_000  # characters of a reply that are looked at: its end
_TRIM = " \t\r\n,;*_`\"'“”|"


def records(text: str, fields: Sequence[str]) -> list[Record] | None:
    """Every record the reply gives, in order, each with all `fields` ("" where one is left out).

    [] when the reply says that there is none, None when nothing could be read. ValueError without fields.
    """
    if not fields:
        raise ValueError("records need at least one field; give the task's options a list 'fields'")
    said = final_part(text, _LENGTH)
    if not said:
        return None
    if says_none(said):
        return []
    in_json = [_items(value, fields) for value in json_values(said)]
    found = [record for items in in_json for item in items or [] if (record := _record(item, fields))]
    found = found or [record for line in said.splitlines() for record in _in_line(line, tuple(fields))]
    if not found and len(fields) == 1 and not in_json:
        found = [{fields[0]: piece} for piece in labels(text, None) or ()]
    return found if found or in_json == [[]] else None


def _items(value: Any, fields: Sequence[str]) -> list[Any] | None:
    """A list of records: the value itself, or the only list inside an object such as {"entities": [...]}."""
    if isinstance(value, dict):
        if any(field_of(value, [field]) is not None for field in fields):
            return [value]
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        return lists[0] if len(lists) == 1 else None
    return (
        value
        if isinstance(value, list) and all(isinstance(item, dict | list | str) for item in value)
        else None
    )


def _record(item: Any, fields: Sequence[str]) -> Record | None:
    if isinstance(item, dict):
        said = {field: field_of(item, [field]) for field in fields}
        return {field: _text(value) for field, value in said.items()} if any(said.values()) else None
    if isinstance(item, list) and len(item) == len(fields):
        return {field: _text(value) for field, value in zip(fields, item, strict=True)}
    if isinstance(item, str) and len(fields) == 1:
        return {fields[0]: item.strip()}
    return None


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _in_line(line: str, fields: tuple[str, ...]) -> list[Record]:
    """Records of "field: value" pairs; a field that comes again begins the next record."""
    names = list(_field_names(fields).finditer(line))
    found: list[Record] = []
    seen: set[str] = set()
    for place, name in enumerate(names):
        field = _named(name[1], fields)
        if not found or field in seen:
            found.append(dict.fromkeys(fields, ""))
            seen = set()
        end = names[place + 1].start() if place + 1 < len(names) else len(line)
        found[-1][field] = line[name.end() : end].strip(_TRIM)
        seen.add(field)
    return [record for record in found if any(record.values())]


def _named(written: str, fields: tuple[str, ...]) -> str:
    return next(field for field in fields if field.casefold() == written.casefold())


@lru_cache(maxsize=256)
def _field_names(fields: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(re.escape(field) for field in sorted(fields, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])({names})[*\"']{{0,3}}[ \t]{{0,3}}[:=]", re.IGNORECASE)
