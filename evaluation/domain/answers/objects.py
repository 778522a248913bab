"""JSON in a reply: the objects and lists a model wrote, with or without prose or a code fence around them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_DECODER = json.JSONDecoder()
_TRIES = 64  # brackets tried as the beginning of a value, so that a page of them costs no more than a few


def json_values(text: str) -> Iterator[Any]:
    """The outermost JSON objects and lists of `text`, in order."""
    start = 0
    for _ in range(_TRIES):
        start = _next_bracket(text, start)
        if start < 0:
            return
        try:
            value, start = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            start += 1
        else:
            yield value


def last_field(text: str, names: Sequence[str]) -> Any | None:
    """What the last object of `text` with one of the fields `names` says there; names in order of rank."""
    found = None
    for value in json_values(text):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and (said := field_of(item, names)) is not None:
                found = said
    return found


def field_of(item: Mapping[str, Any], names: Sequence[str]) -> Any | None:
    """The first of the fields `names` that `item` has; "Sentence ID" and "sentence-id" are one name."""
    plain = {plain_name(key): value for key, value in item.items()}
    return next((plain[name] for name in map(plain_name, names) if plain.get(name) is not None), None)


def plain_name(name: str) -> str:
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


def _next_bracket(text: str, start: int) -> int:
    places = [place for place in (text.find("{", start), text.find("[", start)) if place >= 0]
    return min(places, default=-1)
