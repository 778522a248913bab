"""From a TOML file to a `BenchmarkSpec`.

    slug = "my_benchmark"
    name = "…"

    [[files]]
    reader = "items"
    paths = ["items.jsonl"]
    [files.settings]        # the reader's own

    [[tasks]]
    slug = "qa"
    name = "…"
    family = "multiple_choice"
    metric = "accuracy"
    [tasks.options]         # the metric's own: labels, fields, …

Field names are those of `BenchmarkSpec`, `FileSpec` and `TaskSpec`. What is wrong is refused with the file,
the table and the reason.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import msgspec

from evaluation.domain.benchmarks import BenchmarkError, BenchmarkSpec, FileSpec, TaskSpec
from evaluation.domain.readers import READERS
from evaluation.domain.shapes import UnusableError
from evaluation.domain.validation import check_pair, check_task, check_text, texts

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2}")  # ISO 639-1
LONGEST = {"slug": 80, "name": 200, "document_type": 80, "stage": 80, "application": 80, "specialty": 80}

Table = TypeVar("Table", BenchmarkSpec, FileSpec, TaskSpec)


def read_specification(path: Path) -> BenchmarkSpec:
    """The specification in a TOML file; BenchmarkError names the file, the table and the reason."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BenchmarkError(f"{path.name}: cannot be read: {error.strerror or error}") from None
    return parse_specification(content, path.name)


def parse_specification(content: bytes, name: str) -> BenchmarkSpec:
    """As `read_specification`, from bytes; `name` is what errors call them."""
    document = _document(content, name)
    task_tables = _tables(document.pop("tasks", []), "tasks", name)
    file_tables = _tables(document.pop("files", []), "files", name)
    spec = _converted({**document, "tasks": [], "files": []}, BenchmarkSpec, name)
    tasks = tuple(_converted(table, TaskSpec, where) for where, table in task_tables)
    files = tuple(_converted(table, FileSpec, where) for where, table in file_tables)
    return checked(replace(spec, tasks=tasks, files=files), name)


def checked(spec: BenchmarkSpec, name: str) -> BenchmarkSpec:
    """The same specification when it can be used, BenchmarkError when not."""
    with _named(name):
        _check_texts(spec)
        if not spec.tasks or not spec.files:
            raise UnusableError("needs at least one [[tasks]] and one [[files]] table")
        slugs = [task.slug for task in spec.tasks]
        if twice := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            raise UnusableError(f"several [[tasks]] have the slug {', '.join(map(repr, twice))}")
    for number, task in enumerate(spec.tasks, start=1):
        with _named(f"{name}: [[tasks]] number {number} ({task.slug!r})"):
            check_pair(task, spec.tasks)
            _check_texts(task)
            _check_language(task)
            check_task(task)
    for number, file in enumerate(spec.files, start=1):
        with _named(f"{name}: [[files]] number {number}"):
            _check_file(file)
    return spec


@contextmanager
def _named(where: str) -> Iterator[None]:
    try:
        yield
    except UnusableError as fault:
        raise BenchmarkError(f"{where}: {fault}") from None


def _document(content: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BenchmarkError(f"{name}, line {line}: not UTF-8 text; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:  # TOMLDecodeError gives the line itself
        raise BenchmarkError(f"{name}: broken TOML: {error}") from None


def _tables(value: Any, kind: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise BenchmarkError(f"{name}: {kind!r} must be written as [[{kind}]] tables")
    return [(f"{name}: [[{kind}]] number {number}", table) for number, table in enumerate(value, start=1)]


def _converted(table: Mapping[str, Any], table_type: type[Table], where: str) -> Table:
    known = [field.name for field in fields(table_type)]
    for key in table:
        if key not in known:
            likely = get_close_matches(key, known, n=1)
            hint = f"did you mean {likely[0]!r}?" if likely else f"known: {', '.join(known)}"
            raise BenchmarkError(f"{where}: unknown field {key!r}; {hint}")
    try:
        return msgspec.convert(table, table_type)
    except msgspec.ValidationError as error:
        raise BenchmarkError(f"{where}: {error}") from None


def _check_texts(named: BenchmarkSpec | TaskSpec) -> None:
    if not SLUG.fullmatch(named.slug):
        raise UnusableError(f"slug {named.slug!r}: use small letters and digits, as in 'mmlu_medical'")
    if not named.name.strip():
        raise UnusableError("name is empty")
    for field, longest in LONGEST.items():
        value = getattr(named, field, "")
        for text in [value] if isinstance(value, str) else value:
            if len(text) > longest:
                raise UnusableError(f"{field} has {len(text)} characters, at most {longest} are allowed")
    for text in texts([getattr(named, field.name) for field in fields(named)]):
        check_text(text)


def _check_language(task: TaskSpec) -> None:
    if not LANGUAGE.fullmatch(task.language):
        raise UnusableError(f"language {task.language!r}: use two letters of ISO 639-1, as in 'en'")
    _check_plain(task.options, "options")


def _check_file(file: FileSpec) -> None:
    if file.reader not in READERS:
        raise UnusableError(f"unknown reader {file.reader!r}; known: {', '.join(sorted(READERS))}")
    if not file.paths:
        raise UnusableError("paths is empty")
    for path in file.paths:
        check_text(path)
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == "/" or ".." in parts or "\\" in path:
            raise UnusableError(f"path {path!r} must stay inside the data folder, with '/' between its parts")
        if any("**" in part and part != "**" for part in parts):
            raise UnusableError(f"path {path!r}: '**' must be a whole part, as in '**/*.jsonl'")
    _check_plain(file.settings, "settings")


def _check_plain(value: Mapping[str, Any], name: str) -> None:
    """Options and settings are stored and hashed as JSON, which has neither dates nor infinities."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise UnusableError(f"{name} may hold texts, numbers, true, false, lists and tables only") from None
    for text in texts(value):
        check_text(text)
