"""Whether parsed TOML has the shape of a rubric: names of entries and kinds of values, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

import msgspec

_PLACES = {
    "axes": "axis",
    "options": "option",
    "severities": "severity",
    "checks": "check",
    "when": "condition",
    "derived": "derived variable",
    "shown_if": "shown_if",
}
_WANTED = {str: "text in quotes", float: "a number", int: "a whole number", bool: "true or false"}


def structure_faults(kind: type[msgspec.Struct], data: object, place: str = "") -> list[str]:
    """What keeps `data` from being read as `kind`, in the words of the file; empty where nothing does."""
    if not isinstance(data, Mapping):
        return [f"{place}: write a table of entries here, not {_named(data)}"]
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    faults = [_unknown(str(key), list(fields), place) for key in data if key not in fields]
    for name, field in fields.items():
        if name in data:
            faults += _value_faults(field.type, data[name], name, place)
        elif field.required:
            faults.append(_at(place, f'"{name}" is missing'))
    return faults


def _value_faults(kind: Any, value: object, name: str, place: str) -> list[str]:
    nested = _nested(kind)
    if nested is None:
        return _plain_faults(kind, value, name, place)
    if get_origin(kind) is not tuple:
        return structure_faults(nested, value, _at(place, _PLACES[name], ", "))
    if not isinstance(value, list):
        return [_at(place, f'"{name}" must be a list of tables, [[{name}]]')]
    faults = []
    for number, entry in enumerate(value, start=1):
        faults += structure_faults(nested, entry, _at(place, _entry_place(name, entry, number), ", "))
    return faults


def _plain_faults(kind: Any, value: object, name: str, place: str) -> list[str]:
    if "\x00" in _joined_texts(value):
        return [_at(place, f'"{name}" holds a null character: remove it')]
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError):
        return [_at(place, f'"{name}" must be {_wanted(kind)}, not {_named(value)}')]
    return []


def _entry_place(name: str, entry: object, number: int) -> str:
    label = entry.get("id", entry.get("value")) if isinstance(entry, Mapping) else None
    if isinstance(label, str) and label.strip():
        return f'{_PLACES[name]} "{label[:60]}"'
    return f"{_PLACES[name]} number {number}"


def _nested(kind: Any) -> type[msgspec.Struct] | None:
    for inner in (kind, *get_args(kind)):
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            return inner
    return None


def _wanted(kind: Any) -> str:
    if kind in _WANTED:
        return _WANTED[kind]
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f'"{value}"' for value in get_args(kind))
    parts = [part for part in get_args(kind) if part not in (type(None), ...)]
    if get_origin(kind) is tuple:
        return f"a list, each entry {_wanted(parts[0])}"
    return " or ".join(_wanted(part) for part in parts)


def _named(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value[:60]}"'
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date or time"


def _joined_texts(value: object) -> str:
    if isinstance(value, list):
        return "".join(entry for entry in value if isinstance(entry, str))
    return value if isinstance(value, str) else ""


def _unknown(key: str, known: list[str], place: str) -> str:
    near = get_close_matches(key, known, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(known)}"
    return _at(place, f'"{key[:60]}" is not an entry that exists here{hint}')


def _at(place: str, what: str, joint: str = ": ") -> str:
    return f"{place}{joint}{what}" if place else what
