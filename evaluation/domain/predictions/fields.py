"""The fields of one row and the rules they keep, whatever format the row came in."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, cast

import msgspec
from msgspec import Meta

from evaluation.domain.predictions.verdict import Code, shown

VERSION = "benchmark_version"
TOKENS_MAX = 2**31 - 1  # the ledger's integer columns
LATENCY_MAX = sys.float_info.max  # any finite number

TEXTS = ("id", "output")
RANGES: Mapping[str, tuple[type[int] | type[float], float]] = {
    "confidence": (float, 1.0),
    "tokens_in": (int, TOKENS_MAX),
    "tokens_out": (int, TOKENS_MAX),
    "latency_ms": (float, LATENCY_MAX),
}
FIELDS = (*TEXTS, *RANGES)


class Answer(msgspec.Struct, gc=False):
    """One row that keeps every rule; what was not given is None."""

    id: str
    output: str
    confidence: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    latency_ms: float | None = None


class Fault(NamedTuple):
    code: Code
    message: str


NO_ID = Fault("missing_id", "the row has no id: give the item's id as in the template")


@dataclass(frozen=True, slots=True)
class Judged:
    """A record looked at field by field: `answer` without faults, `key` where the id could be read."""

    key: str | None
    answer: Answer | None
    faults: Sequence[Fault]


def kinds(cell: int) -> dict[str, Any]:
    """The type msgspec is to hold each field to; `cell` is the most characters an output may have."""
    count = Annotated[int, Meta(ge=0, le=TOKENS_MAX)] | None
    return {
        "id": str,
        "output": Annotated[str, Meta(max_length=cell)],
        "confidence": Annotated[float, Meta(ge=0, le=1)] | None,
        "tokens_in": count,
        "tokens_out": count,
        "latency_ms": Annotated[float, Meta(ge=0, le=LATENCY_MAX)] | None,
    }


def answer_type(cell: int, ignored: Sequence[str] = (), *, version: bool = False) -> type[Answer]:
    """An Answer that msgspec decodes only from rows which keep the rules for types, ranges and lengths.

    It refuses other fields than its own, those `ignored` and, with `version`, the version's label, which
    becomes the attribute `label`. Ignored fields are passed over, their UTF-8 unseen. U+0000, and all that
    the rows have to do with each other, is left to the caller.
    """
    fields: list[Any] = [
        (name, kind) if name in TEXTS else (name, kind, None) for name, kind in kinds(cell).items()
    ]
    fields += [(f"ignored{i}", msgspec.Raw, msgspec.Raw()) for i in range(len(ignored))]
    names = {f"ignored{i}": name for i, name in enumerate(ignored)}
    if version:
        fields.append(("label", str | int | float | None, None))
        names["label"] = VERSION
    made = msgspec.defstruct(
        "Answer", fields, bases=(Answer,), rename=names, forbid_unknown_fields=True, gc=False
    )
    return cast(type[Answer], made)


def judge(record: Mapping[str, Any], cell: int) -> Judged:
    """All that is wrong with one record; `cell` is the most characters an output may have."""
    key, id_faults = _read_id(record)
    faults = [*id_faults, *_output_faults(record, cell)]
    numbers: dict[str, Any] = {}
    for name in RANGES:
        value = _number(name, record.get(name))
        if isinstance(value, Fault):
            faults.append(value)
        else:
            numbers[name] = value
    if faults:
        return Judged(key, None, faults)
    return Judged(key, Answer(record["id"], record["output"], **numbers), ())


def has_surrogate(text: str) -> bool:
    """Whether half of a surrogate pair stands alone in `text`: no UTF-8, hence no database, can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _read_id(record: Mapping[str, Any]) -> tuple[str | None, list[Fault]]:
    key = record.get("id")
    if key is None or key == "":
        return None, [NO_ID]
    if isinstance(key, str):
        if has_surrogate(key):
            return None, [_surrogate("id")]
        return key, []
    if isinstance(key, int) and not isinstance(key, bool) and abs(key) < 10**18:
        # The answer is there, only misspelt: that the item is missing as well would be noise.
        return str(key), [Fault("wrong_type", f'id is the number {key}: write it in quotes, "{key}"')]
    return None, [Fault("wrong_type", f"id is {_kind(key)}: it must be the item's id in quotes")]


def _output_faults(record: Mapping[str, Any], cell: int) -> Iterator[Fault]:
    if "output" not in record:
        yield Fault(
            "missing_output", 'the row has no output: give the system\'s answer, "" where there is none'
        )
        return
    output = record["output"]
    if not isinstance(output, str):
        yield Fault(
            "wrong_type", f'output is {_kind(output)}: it must be text in quotes, "" where there is none'
        )
        return
    if len(output) > cell:
        yield Fault(
            "oversize_cell", f"output has {len(output):,} characters, {cell:,} are allowed: shorten it"
        )
    if "\0" in output:
        yield Fault("nul_character", "output contains U+0000, which no database keeps as text: remove it")
    if has_surrogate(output):
        yield _surrogate("output")


def _surrogate(name: str) -> Fault:
    message = (
        f"{name} contains half of a surrogate pair (\\ud800 to \\udfff alone): write the whole character"
    )
    return Fault("lone_surrogate", message)


def _number(name: str, value: Any) -> float | Fault | None:
    kind, high = RANGES[name]
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fault("wrong_type", f"{name} is {_kind(value)}: it must be a number, or be left out")
    if kind is int and isinstance(value, float) and math.isfinite(value):
        if not value.is_integer():
            return Fault("wrong_type", f"{name} is {value!r}: it must be a whole number")
        value = int(value)
    if not 0 <= value <= high:
        return Fault("out_of_range", f"{name} is {_shown_number(value)}: {_span(name)}, or be left out")
    return kind(value)


def _span(name: str) -> str:
    high = RANGES[name][1]
    if name == "latency_ms":
        return "it must be a finite number of milliseconds, 0 or more"
    return f"it must lie between 0 and {high:,}" if high > 1 else "it must lie between 0 and 1"


def _shown_number(value: float) -> str:
    # Python refuses to print integers of thousands of digits.
    return shown(repr(value)) if isinstance(value, float) or abs(value) < 10**30 else "a very large number"


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    if value is None:
        return "null"
    if isinstance(value, str):
        return f'the text "{shown(value)}"'
    return names.get(type(value), f"of type {type(value).__name__}")
