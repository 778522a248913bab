"""Text as a database can hold it, whatever a model wrote."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any


def storable(text: str) -> str:
    """PostgreSQL holds no null character and no half of a surrogate pair; a model may write either."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def storable_json(value: Any) -> Any:
    """The same with every text storable, and null for what JSON has no number for."""
    match value:
        case str():
            return storable(value)
        case float() if not isfinite(value):
            return None
        case Mapping():
            return {storable(str(key)): storable_json(each) for key, each in value.items()}
        case list() | tuple():
            return [storable_json(each) for each in value]
        case _:
            return value
