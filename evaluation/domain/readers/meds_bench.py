"""MedS-Bench task files (github.com/MAGIC-AI4Med/MedS-Ins), in the Super-NaturalInstructions form.

{"Definition": ["…"], "Input_language": ["…"], "Instances": [{"id": "…", "input": "…", "output": ["…"]}], …}

Published scoring looks at the first output only, so that is the reference. The number in the file's name
(`task52_….json`) says which published rule scores the task.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from glob import escape
from typing import Any

import msgspec

from evaluation.domain.benchmarks import BenchmarkError, BenchmarkSpec, FileSpec, Question, TaskSpec
from evaluation.domain.readers.published import catalogue, slug_of
from evaluation.domain.readers.rows import (
    DataFile,
    Dropped,
    Located,
    decoded_records,
    json_document,
    settings_of,
)

PATTERN = "task*.json"
LANGUAGES = {
    "chinese": "zh",
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
}
RATIONALE_LANGUAGES = {51: "zh", 52: "en", 53: "fr", 54: "ja", 55: "ru", 56: "es"}


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class TaskFile(msgspec.Struct):
    instances: list[msgspec.Raw] = msgspec.field(name="Instances")
    definition: list[str] = msgspec.field(name="Definition", default_factory=list)
    input_language: list[str] = msgspec.field(name="Input_language", default_factory=list)
    domains: list[str] = msgspec.field(name="Domains", default_factory=list)
    source: list[str] = msgspec.field(name="Source", default_factory=list)


class Instance(msgspec.Struct):
    id: str | int
    input: str
    output: list[str]


def meds_bench(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for file in files:
        instances = json_document(file, TaskFile).instances
        for instance, origin in decoded_records(file, instances, Instance):
            if not instance.output or not instance.output[0].strip():
                yield Dropped("the published output is empty", origin)
            else:
                gold = {"references": [instance.output[0]]}
                key = f"{task}-{instance.id}"
                yield Located(Question(task, key, "public", {"question": instance.input}, gold), origin)


def describe(files: Sequence[DataFile], slug: str) -> BenchmarkSpec:
    """The specification of the task files, from what they and the published scoring say."""
    tasks = tuple(_task(file) for file in files)
    return BenchmarkSpec(
        slug=slug,
        name="MedS-Bench",
        description="Task files of MedS-Bench, scored by its published rules.",
        tasks=tasks,
        files=tuple(
            FileSpec("meds_bench", (escape(file.name),), {"task": task.slug})
            for file, task in zip(files, tasks, strict=True)
        ),
        source="github.com/MAGIC-AI4Med/MedS-Ins",
        licence="CC BY-SA; the source of each task may set its own terms",
        citation="Wu et al., Towards evaluating and building versatile large language models for medicine, "
        "npj Digital Medicine 8:58, 2025",
    )


def _task(file: DataFile) -> TaskSpec:
    number = _number(file)
    group = _group(number, file)
    content: TaskFile = json_document(file, TaskFile)
    name = file.name.rsplit("/", 1)[-1].removesuffix(".json")
    return TaskSpec(
        slug=slug_of(name),
        name=name.replace("_", " "),
        family=group["family"],
        metric=group["metric"],
        language=_language(content, number, file),
        specialty=tuple(domain for domain in content.domains if domain.strip()),
        application=group["category"],
        prompt="\n".join(content.definition),
        options=dict(group.get("options", {})),
        source=", ".join(filter(None, content.source)),
    )


def _number(file: DataFile) -> int:
    if found := re.match(r"task([0-9]{1,6})(?:_|\.json)", file.name.rsplit("/", 1)[-1]):
        return int(found[1])
    raise BenchmarkError(f"{file.name}: a MedS-Bench task file is called task<number>_<name>.json")


def _group(number: int, file: DataFile) -> dict[str, Any]:
    for group in catalogue("meds_bench_tasks")["groups"]:
        if number in group["tasks"]:
            found: dict[str, Any] = group
            return found
    raise BenchmarkError(
        f"{file.name}: task {number} has no published MedS-Bench rule; write a specification that names "
        'a metric and reads the file with reader = "meds_bench"'
    )


def _language(content: TaskFile, number: int, file: DataFile) -> str:
    stated = next((name.strip().lower() for name in content.input_language if name.strip()), "")
    if not stated:
        return RATIONALE_LANGUAGES.get(number, "en")
    if stated in LANGUAGES:
        return LANGUAGES[stated]
    raise BenchmarkError(
        f"{file.name}: Input_language {stated!r} is unknown; known: {', '.join(map(str.title, LANGUAGES))}"
    )
