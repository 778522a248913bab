"""From TOML to a rubric. Whatever is wrong is said at once, in words of the file, before it is stored."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from typing import Any

import msgspec

from raters.domain.rubric.references import reference_problems
from raters.domain.rubric.rubric import Axis, Rubric
from raters.domain.rubric.soundness import MOST_AXES, Shape, axes_problems, rubric_problems, shape_of
from raters.domain.rubric.structure import structure_faults

MOST_BYTES = 200_000


class RubricError(ValueError):
    """A rubric that cannot be used; `problems` names everything that has to be mended."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def read_rubric(toml_text: str) -> Rubric:
    """The rubric a TOML text describes; RubricError with every problem found, whatever the text."""
    data = _parsed(toml_text)
    faults = structure_faults(Rubric, data)
    if faults:
        raise RubricError(faults + _problems_of_sound_axes(data))
    rubric = msgspec.convert(data, Rubric)
    problems = rubric_problems(rubric) + axes_problems(rubric.axes, shape_of(rubric))
    if len(rubric.axes) <= MOST_AXES:
        problems += reference_problems(rubric)
    if problems:
        raise RubricError(problems)
    return rubric


def content_hash(rubric: Rubric) -> str:
    """SHA-256, 64 hex digits, of the rubric's canonical JSON: keys sorted, defaults left out, UTF-8.

    Layout, comments and the order of keys in the TOML do not count; the order of axes and options does.
    """
    canonical = msgspec.json.encode(msgspec.to_builtins(rubric), order="sorted")
    return hashlib.sha256(canonical).hexdigest()


def _parsed(toml_text: str) -> dict[str, Any]:
    try:
        size = len(toml_text.encode())
    except UnicodeEncodeError:
        raise RubricError(["the text holds characters that are no Unicode: save it as UTF-8"]) from None
    if size > MOST_BYTES:
        limit = f"{MOST_BYTES // 1000} kB"
        raise RubricError([f"the rubric has {size // 1000} kB, at most {limit} are read: shorten it"])
    try:
        return tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as fault:
        raise RubricError(
            [f"this is not TOML: {fault}. Begin with a rubric of this site and change that"]
        ) from None
    except (ValueError, RecursionError):  # numbers of thousands of digits, brackets in thousands
        raise RubricError(
            ["this is not TOML that can be read: a number or a nesting is too large, make it smaller"]
        ) from None


def _problems_of_sound_axes(data: dict[str, Any]) -> list[str]:
    """What else is wrong with the axes that could be read, so that nobody mends a file in two rounds."""
    raw = data.get("axes")
    outline = {name: data[name] for name in ("unit", "answers", "shows") if name in data}
    if not isinstance(raw, list) or structure_faults(Shape, outline):
        return []
    shape = msgspec.convert(outline, Shape)
    sound = [msgspec.convert(axis, Axis) for axis in raw if not structure_faults(Axis, axis)]
    return axes_problems(sound, shape) if sound else []
